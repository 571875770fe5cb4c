//! The tables and indexes of the file, and how it gets them.

use rusqlite::{Connection, Result};

/// The numbered migrations. A released one is never edited. The file's `user_version` is the number of the last one.
const MIGRATIONS: [&str; 3] = [
    include_str!("../../migrations/sqlite/0001_tables.sql"),
    include_str!("../../migrations/sqlite/0002_indexes.sql"),
    include_str!("../../migrations/sqlite/0003_changes.sql"),
];

/// The number of the last one.
const LATEST: i64 = 3;
const _: () = assert!(MIGRATIONS.len() == 3);

/// From here on `user_version` says that warden must be newer to touch the file. Below it, migrations only add what
/// this one need not know.
const INCOMPATIBLE: i64 = 1000;

const TABLES: [&str; 3] = ["ban_applications", "event_sequences", "signal_occurences"];
const INDEXES: [&str; 6] = [
    "warden_bans_by_creation",
    "warden_bans_by_end",
    "warden_bans_by_target",
    "warden_bans_misspelt",
    "warden_signals_by_target",
    "warden_signals_misspelt",
];

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// No table at all: a file that was just made.
    Empty,
    /// The three tables.
    Plain,
    /// The three tables and warden's indexes.
    Indexed,
    /// Somebody else's tables; the first of ours that is missing.
    Foreign(&'static str),
    /// A warden to come changed it so that this one must leave it alone.
    Newer,
}

impl Layout {
    /// Looks into a file; takes its shared lock.
    pub fn of(connection: &Connection) -> Result<Self> {
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let mut statement =
            connection.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'index')")?;
        let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_>>()?;
        let lacks = |name: &&str| !names.iter().any(|each| each == name);
        Ok(match TABLES.into_iter().find(lacks) {
            _ if version >= INCOMPATIBLE => Self::Newer,
            None if INDEXES.iter().any(lacks) => Self::Plain,
            None => Self::Indexed,
            Some(_) if names.is_empty() => Self::Empty,
            Some(missing) => Self::Foreign(missing),
        })
    }
}

/// What tells that a file's layout is the one of before: its `schema_version`, which every change of a table or an index
/// raises, and its `user_version`.
pub type Mark = (i64, i64);

/// The mark of a file, in a transaction.
pub fn mark(connection: &Connection) -> Result<Mark> {
    let number = |sql| connection.prepare_cached(sql)?.query_row([], |row| row.get(0));
    Ok((number("PRAGMA schema_version")?, number("PRAGMA user_version")?))
}

/// Brings a file up to date, in the caller's transaction. Every migration can run again: a file may carry a number
/// and lack an index all the same.
pub fn migrate(connection: &Connection, layout: Layout) -> Result<()> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if layout == Layout::Indexed && version >= LATEST {
        return Ok(());
    }
    for migration in MIGRATIONS {
        connection.execute_batch(migration)?;
    }
    connection.pragma_update(None, "user_version", version.max(LATEST))
}

/// The condition of a partial index: a query must repeat it to the letter to be answered by the index.
pub fn condition(index: &str) -> &'static str {
    let definition =
        MIGRATIONS.iter().find_map(|sql| sql.split_once(&format!("CREATE INDEX IF NOT EXISTS {index} ")));
    let condition = definition.and_then(|(_, rest)| rest.split_once(';')?.0.split_once(" WHERE"));
    condition.map_or("1", |(_, condition)| condition)
}

/// The expression that the indexes hold for a time, qualified by a table.
pub fn micros(table: &str, column: &str) -> String {
    let column = format!("{table}.{column}");
    format!(
        "strftime('%s', substr({column}, 1, 19) || substr({column}, -6)) * 1000000 \
         + CAST(substr(substr({column}, 21, length({column}) - 26) || '000000', 1, 6) AS INTEGER)"
    )
}
