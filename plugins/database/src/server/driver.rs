//! What an engine knows of its servers: how to connect, and what can be done on a connection.

use warden_plugin::{Change, Inserted};

use super::fault::Fault;
use super::record::Selection;
use super::sink::Sink;
use super::writes::Write;
use crate::rules::Rules;
use crate::settings::{Address, Servers};

/// What an engine knows: how to reach a server of its kind.
pub trait Driver: Send {
    /// As in `type:`.
    const ENGINE: &'static str;
    /// A connection.
    type Session: Session;
    /// Connects, in the time that is allowed for one server.
    fn connect(&self, servers: &Servers, address: &Address) -> Result<Self::Session, Fault>;
    /// Brings the tables up to date, on a connection that has the time.
    fn migrate(&self, servers: &Servers, address: &Address) -> Result<(), Fault>;
}

/// A connection to one server.
pub trait Session: Send {
    /// By what a transaction can be recognised when its connection is lost.
    type Proof: Send;
    /// Whether the tables are fit for a write. Leaves a transaction open.
    fn probe(&mut self) -> Result<(), Fault> {
        self.begin().map(drop)
    }
    /// Begins a transaction that writes; `false`: the tables have to be brought up to date first.
    fn begin(&mut self) -> Result<bool, Fault>;
    /// Carries out a write in the transaction.
    fn apply(&mut self, write: &Write, stamp: Stamp<'_>) -> Result<Done<Self::Proof>, Fault>;
    /// Ends the transaction for good.
    fn commit(&mut self) -> Result<(), Fault>;
    /// Takes it back.
    fn rollback(&mut self) -> Result<(), Fault>;
    /// In a transaction: waits until an earlier one has ended, and says whether what it wrote is there. `mark` is that of
    /// its first change.
    fn is_written(&mut self, mark: u64, proof: Option<&Self::Proof>) -> Result<bool, Fault>;
    /// In a transaction: the last change that was not taken back, with the counts that an undo would come to now.
    fn last_change(&mut self, now_us: i64) -> Result<Option<Change>, Fault>;
    /// In a transaction: one bounded step of housekeeping; answers whether there is more to do.
    fn tidy(&mut self, rules: &Rules) -> Result<bool, Fault>;
    /// Hands the bans over, newest first. With `keep`, the connection stays good even when the reader has enough.
    fn list(&mut self, selection: Selection<'_>, sink: &mut Sink<'_, '_>, keep: bool) -> Result<(), Fault>;
}

/// When, for whom and in which transaction a write is carried out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stamp<'a> {
    pub now_us: i64,
    pub actor: &'a str,
    pub command: &'a str,
    /// That of the change: the same whenever its transaction is done again, and no other's.
    pub mark: u64,
    /// Whether this is a command, which can be taken back; otherwise it is a stream, which goes on and on.
    pub is_logged: bool,
}

impl Stamp<'_> {
    /// Whether it is this change's turn to remove the oldest of the log: one in so many does, for to look for them costs
    /// a statement.
    pub fn forgets_oldest(&self) -> bool {
        const TURN: u64 = 64;
        self.mark.is_multiple_of(TURN)
    }

    /// What the bans of a command carry.
    pub fn change(&self) -> Option<i64> {
        self.is_logged.then(|| self.mark.cast_signed())
    }
}

/// What a write did.
#[derive(Clone, Debug)]
pub struct Done<P> {
    pub inserted: Inserted,
    pub ended: u64,
    /// It wrote a row of the log of changes; an undo that did not was refused.
    pub is_logged: bool,
    /// By what its transaction can be recognised later where it logs nothing; what only ends bans need not be.
    pub proof: Option<P>,
}

impl<P> Default for Done<P> {
    fn default() -> Self {
        Self { inserted: Inserted::default(), ended: 0, is_logged: false, proof: None }
    }
}
