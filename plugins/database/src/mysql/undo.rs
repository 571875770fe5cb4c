//! Taking a change back.
//!
//! What it made ends now, and lists as deleted; what it ended holds again as it was. What somebody else ended, replaced or
//! removed meanwhile stays so. The undo is logged itself, so that it happens once.

use mysql::Value;
use warden_plugin::Change;

use super::write::{CHUNK, FOUND, Mark, Writer, marks};
use crate::server::Done;
use crate::server::change::{FEW, Found, Logged, canonical, locks};
use crate::server::fault::Fault;
use crate::server::order::ANY_TARGET;
use crate::sqlite::trail::{self, Ended};

/// The index is named: told to order by the id, a server walks the whole table.
const MADE: &str = "FORCE INDEX (warden_bans_made) WHERE warden_made = ?";
const ENDED: &str = "FORCE INDEX (warden_bans_ended) WHERE warden_ended = ?";

/// Of the bans that a change made, those that hold.
const OPEN: &str = "deleted_at IS NULL";

/// Of the bans that a change ended, those that it had not made itself.
const OTHERS: &str = "NOT (warden_made <=> warden_ended)";

/// Makes bans hold again, and takes off what was noted at their end. No quote in a name stands without its backslash, so
/// what is looked for is no part of one.
const RESTORE: &str = r#"UPDATE ban_applications SET deleted_at = NULL, warden_ended = NULL, measure_extra = CASE
  WHEN measure_extra LIKE '{"ended":"%' THEN ''
  WHEN measure_extra LIKE '{"actor":%' AND SUBSTRING_INDEX(measure_extra, ',"ended":"', 1) <> measure_extra
    THEN CONCAT(SUBSTRING_INDEX(measure_extra, ',"ended":"', 1), '}')
  ELSE measure_extra END
  WHERE warden_ended = ?"#;

impl Writer<'_> {
    /// The last change that was not taken back, with the counts that an undo would come to now.
    pub fn last_change(&mut self) -> Result<Option<Change>, Fault> {
        let Some(logged) = self.last()? else { return Ok(None) };
        let added = self.end_made(&logged, false)?;
        let ended = self.restore_ended(&logged, false)?;
        Ok(Some(logged.change(added, ended)))
    }

    /// Takes a change back if it is the last.
    pub fn undo(&mut self, id: u64) -> Result<Done<Mark>, Fault> {
        self.lock(&[ANY_TARGET])?;
        let Some(logged) = self.last()?.filter(|logged| logged.number() == id) else {
            return Ok(Done::default());
        };
        let slots = locks(&self.texts(&logged)?);
        self.lock(&slots)?;
        // Whoever held one of the locks may have made the last change by now.
        if self.last()?.is_none_or(|last| last.id != logged.id) {
            return Ok(Done::default());
        }
        let ended = self.end_made(&logged, true)?;
        let restored = self.restore_ended(&logged, true)?;
        self.log_undo(logged.id, ended, restored)
    }

    /// Ends the bans that a change made, or only counts them.
    fn end_made(&mut self, logged: &Logged, acts: bool) -> Result<u64, Fault> {
        let now_us = self.stamp.now_us;
        let tail = trail::ending(Ended::Undone, self.stamp.actor);
        self.walk(&format!("{MADE} AND {OPEN}"), logged, |writer, made| {
            let ids: Vec<i64> = made.iter().filter(|ban| ban.ends_after(now_us)).map(|ban| ban.id).collect();
            if acts { writer.end(&ids, &tail) } else { Ok(count(&ids)) }
        })
    }

    /// Makes the bans hold again that a change ended, or only counts them.
    fn restore_ended(&mut self, logged: &Logged, acts: bool) -> Result<u64, Fault> {
        let newer = "SELECT COUNT(*) FROM (SELECT 1 FROM ban_applications WHERE id > ? AND deleted_at IS NULL LIMIT 1) n";
        let has_newer = self.number(newer, vec![logged.last_ban.into()])? > 0;
        self.walk(&format!("{ENDED} AND {OTHERS}"), logged, |writer, ended| {
            let texts: Vec<String> = ended.iter().map(|ban| canonical(&ban.target)).collect();
            let standing = if has_newer { writer.active(&texts)? } else { Vec::new() };
            let ids = logged.to_restore(ended, &standing, writer.stamp.now_us);
            if acts { writer.restore(&ids, logged) } else { Ok(count(&ids)) }
        })
    }

    /// Goes over the bans of a change, some at a time; sums up what is answered.
    fn walk(
        &mut self,
        which: &str,
        logged: &Logged,
        mut act: impl FnMut(&mut Self, &[Found]) -> Result<u64, Fault>,
    ) -> Result<u64, Fault> {
        let sql = format!("{FOUND} {which} AND id > ? ORDER BY id LIMIT {CHUNK}");
        let (mut after, mut sum) = (0, 0);
        loop {
            let found = self.found(&sql, vec![logged.mark.into(), after.into()])?;
            let Some(last) = found.last() else { return Ok(sum) };
            after = last.id;
            sum += act(self, &found)?;
        }
    }

    fn restore(&mut self, ids: &[i64], logged: &Logged) -> Result<u64, Fault> {
        if ids.is_empty() {
            return Ok(0);
        }
        let values = [logged.mark].iter().chain(ids).map(Value::from).collect();
        self.execute(&format!("{RESTORE} AND id IN ({})", marks(ids.len())), values)
    }

    /// The targets of the bans that a change made or ended, as far as their locks are looked for.
    fn texts(&mut self, logged: &Logged) -> Result<Vec<String>, Fault> {
        let mut texts = Vec::new();
        for which in [MADE, ENDED] {
            let found =
                self.found(&format!("{FOUND} {which} LIMIT ?"), vec![logged.mark.into(), (FEW + 1).into()])?;
            texts.extend(found.into_iter().map(|ban| ban.target));
        }
        Ok(texts)
    }
}

fn count(ids: &[i64]) -> u64 {
    u64::try_from(ids.len()).unwrap_or(u64::MAX)
}
