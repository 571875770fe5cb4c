//! The log of changes: one row for each command that changed bans. Which bans a change made, and which it ended, is told by
//! its mark in `warden_made` and `warden_ended`.

use mysql::Value;
use warden_plugin::ErrorKind;

use super::answers;
use super::write::{Mark, Writer, marks};
use crate::engine::CHANGES;
use crate::server::Done;
use crate::server::change::Logged;
use crate::server::fault::Fault;

/// What the tables say of the mark, whatever was done again or in vain; nothing when it did nothing.
const INSERT: &str = "INSERT INTO warden_changes (at_us, command, actor, added, ended, mark, last_ban) \
    SELECT ?, ?, ?, \
      (SELECT COUNT(*) FROM ban_applications FORCE INDEX (warden_bans_made) \
        WHERE warden_made = m.mark AND NOT (warden_ended <=> m.mark)), \
      (SELECT COUNT(*) FROM ban_applications FORCE INDEX (warden_bans_ended) \
        WHERE warden_ended = m.mark AND NOT (warden_made <=> m.mark)), \
      m.mark, (SELECT COALESCE(MAX(id), 0) FROM ban_applications) \
    FROM (SELECT CAST(? AS SIGNED) AS mark) m \
    WHERE EXISTS (SELECT 1 FROM ban_applications FORCE INDEX (warden_bans_made) WHERE warden_made = m.mark) \
      OR EXISTS (SELECT 1 FROM ban_applications FORCE INDEX (warden_bans_ended) WHERE warden_ended = m.mark)";

const INSERT_UNDO: &str = "INSERT INTO warden_changes (at_us, command, actor, added, ended, mark, last_ban, undoes) \
    VALUES (?, ?, ?, ?, ?, ?, 0, ?)";

/// The last change that was not taken back. To take one back is no change of that kind: the next undo goes further.
const LAST: &str = "SELECT id, at_us, command, actor, mark, last_ban FROM warden_changes c WHERE undoes IS NULL \
    AND NOT EXISTS (SELECT 1 FROM warden_changes u WHERE u.undoes = c.id) ORDER BY id DESC LIMIT 1";

const OLDEST: &str = "SELECT id FROM warden_changes ORDER BY id DESC LIMIT 1000 OFFSET ?";

impl Writer<'_> {
    /// Logs what was changed so far as one change.
    pub fn log(&mut self) -> Result<Done<Mark>, Fault> {
        let values = self.row().into_iter().chain([self.stamp.mark.cast_signed().into()]).collect();
        let is_logged = self.execute(INSERT, values)? > 0;
        self.forget_oldest()?;
        Ok(Done { is_logged, ..Done::default() })
    }

    /// Logs that a change was taken back.
    pub fn log_undo(&mut self, undone: i64, ended: u64, restored: u64) -> Result<Done<Mark>, Fault> {
        let more = [restored.into(), ended.into(), self.stamp.mark.cast_signed().into(), undone.into()];
        let values = self.row().into_iter().chain(more).collect();
        self.execute(INSERT_UNDO, values)?;
        self.forget_oldest()?;
        Ok(Done { is_logged: true, ..Done::default() })
    }

    /// Waits for whoever wrote the row of a mark, and says whether it is there.
    pub fn is_logged(&mut self, mark: u64) -> Result<bool, Fault> {
        let sql = "SELECT 1 FROM warden_changes WHERE mark = ? FOR UPDATE";
        let found: Option<i64> = answers::first(self.conn, sql, (mark.cast_signed(),))?;
        Ok(found.is_some())
    }

    /// The last change that was not taken back.
    pub fn last(&mut self) -> Result<Option<Logged>, Fault> {
        let row: Option<(i64, i64, String, String, i64, i64)> = answers::first(self.conn, LAST, ())?;
        Ok(row.map(|(id, at_us, command, actor, mark, last_ban)| Logged {
            id,
            at_us,
            command,
            actor,
            mark,
            last_ban,
        }))
    }

    fn row(&self) -> [Value; 3] {
        [self.stamp.now_us.into(), self.stamp.command.into(), self.stamp.actor.into()]
    }

    /// By their ids: others write at the other end.
    fn forget_oldest(&mut self) -> Result<(), Fault> {
        if !self.stamp.forgets_oldest() {
            return Ok(());
        }
        let rows = answers::rows(self.conn, OLDEST, (CHANGES,))?;
        let ids: Vec<Value> = rows.into_iter().filter_map(|mut row| row.take(0)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        match self.execute(&format!("DELETE FROM warden_changes WHERE id IN ({})", marks(ids.len())), ids) {
            // Who writes need not have the right to remove.
            Err(Fault::Failed(error)) if error.kind() == ErrorKind::Denied => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}
