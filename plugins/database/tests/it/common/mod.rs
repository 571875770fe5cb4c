//! What every test needs: a host with a clock that tests set, a store in a temporary folder, and short words for calls.

mod host;
#[path = "../../../../../tests/common/skip.rs"]
pub mod skip;
pub mod undo_model;

use std::path::{Path, PathBuf};
use std::process::Command;

use database::Database;
use rusqlite::Connection;
use tempfile::TempDir;
use warden_plugin::{Backend, Ban, Config, EndKind, Inserted, Query, Result, Rows, Signal, Target};

pub use host::TestHost;

/// 2026-11-24 03:00:00 UTC.
pub const NOW: i64 = 1_795_489_200_000_000;
pub const SECOND: i64 = 1_000_000;
pub const HOUR: i64 = 3600 * SECOND;

/// The instant of an RFC 3339 text in UTC.
pub fn at(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

/// A row that outlives its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    pub source: String,
    pub target: String,
    pub reason: String,
    pub scenario: String,
    pub action: String,
    pub country: String,
    pub as_text: String,
    pub actor: String,
    pub ended_by: String,
    pub orphan: bool,
    pub end_kind: EndKind,
    pub bans: u64,
    pub events: u64,
    pub start_us: i64,
    pub until_us: i64,
    pub ended_us: i64,
}

/// A folder with a database file in it, and a host.
pub struct Store {
    pub host: &'static TestHost,
    pub folder: TempDir,
    pub path: PathBuf,
}

impl Store {
    /// A folder without a file.
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("bans.db");
        Self { host: TestHost::leak(NOW), folder, path }
    }

    /// A file made by this SQL.
    pub fn of(sql: &str) -> Self {
        let store = Self::new();
        Connection::open(&store.path).unwrap().execute_batch(sql).unwrap();
        store
    }

    /// A database as v0.3.7 left it.
    pub fn of_v03() -> Self {
        Self::of(include_str!("../../fixtures/crowdsec-v0.3.7.sqlite.sql"))
    }

    /// One command's backend.
    pub fn open(&self) -> Database {
        self.open_with(&[])
    }

    /// The same with more configuration.
    pub fn open_with(&self, more: &[(&str, &str)]) -> Database {
        self.try_open_with(more).unwrap()
    }

    pub fn try_open_with(&self, more: &[(&str, &str)]) -> Result<Database> {
        let path = self.path.to_str().unwrap();
        let mut pairs = vec![("type", "sqlite"), ("flush", "false"), ("db_path", path)];
        pairs.retain(|(key, _)| !more.iter().any(|(other, _)| other == key));
        pairs.extend(more);
        Database::init(self.host.host(), &Config::new(pairs))
    }

    /// `ban add` of a target by a source, for an hour.
    pub fn add(&self, target: &str, source: &str) -> Inserted {
        let mut backend = self.open();
        let done =
            backend.insert(&signal(self.host.now(), &[ban(target, source, self.host.now() + HOUR)])).unwrap();
        backend.flush().unwrap();
        done
    }

    /// `ban del`.
    pub fn delete(&self, target: &str) -> u64 {
        let mut backend = self.open();
        let done = backend.delete(target).unwrap();
        backend.flush().unwrap();
        done
    }

    /// `ban list --at`.
    pub fn list_at(&self, at_us: i64) -> Vec<Listed> {
        self.query(&Query { at_us, ..Query::default() })
    }

    /// `ban list`.
    pub fn list(&self) -> Vec<Listed> {
        self.list_at(self.host.now())
    }

    pub fn query(&self, query: &Query<'_>) -> Vec<Listed> {
        read(&mut self.open(), query).unwrap()
    }

    /// The targets of a list, in its order.
    pub fn targets_at(&self, at_us: i64) -> Vec<String> {
        self.list_at(at_us).into_iter().map(|row| row.target).collect()
    }

    pub fn targets(&self) -> Vec<String> {
        self.targets_at(self.host.now())
    }

    /// The file, through a connection of the test's own.
    pub fn sql(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    /// One number of the file.
    pub fn number(&self, sql: &str) -> i64 {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// One text of the file.
    pub fn text(&self, sql: &str) -> String {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// All rows of a query.
pub fn read(backend: &mut Database, query: &Query<'_>) -> Result<Vec<Listed>> {
    let (mut found, mut applied) = (Vec::new(), 0);
    backend.query(query, &mut applied, &mut Rows::new(&mut |row| kept(row, &mut found)))?;
    Ok(found)
}

/// Every ban of a target.
pub fn history(backend: &mut Database, target: &str) -> Vec<Listed> {
    let mut found = Vec::new();
    backend.history(target, &mut Rows::new(&mut |row| kept(row, &mut found))).unwrap();
    found
}

fn kept(row: &warden_plugin::Row<'_>, found: &mut Vec<Listed>) -> bool {
    found.push(Listed {
        id: row.id.to_owned(),
        source: row.source.to_owned(),
        target: row.target.to_owned(),
        reason: row.reason.to_owned(),
        scenario: row.scenario.to_owned(),
        action: row.action.to_owned(),
        country: row.country.to_owned(),
        as_text: row.as_text.to_owned(),
        actor: row.actor.to_owned(),
        ended_by: row.ended_by.to_owned(),
        orphan: row.orphan,
        end_kind: row.end_kind,
        bans: row.ban_count,
        events: row.events_count,
        start_us: row.start_us,
        until_us: row.until_us,
        ended_us: row.ended_us,
    });
    true
}

/// A ban as the command line orders it.
pub fn ban<'a>(target: &'a str, source: &'a str, until_us: i64) -> Ban<'a> {
    let range = Target::parse(target).ok().map(Into::into);
    Ban { source, action: "ban", target, reason: "scan", until_us, range, ..Ban::default() }
}

/// A signal as the command line makes it.
pub fn signal<'a>(now: i64, bans: &[Ban<'a>]) -> Signal<'a> {
    let (target, reason) = bans.first().map_or(("", ""), |ban| (ban.target, ban.reason));
    Signal {
        scenario: reason,
        source_ip: target,
        events_count: 1,
        created_us: now,
        start_us: now,
        stop_us: now,
        bans: bans.to_vec(),
        ..Signal::default()
    }
}

/// Whether the tests may do what takes root; the others say that they did not.
pub fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// A small file system in memory, unmounted when dropped.
pub struct Mount(PathBuf);

impl Mount {
    /// `None`, and the test is skipped, where mounting is not allowed.
    pub fn tmpfs(at: &Path, options: &str) -> Option<Self> {
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).status();
        let done = done.is_ok_and(|status| status.success());
        skip::available(done, "the right to mount").then(|| Self(at.to_owned()))
    }

    pub fn remount(&self, options: &str) {
        let status = Command::new("mount").arg("-o").arg(format!("remount,{options}")).arg(&self.0).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
