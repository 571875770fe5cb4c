//! From PostgreSQL's failures to what they mean and to words for people.

use tokio_postgres::Error as PostgresError;
use tokio_postgres::error::{DbError, SqlState};
use warden_plugin::{Error, ErrorKind};

use crate::server::fault::{Fault, root_cause};

/// What a failure of a connected session means.
pub fn fault(error: &PostgresError) -> Fault {
    match error.as_db_error() {
        Some(error) => of_server(error),
        None if error.is_closed() => Fault::lost("the server closed the connection"),
        None => lost(&root_cause(error)),
    }
}

/// The connection ended, and why.
pub fn lost(why: &str) -> Fault {
    Fault::lost(format!("the connection was lost: {why}"))
}

fn of_server(error: &DbError) -> Fault {
    let said = error.message();
    let with = |kind, why: &str, hint: &str| Fault::Failed(Error::new(kind, why).with_hint(hint));
    match error.code() {
        code if is_conflict(code) || is_logged_already(error) => {
            Fault::Conflict(Error::unavailable(format!("other writers were faster each time: {said}")))
        }
        code if is_away(code) => Fault::lost(said),
        code if *code == SqlState::LOCK_NOT_AVAILABLE => with(
            ErrorKind::Unavailable,
            "somebody else held a lock on its rows or tables for too long",
            "try again",
        ),
        code if *code == SqlState::DISK_FULL => with(
            ErrorKind::Unavailable,
            &format!("the disk of the server is full: {said}"),
            "make room on the server, then try again",
        ),
        code if *code == SqlState::INVALID_PASSWORD
            || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION =>
        {
            Fault::Failed(
                Error::denied(said).with_key("db_password").with_hint("check db_username and db_password"),
            )
        }
        code if *code == SqlState::INVALID_CATALOG_NAME => {
            Fault::Failed(Error::config("db_name", said).with_hint("create it, or set db_name"))
        }
        code if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            with(ErrorKind::Denied, said, "the rights that it needs are in the documentation: servers")
        }
        code if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::UNDEFINED_COLUMN => with(
            ErrorKind::Config,
            &format!("its tables are not warden's: {said}"),
            "set db_name to warden's own database",
        ),
        code if code.code().starts_with("22") => Fault::failed(ErrorKind::Invalid, said),
        code if code.code().starts_with("53") || code.code().starts_with("57") => {
            Fault::failed(ErrorKind::Unavailable, said)
        }
        _ => Fault::failed(ErrorKind::Internal, said),
    }
}

/// Lost against another writer: the same again may work.
fn is_conflict(code: &SqlState) -> bool {
    *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED
}

/// The change, or the undo of the same one, is in the log: by this very transaction, if its commit is in doubt.
fn is_logged_already(error: &DbError) -> bool {
    *error.code() == SqlState::UNIQUE_VIOLATION && error.table() == Some("warden_changes")
}

/// The server does not work at the moment, or not for writes: shutting down, starting, a standby, too many
/// connections.
fn is_away(code: &SqlState) -> bool {
    code.code().starts_with("08")
        || [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ]
        .contains(code)
}
