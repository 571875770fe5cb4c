//! The host's calls, mapped onto what a [`Server`] does.

use warden_plugin::{Buckets, Change, Error, Inserted, Query, Result, Row, Rows, Signal, Target};

use super::Server;
use super::driver::{Driver, Session};
use super::fault::Fault;
use super::record::Selection;
use super::retry::Retry;
use super::writes::{NewSignal, Write};
use crate::common::counts::Counts;
use crate::engine::{Engine, not_the_last};
use crate::rules::Rules;

impl<D: Driver> Engine for Server<D> {
    fn probe(&mut self) -> Result {
        if self.in_step {
            return Ok(());
        }
        let outcome = self.connected().and_then(Session::probe);
        self.roll_back();
        outcome.map_err(|fault| self.told("write the bans", fault.into_error()))
    }

    fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        let signal = NewSignal::of(signal, self.host)?;
        Ok(self.carry_out("write the ban", Write::Insert(Box::new(signal)))?.inserted)
    }

    fn read(&mut self, query: &Query<'_>, rows: &mut Rows<'_>) -> Result {
        self.look(Selection { query: *query, history_of: None }, rows)
    }

    fn history(&mut self, target: &str, rows: &mut Rows<'_>) -> Result {
        let text = Target::of_stored(target).map_or_else(|| target.to_owned(), |target| target.to_string());
        self.look(Selection { query: Query::default(), history_of: Some(&text) }, rows)
    }

    fn summarise(&mut self, query: &Query<'_>, buckets: Buckets<'_>) -> Result {
        let mut counts = Counts::new();
        let mut count = |row: &Row<'_>| {
            counts.add_row(row);
            true
        };
        self.read(&Query { limit: None, ..*query }, &mut Rows::new(&mut count))?;
        if counts.hand_over(buckets) { Ok(()) } else { Err(Error::stopped()) }
    }

    fn delete(&mut self, target: &str) -> Result<u64> {
        Ok(self.carry_out("end the ban", Write::Delete(target.to_owned()))?.ended)
    }

    fn delete_all(&mut self) -> Result<u64> {
        Ok(self.carry_out("end the bans", Write::DeleteAll)?.ended)
    }

    fn delete_where(&mut self, query: &Query<'_>) -> Result<u64> {
        let doing = "end the bans";
        let mut retry = Retry::new(self.servers.busy_timeout);
        loop {
            match self.matching(query) {
                Ok(ids) if ids.is_empty() => return Ok(0),
                Ok(ids) => return Ok(self.carry_out(doing, Write::End(ids))?.ended),
                Err(fault) => self.recover(doing, fault, &mut retry)?,
            }
        }
    }

    fn last_change(&mut self) -> Result<Option<Change>> {
        let doing = "look for the last change";
        self.check_spoilt(doing)?;
        self.ask(doing, |server| {
            if server.journal.is_open() {
                server.log_change()?;
            }
            server.last()
        })
    }

    fn undo(&mut self, id: u64) -> Result {
        let doing = "take the change back";
        self.check_spoilt(doing)?;
        if self.journal.is_open() {
            self.ask(doing, Self::log_change)?;
        }
        if self.carry_out(doing, Write::Undo(id))?.is_logged {
            return Ok(());
        }
        if !self.journal.is_open() {
            // Others wait for its lock.
            self.roll_back();
        }
        Err(not_the_last())
    }

    fn start_auto_commit(&mut self) -> Result {
        self.is_stream = true;
        Ok(())
    }

    fn commit(&mut self) -> Result {
        let doing = "write the bans";
        if self.journal.is_spoilt() {
            self.forget();
            let why = Error::unavailable("an earlier write failed; nothing was written");
            return Err(self.told(doing, why));
        }
        let mut retry = Retry::new(self.servers.busy_timeout);
        while self.journal.is_open() {
            match self.try_commit() {
                Ok(()) => {
                    self.forget();
                }
                Err(fault) => {
                    let outcome = self.recover(doing, fault, &mut retry);
                    if outcome.is_err() {
                        self.forget();
                    }
                    outcome?;
                }
            }
        }
        Ok(())
    }

    fn rollback(&mut self) -> Result {
        self.roll_back();
        self.forget();
        Ok(())
    }

    /// What is lost here is done by the next step.
    fn tidy(&mut self, rules: &Rules) -> Result<bool> {
        let outcome = self.connected().map(drop).and_then(|()| self.begin()).and_then(|()| {
            let Some(session) = &mut self.session else { return Err(Fault::lost("no connection")) };
            let more = session.tidy(rules)?;
            session.commit().map(|()| more)
        });
        outcome.map_err(|fault| {
            self.roll_back();
            if matches!(fault, Fault::Lost(_)) {
                self.session = None;
                self.at = (self.at + 1) % self.servers.addresses.len();
            }
            self.told("remove ended bans", fault.into_error())
        })
    }
}
