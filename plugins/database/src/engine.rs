//! What a storage engine does for the backend. An engine is one folder or file behind this trait and one arm in
//! [`crate::Database`]'s `init`.

use warden_plugin::{Buckets, Change, Error, Inserted, Query, Result, Rows, Signal};

use crate::rules::Rules;

/// A store of bans in the three tables of `CrowdSec` v0.3. It connects at the first call that needs it. What `insert`,
/// `delete…` and `undo` do is pending until `commit`; dropping an engine rolls back.
pub trait Engine: Send {
    /// Is the store there and fit for a write? Changes nothing.
    fn probe(&mut self) -> Result;
    /// Writes a signal with its bans and events, and ends the bans that they replace.
    fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted>;
    /// Hands over the bans that the query asks for, newest first; it honours every filter.
    fn read(&mut self, query: &Query<'_>, rows: &mut Rows<'_>) -> Result;
    /// Counts the bans that the query asks for; it honours every filter but the limit.
    fn summarise(&mut self, query: &Query<'_>, buckets: Buckets<'_>) -> Result;
    /// Ends every active ban of a target, whatever its spelling and source; answers how many.
    fn delete(&mut self, target: &str) -> Result<u64>;
    /// Ends every active ban; answers how many.
    fn delete_all(&mut self) -> Result<u64>;
    /// Ends the active bans that the query matches, whose instant and limit are not looked at; it honours every filter.
    /// Answers how many.
    fn delete_where(&mut self, query: &Query<'_>) -> Result<u64>;
    /// Hands over every ban that a target ever had, whatever its spelling, newest first.
    fn history(&mut self, target: &str, rows: &mut Rows<'_>) -> Result;
    /// The last change of a command that was not taken back, with the counts that an undo would come to now. What is
    /// pending becomes a change of its own by this.
    fn last_change(&mut self) -> Result<Option<Change>>;
    /// Ends what a change added, and makes what it ended hold again; refuses when it is not the last change.
    fn undo(&mut self, id: u64) -> Result;
    /// From here on signals stream in: what is written is no command's change.
    fn start_auto_commit(&mut self) -> Result;
    /// Makes what is pending so, all or nothing.
    fn commit(&mut self) -> Result;
    /// Drops what is pending.
    fn rollback(&mut self) -> Result;
    /// One bounded step of housekeeping, in a transaction of its own, when nothing is pending; a ban that holds is
    /// never removed. Answers whether there is more to do.
    fn tidy(&mut self, rules: &Rules) -> Result<bool>;
}

/// So many changes are remembered: fewer than there are nanoseconds in a microsecond, by which SQLite tells them apart.
pub const CHANGES: u16 = 900;

/// Why an undo is refused.
pub fn not_the_last() -> Error {
    Error::invalid("the change is not the last one any more, or was taken back already")
        .with_hint("look again at what the last change is")
}
