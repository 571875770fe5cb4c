//! From SQLite's failures to words for people: what could not be done, on which file, and what to do.

use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{ErrorCode, ffi};
use warden_plugin::{Error, ErrorKind};

use super::schema::Layout;

/// What every message needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// What could not be done: `write the ban`.
    pub doing: &'a str,
    /// The database file.
    pub path: &'a Path,
    /// How long a lock was waited for.
    pub timeout: Duration,
}

impl Attempt<'_> {
    /// The error for a failure of SQLite.
    pub fn failed(&self, error: &rusqlite::Error) -> Error {
        let (failure, said) = match error {
            rusqlite::Error::SqliteFailure(failure, said) => {
                (failure, said.as_deref().unwrap_or("no reason given"))
            }
            rusqlite::Error::SqlInputError { error, msg, .. } => (error, msg.as_str()),
            other => return self.say(ErrorKind::Internal, &other.to_string()),
        };
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => self.locked(),
            ErrorCode::DiskFull => self.full(),
            ErrorCode::SystemIoFailure if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => self.full(),
            ErrorCode::SystemIoFailure => self.say(ErrorKind::Unavailable, said),
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => self.read_only(),
            ErrorCode::CannotOpen => self.cannot_open(said),
            ErrorCode::NotADatabase => self.not_a_database(),
            ErrorCode::DatabaseCorrupt => self
                .say(ErrorKind::Internal, "it is damaged")
                .with_hint("check it with `PRAGMA integrity_check` in sqlite3, and restore it from a backup"),
            ErrorCode::OperationInterrupted => self.say(ErrorKind::Unavailable, "interrupted"),
            _ if said.starts_with("no such") => self.foreign(said),
            _ => self.say(ErrorKind::Internal, said),
        }
    }

    /// The error for a failure of the system.
    pub fn failed_to(&self, error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => self
                .say(ErrorKind::Denied, &words(error))
                .with_hint("run it as the user who owns the database"),
            io::ErrorKind::StorageFull => self.full(),
            io::ErrorKind::NotADirectory => self.say(ErrorKind::Config, &words(error)).with_key("db_path"),
            _ => self.say(ErrorKind::Unavailable, &words(error)),
        }
    }

    /// The error for a file that cannot hold bans as it is.
    pub fn unfit(&self, layout: Layout) -> Option<Error> {
        match layout {
            Layout::Empty | Layout::Plain | Layout::Indexed => None,
            Layout::Foreign(table) => Some(self.foreign(&format!("no such table: {table}"))),
            Layout::Newer => Some(
                self.say(ErrorKind::Config, "a newer warden changed its layout")
                    .with_hint("update this warden"),
            ),
        }
    }

    /// The read or write was given up on the user's word.
    pub fn cancelled(&self) -> Error {
        self.say(ErrorKind::Unavailable, "interrupted")
    }

    /// It could not be done because of `why`.
    pub fn say(&self, kind: ErrorKind, why: &str) -> Error {
        Error::new(kind, format!("could not {}: {}: {why}", self.doing, self.path.display()))
    }

    fn locked(&self) -> Error {
        let why = format!("locked by another process for {}", seconds(self.timeout));
        self.say(ErrorKind::Unavailable, &why)
            .with_hint(format!("try again; `fuser {}` names who holds it", self.path.display()))
    }

    fn full(&self) -> Error {
        self.say(ErrorKind::Unavailable, "the disk is full").with_hint("make room, then try again")
    }

    fn read_only(&self) -> Error {
        self.say(ErrorKind::Denied, "it is read-only")
            .with_hint("run it as the user who owns the database, on a file system that can be written")
    }

    /// SQLite does not say why; the system does.
    fn cannot_open(&self, said: &str) -> Error {
        match std::fs::File::open(self.path) {
            Err(error) => self.failed_to(&error),
            Ok(_) => self.say(ErrorKind::Denied, said).with_hint("its folder must be writable too"),
        }
    }

    /// The error for a path that leads to a folder.
    pub fn folder(&self) -> Error {
        self.say(ErrorKind::Config, "it is a folder")
            .with_key("db_path")
            .with_hint("add the name of a file to db_path")
    }

    /// The error for a path that leads to a FIFO, a device or a socket.
    pub fn no_file(&self) -> Error {
        self.say(ErrorKind::Config, "it is not a regular file").with_key("db_path")
    }

    /// The error for a link, a folder or the like where SQLite keeps what is not in the file yet.
    pub fn beside(&self, path: &Path) -> Error {
        let why = format!("{} is not a plain file of its own", path.display());
        self.say(ErrorKind::Denied, &why).with_key("db_path").with_hint(
            "find out who put it there, and keep the database in a folder that only its users can write; where no \
             program uses the database, it can be removed if it is a link",
        )
    }

    fn not_a_database(&self) -> Error {
        self.say(ErrorKind::Config, "it is not an SQLite database")
            .with_key("db_path")
            .with_hint("set db_path to warden's own file, or to one of CrowdSec v0.3")
    }

    fn foreign(&self, why: &str) -> Error {
        self.say(
            ErrorKind::Config,
            &format!("it is an SQLite database, but not one of CrowdSec v0.3 or warden: {why}"),
        )
        .with_key("db_path")
        .with_hint("set db_path to warden's own file, or to one of CrowdSec v0.3")
    }
}

/// Whether waiting may help.
pub fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn seconds(timeout: Duration) -> String {
    if timeout.subsec_nanos() == 0 { format!("{} s", timeout.as_secs()) } else { format!("{timeout:?}") }
}

/// The system's words, lower case, without the number.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
