//! From MySQL's failures to what they mean and to words for people.

use mysql::Error as MysqlError;
use warden_plugin::{Error, ErrorKind};

use crate::server::fault::{Fault, root_cause};

/// The server does not work at the moment, or not for writes: too many connections, not in step with its cluster,
/// shutting down, read-only, connection killed.
const AWAY: [u16; 18] = [
    1040, 1047, 1053, 1077, 1078, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1290, 1792, 1836, 1927, 4031,
    3169,
];

/// Lost against another writer: deadlock, failed certification, changed since it was read, `TiDB`'s write conflicts; a
/// savepoint that is gone (see [`super`]).
const CONFLICTS: [u16; 7] = [1213, 1180, 1020, 1305, 3101, 8022, 9007];

/// What a failure of a connected session means.
pub fn fault(error: &MysqlError) -> Fault {
    match error {
        MysqlError::MySqlError(error) => of_server(error.code, &error.state, &error.message),
        MysqlError::DriverError(mysql::DriverError::PacketOutOfSync | mysql::DriverError::PacketTooLarge) => {
            Fault::failed(ErrorKind::Internal, cause(error))
        }
        MysqlError::IoError(_) | MysqlError::CodecError(_) => {
            Fault::lost(format!("the connection was lost: {}", cause(error)))
        }
        other => Fault::failed(ErrorKind::Internal, cause(other)),
    }
}

/// The reason of a failure; the driver's own error wraps the words in its debug form.
pub fn cause(error: &MysqlError) -> String {
    let why = match error {
        MysqlError::CodecError(error) => root_cause(error),
        MysqlError::IoError(error) => root_cause(error),
        MysqlError::DriverError(error) => root_cause(error),
        MysqlError::TlsError(error) => root_cause(error),
        other => root_cause(other),
    };
    if why == "resource temporarily unavailable" { "the server stopped answering".to_owned() } else { why }
}

fn of_server(code: u16, state: &str, message: &str) -> Fault {
    let failed = |kind, why: &str| Fault::failed(kind, why);
    let with = |kind, why: &str, hint: &str| Fault::Failed(Error::new(kind, why).with_hint(hint));
    match code {
        code if CONFLICTS.contains(&code) || state == "40001" || is_logged_already(code, message) => {
            Fault::Conflict(Error::unavailable(format!("other writers were faster each time: {message}")))
        }
        code if AWAY.contains(&code) || state.starts_with("08") => Fault::lost(message),
        1205 => with(
            ErrorKind::Unavailable,
            "somebody else held a lock on its rows or tables for too long",
            "try again",
        ),
        1021 | 1114 => full(message),
        _ if is_full(message) => full(message),
        1045 => Fault::Failed(
            Error::new(ErrorKind::Denied, message)
                .with_key("db_password")
                .with_hint("check db_username and db_password"),
        ),
        1049 => Fault::Failed(Error::config("db_name", message).with_hint("create it, or set db_name")),
        1044 | 1142 | 1143 | 1227 | 1370 => {
            with(ErrorKind::Denied, message, "the rights that it needs are in the documentation: servers")
        }
        1130 | 1129 | 1698 => failed(ErrorKind::Denied, message),
        1054 | 1146 | 1932 => with(
            ErrorKind::Config,
            &format!("its tables are not those of CrowdSec v0.3 or warden: {message}"),
            "set db_name to warden's own database, or to one of CrowdSec v0.3",
        ),
        1366 | 1406 | 1264 | 1292 | 1300 | 3988 => failed(ErrorKind::Invalid, message),
        1317 | 3024 | 1969 => failed(ErrorKind::Unavailable, message),
        _ => failed(ErrorKind::Internal, message),
    }
}

/// The change, or the undo of the same one, is in the log: by this very transaction, if its commit is in doubt.
fn is_logged_already(code: u16, message: &str) -> bool {
    code == 1062 && message.contains("warden_changes")
}

fn is_full(message: &str) -> bool {
    message.contains("errno: 28") || message.contains("No space left") || message.contains("Disk full")
}

fn full(message: &str) -> Fault {
    Fault::Failed(
        Error::unavailable(format!("the disk of the server is full: {message}"))
            .with_hint("make room on the server, then try again"),
    )
}
