//! The SQLite engine. Here is when a connection is opened, and where a transaction begins and ends; what happens in
//! one is in `read` and `write`.

mod changes;
mod connection;
mod ending;
mod errors;
mod file;
mod functions;
mod history;
mod newest_first;
#[cfg(test)]
mod plans;
mod question;
mod read;
mod record;
mod repeated;
mod retention;
mod schema;
mod span;
mod spelling;
mod summary;
mod tallies;
pub(crate) mod time;
mod undo;
mod write;

use rusqlite::Connection;
use warden_plugin::{
    Ban, Buckets, Change, Error, ErrorKind, Host, Inserted, Level, Query, Result, Rows, Signal, Target,
};

use self::changes::{Author, Logged};
use self::connection::until_unlocked;
use self::errors::Attempt;
use self::read::Halt;
use self::schema::Layout;
use self::write::{Misspelt, Pending};
use crate::engine::{Engine, not_the_last};
use crate::rules::Rules;
use crate::settings::SqliteFile;

/// A store in one SQLite file.
pub struct Sqlite {
    host: Host,
    file: SqliteFile,
    writer: Option<Connection>,
    transaction: Transaction,
    known: Known,
    /// Whether this is no command but a stream of signals, which is not taken back.
    streams: bool,
    /// Whether the user has heard that there is no file.
    noted: bool,
}

/// What the writer's last transaction found, and how to tell that it is still so: a stream of signals has many of them.
#[derive(Default)]
struct Known {
    /// The file is up to date.
    layout: Option<schema::Mark>,
    /// `PRAGMA data_version`, which a commit of anybody else changes; the bans in other spellings.
    misspelt: Option<(i64, Misspelt)>,
}

/// What is pending on the writer.
enum Transaction {
    /// Nothing.
    None,
    /// It began, and all went well.
    Open(Pending),
    /// A write failed and took the rest with it: nothing of it must be committed.
    Failed,
}

impl Sqlite {
    /// Opens nothing yet.
    pub fn new(host: Host, file: SqliteFile) -> Self {
        Self {
            host,
            file,
            writer: None,
            transaction: Transaction::None,
            known: Known::default(),
            streams: false,
            noted: false,
        }
    }

    fn attempt<'a>(file: &'a SqliteFile, doing: &'a str) -> Attempt<'a> {
        Attempt { doing, path: &file.path, timeout: file.busy_timeout }
    }

    /// Runs a write in the pending transaction, which it begins if need be. A failure of SQLite ends the transaction.
    fn write<T>(
        &mut self,
        doing: &str,
        action: impl FnOnce(&mut Pending, &Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let attempt = Self::attempt(&self.file, doing);
        if self.writer.is_none() {
            let writer = connection::writer(&self.file, &attempt, self.host)?;
            if self.streams {
                connection::stream(&writer).map_err(|error| attempt.failed(&error))?;
            }
            self.writer = Some(writer);
        }
        let Some(connection) = &self.writer else { return Err(Error::internal("no connection")) };
        if matches!(self.transaction, Transaction::None) {
            let misspelt = begin(connection, &attempt, self.host, &mut self.known)?;
            let (actor, command) = (self.host.actor().to_owned(), self.host.command().to_owned());
            let author = Author { actor, command, logged: !self.streams };
            self.transaction = Transaction::Open(Pending::new(author, misspelt));
        }
        let Transaction::Open(pending) = &mut self.transaction else {
            return Err(attempt.say(ErrorKind::Unavailable, "an earlier write failed"));
        };
        pending.set_now(self.host.now_us());
        action(pending, connection).map_err(|error| {
            self.transaction = Transaction::Failed;
            let _ = connection.execute_batch("ROLLBACK");
            attempt.failed(&error)
        })
    }

    /// Reads on a connection of its own, or on the writer's, which sees what is pending.
    fn look(&mut self, action: impl FnOnce(&Connection, Layout) -> Result<(), Halt>) -> Result {
        let attempt = Self::attempt(&self.file, "read the bans");
        if let (Transaction::Open(_), Some(connection)) = (&self.transaction, &self.writer) {
            let layout = Layout::of(connection).map_err(|error| attempt.failed(&error))?;
            return told(action(connection, layout), &attempt);
        }
        if !file::exists(&attempt)? {
            let path = self.file.path.display();
            if !std::mem::replace(&mut self.noted, true) {
                self.host.log(Level::Info, format_args!("{path} does not exist yet: nothing is banned"));
            }
            return Ok(());
        }
        let (reader, layout) = connection::reader(&self.file.path, &attempt, self.host)?;
        match attempt.unfit(layout) {
            Some(error) => Err(error),
            None if layout == Layout::Empty => Ok(()),
            None => {
                told(action(&reader.connection, layout), &attempt)?;
                reader.check_unchanged(&attempt)
            }
        }
    }
}

impl Engine for Sqlite {
    fn probe(&mut self) -> Result {
        let attempt = Self::attempt(&self.file, "write the bans");
        if !file::exists(&attempt)? {
            return file::check_creatable(&self.file, &attempt);
        }
        if self.writer.is_some() {
            return Ok(());
        }
        let connection = connection::existing(&self.file, &attempt, self.host)?;
        lock(&connection, &attempt, self.host)?;
        let layout = Layout::of(&connection).map_err(|error| attempt.failed(&error))?;
        connection.execute_batch("ROLLBACK").map_err(|error| attempt.failed(&error))?;
        attempt.unfit(layout).map_or(Ok(()), Err)
    }

    fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        let targets: Vec<Target> = signal.bans.iter().map(checked).collect::<Result<_>>()?;
        self.write("write the ban", |pending, connection| pending.insert(connection, signal, &targets))
    }

    fn read(&mut self, query: &Query<'_>, rows: &mut Rows<'_>) -> Result {
        let host = self.host;
        self.look(|connection, layout| read::list(connection, layout, host, query, rows))
    }

    fn summarise(&mut self, query: &Query<'_>, buckets: Buckets<'_>) -> Result {
        self.look(|connection, _| summary::summarise(connection, query, buckets))
    }

    fn delete(&mut self, target: &str) -> Result<u64> {
        self.write("end the ban", |pending, connection| pending.delete(connection, target))
    }

    fn delete_all(&mut self) -> Result<u64> {
        self.write("end the bans", Pending::delete_all)
    }

    fn delete_where(&mut self, query: &Query<'_>) -> Result<u64> {
        self.write("end the bans", |pending, connection| pending.delete_where(connection, query))
    }

    fn history(&mut self, target: &str, rows: &mut Rows<'_>) -> Result {
        let host = self.host;
        self.look(|connection, layout| history::history(connection, layout, host, target, rows))
    }

    fn last_change(&mut self) -> Result<Option<Change>> {
        if let Transaction::Open(_) = self.transaction {
            return self.write("look for the last change", Pending::last_change);
        }
        let (mut change, now_us) = (None, self.host.now_us());
        self.look(|connection, layout| {
            // Without the indexes, what a change did would have to be searched for; a write makes them.
            if layout == Layout::Indexed
                && let Some(logged) = Logged::last(connection)?
            {
                change = Some(logged.change(connection, now_us)?);
            }
            Ok(())
        })?;
        Ok(change)
    }

    fn undo(&mut self, id: u64) -> Result {
        let is_last =
            self.write("take the change back", |pending, connection| pending.undo(connection, id))?;
        if is_last { Ok(()) } else { Err(not_the_last()) }
    }

    fn start_auto_commit(&mut self) -> Result {
        self.streams = true;
        Ok(())
    }

