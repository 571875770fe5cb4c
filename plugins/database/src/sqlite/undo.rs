//! Taking a change back.
//!
//! What it made ends now, and lists as deleted; what it ended holds again as it was. What somebody else ended, replaced or
//! removed meanwhile stays so. The undo is logged itself, so that it happens once.

use rusqlite::{Connection, Result};
use warden_plugin::Change;

use super::changes::{Logged, MADE};
use super::ending::END;
use super::question::bind;
use super::write::{Pending, count};
use crate::common::audit::{self, Ended};

/// Makes bans hold again, and takes off what [`super::ending::END`] put on. No quote in a name stands without its backslash, so what
/// is looked for is no part of one. The condition is the caller's.
pub const RESTORE: &str = r#"UPDATE ban_applications SET deleted_at = NULL, measure_extra = CASE
  WHEN measure_extra GLOB '{"ended":"*' THEN ''
  WHEN measure_extra GLOB '{"actor":*' AND instr(measure_extra, ',"ended":"') > 0
    THEN substr(measure_extra, 1, instr(measure_extra, ',"ended":"') - 1) || '}'
  ELSE measure_extra END"#;

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
            let tail = audit::ending(Ended::Undone, self.actor());
            let mut statement = connection.prepare(&format!("{END} WHERE {MADE}"))?;
            bind(&mut statement, &[(":now", &self.ended_at(connection)?), (":tail", &tail)])?;
            logged.bind(&mut statement, now_us)?;
            self.note_ended(count(statement.raw_execute()?));
        }
        if logged.ended_at.is_some() {
            let mut statement = connection.prepare(&format!("{RESTORE} WHERE {which}"))?;
            logged.bind(&mut statement, now_us)?;
            self.note_restored(count(statement.raw_execute()?));
        }
        self.close_undo(connection, logged.id)?;
        Ok(true)
    }
}
