//! Taking a change back.
//!
//! What it made ends now, and lists as deleted; what it ended holds again as it was. What somebody else ended, replaced or
//! removed meanwhile stays so. The undo is logged itself, so that it happens once.

use tokio_postgres::types::Type;
use warden_plugin::Change;

use super::write::{CHUNK, FOUND, Proof, Writer};
use crate::server::Done;
use crate::server::change::{FEW, Found, Logged, canonical, locks};
use crate::server::fault::Fault;
use crate::server::order::ANY_TARGET;
use crate::sqlite::trail::{self, Ended};

/// Of the bans that a change made, those that hold.
const MADE: &str = "warden_made = $1 AND deleted_at IS NULL";

/// Of the bans that a change ended, those that it had not made itself.
const ENDED: &str = "warden_ended = $1 AND warden_made IS DISTINCT FROM $1";

/// Makes bans hold again, and takes off what was noted at their end. No quote in a name stands without its backslash, so
/// what is looked for is no part of one.
const RESTORE: &str = r#"UPDATE ban_applications SET deleted_at = NULL, warden_ended = NULL, measure_extra = CASE
  WHEN measure_extra LIKE '{"ended":"%' THEN ''
  WHEN measure_extra LIKE '{"actor":%' AND position(',"ended":"' in measure_extra) > 0
    THEN left(measure_extra, position(',"ended":"' in measure_extra) - 1) || '}'
  ELSE measure_extra END
  WHERE warden_ended = $1 AND id = ANY($2)"#;

impl Writer<'_> {
    /// The last change that was not taken back, with the counts that an undo would come to now.
    pub fn last_change(&self) -> Result<Option<Change>, Fault> {
        let Some(logged) = self.last()? else { return Ok(None) };
        let added = self.end_made(&logged, false)?;
        let ended = self.restore_ended(&logged, false)?;
        Ok(Some(logged.change(added, ended)))
    }

    /// Takes a change back if it is the last.
    pub fn undo(&self, id: u64) -> Result<Done<Proof>, Fault> {
        self.lock(&[ANY_TARGET])?;
        let Some(logged) = self.last()?.filter(|logged| logged.number() == id) else {
            return Ok(Done::default());
        };
        self.lock(&locks(&self.texts(&logged)?))?;
        // Whoever held one of the locks may have made the last change by now.
        if self.last()?.is_none_or(|last| last.id != logged.id) {
            return Ok(Done::default());
        }
        let ended = self.end_made(&logged, true)?;
        let restored = self.restore_ended(&logged, true)?;
        self.log_undo(logged.id, ended, restored)
    }

    /// Ends the bans that a change made, or only counts them.
    fn end_made(&self, logged: &Logged, acts: bool) -> Result<u64, Fault> {
        let now_us = self.stamp.now_us;
        let tail = trail::ending(Ended::Undone, self.stamp.actor);
        self.walk(MADE, logged, |made| {
            let ids: Vec<i64> = made.iter().filter(|ban| ban.ends_after(now_us)).map(|ban| ban.id).collect();
            if acts { self.end(&ids, &tail) } else { Ok(count(&ids)) }
        })
    }

    /// Makes the bans hold again that a change ended, or only counts them.
    fn restore_ended(&self, logged: &Logged, acts: bool) -> Result<u64, Fault> {
        let newer = "SELECT 1 FROM ban_applications WHERE id > $1 AND deleted_at IS NULL LIMIT 1";
        let has_newer = !self.query(newer, &[(&logged.last_ban, Type::INT8)])?.is_empty();
        self.walk(ENDED, logged, |ended| {
            let texts: Vec<String> = ended.iter().map(|ban| canonical(&ban.target)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let standing = if has_newer { self.active(&texts)? } else { Vec::new() };
            let ids = logged.to_restore(ended, &standing, self.stamp.now_us);
            if acts { self.restore(&ids, logged) } else { Ok(count(&ids)) }
        })
    }

    /// Goes over the bans of a change, some at a time; sums up what is answered. By a cursor: a server that does not know
    /// yet how many they are would look for all of them again each time.
    fn walk(
        &self,
        which: &str,
        logged: &Logged,
        act: impl Fn(&[Found]) -> Result<u64, Fault>,
    ) -> Result<u64, Fault> {
        let cursor = format!("DECLARE warden_walk NO SCROLL CURSOR FOR {FOUND} WHERE {which}");
        self.execute(&cursor, &[(&logged.mark, Type::INT8)])?;
        let mut sum = 0;
        loop {
            let found = self.found(&format!("FETCH {CHUNK} FROM warden_walk"), &[])?;
            if found.is_empty() {
                break;
            }
            sum += act(&found)?;
        }
        self.execute("CLOSE warden_walk", &[])?;
        Ok(sum)
    }

    fn restore(&self, ids: &[i64], logged: &Logged) -> Result<u64, Fault> {
        self.execute(RESTORE, &[(&logged.mark, Type::INT8), (&ids, Type::INT8_ARRAY)])
    }

    /// The targets of the bans that a change made or ended, as far as their locks are looked for.
    fn texts(&self, logged: &Logged) -> Result<Vec<String>, Fault> {
        let sql = format!(
            "({FOUND} WHERE warden_made = $1 LIMIT $2) UNION ALL ({FOUND} WHERE warden_ended = $1 LIMIT $2)"
        );
        let limit = i64::try_from(FEW + 1).unwrap_or(i64::MAX);
        let found = self.found(&sql, &[(&logged.mark, Type::INT8), (&limit, Type::INT8)])?;
        Ok(found.into_iter().map(|ban| ban.target).collect())
    }
}

fn count(ids: &[i64]) -> u64 {
    u64::try_from(ids.len()).unwrap_or(u64::MAX)
}
