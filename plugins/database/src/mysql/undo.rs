//! What taking a change back comes to in MySQL's words.

use mysql::Value;

use super::write::{CHUNK, FOUND, Mark, Writer, marks};
use crate::server::change::{FEW, Found, Logged};
use crate::server::fault::Fault;
use crate::server::undo::{Act, Ledger, Part};
use crate::server::{Done, Stamp};

/// The index is named: told to order by the id, a server walks the whole table.
const MADE: &str = "FORCE INDEX (warden_bans_made) WHERE warden_made = ?";
const ENDED: &str = "FORCE INDEX (warden_bans_ended) WHERE warden_ended = ?";

const NEWER: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM ban_applications WHERE id > ? AND deleted_at IS NULL LIMIT 1) n";

/// Makes bans hold again, and takes off what was noted at their end. No quote in a name stands without its backslash, so
/// what is looked for is no part of one.
const RESTORE: &str = r#"UPDATE ban_applications SET deleted_at = NULL, warden_ended = NULL, measure_extra = CASE
  WHEN measure_extra LIKE '{"ended":"%' THEN ''
  WHEN measure_extra LIKE '{"actor":%' AND SUBSTRING_INDEX(measure_extra, ',"ended":"', 1) <> measure_extra
    THEN CONCAT(SUBSTRING_INDEX(measure_extra, ',"ended":"', 1), '}')
  ELSE measure_extra END
  WHERE warden_ended = ?"#;

impl Ledger for Writer<'_> {
    type Proof = Mark;

    fn stamp(&self) -> Stamp<'_> {
        self.stamp
    }

    fn lock(&mut self, slots: &[u16]) -> Result<(), Fault> {
        Writer::lock(self, slots)
    }

    fn last(&mut self) -> Result<Option<Logged>, Fault> {
        Writer::last(self)
    }

    fn targets(&mut self, logged: &Logged) -> Result<Vec<String>, Fault> {
        let mut targets = Vec::new();
        for which in [MADE, ENDED] {
            let found =
                self.found(&format!("{FOUND} {which} LIMIT ?"), vec![logged.mark.into(), (FEW + 1).into()])?;
            targets.extend(found.into_iter().map(|ban| ban.target));
        }
        Ok(targets)
    }

    fn has_newer(&mut self, logged: &Logged) -> Result<bool, Fault> {
        Ok(self.number(NEWER, vec![logged.last_ban.into()])? > 0)
    }

    fn walk(&mut self, part: Part, logged: &Logged, act: &mut Act<'_, Self>) -> Result<u64, Fault> {
        let which = match part {
            Part::Made => format!("{MADE} AND deleted_at IS NULL"),
            Part::Ended => format!("{ENDED} AND NOT (warden_made <=> warden_ended)"),
        };
        let sql = format!("{FOUND} {which} AND id > ? ORDER BY id LIMIT {CHUNK}");
        let (mut after, mut sum) = (0, 0);
        loop {
            let found = self.found(&sql, vec![logged.mark.into(), after.into()])?;
            let Some(last) = found.last() else { return Ok(sum) };
            after = last.id;
            sum += act(self, &found)?;
        }
    }

    fn standing(&mut self, texts: &[String]) -> Result<Vec<Found>, Fault> {
        self.active(texts)
    }

    fn end(&mut self, ids: &[i64], tail: &str) -> Result<u64, Fault> {
        Writer::end(self, ids, tail)
    }

    fn restore(&mut self, ids: &[i64], logged: &Logged) -> Result<u64, Fault> {
        if ids.is_empty() {
            return Ok(0);
        }
        let values = [logged.mark].iter().chain(ids).map(Value::from).collect();
        self.execute(&format!("{RESTORE} AND id IN ({})", marks(ids.len())), values)
    }

    fn log_undo(&mut self, undone: i64, ended: u64, restored: u64) -> Result<Done<Mark>, Fault> {
        Writer::log_undo(self, undone, ended, restored)
    }
}
