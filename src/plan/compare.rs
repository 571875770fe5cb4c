//! The one comparison of two lists of bans: what `ban diff` calls equal, `ban sync` leaves alone.

use std::io;

use warden_plugin::shortened;

use super::spooled::{Group, Groups, SpooledBan};
use crate::spool::Sorted;

/// Two ends that are this close are the same: a list may have been written in whole seconds, and the kernel counts in
/// them.
const SAME_END_US: u64 = 2_000_000;

/// Whether two bans of one target and source say the same, as far as a backend with little room can hold it.
pub fn is_same(a: &SpooledBan, b: &SpooledBan) -> bool {
    a.action == b.action
        && (shortened::is_text(&a.reason, &b.reason) || shortened::is_text(&b.reason, &a.reason))
        && a.until.micros().abs_diff(b.until.micros()) <= SAME_END_US
}

/// Whether two sources are one, as far as a backend with little room can hold them.
pub fn is_same_source(a: &str, b: &str) -> bool {
    shortened::is_name(a, b) || shortened::is_name(b, a)
}

/// Calls `found` for each target and source of two lists with what each of them has, while it wants more.
pub fn compare<E>(
    a: &Sorted,
    b: &Sorted,
    failed: impl Fn(io::Error) -> E,
    mut found: impl FnMut(Option<Group>, Option<Group>) -> Result<bool, E>,
) -> Result<(), E> {
    let (mut a, mut b) = (Groups::of(a).map_err(&failed)?, Groups::of(b).map_err(&failed)?);
    let mut of_b = Vec::new();
    while let Some(target) = a.target().into_iter().chain(b.target()).min() {
        while b.target() == Some(target) {
            of_b.extend(b.next().map_err(&failed)?);
        }
        while a.target() == Some(target) {
            let Some(group) = a.next().map_err(&failed)? else { break };
            let same =
                of_b.iter().position(|other: &Group| is_same_source(&other.ban.source, &group.ban.source));
            let other = same.map(|at| of_b.remove(at));
            if !found(Some(group), other)? {
                return Ok(());
            }
        }
        for group in of_b.drain(..) {
            if !found(None, Some(group))? {
                return Ok(());
            }
        }
    }
    Ok(())
}
