//! A store on database servers: which one is asked, what is done again when a connection or a race is lost, and how
//! that is told. How a server is spoken to is a [`Driver`]'s; no SQL stands here.

pub mod bound;
mod calls;
pub mod change;
mod driver;
pub mod fault;
mod journal;
pub mod record;
mod retry;
pub mod sink;
pub mod spellings;
pub mod tls;
pub mod undo;
pub mod writes;

use warden_plugin::{Change, Error, ErrorKind, Host, Level, Query, Result, Row, Rows};

pub use self::driver::{Done, Driver, Session, Stamp};
use self::fault::Fault;
use self::journal::Journal;
use self::record::Selection;
use self::retry::Retry;
use self::sink::Sink;
use self::writes::Write;
use crate::engine::not_the_last;
use crate::settings::Servers;

type Proof<D> = <<D as Driver>::Session as Session>::Proof;

/// A store on the servers of one configuration.
pub struct Server<D: Driver> {
    host: Host,
    servers: Servers,
    driver: D,
    session: Option<D::Session>,
    /// The server in use, or the next one to try.
    at: usize,
    journal: Journal<Proof<D>>,
    /// What is written is no command's change.
    is_stream: bool,
    /// The session's transaction holds all that the journal says.
    in_step: bool,
    lost_commit: LostCommit,
}

/// Whether a commit was sent and its answer lost: before it is done again, it has to be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LostCommit {
    /// None was.
    None,
    /// And nobody has looked since.
    Unchecked,
    /// And it was looked for since.
    Checked,
}

impl<D: Driver> Server<D> {
    /// Connects to nothing yet.
    pub fn new(host: Host, servers: Servers, driver: D) -> Self {
        let journal = Journal::default();
        let session = None;
        Self {
            host,
            servers,
            driver,
            session,
            at: 0,
            journal,
            is_stream: false,
            in_step: false,
            lost_commit: LostCommit::None,
        }
    }

    /// The connection in use, or a new one to the first server that answers.
    fn connected(&mut self) -> Result<&mut D::Session, Fault> {
        if self.session.is_none() {
            self.session = Some(self.connect()?);
        }
        self.session.as_mut().ok_or_else(|| Fault::lost("no connection"))
    }

    fn connect(&mut self) -> Result<D::Session, Fault> {
        let count = self.servers.addresses.len();
        let mut silent = Vec::new();
        for step in 0..count {
            let at = (self.at + step) % count;
            let address = &self.servers.addresses[at];
            match self.driver.connect(&self.servers, address) {
                Ok(session) => {
                    self.at = at;
                    if !silent.is_empty() {
                        let why = silent.join("; ");
                        self.host.log(Level::Warn, format_args!("{why}: going on with {address}"));
                    }
                    return Ok(session);
                }
                Err(Fault::Lost(error)) if count > 1 => silent.push(format!("{address}: {error}")),
                Err(fault) => {
                    self.at = at;
                    return Err(fault);
                }
            }
            if self.host.is_cancelled() {
                return Err(Fault::failed(ErrorKind::Unavailable, "interrupted"));
            }
        }
        Err(Fault::lost(format!("no server can be used: {}", silent.join("; "))))
    }

    /// A transaction that holds all that the journal says.
    fn stand(&mut self) -> Result<&mut D::Session, Fault> {
        if !self.in_step {
            self.connected()?;
            self.begin()?;
            self.replay()?;
        }
        self.session.as_mut().ok_or_else(|| Fault::lost("no connection"))
    }

    fn begin(&mut self) -> Result<(), Fault> {
        for _ in 0..2 {
            if self.connected()?.begin()? {
                return Ok(());
            }
            self.driver.migrate(&self.servers, &self.servers.addresses[self.at])?;
        }
        Err(Fault::failed(ErrorKind::Internal, "the tables could not be brought up to date"))
    }

    fn replay(&mut self) -> Result<(), Fault> {
        let Some(session) = &mut self.session else { return Err(Fault::lost("no connection")) };
        let (host, is_logged) = (self.host, !self.is_stream);
        self.journal.replay(|write, mark| {
            let done = session.apply(write, stamp(&host, mark, is_logged))?;
            match write {
                Write::Undo(_) if !done.is_logged => Err(Fault::Failed(not_the_last())),
                _ => Ok(done),
            }
        })?;
        self.in_step = true;
        Ok(())
    }

