//! Bans on their way through a spool: those that a store is to have, and those that it has.

use std::collections::BTreeSet;
use std::io;

use warden_plugin::{Row, Target};

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
}

/// A ban with every default put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpooledBan {
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

impl SpooledBan {
    /// A store's ban of a target, as another store would be told of it.
    pub fn of_target(row: &Row<'_>, target: Target) -> Self {
        let text = |text: &str| text.to_owned();
        Self {
            target,
            source: text(row.source),
            action: text(row.action),
            reason: text(row.reason),
            country: text(row.country),
            as_name: text(row.as_name),
            as_number: row.as_number,
            until: Instant::from_micros(row.until_us),
            length: 0,
        }
    }

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

/// Puts a store's ban into a spool without a copy of its texts.
pub fn push_row(row: &Row<'_>, sorter: &mut Sorter, value: &mut Vec<u8>) -> io::Result<()> {
    // What is no target cannot be named by a list.
    let Some(target) = Target::of_stored(row.target) else { return Ok(()) };
    value.clear();
    put(value, row.until_us);
    put(value, 0);
    put(value, row.as_number.into());
    for text in [row.action, row.reason, row.country, row.as_name] {
        put_text(value, text);
    }
    sorter.push(&key(&target, row.source), value)
}

/// Target, then source.
fn key(target: &Target, source: &str) -> Vec<u8> {
    let mut key = target_key(target).to_vec();
    key.extend_from_slice(source.as_bytes());
    key
}

/// The bans of a target and a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Of several the one that ends last, of those the last one.
    pub ban: SpooledBan,
    /// How many there are.
    pub count: u64,
}

/// The bans of a spool, sorted by target and source, each of these once.
pub struct Groups<'s> {
    merge: Merge<'s>,
    next: Option<SpooledBan>,
}

impl<'s> Groups<'s> {
    pub fn of(spool: &'s Sorted) -> io::Result<Self> {
        let mut groups = Self { merge: spool.read()?, next: None };
        groups.next = groups.read()?;
        Ok(groups)
    }

    /// The target of the next ones.
    pub fn target(&self) -> Option<Target> {
        self.next.as_ref().map(|ban| ban.target)
    }

    pub fn next(&mut self) -> io::Result<Option<Group>> {
        let Some(ban) = self.next.take() else { return Ok(None) };
        let mut group = Group { ban, count: 1 };
        while let Some(other) = self.read()? {
            if (other.target, &other.source) != (group.ban.target, &group.ban.source) {
                self.next = Some(other);
                break;
            }
            group.count += 1;
            if other.until >= group.ban.until {
                group.ban = other;
            }
        }
        Ok(Some(group))
    }

    fn read(&mut self) -> io::Result<Option<SpooledBan>> {
        match self.merge.next()? {
            None => Ok(None),
            Some((key, value)) => {
                SpooledBan::read(key, value).map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(target: &str, source: &str, until: i64, reason: &str) -> SpooledBan {
        SpooledBan {
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
        let mut groups = Groups::of(&spool).unwrap();
        let mut read = Vec::new();
        while let Some(group) = groups.next().unwrap() {
            read.push((group.ban, group.count));
        }
        assert_eq!(read, [(all[3].clone(), 3), (all[2].clone(), 1), (all[0].clone(), 1)]);
    }
}
