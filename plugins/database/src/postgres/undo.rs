//! What taking a change back comes to in PostgreSQL's words.

use tokio_postgres::types::Type;

use super::write::{CHUNK, FOUND, Proof, Writer};
use crate::server::change::{FEW, Found, Logged};
use crate::server::fault::Fault;
use crate::server::undo::{Act, Ledger, Part};
use crate::server::{Done, Stamp};

const NEWER: &str = "SELECT 1 FROM ban_applications WHERE id > $1 AND deleted_at IS NULL LIMIT 1";

/// Makes bans hold again, and takes off what was noted at their end. No quote in a name stands without its backslash, so
/// what is looked for is no part of one.
const RESTORE: &str = r#"UPDATE ban_applications SET deleted_at = NULL, warden_ended = NULL, measure_extra = CASE
  WHEN measure_extra LIKE '{"ended":"%' THEN ''
  WHEN measure_extra LIKE '{"actor":%' AND position(',"ended":"' in measure_extra) > 0
    THEN left(measure_extra, position(',"ended":"' in measure_extra) - 1) || '}'
  ELSE measure_extra END
  WHERE warden_ended = $1 AND id = ANY($2)"#;

impl Ledger for Writer<'_> {
    type Proof = Proof;

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
        let sql = format!(
            "({FOUND} WHERE warden_made = $1 LIMIT $2) UNION ALL ({FOUND} WHERE warden_ended = $1 LIMIT $2)"
        );
        let limit = i64::try_from(FEW + 1).unwrap_or(i64::MAX);
        let found = self.found(&sql, &[(&logged.mark, Type::INT8), (&limit, Type::INT8)])?;
        Ok(found.into_iter().map(|ban| ban.target).collect())
    }

    fn has_newer(&mut self, logged: &Logged) -> Result<bool, Fault> {
        Ok(!self.query(NEWER, &[(&logged.last_ban, Type::INT8)])?.is_empty())
    }

    /// By a cursor: a server that does not know yet how many they are would look for all of them again each time.
    fn walk(&mut self, part: Part, logged: &Logged, act: &mut Act<'_, Self>) -> Result<u64, Fault> {
        let which = match part {
            Part::Made => "warden_made = $1 AND deleted_at IS NULL",
            Part::Ended => "warden_ended = $1 AND warden_made IS DISTINCT FROM $1",
        };
        let cursor = format!("DECLARE warden_walk NO SCROLL CURSOR FOR {FOUND} WHERE {which}");
        self.execute(&cursor, &[(&logged.mark, Type::INT8)])?;
        let mut sum = 0;
        loop {
            let found = self.found(&format!("FETCH {CHUNK} FROM warden_walk"), &[])?;
            if found.is_empty() {
                break;
            }
            sum += act(self, &found)?;
        }
        self.execute("CLOSE warden_walk", &[])?;
        Ok(sum)
    }

    fn standing(&mut self, texts: &[String]) -> Result<Vec<Found>, Fault> {
        self.active(&texts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn end(&mut self, ids: &[i64], tail: &str) -> Result<u64, Fault> {
        Writer::end(self, ids, tail)
    }

    fn restore(&mut self, ids: &[i64], logged: &Logged) -> Result<u64, Fault> {
        self.execute(RESTORE, &[(&logged.mark, Type::INT8), (&ids, Type::INT8_ARRAY)])
    }

    fn log_undo(&mut self, undone: i64, ended: u64, restored: u64) -> Result<Done<Proof>, Fault> {
        Writer::log_undo(self, undone, ended, restored)
    }
}
