//! The bans that a store has already, as far as an import meets them.

use std::io;

use warden_plugin::{Capabilities, Query, Result, Row, Target, abi};

use super::apply::Wanted;
use super::orders::key;
use crate::backends::matching::{self, of_spool};
use crate::instant::Instant;
use crate::plugin::Instance;
use crate::spool::pack::{Unpack, key_target, put, put_text};
use crate::spool::{Merge, Sorted, Sorter};

/// So many orders are looked up one by one; for more, all bans of their sources are read once.
const LOOKED_UP: u64 = 1000;

/// How a store is asked.
pub enum Existing {
    /// It keeps no bans, or does not tell: nothing is known.
    Unknown,
    /// Each target by itself.
    Each,
    /// All that are there, sorted like the orders.
    All(Sorted),
}

/// A ban of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub target: Target,
    pub source: String,
    pub action: String,
    pub reason: String,
    pub until: Instant,
}

impl Existing {
    /// Chooses how to ask. A sync needs all bans of its list: those that are not in it any more are to be found.
    pub fn of(instance: &mut Instance, wanted: Wanted<'_>, whole: bool) -> Result<Self> {
        if !instance.plugin().capabilities().has(Capabilities::STORE) && !whole {
            return Ok(Self::Unknown);
        }
        if !whole && wanted.orders.count() <= LOOKED_UP && instance.offers(abi::EXT_QUERY) {
            return Ok(Self::Each);
        }
        Self::read_all(instance, wanted)
    }

    /// Reads the bans of the sources that the orders name, through a spool of their own.
    fn read_all(instance: &mut Instance, wanted: Wanted<'_>) -> Result<Self> {
        let one = wanted.sources.filter(|s| s.len() == 1).and_then(|s| s.first());
        let query = Query { at_us: wanted.now.micros(), source: one.map(String::as_str), ..Query::default() };
        let named = |source: &str| wanted.sources.is_none_or(|s| s.contains(source));
        let (mut sorter, mut value, mut failed) = (Sorter::default(), Vec::new(), None);
        instance.read(&query, |row, _, applied| {
            if !query.matches(row, applied) || !named(row.source) {
                return true;
            }
            failed = push(row, &mut sorter, &mut value).err();
            failed.is_none()
        })?;
        match failed {
            Some(error) => Err(of_spool(&error)),
            None => sorter.finish().map(Self::All).map_err(|e| of_spool(&e)),
        }
    }
}

fn push(row: &Row<'_>, sorter: &mut Sorter, value: &mut Vec<u8>) -> io::Result<()> {
    // What is no target cannot be named by a list.
    let Some(target) = Target::of_stored(row.target) else { return Ok(()) };
    value.clear();
    put(value, row.until_us);
    put_text(value, row.action);
    put_text(value, row.reason);
    sorter.push(&key(&target, row.source), value)
}

/// The active bans of a target and a source; the first of them, and how many.
pub fn look_up(
    instance: &mut Instance,
    target: Target,
    source: &str,
    now: Instant,
) -> Result<Option<(Held, u64)>> {
    let query = Query { source: Some(source), ..matching::of_target(target, now) };
    let mut found: Option<(Held, u64)> = None;
    instance.read(&query, |row, _, applied| {
        if query.matches(row, applied) {
            match &mut found {
                Some((_, count)) => *count += 1,
                none => *none = Some((held(row, target), 1)),
            }
        }
        true
    })?;
    Ok(found)
}

fn held(row: &Row<'_>, target: Target) -> Held {
    let [source, action, reason] = [row.source, row.action, row.reason].map(str::to_owned);
    Held { target, source, action, reason, until: Instant::from_micros(row.until_us) }
}

/// The bans of a store in the order of their keys.
pub struct Cursor<'s> {
    merge: Merge<'s>,
    next: Option<Held>,
}

impl<'s> Cursor<'s> {
    pub fn of(spool: &'s Sorted) -> Result<Self> {
        let mut cursor = Self { merge: spool.read().map_err(|e| of_spool(&e))?, next: None };
        cursor.advance()?;
        Ok(cursor)
    }

    /// The ban that is next.
    pub fn peek(&self) -> Option<&Held> {
        self.next.as_ref()
    }

    /// Takes the ban that is next.
    pub fn take(&mut self) -> Result<Option<Held>> {
        let taken = self.next.take();
        self.advance()?;
        Ok(taken)
    }

    fn advance(&mut self) -> Result {
        let read = self.merge.next().map_err(|e| of_spool(&e))?;
        self.next = read.and_then(|(key, value)| {
            let (target, source) = key_target(key)?;
            let mut value = Unpack(value);
            Some(Held {
                target,
                source: str::from_utf8(source).ok()?.to_owned(),
                until: Instant::from_micros(value.number()),
                action: value.text().to_owned(),
                reason: value.text().to_owned(),
            })
        });
        Ok(())
    }
}
