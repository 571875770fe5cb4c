//! The log of changes: one row for each command that changed bans. Which bans a change made, and which it ended, is told by
//! its mark in `warden_made` and `warden_ended`.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::write::{Proof, Writer};
use crate::engine::CHANGES;
use crate::server::Done;
use crate::server::change::Logged;
use crate::server::fault::Fault;

/// What the tables say of the mark, whatever was done again or in vain; nothing when it did nothing. The lock lasts as
/// long as the transaction: by it, a writer whose connection broke waits for its end.
const INSERT: &str = "INSERT INTO warden_changes (at_us, command, actor, added, ended, mark, last_ban) \
    SELECT $1, $2, $3, \
      (SELECT count(*) FROM ban_applications WHERE warden_made = $4 AND warden_ended IS DISTINCT FROM $4), \
      (SELECT count(*) FROM ban_applications WHERE warden_ended = $4 AND warden_made IS DISTINCT FROM $4), \
      $4, (SELECT coalesce(max(id), 0) FROM ban_applications) \
    FROM pg_advisory_xact_lock($4) \
    WHERE EXISTS (SELECT 1 FROM ban_applications WHERE warden_made = $4) \
      OR EXISTS (SELECT 1 FROM ban_applications WHERE warden_ended = $4)";

const INSERT_UNDO: &str = "INSERT INTO warden_changes (at_us, command, actor, added, ended, mark, last_ban, undoes) \
    SELECT $1, $2, $3, $5, $6, $4, 0, $7 FROM pg_advisory_xact_lock($4)";

/// The last change that was not taken back. To take one back is no change of that kind: the next undo goes further.
const LAST: &str = "SELECT id, at_us, command, actor, mark, last_ban FROM warden_changes c WHERE undoes IS NULL \
    AND NOT EXISTS (SELECT 1 FROM warden_changes u WHERE u.undoes = c.id) ORDER BY id DESC LIMIT 1";

/// None where the user has not the right to remove them: who writes need not have it.
const OLDEST: &str = "SELECT id FROM warden_changes WHERE has_table_privilege('warden_changes', 'DELETE') \
    ORDER BY id DESC LIMIT 1000 OFFSET $1";

impl Writer<'_> {
    /// Logs what was changed so far as one change.
    pub fn log(&self) -> Result<Done<Proof>, Fault> {
        let mark = self.stamp.mark.cast_signed();
        let is_logged = self.execute(
            INSERT,
            &[
                (&self.stamp.now_us, Type::INT8),
                (&self.stamp.command, Type::TEXT),
                (&self.stamp.actor, Type::TEXT),
                (&mark, Type::INT8),
            ],
        )? > 0;
        self.forget_oldest()?;
        Ok(Done { is_logged, ..Done::default() })
    }

    /// Logs that a change was taken back.
    pub fn log_undo(&self, undone: i64, ended: u64, restored: u64) -> Result<Done<Proof>, Fault> {
        let mark = self.stamp.mark.cast_signed();
        self.execute(
            INSERT_UNDO,
            &[
                (&self.stamp.now_us, Type::INT8),
                (&self.stamp.command, Type::TEXT),
                (&self.stamp.actor, Type::TEXT),
                (&mark, Type::INT8),
                (&restored.cast_signed(), Type::INT8),
                (&ended.cast_signed(), Type::INT8),
                (&undone, Type::INT8),
            ],
        )?;
        self.forget_oldest()?;
        Ok(Done { is_logged: true, ..Done::default() })
    }

    /// Waits for whoever wrote the row of a mark, and says whether it is there.
    pub fn is_logged(&self, mark: u64) -> Result<bool, Fault> {
        let mark = mark.cast_signed();
        self.query("SELECT pg_advisory_xact_lock($1)", &[(&mark, Type::INT8)])?;
        let rows = self.query("SELECT 1 FROM warden_changes WHERE mark = $1", &[(&mark, Type::INT8)])?;
        Ok(!rows.is_empty())
    }

    /// The last change that was not taken back.
    pub fn last(&self) -> Result<Option<Logged>, Fault> {
        Ok(self.query(LAST, &[])?.first().map(logged))
    }

    /// By their ids: others write at the other end.
    fn forget_oldest(&self) -> Result<(), Fault> {
        if !self.stamp.forgets_oldest() {
            return Ok(());
        }
        let rows = self.query(OLDEST, &[(&i64::from(CHANGES), Type::INT8)])?;
        let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let sql = "DELETE FROM warden_changes WHERE id = ANY($1)";
        self.execute(sql, &[(&ids, Type::INT8_ARRAY)]).map(drop)
    }
}

fn logged(row: &Row) -> Logged {
    Logged {
        id: row.get(0),
        at_us: row.get(1),
        command: row.get(2),
        actor: row.get(3),
        mark: row.get(4),
        last_ban: row.get(5),
    }
}
