//! What ends bans: all of a target, those that a query matches, all. What is over stays as it is.

use rusqlite::{Connection, Result, named_params};
use warden_plugin::{Query, Target};

use super::question::{Question, Shape, bind};
use super::write::{Pending, count};
use crate::common::audit::{self, Ended};

/// Ends bans: `:now` is the time, `:tail` what [`audit::ending`] gives. The condition is the caller's.
pub const END: &str = r#"UPDATE ban_applications SET deleted_at = :now, measure_extra = CASE
  WHEN :tail = '' THEN measure_extra
  WHEN ifnull(measure_extra, '') = '' THEN '{' || :tail || '}'
  WHEN measure_extra GLOB '{"actor":*}' AND instr(measure_extra, ',"ended":"') = 0
    THEN substr(measure_extra, 1, length(measure_extra) - 1) || ',' || :tail || '}'
  ELSE measure_extra END"#;

impl Pending {
    /// Ends the active bans of a target; `text` is the target as it was given.
    pub fn delete(&mut self, connection: &Connection, text: &str) -> Result<u64> {
        let target = Target::of_stored(text);
        let canonical = target.map(|target| target.text());
        let mut ids = Vec::new();
        self.collect_active(connection, canonical.as_ref().map_or(text, AsRef::as_ref), None, |id, _| {
            ids.push(id);
        })?;
        if let Some(target) = target {
            self.collect_misspelt(connection, &target, None, |id, _| ids.push(id))?;
        }
        self.end_each(connection, &ids)
    }

    /// Ends the active bans that a query matches.
    pub fn delete_where(&mut self, connection: &Connection, query: &Query<'_>) -> Result<u64> {
        let query = &Query { at_us: self.now_us(), limit: None, ..*query };
        let question = Question::new(query);
        match (query.target, query.ip) {
            (Some(target), _) => self.delete_around(connection, &target, 1, &question),
            (None, Some(ip)) => self.delete_around(connection, &ip, usize::MAX, &question),
            (None, None) => {
                let which = format!("id IN ({})", question.sql(Shape::Open));
                self.end_all(connection, &which, |statement| bind(statement, &question.parameters()))
            }
        }
    }

    /// Ends every active ban.
    pub fn delete_all(&mut self, connection: &Connection) -> Result<u64> {
        let now_us = self.now_us();
        // What has no start has started: this asks for the end alone.
        let which = "deleted_at IS NULL AND warden_holds(NULL, NULL, until, NULL, :at)";
        self.end_all(connection, which, |statement| bind(statement, &[(":at", &now_us)]))
    }

    /// Those bans of a target and of the next so many `sizes` that contain it which the question matches, by index.
    fn delete_around(
        &mut self,
        connection: &Connection,
        inner: &Target,
        sizes: usize,
        question: &Question<'_>,
    ) -> Result<u64> {
        let source = question.query().source;
        let mut ids = Vec::new();
        for outer in inner.covering().take(sizes) {
            self.collect_active(connection, outer.text().as_str(), source, |id, _| ids.push(id))?;
            self.collect_misspelt(connection, &outer, source, |id, _| ids.push(id))?;
        }
        let found = Query { at_us: 0, target: None, source: None, ..*question.query() };
        if found != Query::default() && !ids.is_empty() {
            let mut statement = connection.prepare_cached(&question.sql(Shape::OneOpen))?;
            let mut matching = Vec::new();
            for id in ids {
                bind(&mut statement, &question.parameters())?;
                bind(&mut statement, &[(":id", &id)])?;
                if statement.raw_query().next()?.is_some() {
                    matching.push(id);
                }
            }
            ids = matching;
        }
        self.end_each(connection, &ids)
    }

    fn end_each(&mut self, connection: &Connection, ids: &[i64]) -> Result<u64> {
        let actor = self.actor().to_owned();
        ids.iter().try_fold(0, |ended, id| Ok(ended + self.end(connection, *id, Ended::Deleted, &actor)?))
    }

    /// Ends one ban.
    pub fn end(&mut self, connection: &Connection, id: i64, ended: Ended, actor: &str) -> Result<u64> {
        let mut statement = connection.prepare_cached(&format!("{END} WHERE id = :id"))?;
        let tail = audit::ending(ended, actor);
        let now = self.ended_at(connection)?;
        let done = count(statement.execute(named_params! { ":now": now, ":tail": tail, ":id": id })?);
        self.note_ended(done);
        Ok(done)
    }

    /// Ends the bans of a condition, whose parameters `more` sets.
    fn end_all(
        &mut self,
        connection: &Connection,
        which: &str,
        more: impl FnOnce(&mut rusqlite::Statement<'_>) -> Result<()>,
    ) -> Result<u64> {
        let tail = audit::ending(Ended::Deleted, self.actor());
        let mut statement = connection.prepare(&format!("{END} WHERE {which}"))?;
        bind(&mut statement, &[(":now", &self.ended_at(connection)?), (":tail", &tail)])?;
        more(&mut statement)?;
        let done = count(statement.raw_execute()?);
        self.note_ended(done);
        Ok(done)
    }
}
