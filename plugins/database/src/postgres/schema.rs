//! Which tables there are, and how they come to be.

use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::SimpleQueryMessage;
use warden_plugin::{Error, ErrorKind};

use super::{ANSWER, LONG_ANSWER, PostgresSession};
use crate::server::bound::Bound;
use crate::server::fault::Fault;

/// The numbered migrations. A released one is never edited.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../migrations/postgres/0001_tables.sql"),
    LOOKUPS,
    include_str!("../../migrations/postgres/0003_version.sql"),
    include_str!("../../migrations/postgres/0004_changes.sql"),
];
const LOOKUPS: &str = include_str!("../../migrations/postgres/0002_lookups.sql");

/// The number of the last one: what this warden is known as to a store.
const LATEST: i32 = 4;

const VERSION: &str = "SELECT version, oldest_reader, oldest_writer FROM warden_schema";

/// The lock of whoever changes the tables: `warden` in ASCII.
const LOCK: &str = "SELECT pg_advisory_xact_lock(131277457251694)";

/// What a store says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Nobody prepared it.
    None,
    /// The migrations that ran, and the oldest warden that may read and write what they made.
    Known { version: i32, oldest_reader: i32, oldest_writer: i32 },
}

impl Version {
    /// Whether there is anything to read; what a newer warden closed is refused.
    pub fn is_fit_to_read(self) -> Result<bool, Fault> {
        match self {
            Self::Known { oldest_reader, .. } if oldest_reader > LATEST => Err(newer()),
            Self::Known { .. } => Ok(true),
            Self::None => Ok(false),
        }
    }

    /// Whether it can be written as it is; what a newer warden closed is refused.
    pub fn is_fit_to_write(self) -> Result<bool, Fault> {
        match self {
            Self::Known { oldest_writer, .. } if oldest_writer > LATEST => Err(newer()),
            Self::Known { version, .. } => Ok(version >= LATEST),
            Self::None => Ok(false),
        }
    }
}

fn newer() -> Fault {
    Fault::Failed(
        Error::new(ErrorKind::Config, "a newer warden changed its tables").with_hint("update this warden"),
    )
}

/// Asks the server; a missing table answers by its error, and costs no question beforehand.
pub fn version(session: &PostgresSession) -> Result<Version, Fault> {
    use tokio_postgres::error::SqlState;
    let answer = async {
        let mut messages = pin!(session.client.simple_query_raw(VERSION).await?);
        let (mut version, mut bound) = (Version::None, Bound::default());
        while let Some(message) = messages.try_next().await? {
            if let Err(fault) = bound.add(size(&message)) {
                return Ok(Err(fault));
            }
            version = known(&message).unwrap_or(version);
        }
        Ok::<_, tokio_postgres::Error>(Ok(version))
    };
    let answer = async {
        match answer.await {
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(Ok(Version::None)),
            other => other,
        }
    };
    session.wait(ANSWER, answer)?
}

fn size(message: &SimpleQueryMessage) -> usize {
    let SimpleQueryMessage::Row(row) = message else { return 0 };
    (0..row.len()).filter_map(|index| row.get(index)).map(str::len).sum()
}

fn known(message: &SimpleQueryMessage) -> Option<Version> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    let number = |index| row.get(index)?.parse().ok();
    Some(Version::Known { version: number(0)?, oldest_reader: number(1)?, oldest_writer: number(2)? })
}

/// Brings the tables up to date, one user at a time, all or nothing: the lock ends with the transaction.
pub fn migrate(session: &mut PostgresSession) -> Result<(), Fault> {
    session.open("")?;
    session.batch(LOCK)?;
    for migration in MIGRATIONS {
        let answer = session.client.batch_execute(migration);
        session.wait(LONG_ANSWER, answer).map_err(without_rights)?;
    }
    session.batch("COMMIT")
}

fn without_rights(fault: Fault) -> Fault {
    match fault {
        Fault::Failed(error) if error.kind() == ErrorKind::Denied => Fault::Failed(
            Error::denied(format!("its tables are not prepared for warden: {}", error.message())).with_hint(
                "run `warden ban add` once as the database's owner, or grant CREATE on its schema",
            ),
        ),
        other => other,
    }
}

/// The condition of a partial index: a question must repeat it to the letter to be answered by the index.
pub fn misspelt(table: &str) -> &'static str {
    let index = if table == "ban_applications" { "warden_bans_misspelt" } else { "warden_signals_misspelt" };
    let made = LOOKUPS.split_once(&format!("CREATE INDEX IF NOT EXISTS {index} "));
    made.and_then(|(_, rest)| rest.split_once(';')?.0.split_once(" WHERE")).map_or("true", |(_, sql)| sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conditions_of_the_indexes_are_found() {
        for table in ["ban_applications", "signal_occurences"] {
            assert!(
                misspelt(table).contains("CASE") && misspelt(table).trim_end().ends_with("END"),
                "{table}"
            );
        }
    }
}
