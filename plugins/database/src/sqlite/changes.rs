//! The log of changes: one row for each command that changed bans.
//!
//! Which bans a change made is told by their ids: a writer is alone with the file, so they follow each other. Which it
//! ended is told by their `deleted_at`, the same for all of them and for no other ban. Either costs a ban nothing.

use rusqlite::{Connection, OptionalExtension as _, Result, Row, named_params};
use warden_plugin::Change;

use super::schema::condition;
use super::{question, time};
use crate::engine::CHANGES;

const INSERT: &str = "INSERT INTO warden_changes (at_us, command, actor, added, ended, first_ban, last_ban, ended_at, undoes) \
    VALUES (:at_us, :command, :actor, :added, :ended, :first, \
    (SELECT coalesce(max(id), 0) FROM ban_applications), :ended_at, :undoes)";

/// The last change that was not taken back. To take one back is no change of that kind: the next undo goes further.
const LAST: &str = "SELECT id, at_us, command, actor, first_ban, last_ban, ended_at FROM warden_changes \
    WHERE undoes IS NULL AND id NOT IN (SELECT undoes FROM warden_changes WHERE undoes IS NOT NULL) \
    ORDER BY id DESC LIMIT 1";

/// Of the bans that a change made, those that hold.
pub const MADE: &str =
    "id BETWEEN :first AND :last AND deleted_at IS NULL AND warden_holds(NULL, NULL, until, NULL, :now_us)";

/// Of the bans that a change ended, those that would hold again. One that it had made itself is not among them, nor one
/// whose end has come meanwhile.
pub const ENDED: &str = "deleted_at = :ended_at AND (:first IS NULL OR id NOT BETWEEN :first AND :last) \
    AND warden_holds(NULL, NULL, until, NULL, :now_us)";

/// Whether a ban has this `deleted_at`.
pub const TAKEN: &str = "SELECT 1 FROM ban_applications WHERE deleted_at = ?1 LIMIT 1";

/// The bans from an id on that have this `deleted_at`.
pub const OWN: &str = "SELECT count(*) FROM ban_applications WHERE deleted_at = ?1 AND id >= ?2";

/// Who writes, and how that is remembered.
#[derive(Clone, Debug)]
pub struct Author {
    /// The person.
    pub actor: String,
    /// What was asked for.
    pub command: String,
    /// Whether this is a command, which can be taken back; otherwise it is a stream, which goes on and on.
    pub logged: bool,
}

/// What a change under way did so far.
#[derive(Debug, Default)]
pub struct NewChange {
    /// When it began; `None`: nothing was done.
    pub at_us: Option<i64>,
    /// The first ban that it made.
    pub first: Option<i64>,
    /// How many it made.
    pub added: u64,
    /// How many it ended, its own too.
    pub ended: u64,
    /// The `deleted_at` of those.
    pub ended_at: Option<String>,
}

/// A change as it was logged.
#[derive(Debug)]
pub struct Logged {
    /// Its number.
    pub id: i64,
    at_us: i64,
    command: String,
    actor: String,
    /// The first of the bans that it made.
    pub first: Option<i64>,
    /// The last of them, or of all.
    pub last: i64,
    /// The `deleted_at` of those that it ended.
    pub ended_at: Option<String>,
}

impl NewChange {
    /// Writes the row, unless nothing was changed.
    pub fn write(self, connection: &Connection, author: &Author, undoes: Option<i64>) -> Result<()> {
        if self.added == 0 && self.ended == 0 && undoes.is_none() {
            return Ok(());
        }
        let own = self.ended_of_its_own(connection)?;
        connection.prepare_cached(INSERT)?.execute(named_params! {
            ":at_us": self.at_us,
            ":command": author.command,
            ":actor": author.actor,
            ":added": number(self.added.saturating_sub(own)),
            ":ended": number(self.ended.saturating_sub(own)),
            ":first": self.first,
            ":ended_at": self.ended_at.filter(|_| self.ended > 0),
            ":undoes": undoes,
        })?;
        let id = connection.last_insert_rowid();
        connection
            .prepare_cached("DELETE FROM warden_changes WHERE id <= ?1")?
            .execute([id - i64::from(CHANGES)])?;
        Ok(())
    }

    /// How many bans it both made and ended.
    fn ended_of_its_own(&self, connection: &Connection) -> Result<u64> {
        let (Some(first), Some(ended_at)) = (self.first, &self.ended_at) else { return Ok(0) };
        let mut statement = connection.prepare_cached(OWN)?;
        let own: i64 = statement.query_row((ended_at, first), |row| row.get(0))?;
        Ok(u64::try_from(own).unwrap_or(0))
    }

