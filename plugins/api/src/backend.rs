//! The safe trait of a backend: what a plugin author in Rust writes.

use crate::{Change, Config, Enforcement, Error, Host, Inserted, Query, Result, Row, Schema, Signal, abi};

/// What a plugin can do, known without starting it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u64);

impl Capabilities {
    /// Only enforces or notifies.
    pub const NONE: Self = Self(0);
    /// Keeps bans: a list reads it.
    pub const STORE: Self = Self(abi::CAP_STORE);
    /// Answers for the past.
    pub const HISTORY: Self = Self(abi::CAP_HISTORY);
    /// Rows come newest first: start, then id, descending.
    pub const ORDERED: Self = Self(abi::CAP_ORDERED);
    /// Pending until flush, then all or nothing.
    pub const TRANSACTIONAL: Self = Self(abi::CAP_TRANSACTIONAL);
    /// Takes bans without end.
    pub const PERMANENT: Self = Self(abi::CAP_PERMANENT);
    /// Takes ranges, not addresses alone.
    pub const RANGES: Self = Self(abi::CAP_RANGES);
    /// What was flushed outlives the process.
    pub const DURABLE: Self = Self(abi::CAP_DURABLE);
    /// Applies bans: drops packets itself, or has others who do.
    pub const ENFORCES: Self = Self(abi::CAP_ENFORCES);

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are here.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// `WARDEN_CAP_*`.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// From `WARDEN_CAP_*`; unknown bits are kept and mean nothing.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// Where the rows of a read go.
pub struct Rows<'s> {
    sink: &'s mut dyn FnMut(&Row<'_>) -> bool,
}

impl<'s> Rows<'s> {
    /// Rows that go to `sink`, which answers whether it wants more.
    pub fn new(sink: &'s mut dyn FnMut(&Row<'_>) -> bool) -> Self {
        Self { sink }
    }

    /// Hands one row over. It may borrow from the cursor: it is dead when this returns.
    ///
    /// # Errors
    /// `Stopped` when the reader has enough: pass it on with `?`.
    pub fn push(&mut self, row: &Row<'_>) -> Result {
        if (self.sink)(row) { Ok(()) } else { Err(Error::stopped()) }
    }
}

/// Where the counts of a summary go: dimension, value, count; answers whether it wants more.
pub type Buckets<'s> = &'s mut dyn FnMut(&str, &str, u64) -> bool;

/// Where changes go, one by one; answers whether it wants more.
pub type Changes<'s> = &'s mut dyn FnMut(Change) -> bool;

/// Which filters of a [`Query`] a read honours: `WARDEN_Q_*`.
pub type Applied = u32;

/// A backend: the eight calls of `CrowdSec` v0.3's interface, and what grew around them.
///
/// Calls never overlap but may come from different threads. All block. A panic is caught at the border and poisons the
/// instance. `insert`, `delete` and `delete_all` are pending until `flush` when
/// [`TRANSACTIONAL`](Capabilities::TRANSACTIONAL) is among the capabilities.
pub trait Backend: Sized + Send {
    /// The name that `plugin list` shows.
    const NAME: &'static str;
    /// The plugin's own version; empty: that of its Cargo package.
    const VERSION: &'static str = "";
    /// One line for people.
    const DESCRIPTION: &'static str = "";
    /// What it can do.
    const CAPABILITIES: Capabilities = Capabilities::NONE;
    /// What it can apply, with commas: `ban,captcha,slow`; empty: any.
    const ACTIONS: &'static str = "";
    /// The keys of its configuration, which the host checks before [`init`](Self::init).
    const SCHEMA: Schema = Schema::None;
    /// Whether [`query`](Self::query) is there.
    const QUERIES: bool = false;
    /// Whether [`summarise`](Self::summarise) is there.
    const SUMMARISES: bool = false;
    /// Whether [`delete_where`](Self::delete_where) is there.
    const DELETES_WHERE: bool = false;
    /// Whether [`history`](Self::history) is there.
    const KEEPS_HISTORY: bool = false;
    /// Whether [`changes`](Self::changes) and [`undo`](Self::undo) are there.
    const UNDOES: bool = false;
    /// Whether [`begin`](Self::begin) and [`look`](Self::look) are there.
    const TELLS_STATE: bool = false;

