//! Counting and ending the bans that a query matches, by plugins that can do so themselves and by those that only know
//! targets.

use warden_plugin::{Error, Query, Result, Row, Target, abi};

use crate::instant::Instant;
use crate::plugin::Instance;
use crate::spool::pack::{key_target, target_key};
use crate::spool::{self, Merge, Sorted, Sorter};

/// How many active bans a query matches: by the plugin's counts, else by its rows.
pub fn count(instance: &mut Instance, query: &Query<'_>) -> Result<u64> {
    let mut total = None;
    let counted = instance.summarise(query, &mut |dimension, _, n| {
        if dimension == "total" {
            total = Some(n);
        }
        true
    })?;
    let wanted = query.wanted() & !abi::Q_LIMIT;
    match (counted, total) {
        (Some(applied), Some(total)) if applied & wanted == wanted => Ok(total),
        // No count at all: nothing matched.
        (Some(applied), None) if applied & wanted == wanted => Ok(0),
        _ => {
            let mut rows = 0;
            instance.read(query, |row, _, applied| {
                rows += u64::from(query.matches(row, applied));
                true
            })?;
            Ok(rows)
        }
    }
}

/// Hands the targets of the active bans that a query matches on; answers how many bans there are.
pub fn targets(instance: &mut Instance, query: &Query<'_>, targets: &mut Sorter) -> Result<u64> {
    let (mut bans, mut failed) = (0, None);
    instance.read(query, |row, _, applied| {
        if query.matches(row, applied) {
            bans += 1;
            let target = Target::of_stored(row.target);
            failed = match target {
                Some(target) => targets.push(&target_key(&target), &[]),
                // What is no target is one of its own.
                None => targets.push(&[b"\xff", row.target.as_bytes()].concat(), &[]),
            }
            .err();
        }
        failed.is_none()
    })?;
    failed.map_or(Ok(bans), |error| Err(of_spool(&error)))
}

/// Active bans of one target, whatever else is known of them.
pub fn of_target(target: Target, now: Instant) -> Query<'static> {
    // A store that has no index for equal targets has one for those that contain this one.
    Query { at_us: now.micros(), target: Some(target), ip: Some(target), ..Query::default() }
}

/// Ends the bans of one target and source; answers how many.
pub fn end_one(instance: &mut Instance, target: Target, source: &str, now: Instant) -> Result<u64> {
    let query = Query { at_us: now.micros(), target: Some(target), source: Some(source), ..Query::default() };
    if let Some(ended) = instance.delete_where(&query)? {
        return Ok(ended);
    }
    let all = of_target(target, now);
    let mut others = false;
    instance.read(&all, |row, _, applied| {
        others |= all.matches(row, applied) && row.source != source;
        !others
    })?;
    if others { Err(inexact(target)) } else { instance.delete(target.text().as_str()) }
}

/// Ends the bans that a query matches; answers how many.
pub fn end_where(instance: &mut Instance, query: &Query<'_>) -> Result<u64> {
    if let Some(ended) = instance.delete_where(query)? {
        return Ok(ended);
    }
    let bans = read_all(instance, query)?;
    let mut groups = Groups::of(&bans)?;
    // All are looked at before the first one is ended: what cannot be done exactly must do nothing.
    while let Some(group) = groups.next()? {
        if group.has_meant && group.has_others {
            return Err(inexact(group.target));
        }
    }
    let (mut groups, mut ended) = (Groups::of(&bans)?, 0);
    while let Some(group) = groups.next()? {
        if group.has_meant {
            ended += instance.delete(group.target.text().as_str())?;
        }
    }
    Ok(ended)
}

fn inexact(target: Target) -> Error {
    let what = format!("{target} has bans that are to stay, and this backend can only end all of a target");
    Error::unsupported(what)
}

/// Every active ban by its target: whether the query matches it.
fn read_all(instance: &mut Instance, query: &Query<'_>) -> Result<Sorted> {
    let everything = Query { at_us: query.at_us, ..Query::default() };
    let (mut sorter, mut failed) = (Sorter::default(), None);
    instance.read(&everything, |row: &Row<'_>, _, _| {
        if let Some(target) = Target::of_stored(row.target) {
            let meant = query.matches(row, 0);
            failed = sorter.push(&target_key(&target), &[u8::from(meant)]).err();
        }
        failed.is_none()
    })?;
    failed.map_or_else(|| sorter.finish(), Err).map_err(|e| of_spool(&e))
}

/// The bans of a target: whether one of them is meant, and whether one is not.
struct Group {
    target: Target,
    has_meant: bool,
    has_others: bool,
}

/// The targets in their order.
struct Groups<'s> {
    merge: Merge<'s>,
    next: Option<(Target, bool)>,
}

impl<'s> Groups<'s> {
    fn of(bans: &'s Sorted) -> Result<Self> {
        let mut groups = Self { merge: bans.read().map_err(|e| of_spool(&e))?, next: None };
        groups.next = groups.read()?;
        Ok(groups)
    }

    fn next(&mut self) -> Result<Option<Group>> {
        let Some((target, first)) = self.next.take() else { return Ok(None) };
        let mut group = Group { target, has_meant: first, has_others: !first };
        while let Some((next, is_meant)) = self.read()? {
            if next != target {
                self.next = Some((next, is_meant));
                break;
            }
            group.has_meant |= is_meant;
            group.has_others |= !is_meant;
        }
        Ok(Some(group))
    }

    fn read(&mut self) -> Result<Option<(Target, bool)>> {
        let record = self.merge.next().map_err(|e| of_spool(&e))?;
        Ok(record.and_then(|(key, value)| Some((key_target(key)?.0, value == [1]))))
    }
}

/// The spool failed in the middle of a write: the write is discarded.
pub fn of_spool(error: &std::io::Error) -> Error {
    Error::internal(spool::failed(error).to_string())
}
