//! What every test needs: a server, a host with a clock that tests set, and short words for calls.

mod files;
mod host;
mod server;
#[path = "../../../../../tests/common/skip.rs"]
mod skip;
mod wire;

use std::time::{SystemTime, UNIX_EPOCH};

use lapi::Lapi;
use warden_plugin::{Backend, Ban, Config, Inserted, Query, Result, Row, Rows, Signal, Target};

pub use host::TestHost;
pub use server::{MACHINE, PASSWORD, Server, Tls, free_port, is_installed};
pub use wire::{Fate, endless, socket, stranger, wire};

pub const SECOND: i64 = 1_000_000;
pub const HOUR: i64 = 3600 * SECOND;

/// A server, or the end of the test, which is skipped.
#[macro_export]
macro_rules! server_or_return {
    () => {
        match $crate::common::Server::start() {
            Some(server) => server,
            None => return,
        }
    };
}

/// A host whose clock is right.
pub fn host() -> &'static TestHost {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    TestHost::leak(i64::try_from(now).unwrap())
}

/// A backend.
pub fn open_with(host: &'static TestHost, url: &str, more: &[(&str, &str)]) -> Result<Lapi> {
    let mut pairs = vec![("url", url), ("machine_id", MACHINE), ("password", PASSWORD)];
    pairs.retain(|(key, _)| !more.iter().any(|(other, _)| other == key));
    pairs.extend(more);
    Lapi::init(host.host(), &Config::new(pairs))
}

/// A command on a server: a host and a backend.
pub struct Command {
    pub host: &'static TestHost,
    pub backend: Lapi,
}

impl Command {
    pub fn on(server: &Server) -> Self {
        Self::at(&server.url())
    }

    pub fn at(url: &str) -> Self {
        Self::with(url, &[])
    }

    pub fn with(url: &str, more: &[(&str, &str)]) -> Self {
        let host = host();
        Self { host, backend: open_with(host, url, more).unwrap() }
    }

    /// Takes a ban of an hour by `cli`.
    pub fn insert(&mut self, target: &str) -> Result<Inserted> {
        let now = self.host.now();
        self.backend.insert(&signal(now, &[ban(target, "cli", now + HOUR)]))
    }

    /// `ban add` of a target by a source.
    pub fn add(&mut self, target: &str, source: &str, until_us: i64) -> Inserted {
        let now = self.host.now();
        let done = self.backend.insert(&signal(now, &[ban(target, source, until_us)])).unwrap();
        self.backend.flush().unwrap();
        done
    }

    /// `ban del`.
    pub fn delete(&mut self, target: &str) -> u64 {
        let done = self.backend.delete(target).unwrap();
        self.backend.flush().unwrap();
        done
    }

    /// `ban list`.
    pub fn list(&mut self) -> Vec<Listed> {
        let query = Query { at_us: self.host.now(), ..Query::default() };
        self.query(&query).unwrap()
    }

    pub fn query(&mut self, query: &Query<'_>) -> Result<Vec<Listed>> {
        let mut listed = Vec::new();
        let mut sink = |row: &Row<'_>| {
            listed.push(Listed::of(row));
            true
        };
        let mut applied = 0;
        self.backend.query(query, &mut applied, &mut Rows::new(&mut sink))?;
        Ok(listed)
    }

    /// The targets of a list, sorted.
    pub fn targets(&mut self) -> Vec<String> {
        let mut all: Vec<_> = self.list().into_iter().map(|row| row.target).collect();
        all.sort();
        all
    }
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
    pub simulation: bool,
    pub events: u64,
    pub start_us: i64,
    pub until_us: i64,
}

impl Listed {
    fn of(row: &Row<'_>) -> Self {
        Self {
            id: row.id.to_owned(),
            source: row.source.to_owned(),
            target: row.target.to_owned(),
            reason: row.reason.to_owned(),
            scenario: row.scenario.to_owned(),
            action: row.action.to_owned(),
            country: row.country.to_owned(),
            as_text: row.as_text.to_owned(),
            actor: row.actor.to_owned(),
            simulation: row.simulation,
            events: row.events_count,
            start_us: row.start_us,
            until_us: row.until_us,
        }
    }
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
