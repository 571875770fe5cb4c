//! Opening the file: for a read so that nothing is created or changed, for a write with whatever that takes.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};
use warden_plugin::{ErrorKind, Host, Result};

use super::errors::{Attempt, is_busy};
use super::schema::Layout;
use super::{file, functions};
use crate::settings::SqliteFile;

/// SQLite waits so long by itself; between two waits Ctrl-C is heard.
const SLICE: Duration = Duration::from_millis(100);

/// Pages that a reader keeps in memory, in KiB: room for the upper pages of every index. More would cost a short list
/// the time that the system takes to hand the memory out; and what SQLite sorts takes as much again before it spills.
const READING: i64 = -4 * 1024;

/// The same for a writer, whose changed pages wait there for the commit.
const WRITING: i64 = -16 * 1024;

/// How many statements stay prepared: more than the plugin has.
const STATEMENTS: usize = 32;

/// A connection that changes nothing.
pub struct Reader {
    /// The connection.
    pub connection: Connection,
    /// Set when SQLite holds no lock on the file: what it looked like when it was opened.
    unlocked: Option<Looks>,
}

/// Length and time of the last change.
type Looks = (u64, Option<SystemTime>);

/// Opens an existing file for a read; leaves it with a read transaction begun.
///
/// Read-only first. Where that cannot be: a journal of a killed process has to be rolled back, which takes a writable
/// connection (that still refuses to write); a WAL file whose folder cannot be written is read without locks.
///
/// A writer that closes as the last one removes `-wal` and `-shm`, and whoever opens them at that moment reads what is
/// going away: an I/O error, which is gone with the next try.
pub fn reader(path: &Path, attempt: &Attempt<'_>, host: Host) -> Result<(Reader, Layout)> {
    let mut tries = 0;
    loop {
        match reader_once(path, attempt, host) {
            Err(failure) if failure.extended_code() & 0xff == ffi::SQLITE_IOERR && tries < TRIES => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other.map_err(|failure| failure.explained(attempt)),
        }
    }
}

/// So often a read is begun anew after an I/O error.
const TRIES: u32 = 20;

fn reader_once(path: &Path, attempt: &Attempt<'_>, host: Host) -> Result<(Reader, Layout), Failure> {
    let begin = |(connection, unlocked)| begin_read(connection, attempt, host).map(|both| (both, unlocked));
    let read_only = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, host).map(|connection| (connection, None));
    let outcome = read_only.map_err(Failure::from).and_then(begin).or_else(|failure| {
        let another_way = match failure.extended_code() {
            ffi::SQLITE_READONLY_ROLLBACK | ffi::SQLITE_READONLY_RECOVERY => recovering(path, host),
            ffi::SQLITE_CANTOPEN | ffi::SQLITE_READONLY_CANTINIT | ffi::SQLITE_READONLY_DIRECTORY
                if has_no_wal(path) =>
            {
                without_locks(path, host)
            }
            _ => return Err(failure),
        };
        another_way.map_err(Failure::from).and_then(begin)
    });
    let ((connection, layout), unlocked) = outcome?;
    Ok((Reader { connection, unlocked }, layout))
}

fn begin_read(
    connection: Connection,
    attempt: &Attempt<'_>,
    host: Host,
) -> Result<(Connection, Layout), Failure> {
    let layout = until_unlocked(attempt, host, || {
        connection.execute_batch("BEGIN")?;
        tune(&connection, READING).and_then(|()| Layout::of(&connection)).inspect_err(|_| {
            // The transaction is over; the next try begins its own.
            let _ = connection.execute_batch("ROLLBACK");
        })
    })?;
    Ok((connection, layout))
}

fn recovering(path: &Path, host: Host) -> rusqlite::Result<(Connection, Option<Looks>)> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, host)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok((connection, None))
}