    /// Carries out a write, again if need be.
    fn carry_out(&mut self, doing: &str, write: Write) -> Result<Done<Proof<D>>> {
        self.check_spoilt(doing)?;
        let mut retry = Retry::new(self.servers.busy_timeout);
        loop {
            match self.apply(&write) {
                // A refusal changed nothing.
                Ok(done) if matches!(write, Write::Undo(_)) && !done.is_logged => return Ok(done),
                Ok(mut done) => {
                    self.journal.push(write, &mut done);
                    return Ok(done);
                }
                Err(fault) => self.recover(doing, fault, &mut retry)?,
            }
        }
    }

    fn apply(&mut self, write: &Write) -> Result<Done<Proof<D>>, Fault> {
        self.stand()?;
        let (host, is_logged) = (self.host, !self.is_stream);
        let Some(session) = &mut self.session else { return Err(Fault::lost("no connection")) };
        session.apply(write, stamp(&host, self.journal.mark(), is_logged))
    }

    /// What a command changed so far becomes one change of the log.
    fn log_change(&mut self) -> Result<(), Fault> {
        // Only a transaction that stands knows what it changed.
        self.stand()?;
        if self.journal.is_unlogged() && !self.is_stream {
            let mut done = self.apply(&Write::Log)?;
            self.journal.push(Write::Log, &mut done);
        }
        Ok(())
    }

    fn check_spoilt(&self, doing: &str) -> Result {
        if self.journal.is_spoilt() {
            return Err(self.told(doing, Error::unavailable("an earlier write failed")));
        }
        Ok(())
    }

    /// Prepares another try, or gives up: then nothing of the transaction is left.
    fn recover(&mut self, doing: &str, fault: Fault, retry: &mut Retry) -> Result {
        self.in_step = false;
        let again = match &fault {
            Fault::Lost(error) => {
                let is_commit_lost = self.lost_commit != LostCommit::None;
                let may = self.journal.is_whole() || is_commit_lost;
                let again = may && retry.reconnects(is_commit_lost, self.host);
                self.leave(error, again);
                again
            }
            Fault::Conflict(_) => {
                self.roll_back();
                self.journal.is_whole() && retry.backs_off(self.host)
            }
            Fault::Failed(_) | Fault::Stopped(_) => {
                self.roll_back();
                false
            }
        };
        if again {
            return Ok(());
        }
        self.journal.spoil();
        Err(self.told(doing, fault.into_error()))
    }

    /// Leaves the server whose connection is lost; the next try begins at the one behind it.
    fn leave(&mut self, error: &Error, again: bool) {
        let was_connected = self.session.take().is_some();
        let address = &self.servers.addresses[self.at];
        if again && was_connected {
            self.host.log(Level::Warn, format_args!("{address}: {error}: trying again"));
        }
        self.at = (self.at + 1) % self.servers.addresses.len();
    }

    fn roll_back(&mut self) {
        self.in_step = false;
        if self.session.as_mut().is_some_and(|session| session.rollback().is_err()) {
            self.session = None;
        }
    }

    /// Nothing is pending any more.
    fn forget(&mut self) {
        self.journal.clear();
        (self.in_step, self.lost_commit) = (false, LostCommit::None);
    }

    /// One try to commit what the journal says.
    fn try_commit(&mut self) -> Result<(), Fault> {
        if self.lost_commit != LostCommit::None && !self.in_step {
            self.connected()?;
            self.begin()?;
            if self.is_written()? {
                self.roll_back();
                return Ok(());
            }
            self.replay()?;
        }
        self.log_change()?;
        let Some(session) = &mut self.session else { return Err(Fault::lost("no connection")) };
        let outcome = session.commit();
        // Any other failure is an answer: nothing was committed, and nothing has to be looked for.
        if matches!(outcome, Err(Fault::Lost(_))) {
            self.lost_commit = LostCommit::Unchecked;
        }
        outcome
    }

