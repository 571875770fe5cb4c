//! A list: one question, streamed, in one state of the file.

use rusqlite::{Connection, Result as SqlResult};
use warden_plugin::{Error, Host, Level, Query, Result, Rows, Target};

use super::connection::Failure;
use super::functions::Tally;
use super::order::{Held, Order};
use super::question::{Parameter, Question, Shape};
use super::record::Record;
use super::schema::{Layout, micros};
use super::spelling::{self, Aliases};

/// So many rows pass between two looks at Ctrl-C.
const BREATH: u64 = 1024;

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
    let aliases = if indexed { Aliases::read(connection, query.at_us)? } else { Aliases::default() };
    let mut list =
        List { connection, host, query, question, indexed, aliases, rows, done: 0, repaired: false };
    let outcome = match query.ip {
        _ if query.limit == Some(0) => Ok(()),
        Some(ip) if indexed => list.around(&ip),
        None if indexed && !ended_after(connection, query.at_us)? => list.newest(),
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

/// Whether a ban was ended after an instant, or nobody can say when: then it may have held at that instant.
fn ended_after(connection: &Connection, at: i64) -> SqlResult<bool> {
    let ended = micros("b", "deleted_at");
    let exists = |what: &str| {
        format!("EXISTS(SELECT 1 FROM ban_applications b WHERE b.deleted_at IS NOT NULL AND {ended} {what})")
    };
    let sql = format!("SELECT {} OR {}", exists("> ?1"), exists("IS NULL"));
    connection.query_row(&sql, [at], |row| row.get(0))
}

/// A list in the making.
struct List<'l, 'r> {
    connection: &'l Connection,
    host: Host,
    query: &'l Query<'l>,
    question: Question<'l>,
    indexed: bool,
    aliases: Aliases,
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
        let mut order = Order::new();
        let mut record = Record::default();
        while let Some(row) = cursor.next()? {
            record.load(row)?;
            let key = order.place(&record);
            while let Some(held) = order.due(key) {
                self.hand_over_held(held)?;
            }
            if order.is_next(key) {
                self.hand_over(&mut record)?;
            } else {
                order.hold(key, &mut record);
            }
        }
        while let Some(held) = order.pop() {
            self.hand_over_held(held)?;
        }
        Ok(())
    }

    /// SQLite sorts.
    fn sorted(&mut self) -> Result<(), Halt> {
        let connection = self.connection;
        let shape = if self.indexed { Shape::Sorted } else { Shape::Plain };
        let mut statement = connection.prepare(&self.question.sql(shape))?;
        bind(&mut statement, &self.question.parameters())?;
        let mut cursor = statement.raw_query();
        let mut record = Record::default();
        while let Some(row) = cursor.next()? {
            record.load(row)?;
            self.hand_over(&mut record)?;
        }
        Ok(())
    }

    /// The bans whose target contains all of another one. Memory: those bans' ids, and the bans of them that hold.
    fn around(&mut self, inner: &Target) -> Result<(), Halt> {
        let mut found = Order::new();
        for id in self.ids_around(inner)? {
            if let Some(mut record) = self.fetch(id)? {
                found.hold((record.span.start, id), &mut record);
            }
        }
        while let Some(held) = found.pop() {
            self.hand_over_held(held)?;
        }
        Ok(())
    }

    /// Rows of the prefixes of a target, by index, and of other spellings.
    fn ids_around(&self, inner: &Target) -> SqlResult<Vec<i64>> {
        let mut ids = spelling::bans_around(self.connection, inner)?;
        let past = ended_after(self.connection, self.query.at_us)?;
        let ended = if past { "" } else { "AND deleted_at IS NULL" };
        let sql = format!("SELECT id FROM ban_applications WHERE ip_text = ?1 {ended}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        for outer in inner.covering() {
            for id in statement.query_map([outer.text().as_str()], |row| row.get(0))? {
                ids.push(id?);
            }
        }
        Ok(ids)
    }

    /// One ban, if it is asked for.
    fn fetch(&self, id: i64) -> SqlResult<Option<Record>> {
        let mut statement = self.connection.prepare_cached(&self.question.sql(Shape::One))?;
        bind(&mut statement, &self.question.parameters())?;
        bind(&mut statement, &[(":id", &id)])?;
        let mut cursor = statement.raw_query();
        let Some(row) = cursor.next()? else { return Ok(None) };
        let mut record = Record::default();
        record.load(row)?;
        Ok(Some(record))
    }

    fn hand_over_held(&mut self, held: Held) -> Result<(), Halt> {
        let record = match held.record {
            Some(record) => Some(*record),
            None => self.fetch(held.key.1)?,
        };
        record.map_or(Ok(()), |mut record| self.hand_over(&mut record))
    }

    fn hand_over(&mut self, record: &mut Record) -> Result<(), Halt> {
        if self.done.is_multiple_of(BREATH) && self.host.is_cancelled() {
            return Err(Halt::Failed(Failure::Cancelled));
        }
        if self.indexed {
            self.count_other_spellings(record)?;
        }
        self.repaired |= record.repaired;
        self.rows.push(&record.row(self.host.now_us())).map_err(Halt::Reader)?;
        self.done += 1;
        if self.query.limit == Some(self.done) { Err(Halt::Limit) } else { Ok(()) }
    }

    /// The tally of the row is that of its own spelling.
    fn count_other_spellings(&self, record: &mut Record) -> SqlResult<()> {
        let Some(target) = record.target else { return Ok(()) };
        if !spelling::is_canonical(record.spelling(), &target) {
            record.tally = self.canonical_tally(record.orphan, &target)?;
        }
        let others = if record.orphan {
            Tally { signals: self.aliases.bans_of(&target), events: 0 }
        } else {
            self.aliases.signals_of(&target)
        };
        record.tally = record.tally.plus(others);
        Ok(())
    }

    fn canonical_tally(&self, orphan: bool, target: &Target) -> SqlResult<Tally> {
        let parameters = (target.text().as_str().to_owned(), self.query.at_us);
        if orphan {
            let mut statement = self.connection.prepare_cached(
                "SELECT count(*) FROM ban_applications WHERE ip_text = ?1 \
                 AND warden_holds(created_at, NULL, until, deleted_at, ?2)",
            )?;
            let bans: i64 = statement.query_row(parameters, |row| row.get(0))?;
            return Ok(Tally { signals: u64::try_from(bans).unwrap_or(0), events: 0 });
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT warden_tally(stop_at, events_count, ?2) FROM signal_occurences WHERE source_ip = ?1",
        )?;
        statement.query_row(parameters, |row| Ok(Tally::read(row.get_ref(0)?)))
    }
}

fn bind(statement: &mut rusqlite::Statement<'_>, parameters: &[Parameter<'_>]) -> SqlResult<()> {
    for (name, value) in parameters {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    Ok(())
}
