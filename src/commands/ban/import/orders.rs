//! What is to be banned, on its way through the spool.

use std::io;

use warden_plugin::Target;

use crate::instant::Instant;
use crate::spool::pack::{Unpack, key_target, put, put_text, target_key};
use crate::spool::{Merge, Sorted, Sorter};

/// A ban to be, with every default put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
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

impl Order {
    /// What two bans of the same target and source have in common.
    pub fn key(&self) -> Vec<u8> {
        key(&self.target, &self.source)
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
        sorter.push(&self.key(), value)
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

/// The orders in the order of their keys, each key once: of several the one that ends last, of those the last one.
pub struct Orders<'s> {
    merge: Merge<'s>,
    next: Option<Order>,
    /// How many were passed over.
    pub duplicates: u64,
}

impl<'s> Orders<'s> {
    pub fn of(spool: &'s Sorted) -> io::Result<Self> {
        let mut orders = Self { merge: spool.read()?, next: None, duplicates: 0 };
        orders.next = orders.read()?;
        Ok(orders)
    }

    pub fn next(&mut self) -> io::Result<Option<Order>> {
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

    fn read(&mut self) -> io::Result<Option<Order>> {
        match self.merge.next()? {
            None => Ok(None),
            Some((key, value)) => {
                Order::read(key, value).map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(target: &str, source: &str, until: i64, reason: &str) -> Order {
        Order {
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
            order("1.2.3.5", "a", 1, "only"),
            order("1.2.3.4", "a", 9, "long"),
            order("1.2.3.4", "b", 1, "of another source"),
            order("1.2.3.4", "a", 9, "as long, and later"),
            order("1.2.3.4", "a", 5, "short, and last"),
        ];
        let mut sorter = Sorter::default();
        for order in &all {
            order.push(&mut sorter, &mut Vec::new()).unwrap();
        }
        let spool = sorter.finish().unwrap();
        let mut orders = Orders::of(&spool).unwrap();
        let mut kept = Vec::new();
        while let Some(order) = orders.next().unwrap() {
            kept.push(order);
        }
        assert_eq!(orders.duplicates, 2);
        assert_eq!(kept, [all[3].clone(), all[2].clone(), all[0].clone()]);
    }
}