    /// In a transaction, after a commit whose answer was lost. A stream that only ends bans simply does so again.
    fn is_written(&mut self) -> Result<bool, Fault> {
        let mark = self.journal.first_mark();
        let Some(session) = &mut self.session else { return Err(Fault::lost("no connection")) };
        let is_written = session.is_written(mark, self.journal.proof())?;
        self.lost_commit = LostCommit::Checked;
        if is_written || self.journal.is_whole() {
            return Ok(is_written);
        }
        Err(Fault::failed(ErrorKind::Unavailable, "the connection was lost; nothing was written"))
    }

    fn list(&mut self, selection: Selection<'_>, sink: &mut Sink<'_, '_>) -> Result<(), Fault> {
        let keep = self.in_step;
        let outcome = self.connected()?.list(selection, sink, keep);
        if sink.has_enough() && !keep {
            // Rows may still be on their way.
            self.session = None;
        }
        match outcome {
            // What was handed over cannot be handed over again.
            Err(fault) if sink.has_begun() => Err(fault.made_final()),
            other => other,
        }
    }

    fn look(&mut self, selection: Selection<'_>, rows: &mut Rows<'_>) -> Result {
        let mut sink = Sink::new(selection, rows, self.host);
        self.ask("read the bans", |server| server.list(selection, &mut sink))
    }

    /// The last change, as the pending transaction sees it. Where nothing is pending, no table is made for this.
    fn last(&mut self) -> Result<Option<Change>, Fault> {
        let is_own = !self.in_step;
        if is_own && !self.connected()?.begin()? {
            return Ok(None);
        }
        let now_us = self.host.now_us();
        let Some(session) = &mut self.session else { return Err(Fault::lost("no connection")) };
        let change = session.last_change(now_us)?;
        if is_own {
            self.roll_back();
        }
        Ok(change)
    }

    /// A question, asked again if need be; in the pending transaction, if there is one.
    fn ask<T>(&mut self, doing: &str, mut question: impl FnMut(&mut Self) -> Result<T, Fault>) -> Result<T> {
        let mut retry = Retry::new(self.servers.busy_timeout);
        loop {
            let pending = self.journal.is_open();
            let stood = if pending { self.stand().map(drop) } else { Ok(()) };
            match stood.and_then(|()| question(self)) {
                Ok(answer) => return Ok(answer),
                Err(Fault::Stopped(error)) => return Err(error),
                Err(fault) if pending => self.recover(doing, fault, &mut retry)?,
                Err(Fault::Lost(error)) if retry.reconnects(false, self.host) => self.leave(&error, true),
                Err(fault) => {
                    self.roll_back();
                    return Err(self.told(doing, fault.into_error()));
                }
            }
        }
    }

    /// The bans that a query matches now, as the pending transaction sees them. Memory: a number for each.
    fn matching(&mut self, query: &Query<'_>) -> Result<Vec<i64>, Fault> {
        self.stand()?;
        let mut ids = Vec::new();
        let mut note = |row: &Row<'_>| {
            ids.extend(row.id.parse::<i64>());
            true
        };
        let query = Query { at_us: self.host.now_us(), limit: None, ..*query };
        let selection = Selection { query, history_of: None };
        self.list(selection, &mut Sink::new(selection, &mut Rows::new(&mut note), self.host))?;
        Ok(ids)
    }

    /// A failure in the words of STYLE: what, on what, why.
    fn told(&self, doing: &str, error: Error) -> Error {
        if error.kind() == ErrorKind::Stopped {
            return error;
        }
        let Servers { addresses, user, name, .. } = &self.servers;
        let address = &addresses[self.at];
        let why = error.message();
        let uncertain = if self.lost_commit == LostCommit::Unchecked {
            "; it is not known whether it was written"
        } else {
            ""
        };
        let message = format!("could not {doing}: {} {user}@{address}/{name}: {why}{uncertain}", D::ENGINE);
        Error::new(error.kind(), message).with_key(error.key()).with_hint(error.hint())
    }
}

fn stamp(host: &Host, mark: u64, is_logged: bool) -> Stamp<'_> {
    Stamp { now_us: host.now_us(), actor: host.actor(), command: host.command(), mark, is_logged }
}
