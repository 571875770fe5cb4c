//! Taking a change back, whatever the server.
//!
//! What it made ends now, and lists as deleted; what it ended holds again as it was. What somebody else ended, replaced or
//! removed meanwhile stays so. The undo is logged itself, so that it happens once.

use warden_plugin::Change;

use super::change::{Found, Logged, canonical, locks};
use super::driver::{Done, Stamp};
use super::fault::Fault;
use super::writes::ANY_TARGET;
use crate::common::audit::{self, Ended};

/// Which bans of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those that it made and that are not ended.
    Made,
    /// Those that it ended and had not made itself.
    Ended,
}

/// What an undo does in a transaction, in a server's own words.
pub trait Ledger {
    /// As a session's.
    type Proof;
    /// When and for whom.
    fn stamp(&self) -> Stamp<'_>;
    /// Waits for these locks, and holds them as long as the transaction lasts.
    fn lock(&mut self, slots: &[u16]) -> Result<(), Fault>;
    /// The last change that was not taken back.
    fn last(&mut self) -> Result<Option<Logged>, Fault>;
    /// The targets of the bans that a change made or ended: all, or more than [`super::change::FEW`].
    fn targets(&mut self, logged: &Logged) -> Result<Vec<String>, Fault>;
    /// Whether any ban that is not ended was made after a change.
    fn has_newer(&mut self, logged: &Logged) -> Result<bool, Fault>;
    /// Hands over the bans of a part, some at a time, by their ids; sums up what is answered.
    fn walk(&mut self, part: Part, logged: &Logged, act: &mut Act<'_, Self>) -> Result<u64, Fault>;
    /// The bans of these canonical texts that are not ended, and those in other spellings of any target.
    fn standing(&mut self, texts: &[String]) -> Result<Vec<Found>, Fault>;
    /// Ends those of these bans that are not.
    fn end(&mut self, ids: &[i64], tail: &str) -> Result<u64, Fault>;
    /// Makes these bans hold again, if it was this change that ended them.
    fn restore(&mut self, ids: &[i64], logged: &Logged) -> Result<u64, Fault>;
    /// Logs that a change was taken back.
    fn log_undo(&mut self, undone: i64, ended: u64, restored: u64) -> Result<Done<Self::Proof>, Fault>;
}

/// What is done with some bans.
pub type Act<'a, L> = dyn FnMut(&mut L, &[Found]) -> Result<u64, Fault> + 'a;

/// Whether a change is taken back, or what that would come to is only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Act,
    Count,
}

/// The last change that was not taken back, with the counts that an undo would come to now.
pub fn last_change(ledger: &mut impl Ledger) -> Result<Option<Change>, Fault> {
    let Some(logged) = ledger.last()? else { return Ok(None) };
    let added = end_made(ledger, &logged, Mode::Count)?;
    let ended = restore_ended(ledger, &logged, Mode::Count)?;
    Ok(Some(logged.change(added, ended)))
}

/// Takes a change back if it is the last; a refusal logs nothing.
pub fn undo<L: Ledger>(ledger: &mut L, number: u64) -> Result<Done<L::Proof>, Fault> {
    ledger.lock(&[ANY_TARGET])?;
    let Some(logged) = ledger.last()?.filter(|logged| logged.number() == number) else {
        return Ok(Done::default());
    };
    let slots = locks(&ledger.targets(&logged)?);
    ledger.lock(&slots)?;
    // Whoever held one of the locks may have made the last change by now.
    if ledger.last()?.is_none_or(|last| last.id != logged.id) {
        return Ok(Done::default());
    }
    let ended = end_made(ledger, &logged, Mode::Act)?;
    let restored = restore_ended(ledger, &logged, Mode::Act)?;
    ledger.log_undo(logged.id, ended, restored)
}

/// The bans that a change made.
fn end_made<L: Ledger>(ledger: &mut L, logged: &Logged, mode: Mode) -> Result<u64, Fault> {
    let Stamp { now_us, actor, .. } = ledger.stamp();
    let tail = audit::ending(Ended::Undone, actor);
    ledger.walk(Part::Made, logged, &mut |ledger, made| {
        let ids: Vec<i64> = made.iter().filter(|ban| ban.ends_after(now_us)).map(|ban| ban.id).collect();
        if mode == Mode::Act { ledger.end(&ids, &tail) } else { Ok(count(&ids)) }
    })
}

/// The bans that a change ended.
fn restore_ended<L: Ledger>(ledger: &mut L, logged: &Logged, mode: Mode) -> Result<u64, Fault> {
    let now_us = ledger.stamp().now_us;
    let has_newer = ledger.has_newer(logged)?;
    ledger.walk(Part::Ended, logged, &mut |ledger, ended| {
        let texts: Vec<String> = ended.iter().map(|ban| canonical(&ban.target)).collect();
        let standing = if has_newer { ledger.standing(&texts)? } else { Vec::new() };
        let ids = logged.to_restore(ended, &standing, now_us);
        if mode == Mode::Act { ledger.restore(&ids, logged) } else { Ok(count(&ids)) }
    })
}

fn count(ids: &[i64]) -> u64 {
    u64::try_from(ids.len()).unwrap_or(u64::MAX)
}