fn without_locks(path: &Path, host: Host) -> rusqlite::Result<(Connection, Option<Looks>)> {
    let looks = looks(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = open(&immutable(path), flags, host)?;
    Ok((connection, looks))
}

impl Reader {
    /// Whether what was read is one state of the file: a file that is read without locks may have changed meanwhile.
    pub fn check_unchanged(&self, attempt: &Attempt<'_>) -> Result {
        if self.unlocked.is_some() && (looks(attempt.path) != self.unlocked || !has_no_wal(attempt.path)) {
            return Err(attempt
                .say(ErrorKind::Unavailable, "it was changed meanwhile, and its folder does not allow a lock")
                .with_hint("try again, or run it as the user who owns the database"));
        }
        Ok(())
    }
}

/// For a stream of signals, which commits every few of them: in WAL mode a commit does not wait for the disk. What is
/// committed outlives this process, however it ends; only a power failure may take the last moments, and leaves the
/// file whole (SQLite, PRAGMA synchronous). In other modes that would not be so, and every commit waits.
pub fn stream(writer: &Connection) -> rusqlite::Result<()> {
    let mode: String = writer.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode != "wal" {
        return Ok(());
    }
    writer.pragma_update(None, "synchronous", "NORMAL")?;
    writer.pragma_update(None, "wal_autocheckpoint", STREAMED)
}

/// So many pages, 64 MiB, gather in the WAL of a stream before they are carried over: targets come in no order, and a
/// page is written back once for all that has changed on it.
const STREAMED: u32 = 16 << 10;

/// Opens the file for writes, creating it if need be. Nothing of an existing file is changed.
pub fn writer(settings: &SqliteFile, attempt: &Attempt<'_>, host: Host) -> Result<Connection> {
    file::create(settings, attempt)?;
    let connection = existing(settings, attempt, host)?;
    let made = until_unlocked(attempt, host, || {
        tune(&connection, WRITING)?;
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        if pages > 0 {
            return Ok(());
        }
        // Also when another process made the file and was killed, or has not come to this yet.
        connection.pragma_update(None, "journal_mode", settings.journal_mode)
    });
    made.map_err(|failure| failure.explained(attempt))?;
    Ok(connection)
}

/// Opens an existing file for writes.
pub fn existing(settings: &SqliteFile, attempt: &Attempt<'_>, host: Host) -> Result<Connection> {
    let connection = open(&settings.path, OpenFlags::SQLITE_OPEN_READ_WRITE, host)
        .map_err(|error| attempt.failed(&error))?;
    // SQLite falls back to reading without a word.
    match connection.is_readonly("main") {
        Ok(false) => Ok(connection),
        Ok(true) => {
            Err(attempt.failed(&rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_READONLY), None)))
        }
        Err(error) => Err(attempt.failed(&error)),
    }
}

/// So many steps of SQLite's machine, some milliseconds, pass between two looks at Ctrl-C: in a list, and in the one
/// statement that ends a million bans.
const BREATH: i32 = 50_000;

fn open(path: &Path, flags: OpenFlags, host: Host) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(SLICE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.progress_handler(BREATH, Some(move || host.is_cancelled()))?;
    distrust(&connection)?;
    functions::register(&connection)?;
    Ok(connection)
}

/// What is in the file is data, whoever wrote it: none of it runs. A trigger could end a ban that was just added, or never
/// end. Neither v0.3.7 nor warden makes triggers or views.
fn distrust(connection: &Connection) -> rusqlite::Result<()> {
    for (what, is_on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false),
    ] {
        connection.set_db_config(what, is_on)?;
    }
    Ok(())
}

/// Settings of a connection that take the shared lock.
fn tune(connection: &Connection, cache: i64) -> rusqlite::Result<()> {
    connection.pragma_update(None, "cache_size", cache)
}

/// Why an attempt failed.
#[derive(Debug)]
pub enum Failure {
    /// SQLite's failure.
    Sqlite(rusqlite::Error),
    /// The user gave up.
    Cancelled,
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Failure {
    fn extended_code(&self) -> i32 {
        match self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => failure.extended_code,
            _ => ffi::SQLITE_OK,
        }
    }

    /// In words.
    pub fn explained(&self, attempt: &Attempt<'_>) -> warden_plugin::Error {
        match self {
            Self::Sqlite(error) => attempt.failed(error),
            Self::Cancelled => attempt.cancelled(),
        }
    }
}

/// Tries again while the file is locked, until the timeout or the user ends it. SQLite's own waiting does not do: it
/// gives up at once where two processes could wait for each other, as when both change the journal mode of a new file.
pub fn until_unlocked<T>(
    attempt: &Attempt<'_>,
    host: Host,
    mut action: impl FnMut() -> rusqlite::Result<T>,
) -> Result<T, Failure> {
    let deadline = Instant::now() + attempt.timeout;
    loop {
        match action() {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {}
            other => return other.map_err(Failure::Sqlite),
        }
        if host.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A committed state that only a `-wal` file holds would be missed without it.
fn has_no_wal(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    std::fs::metadata(wal).map_or(true, |data| data.len() == 0)
}

fn looks(path: &Path) -> Option<Looks> {
    std::fs::metadata(path).ok().map(|data| (data.len(), data.modified().ok()))
}

/// The URI that reads a file without locks.
fn immutable(path: &Path) -> std::path::PathBuf {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(char::from(*byte));
            }
            other => {
                let _ = write!(uri, "%{other:02X}");
            }
        }
    }
    uri.push_str("?immutable=1");
    uri.into()
}
