//! A list: one question, streamed, in one state of the file.

use std::cell::OnceCell;

use rusqlite::{Connection, Result as SqlResult};
use warden_plugin::{Error, Host, Level, Query, Result, Rows, Target};

use super::connection::Failure;
use super::newest_first::{NewestFirst, Waiting};
use super::question::{Question, Shape, bind};
use super::record::Record;
use super::schema::{Layout, micros};
use super::spelling;
use super::tallies::Tallies;

/// Why a list ended early.
pub enum Halt {
    /// SQLite failed, or the user gave up.
    Failed(Failure),
    /// There is enough: the limit is reached.
    Limit,
    /// The reader of the rows ended it.
    Reader(Error),
}

impl From<rusqlite::Error> for Halt {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Hands over what the query asks for. The caller has begun a transaction.
pub fn list(
    connection: &Connection,
    layout: Layout,
    host: Host,
    query: &Query<'_>,
    rows: &mut Rows<'_>,
) -> Result<(), Halt> {
    let question = Question::new(query);
    let indexed = layout == Layout::Indexed;
    let past = !indexed || connection.query_row(&ended_after(), [query.at_us], |row| row.get(0))?;
    let tallies = if indexed { Some(Tallies::new(connection, query.at_us, past)?) } else { None };
    let now = host.now_us();
    let mut list = List {
        connection,
        query,
        question,
        one: OnceCell::new(),
        past,
        now,
        tallies,
        rows,
        done: 0,
        repaired: false,
    };
    let outcome = match (query.target, query.ip) {
        _ if query.limit == Some(0) => Ok(()),
        (Some(target), _) if indexed => list.around(&target, 1),
        (None, Some(ip)) if indexed => list.around(&ip, usize::MAX),
        (None, None) if !past => list.newest(),
        _ => list.sorted(),
    };
    if list.repaired {
        host.log(
            Level::Warn,
            "some text in the database is not UTF-8; it is shown with � in place of the bad bytes",
        );
    }
    match outcome {
        Err(Halt::Limit) => Ok(()),
        other => other,
    }
}

/// Whether a ban was ended after `?1`, or nobody can say when: then it may have held at that instant.
pub fn ended_after() -> String {
    let ended = micros("b", "deleted_at");
    let exists = |what: &str| {
        format!(
            "EXISTS(SELECT 1 FROM ban_applications b INDEXED BY warden_bans_by_end \
            WHERE b.deleted_at IS NOT NULL AND {ended} {what})"
        )
    };
    format!("SELECT {} OR {}", exists("> ?1"), exists("IS NULL"))
}

/// The bans of a text, as far as `ended` allows.
pub fn with_text(ended: &str) -> String {
    format!("SELECT id FROM ban_applications INDEXED BY warden_bans_by_target WHERE ip_text = ?1 {ended}")
}

/// A list in the making.
struct List<'l, 'r> {
    connection: &'l Connection,
    query: &'l Query<'l>,
    question: Question<'l>,
    /// The SQL of [`Self::fetch`].
    one: OnceCell<String>,
    /// Bans that are ended may be asked for.
    past: bool,
    now: i64,
    /// `None`: the question counts.
    tallies: Option<Tallies<'l>>,
    rows: &'l mut Rows<'r>,
    done: u64,
    repaired: bool,
}

impl List<'_, '_> {
    /// Everything that is not ended, without a sort.
    fn newest(&mut self) -> Result<(), Halt> {
        let connection = self.connection;
        let mut statement = connection.prepare(&self.question.sql(Shape::Newest))?;
        bind(&mut statement, &self.question.parameters())?;
        let mut cursor = statement.raw_query();
        let mut order = NewestFirst::new();
        let mut record = Record::default();
        while let Some(row) = cursor.next()? {
            record.load(row)?;
            if !record.span.holds_at(self.query.at_us) {
                continue;
            }
            let key = order.place(&record);
            while let Some(waiting) = order.due(key) {
                self.hand_over_waiting(waiting)?;
            }
            if order.is_next(key) {
                self.hand_over(&mut record)?;
            } else {
                order.hold(key, &mut record);
            }
        }
        while let Some(waiting) = order.pop() {
            self.hand_over_waiting(waiting)?;
        }
        Ok(())
    }

    /// SQLite sorts.
    fn sorted(&mut self) -> Result<(), Halt> {
        let connection = self.connection;
        let shape = if self.tallies.is_some() { Shape::Sorted } else { Shape::Plain };
        let mut statement = connection.prepare(&self.question.sql(shape))?;
        bind(&mut statement, &self.question.parameters())?;
        let mut cursor = statement.raw_query();
        let mut record = Record::default();
        while let Some(row) = cursor.next()? {
            record.load(row)?;
            if record.span.holds_at(self.query.at_us) {
                self.hand_over(&mut record)?;
            }
        }
        Ok(())
    }

    /// The bans of a target and of those that contain it, of the next so many `sizes`. Memory: those bans' ids, and the
    /// bans of them that hold.
    fn around(&mut self, inner: &Target, sizes: usize) -> Result<(), Halt> {
        let mut found = NewestFirst::new();
        for id in self.ids_around(inner, sizes)? {
            if let Some(mut record) = self.fetch(id)? {
                found.hold((record.span.start, id), &mut record);
            }
        }
        while let Some(waiting) = found.pop() {
            self.hand_over_waiting(waiting)?;
        }
        Ok(())
    }

    /// Rows of the prefixes of a target, by index, and of other spellings.
    fn ids_around(&self, inner: &Target, sizes: usize) -> SqlResult<Vec<i64>> {
        let mut ids = spelling::bans_around(self.connection, inner)?;
        let ended = if self.past { "" } else { "AND deleted_at IS NULL" };
        let mut statement = self.connection.prepare(&with_text(ended))?;
        for outer in inner.covering().take(sizes) {
            for id in statement.query_map([outer.text().as_str()], |row| row.get(0))? {
                ids.push(id?);
            }
        }
        Ok(ids)
    }

    /// One ban, if it is asked for.
    fn fetch(&self, id: i64) -> SqlResult<Option<Record>> {
        let sql = self.one.get_or_init(|| self.question.sql(Shape::One));
        let mut statement = self.connection.prepare_cached(sql)?;
        bind(&mut statement, &self.question.parameters())?;
        bind(&mut statement, &[(":id", &id)])?;
        let mut cursor = statement.raw_query();
        let Some(row) = cursor.next()? else { return Ok(None) };
        let mut record = Record::default();
        record.load(row)?;
        Ok(record.span.holds_at(self.query.at_us).then_some(record))
    }

    fn hand_over_waiting(&mut self, waiting: Waiting) -> Result<(), Halt> {
        let record = match waiting.record {
            Some(record) => Some(*record),
            None => self.fetch(waiting.key.1)?,
        };
        record.map_or(Ok(()), |mut record| self.hand_over(&mut record))
    }

    fn hand_over(&mut self, record: &mut Record) -> Result<(), Halt> {
        if let Some(tallies) = &mut self.tallies {
            tallies.complete(record)?;
        }
        self.repaired |= record.repaired;
        self.rows.push(&record.row(self.now)).map_err(Halt::Reader)?;
        self.done += 1;
        if self.query.limit == Some(self.done) { Err(Halt::Limit) } else { Ok(()) }
    }
}