    /// The `deleted_at` of what is ended from this instant on. Nanoseconds, which warden's readers cut, tell it from
    /// every other change of the same microsecond.
    pub fn ended_at(&mut self, connection: &Connection, now_us: i64) -> Result<String> {
        if self.ended_at.is_none() {
            self.ended_at = Some(free(connection, now_us)?);
        }
        Ok(self.ended_at.clone().unwrap_or_default())
    }
}

/// A text of an instant that no remembered change has, by the number that the change will have, and no ban. Whole
/// microseconds are what a warden that logs nothing writes.
fn free(connection: &Connection, now_us: i64) -> Result<String> {
    let mut next = connection.prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM warden_changes")?;
    let nanos = next.query_row([], |row| row.get::<_, i64>(0))?.rem_euclid(999) + 1;
    let mut taken = connection.prepare_cached(TAKEN)?;
    for later in 0.. {
        let text = time::write_nanos(now_us, nanos + later * 1000).unwrap_or_default();
        if text.is_empty() || !taken.exists([&text])? {
            return Ok(text);
        }
    }
    Ok(String::new())
}

impl Logged {
    /// The last change that was not taken back. A file that no warden of this kind wrote has none.
    pub fn last(connection: &Connection) -> Result<Option<Self>> {
        let table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'warden_changes'";
        if !connection.prepare_cached(table)?.exists([])? {
            return Ok(None);
        }
        connection.prepare_cached(LAST)?.query_row([], Self::of).optional()
    }

    fn of(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            at_us: row.get(1)?,
            command: row.get(2)?,
            actor: row.get(3)?,
            first: row.get(4)?,
            last: row.get(5)?,
            ended_at: row.get(6)?,
        })
    }

    /// As it would be taken back now: what others ended, replaced or removed since does not count.
    pub fn change(self, connection: &Connection, now_us: i64) -> Result<Change> {
        let count = |which: &str| -> Result<u64> {
            let sql = format!("SELECT count(*) FROM ban_applications WHERE {which}");
            let mut statement = connection.prepare(&sql)?;
            self.bind(&mut statement, now_us)?;
            let mut rows = statement.raw_query();
            let count: i64 = rows.next()?.map_or(Ok(0), |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        };
        let (added, ended) = (count(MADE)?, count(&self.to_restore(connection)?)?);
        let id = u64::try_from(self.id).unwrap_or(0);
        Ok(Change {
            id,
            at_us: self.at_us,
            added,
            ended,
            undone: false,
            command: self.command,
            actor: self.actor,
        })
    }

    /// Which of the ended bans are to hold again: not one in whose place another of its source stands by now. Such a ban
    /// was made after this change, by somebody who logs nothing: a daemon, or v0.3.7.
    pub fn to_restore(&self, connection: &Connection) -> Result<String> {
        let newer = "SELECT 1 FROM ban_applications WHERE id > ?1 AND deleted_at IS NULL LIMIT 1";
        if !connection.prepare(newer)?.exists([self.last])? {
            return Ok(ENDED.to_owned());
        }
        let same = "n.id > :last AND n.deleted_at IS NULL AND warden_holds(NULL, NULL, n.until, NULL, :now_us) \
            AND coalesce(n.measure_source, '') = coalesce(ban_applications.measure_source, '')";
        let misspelt = condition("warden_bans_misspelt");
        Ok(format!(
            "{ENDED} AND NOT EXISTS (SELECT 1 FROM ban_applications n INDEXED BY warden_bans_by_target \
               WHERE n.ip_text = warden_target(ban_applications.ip_text) AND {same}) \
             AND NOT EXISTS (SELECT 1 FROM ban_applications n INDEXED BY warden_bans_misspelt WHERE ({misspelt}) \
               AND warden_target(n.ip_text) = warden_target(ban_applications.ip_text) AND {same})"
        ))
    }

    /// Sets the parameters of [`MADE`] and [`ENDED`], as far as a statement has them.
    pub fn bind(&self, statement: &mut rusqlite::Statement<'_>, now_us: i64) -> Result<()> {
        question::bind(
            statement,
            &[
                (":first", &self.first),
                (":last", &self.last),
                (":ended_at", &self.ended_at),
                (":now_us", &now_us),
            ],
        )
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
