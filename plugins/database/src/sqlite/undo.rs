//! Taking a change back.
//!
//! What it made ends now, and lists as deleted; what it ended holds again as it was. What somebody else ended, replaced or
//! removed meanwhile stays so. The undo is logged itself, so that it happens once.

use rusqlite::{Connection, Result};
use warden_plugin::Change;

use super::changes::{Logged, MADE};
use super::question::bind;
use super::trail::{self, Ended};
use super::write::{Pending, count};

impl Pending {
    /// The last change that was not taken back; one that is pending counts.
    pub fn last_change(&mut self, connection: &Connection) -> Result<Option<Change>> {
        self.close(connection)?;
        let now_us = self.now_us();
        Logged::last(connection)?.map(|logged| logged.change(connection, now_us)).transpose()
    }

    /// Takes a change back if it is the last; answers whether it is.
    pub fn undo(&mut self, connection: &Connection, id: u64) -> Result<bool> {
        self.close(connection)?;
        let Some(logged) = Logged::last(connection)?.filter(|logged| u64::try_from(logged.id) == Ok(id))
        else {
            return Ok(false);
        };
        let now_us = self.now_us();
        // Looked up before anything changes.
        let which = logged.to_restore(connection)?;
        if logged.first.is_some() {
            let tail = trail::ending(Ended::Undone, self.actor());
            let mut statement = connection.prepare(&format!("{} WHERE {MADE}", trail::UPDATE))?;
            bind(&mut statement, &[(":now", &self.ended_at(connection)?), (":tail", &tail)])?;
            logged.bind(&mut statement, now_us)?;
            self.note_ended(count(statement.raw_execute()?));
        }
        if logged.ended_at.is_some() {
            let mut statement = connection.prepare(&format!("{} WHERE {which}", trail::RESTORE))?;
            logged.bind(&mut statement, now_us)?;
            self.note_restored(count(statement.raw_execute()?));
        }
        self.close_undo(connection, logged.id)?;
        Ok(true)
    }
}