    /// Init: reads the configuration; may connect later.
    ///
    /// # Errors
    /// `Config` when a value is wrong. The host discards the plugin and goes on with the others.
    fn init(host: Host, config: &Config<'_>) -> Result<Self>;

    /// Is the storage reachable and fit for a write now?
    ///
    /// # Errors
    /// When it is not.
    fn probe(&mut self) -> Result {
        Ok(())
    }

    /// Insert: every ban of the signal replaces the active bans of its own target and source.
    ///
    /// # Errors
    /// When it could not; what is pending stays pending.
    fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted>;

    /// `ReadAT`: the bans active at an instant, in microseconds since the epoch.
    ///
    /// # Errors
    /// `Stopped` from [`Rows::push`], or what went wrong.
    fn read_at(&mut self, at_us: i64, rows: &mut Rows<'_>) -> Result;

    /// Delete: ends every active ban whose target is equal by value; answers how many.
    ///
    /// # Errors
    /// When it could not.
    fn delete(&mut self, target: &str) -> Result<u64>;

    /// `DeleteAll`: ends every active ban; answers how many.
    ///
    /// # Errors
    /// When it could not.
    fn delete_all(&mut self) -> Result<u64>;

    /// Flush: makes what is pending so, all or nothing.
    ///
    /// # Errors
    /// When it could not; then nothing of it is so.
    fn flush(&mut self) -> Result;

    /// Drops what is pending.
    ///
    /// # Errors
    /// When it could not.
    fn discard(&mut self) -> Result {
        Ok(())
    }

    /// `StartAutoCommit`: from now on the plugin does its housekeeping by itself, in a thread of its own.
    ///
    /// # Errors
    /// When it could not.
    fn start_auto_commit(&mut self) -> Result {
        Ok(())
    }

    /// Shutdown: drops what is pending and joins every thread. No call follows but drop.
    ///
    /// # Errors
    /// When something was left undone.
    fn shutdown(&mut self) -> Result {
        Ok(())
    }

    /// `read_at` with filters. `applied` says, before the first row, which of them it honours.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at).
    fn query(&mut self, query: &Query<'_>, applied: &mut Applied, rows: &mut Rows<'_>) -> Result {
        *applied = 0;
        self.read_at(query.at_us, rows)
    }

    /// Counts without rows. `applied` says, before the first count, which filters it honours.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at).
    fn summarise(&mut self, query: &Query<'_>, applied: &mut Applied, buckets: Buckets<'_>) -> Result {
        let _ = (query, applied, buckets);
        Err(Error::unsupported("no summary"))
    }

    /// Ends the active bans that a query matches, whose `at_us` and `limit` are not looked at; answers how many.
    /// Pending until flush.
    ///
    /// # Errors
    /// `Unsupported` when a filter is not known, or what went wrong.
    fn delete_where(&mut self, query: &Query<'_>) -> Result<u64> {
        let _ = query;
        Err(Error::unsupported("no deletion by filter"))
    }

    /// Every ban that a target ever had, newest first.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at).
    fn history(&mut self, target: &str, rows: &mut Rows<'_>) -> Result {
        let _ = (target, rows);
        Err(Error::unsupported("no history"))
    }

    /// The changes that commands made, newest first, those that are undone too, at most `limit`. What is pending is one of
    /// them.
    ///
    /// # Errors
    /// `Stopped` when `changes` has enough, or what went wrong.
    fn changes(&mut self, limit: u64, changes: Changes<'_>) -> Result {
        let _ = (limit, changes);
        Err(Error::unsupported("no undo"))
    }

    /// Undoes a change: ends what it made, and restores what it ended, but for what others have ended or replaced since.
    /// Pending until flush.
    ///
    /// # Errors
    /// `Invalid` when there is no such change, or it is undone already.
    fn undo(&mut self, id: u64) -> Result {
        let _ = id;
        Err(Error::unsupported("no undo"))
    }

    /// Waits for the enforcer's lock, which is held until `flush`, `discard` or `shutdown`, and tells its state.
    ///
    /// # Errors
    /// When it could not.
    fn begin(&mut self) -> Result<Enforcement> {
        Err(Error::unsupported("no enforcer"))
    }

    /// Tells the enforcer's state, without the lock; changes nothing.
    ///
    /// # Errors
    /// When it could not look.
    fn look(&mut self) -> Result<Enforcement> {
        Err(Error::unsupported("no enforcer"))
    }
}
