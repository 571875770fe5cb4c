//! What the tables look like, what they can hold, and how they come to be.

use std::collections::HashMap;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, Error as MysqlError, Row};
use warden_plugin::{Error, ErrorKind, Host};

use super::answers;
use super::errors::fault;
use super::time::Clock;
use super::zone;
use crate::server::fault::Fault;
use crate::settings::Zone;

/// The numbered migrations. A released one is never edited. Each can run again: MySQL commits every step by itself, so
/// a first user may be interrupted in the middle, and the next one begins anew.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../migrations/mysql/0001_tables.sql"),
    LOOKUPS,
    include_str!("../../migrations/mysql/0003_version.sql"),
    include_str!("../../migrations/mysql/0004_changes.sql"),
];
const LOOKUPS: &str = include_str!("../../migrations/mysql/0002_lookups.sql");

/// The number of the last one: what this warden is known as to a store.
const LATEST: i64 = 4;

/// A column, key or table that is already there: another user, or an interrupted one, was faster.
const ALREADY_THERE: [u16; 3] = [1050, 1060, 1061];

/// One question for all that must be known of the tables.
const COLUMNS: &str = "SELECT TABLE_NAME, COLUMN_NAME, CHARACTER_MAXIMUM_LENGTH, CHARACTER_SET_NAME, \
    DATETIME_PRECISION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() \
    AND TABLE_NAME IN ('ban_applications', 'signal_occurences', 'event_sequences', 'warden_slots', 'warden_schema')";

const VERSION: &str = "SELECT version, oldest_reader, oldest_writer FROM warden_schema";

const ANY_BAN: &str = "SELECT 1 FROM ban_applications LIMIT 1";

/// What a column can hold.
#[derive(Clone, Debug)]
pub struct Column {
    /// In characters; `None`: it is no text.
    pub length: Option<u64>,
    pub charset: String,
    whole_seconds: bool,
}

/// The tables as they are.
#[derive(Debug)]
pub struct Schema {
    /// That of their times.
    pub zone: Zone,
    columns: HashMap<(String, String), Column>,
    version: Option<Version>,
}

#[derive(Clone, Copy, Debug)]
struct Version {
    version: i64,
    oldest_reader: i64,
    oldest_writer: i64,
}

impl Schema {
    /// Asks the server. `zone` is what is configured; without it, tables that v0.3 made may be refused.
    pub fn of(conn: &mut Conn, zone: Option<Zone>, host: Host) -> Result<Self, Fault> {
        let rows = answers::rows(conn, COLUMNS, ())?;
        let columns: HashMap<_, _> = rows.into_iter().filter_map(column).collect();
        let schema = Self { zone: zone.unwrap_or(Zone::Utc), columns, version: None };
        if schema.is_begun() {
            let any: Option<u8> = answers::first(conn, ANY_BAN, ())?;
            if any.is_none() {
                return Ok(Self { columns: HashMap::new(), ..schema });
            }
        }
        let version = if schema.has("warden_schema", "version") {
            answers::first(conn, VERSION, ())?.map(|(version, oldest_reader, oldest_writer)| Version {
                version,
                oldest_reader,
                oldest_writer,
            })
        } else {
            None
        };
        let zone = match zone {
            Some(zone) => zone,
            None if schema.is_of_v03() => zone::assumed(conn, host)?,
            None => Zone::Utc,
        };
        Ok(Self { zone, version, ..schema })
    }

    /// Whether there is anything to read; what a newer warden closed is refused.
    pub fn is_fit_to_read(&self) -> Result<bool, Fault> {
        match self.version {
            Some(version) if version.oldest_reader > LATEST => Err(newer()),
            _ => Ok(self.is_readable()),
        }
    }

    /// Whether the table of bans is there.
    pub fn is_readable(&self) -> bool {
        self.has("ban_applications", "id")
    }

    /// Whether v0.3 made the tables: in those that warden makes, every time has microseconds.
    pub fn is_of_v03(&self) -> bool {
        self.columns.values().any(|column| column.whole_seconds)
    }

    /// Whether it can be written as it is; what a newer warden closed is refused.
    pub fn is_fit_to_write(&self) -> Result<bool, Fault> {
        match self.version {
            Some(version) if version.oldest_writer > LATEST => Err(newer()),
            Some(version) if version.version >= LATEST => Ok(self.is_indexed() && self.is_marked()),
            _ => Ok(false),
        }
    }

    /// Whether warden's columns and indexes are there: the version is written behind them.
    pub fn is_indexed(&self) -> bool {
        self.version.is_some()
            && self.has("ban_applications", "warden_misspelt")
            && self.has("signal_occurences", "warden_misspelt")
            && self.has("warden_slots", "slot")
    }

