//! The bans that a store is to have, on their way through a spool.

use std::collections::BTreeSet;
use std::io;

use warden_plugin::Target;

use crate::instant::Instant;
use crate::spool::pack::{Unpack, key_target, put, put_text, target_key};
use crate::spool::{Merge, Sorted, Sorter};

/// The bans that a store is to have.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Sorted; a target and source may come several times.
    pub bans: &'a Sorted,
    /// The sources that they name; `None`: any.
    pub sources: Option<&'a BTreeSet<String>>,
    pub now: Instant,
}

/// A ban that a store is to have, with every default put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedBan {
    pub target: Target,
    pub source: String,
    pub action: String,
    pub reason: String,
    pub country: String,
    pub as_name: String,
    pub as_number: u32,
    pub until: Instant,
    /// How long it holds, in microseconds, when that was said in place of a time; 0: a time was said.
    pub length: i64,
}

impl WantedBan {
    /// Puts it into a spool.
    pub fn push(&self, sorter: &mut Sorter, value: &mut Vec<u8>) -> io::Result<()> {
        value.clear();
        put(value, self.until.micros());
        put(value, self.length);
        put(value, self.as_number.into());
        for text in [&self.action, &self.reason, &self.country, &self.as_name] {
            put_text(value, text);
        }
        sorter.push(&key(&self.target, &self.source), value)
    }

    fn read(key: &[u8], value: &[u8]) -> Option<Self> {
        let (target, source) = key_target(key)?;
        let mut value = Unpack(value);
        Some(Self {
            target,
            source: str::from_utf8(source).ok()?.to_owned(),
            until: Instant::from_micros(value.number()),
            length: value.number(),
            as_number: u32::try_from(value.number()).unwrap_or(0),
            action: value.text().to_owned(),
            reason: value.text().to_owned(),
            country: value.text().to_owned(),
            as_name: value.text().to_owned(),
        })
    }
}

/// Target, then source.
pub fn key(target: &Target, source: &str) -> Vec<u8> {
    let mut key = target_key(target).to_vec();
    key.extend_from_slice(source.as_bytes());
    key
}

/// The wanted bans, sorted by target and source, each of these once: of several the one that ends last, of those the last
/// one.
pub struct WantedBans<'s> {
    merge: Merge<'s>,
    next: Option<WantedBan>,
    /// How many were passed over.
    pub duplicates: u64,
}

impl<'s> WantedBans<'s> {
    pub fn of(spool: &'s Sorted) -> io::Result<Self> {
        let mut bans = Self { merge: spool.read()?, next: None, duplicates: 0 };
        bans.next = bans.read()?;
        Ok(bans)
    }

    pub fn next(&mut self) -> io::Result<Option<WantedBan>> {
        let Some(mut best) = self.next.take() else { return Ok(None) };
        while let Some(other) = self.read()? {
            if (other.target, &other.source) != (best.target, &best.source) {
                self.next = Some(other);
                break;
            }
            self.duplicates += 1;
            if other.until >= best.until {
                best = other;
            }
        }
        Ok(Some(best))
    }

    fn read(&mut self) -> io::Result<Option<WantedBan>> {
        match self.merge.next()? {
            None => Ok(None),
            Some((key, value)) => {
                WantedBan::read(key, value).map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(target: &str, source: &str, until: i64, reason: &str) -> WantedBan {
        WantedBan {
            target: Target::parse(target).unwrap(),
            source: source.into(),
            action: "ban".into(),
            reason: reason.into(),
            country: "FR".into(),
            as_name: "OVH SAS".into(),
            as_number: 16276,
            until: Instant::from_micros(until),
            length: 7,
        }
    }

    #[test]
    fn of_duplicates_the_one_that_ends_last_stays() {
        let all = [
            ban("1.2.3.5", "a", 1, "only"),
            ban("1.2.3.4", "a", 9, "long"),
            ban("1.2.3.4", "b", 1, "of another source"),
            ban("1.2.3.4", "a", 9, "as long, and later"),
            ban("1.2.3.4", "a", 5, "short, and last"),
        ];
        let mut sorter = Sorter::default();
        for ban in &all {
            ban.push(&mut sorter, &mut Vec::new()).unwrap();
        }
        let spool = sorter.finish().unwrap();
        let mut bans = WantedBans::of(&spool).unwrap();
        let mut read = Vec::new();
        while let Some(ban) = bans.next().unwrap() {
            read.push(ban);
        }
        assert_eq!(bans.duplicates, 2);
        assert_eq!(read, [all[3].clone(), all[2].clone(), all[0].clone()]);
    }
}