    fn commit(&mut self) -> Result {
        let attempt = Self::attempt(&self.file, "write the bans");
        match std::mem::replace(&mut self.transaction, Transaction::None) {
            Transaction::None => Ok(()),
            Transaction::Failed => {
                Err(attempt.say(ErrorKind::Unavailable, "an earlier write failed; nothing was written"))
            }
            Transaction::Open(mut pending) => {
                let Some(connection) = &self.writer else { return Ok(()) };
                // The version is read under the lock: after the commit it could be that of a writer who came next.
                let ready = pending.close(connection).and_then(|()| data_version(connection));
                let ready = ready.map_err(|error| attempt.failed(&error));
                let done = ready.and_then(|version| {
                    until_unlocked(&attempt, self.host, || run(connection, "COMMIT"))
                        .map_err(|failure| failure.explained(&attempt))?;
                    self.known.misspelt = pending.into_misspelt().map(|misspelt| (version, misspelt));
                    Ok(())
                });
                done.inspect_err(|_| {
                    let _ = connection.execute_batch("ROLLBACK");
                })
            }
        }
    }

    fn rollback(&mut self) -> Result {
        let attempt = Self::attempt(&self.file, "take back what was pending");
        match std::mem::replace(&mut self.transaction, Transaction::None) {
            Transaction::None | Transaction::Failed => Ok(()),
            Transaction::Open(_) => {
                let Some(connection) = &self.writer else { return Ok(()) };
                connection.execute_batch("ROLLBACK").map_err(|error| attempt.failed(&error))
            }
        }
    }

    fn tidy(&mut self, rules: &Rules) -> Result<bool> {
        if !file::exists(&Self::attempt(&self.file, "remove ended bans"))? {
            return Ok(false);
        }
        let outcome = self.write("remove ended bans", |_, connection| retention::tidy(connection, rules));
        if outcome.is_err() {
            self.rollback()?;
        }
        self.commit().and(outcome)
    }
}

/// Takes the write lock and brings the file up to date. Answers the bans in other spellings, if they are known.
fn begin(
    connection: &Connection,
    attempt: &Attempt<'_>,
    host: Host,
    known: &mut Known,
) -> Result<Option<Misspelt>> {
    lock(connection, attempt, host)?;
    let misspelt = known.misspelt.take();
    let ready = make_ready(connection, attempt, &mut known.layout).and_then(|()| {
        let version = data_version(connection).map_err(|error| attempt.failed(&error))?;
        Ok(misspelt.filter(|(then, _)| *then == version).map(|(_, misspelt)| misspelt))
    });
    ready.inspect_err(|_| {
        let _ = connection.execute_batch("ROLLBACK");
    })
}

fn make_ready(connection: &Connection, attempt: &Attempt<'_>, known: &mut Option<schema::Mark>) -> Result {
    let failed = |error| attempt.failed(&error);
    if known.is_some() && *known == Some(schema::mark(connection).map_err(failed)?) {
        return Ok(());
    }
    let layout = Layout::of(connection).map_err(failed)?;
    if let Some(error) = attempt.unfit(layout) {
        return Err(error);
    }
    schema::migrate(connection, layout).map_err(failed)?;
    *known = Some(schema::mark(connection).map_err(failed)?);
    Ok(())
}

/// IMMEDIATE: to a transaction that has read before it asks for the write lock, SQLite says no at once and for good when
/// another one wrote meanwhile, however long it waits.
fn lock(connection: &Connection, attempt: &Attempt<'_>, host: Host) -> Result {
    until_unlocked(attempt, host, || run(connection, "BEGIN IMMEDIATE"))
        .map_err(|failure| failure.explained(attempt))
}

/// A statement that stays prepared.
fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// The target of a ban that this store can hold.
fn checked(ban: &Ban<'_>) -> Result<Target> {
    if time::write_end(ban.until_us).is_none() {
        return Err(Error::invalid(format!("the end of the ban of `{}` is out of range", ban.target)));
    }
    Target::parse(ban.target).map_err(|error| Error::invalid(error.to_string()))
}

/// The outcome of a list, in words.
fn told(outcome: Result<(), Halt>, attempt: &Attempt<'_>) -> Result {
    match outcome {
        Ok(()) | Err(Halt::Limit) => Ok(()),
        Err(Halt::Reader(error)) => Err(error),
        Err(Halt::Failed(failure)) => Err(failure.explained(attempt)),
    }
}