    /// Whether bans can carry the mark of a change.
    fn is_marked(&self) -> bool {
        self.has("ban_applications", "warden_made") && self.has("ban_applications", "warden_ended")
    }

    /// How a table holds time.
    pub fn clock(&self, table: &str) -> Clock {
        Clock {
            zone: self.zone,
            whole_seconds: self.column(table, "created_at").is_some_and(|column| column.whole_seconds),
        }
    }

    /// A column of v0.3's.
    pub fn column(&self, table: &str, column: &str) -> Option<&Column> {
        self.columns.get(&(table.to_owned(), column.to_owned()))
    }

    /// Whether a first user was interrupted behind the first of the tables; if it is empty, nothing is there yet.
    fn is_begun(&self) -> bool {
        self.has("ban_applications", "id") && !self.has("signal_occurences", "id")
    }

    fn has(&self, table: &str, column: &str) -> bool {
        self.column(table, column).is_some()
    }

    /// What makes a question on a table use an index of warden's, where there are any. Left to itself the server goes by
    /// its statistics: when they are of a table that was empty a moment ago, it reads all of it for every row.
    pub fn by(&self, index: &str) -> String {
        if self.is_indexed() { format!("FORCE INDEX ({index})") } else { String::new() }
    }

    /// The condition for a ban that may be spelled in another way than warden does, in a question on its table alone.
    pub fn misspelt(&self, table: &str) -> String {
        if self.is_indexed() {
            "warden_misspelt = 1".to_owned()
        } else {
            format!("({}) = 1", expression(table))
        }
    }
}

/// What the server computes for `warden_misspelt` of a table.
fn expression(table: &str) -> &'static str {
    let added = LOOKUPS.split_once(&format!("ALTER TABLE {table} ADD COLUMN warden_misspelt"));
    let expression = added.and_then(|(_, rest)| rest.split_once("ALWAYS AS (")?.1.split_once(") VIRTUAL"));
    expression.map_or("1", |(expression, _)| expression)
}

fn column(row: Row) -> Option<((String, String), Column)> {
    type Fields = (String, String, Option<u64>, Option<String>, Option<u64>);
    let (table, name, length, charset, precision): Fields = mysql::from_row_opt(row).ok()?;
    let column = Column {
        length,
        charset: charset.unwrap_or_default(),
        whole_seconds: precision.is_some_and(|p| p < 6),
    };
    Some(((table.to_lowercase(), name.to_lowercase()), column))
}

fn newer() -> Fault {
    Fault::Failed(
        Error::new(ErrorKind::Config, "a newer warden changed its tables").with_hint("update this warden"),
    )
}

/// Brings the tables up to date, one user at a time. In a cluster the lock holds on one node alone: there the steps of
/// two users are put in one order by the cluster, and the second finds each done.
pub fn migrate(conn: &mut Conn, busy_timeout: Duration) -> Result<(), Fault> {
    let seconds = busy_timeout.as_secs().max(1);
    let locked: Option<Option<i64>> = conn
        .exec_first("SELECT GET_LOCK(CONCAT('warden.', DATABASE()), ?)", (seconds,))
        .unwrap_or(Some(Some(1)));
    if locked.flatten() != Some(1) {
        let why = format!("another user has been changing its tables for {seconds} s");
        return Err(Fault::Failed(Error::unavailable(why).with_hint("try again")));
    }
    for statement in MIGRATIONS.into_iter().flat_map(statements) {
        match conn.query_drop(statement) {
            Err(MysqlError::MySqlError(error)) if ALREADY_THERE.contains(&error.code) => {}
            Err(error) => return Err(without_rights(fault(&error))),
            Ok(()) => {}
        }
    }
    // The end of the connection gives the lock back.
    conn.query_drop("COMMIT").map_err(|error| fault(&error))
}

fn statements(migration: &str) -> impl Iterator<Item = &str> {
    migration.split(";\n").map(str::trim).filter(|statement| !statement.is_empty())
}

fn without_rights(fault: Fault) -> Fault {
    match fault {
        Fault::Failed(error) if error.kind() == ErrorKind::Denied => Fault::Failed(
            Error::denied(format!("its tables are not prepared for warden: {}", error.message()))
                .with_hint("run `warden ban add` once as a user with CREATE, ALTER and INDEX, or grant them"),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_migration_is_cut_into_its_statements() {
        let counts: Vec<_> = MIGRATIONS.into_iter().map(|each| statements(each).count()).collect();
        assert_eq!(counts, [3, 10, 2, 6]);
    }

    #[test]
    fn the_computed_columns_can_be_asked_for_without_them() {
        for table in ["ban_applications", "signal_occurences"] {
            assert!(expression(table).contains("CASE") && expression(table).contains("END"), "{table}");
        }
    }
}
