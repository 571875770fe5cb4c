//! The bans that a store has already, as far as a list meets them.

use std::io;

use warden_plugin::{Capabilities, Query, Result, Row, Target, abi};

use super::wanted::{Wanted, key};
use crate::backends::matching::{self, of_spool};
use crate::instant::Instant;
use crate::plugin::Instance;
use crate::spool::pack::{Unpack, key_target, put, put_text};
use crate::spool::{Merge, Sorted, Sorter};

/// So many bans are looked up one by one. For more, all bans of their sources are read once, since each look-up is a query
/// of its own.
const MOST_LOOK_UPS: u64 = 1000;

/// How a store is asked.
pub enum Existing {
    /// It keeps no bans, or does not tell: nothing is known.
    Unknown,
    /// Each target by itself.
    Each,
    /// All that are there, sorted like the wanted ones.
    All(Sorted),
}

/// A ban of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingBan {
    pub target: Target,
    pub source: String,
    pub action: String,
    pub reason: String,
    pub until: Instant,
}

/// The bans that a store has of one target and source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingGroup {
    pub first: ExistingBan,
    /// How many there are, the first one included.
    pub count: u64,
}

impl ExistingGroup {
    pub fn of(first: ExistingBan) -> Self {
        Self { first, count: 1 }
    }
}

impl Existing {
    /// Chooses how to ask. `read_all`: also those that the list does not name are to be
    /// found.
    pub fn of(instance: &mut Instance, wanted: Wanted<'_>, read_all: bool) -> Result<Self> {
        if !instance.plugin().capabilities().has(Capabilities::STORE) && !read_all {
            return Ok(Self::Unknown);
        }
        if !read_all && wanted.bans.count() <= MOST_LOOK_UPS && instance.offers(abi::EXT_QUERY) {
            return Ok(Self::Each);
        }
        Self::read_all(instance, wanted)
    }

    /// Reads the bans of the sources that the list names, through a spool of their own.
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

/// The active bans of a target and a source.
pub fn look_up(
    instance: &mut Instance,
    target: Target,
    source: &str,
    now: Instant,
) -> Result<Option<ExistingGroup>> {
    let query = Query { source: Some(source), ..matching::of_target(target, now) };
    let mut found: Option<ExistingGroup> = None;
    instance.read(&query, |row, _, applied| {
        if query.matches(row, applied) {
            match &mut found {
                Some(group) => group.count += 1,
                none => *none = Some(ExistingGroup::of(existing(row, target))),
            }
        }
        true
    })?;
    Ok(found)
}

fn existing(row: &Row<'_>, target: Target) -> ExistingBan {
    let [source, action, reason] = [row.source, row.action, row.reason].map(str::to_owned);
    ExistingBan { target, source, action, reason, until: Instant::from_micros(row.until_us) }
}

/// The bans of a store, sorted by target and source.
pub struct ExistingBans<'s> {
    merge: Merge<'s>,
    next: Option<ExistingBan>,
}

impl<'s> ExistingBans<'s> {
    pub fn of(spool: &'s Sorted) -> Result<Self> {
        let mut bans = Self { merge: spool.read().map_err(|e| of_spool(&e))?, next: None };
        bans.advance()?;
        Ok(bans)
    }

    /// The ban that is next.
    pub fn peek(&self) -> Option<&ExistingBan> {
        self.next.as_ref()
    }

    /// Takes the ban that is next.
    pub fn take(&mut self) -> Result<Option<ExistingBan>> {
        let taken = self.next.take();
        self.advance()?;
        Ok(taken)
    }

    fn advance(&mut self) -> Result {
        let read = self.merge.next().map_err(|e| of_spool(&e))?;
        self.next = read.and_then(|(key, value)| {
            let (target, source) = key_target(key)?;
            let mut value = Unpack(value);
            Some(ExistingBan {
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
