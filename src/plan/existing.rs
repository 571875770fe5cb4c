//! The bans that a store has already, as far as a list meets them.

use warden_plugin::{Capabilities, Query, Result, Target, abi};

use super::compare::is_same_source;
use super::spooled::{Group, SpooledBan, Wanted, push_row};
use crate::backends::matching::{self, of_spool};
use crate::clock;
use crate::instant::Instant;
use crate::plugin::Instance;
use crate::spool::{Sorted, Sorter};

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

impl Existing {
    /// Chooses how to ask. `read_all`: also those that the list does not name are to be
    /// found.
    pub fn of(instance: &mut Instance, wanted: Wanted<'_>, read_all: bool) -> Result<Self> {
        let has_query = instance.offers(abi::EXT_QUERY);
        if !instance.plugin().capabilities().has(Capabilities::STORE) && !has_query && !read_all {
            return Ok(Self::Unknown);
        }
        if !read_all && wanted.bans.count() <= MOST_LOOK_UPS && has_query {
            return Ok(Self::Each);
        }
        Self::read_all(instance, wanted)
    }

    /// Reads the bans of the sources that the list names, through a spool of their own.
    fn read_all(instance: &mut Instance, wanted: Wanted<'_>) -> Result<Self> {
        let one = wanted.sources.filter(|s| s.len() == 1).and_then(|s| s.first());
        let query =
            Query { at_us: clock::now().micros(), source: one.map(String::as_str), ..Query::default() };
        let named =
            |source: &str| wanted.sources.is_none_or(|all| all.iter().any(|one| is_same_source(source, one)));
        let (mut sorter, mut value, mut failed) = (Sorter::default(), Vec::new(), None);
        instance.read(&query, |row, _, applied| {
            if !query.matches(row, applied) || !named(row.source) {
                return true;
            }
            failed = push_row(row, &mut sorter, &mut value).err();
            failed.is_none()
        })?;
        match failed {
            Some(error) => Err(of_spool(&error)),
            None => sorter.finish().map(Self::All).map_err(|e| of_spool(&e)),
        }
    }
}

/// The active bans of a target and a source.
pub fn look_up(instance: &mut Instance, target: Target, source: &str, now: Instant) -> Result<Option<Group>> {
    let query = Query { source: Some(source), ..matching::of_target(target, now) };
    let mut found: Option<Group> = None;
    instance.read(&query, |row, _, applied| {
        if query.matches(row, applied) {
            match &mut found {
                Some(group) => group.count += 1,
                none => *none = Some(Group { ban: SpooledBan::of_target(row, target), count: 1 }),
            }
        }
        true
    })?;
    Ok(found)
}
