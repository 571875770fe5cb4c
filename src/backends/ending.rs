//! Ending bans by what they are, for plugins that can do so themselves and for those that only know targets.

use warden_plugin::{Error, Query, Result, Row, Target};

use crate::filter;
use crate::instant::Instant;
use crate::plugin::Instance;

/// Ends the bans of one target and source; answers how many.
///
/// # Errors
/// What the plugin says; `Unsupported` when it can only end all bans of the target, and there are others.
pub fn end_one(instance: &mut Instance, target: Target, source: &str, now: Instant) -> Result<u64> {
    let query = Query { at_us: now.micros(), target: Some(target), source: Some(source), ..Query::default() };
    match instance.delete_where(&query)? {
        Some(ended) => Ok(ended),
        None => end_target(instance, target, now, |row| row.source == source),
    }
}

/// Ends all bans of a target if each of them is meant.
///
/// # Errors
/// As [`end_one`].
pub fn end_target(
    instance: &mut Instance,
    target: Target,
    now: Instant,
    meant: impl Fn(&Row<'_>) -> bool,
) -> Result<u64> {
    // A store that has no index for equal targets has one for those that contain this one.
    let query = Query { at_us: now.micros(), target: Some(target), ip: Some(target), ..Query::default() };
    let mut others = false;
    instance.read(&query, |row, _, applied| {
        others |= filter::matches(&query, row, applied) && !meant(row);
        !others
    })?;
    if others {
        let what =
            format!("{target} has bans that are to stay, and this backend can only end all of a target");
        return Err(Error::unsupported(what));
    }
    instance.delete(target.text().as_str())
}
