//! warden's database plugin: bans in the three tables of `CrowdSec` v0.3, so that an older installation's data stays
//! where it is. Here the plugin's calls are mapped onto an [`Engine`]; how a store works is the engine's.

mod common;
mod engine;
mod housekeeping;
mod mysql;
mod postgres;
mod rules;
mod server;
mod settings;
mod sqlite;

use warden_plugin::{
    Backend, Buckets, Capabilities, Change, Changes, Config, Error, Host, Inserted, Level, Query, Result,
    Rows, Schema, Signal, abi, export_backend,
};

use engine::Engine;
use housekeeping::Housekeeper;
use rules::Rules;
use server::Server;
use settings::{Settings, Store};

/// What the fuzz targets read with.
#[cfg(feature = "fuzzing")]
pub mod fuzzing {
    pub use crate::common::audit;
    pub use crate::postgres::checked::{Checked, Start};

    /// The times of SQLite's columns.
    pub mod sqlite_time {
        pub use crate::sqlite::time::{parse, read, read_end, write};
    }
}

/// The backend `database`.
pub struct Database {
    host: Host,
    settings: Settings,
    engine: Box<dyn Engine>,
    housekeeper: Option<Housekeeper>,
}

export_backend!(Database);

/// Every filter of `warden.query/1`.
const FILTERS: u32 = abi::Q_IP
    | abi::Q_RANGE
    | abi::Q_REASON
    | abi::Q_COUNTRY
    | abi::Q_AS
    | abi::Q_SOURCE
    | abi::Q_ACTION
    | abi::Q_LIMIT
    | abi::Q_NOT_SOURCE
    | abi::Q_TARGET;

impl Backend for Database {
    const NAME: &'static str = "database";
    const DESCRIPTION: &'static str = "bans in the three tables of CrowdSec v0.3: SQLite, MySQL, PostgreSQL";
    const SCHEMA: Schema = settings::SCHEMA;
    const CAPABILITIES: Capabilities = Capabilities::STORE
        .and(Capabilities::HISTORY)
        .and(Capabilities::ORDERED)
        .and(Capabilities::TRANSACTIONAL)
        .and(Capabilities::PERMANENT)
        .and(Capabilities::RANGES)
        .and(Capabilities::DURABLE);
    const QUERIES: bool = true;
    const SUMMARISES: bool = true;
    const DELETES_WHERE: bool = true;
    const KEEPS_HISTORY: bool = true;
    const UNDOES: bool = true;

    fn init(host: Host, config: &Config<'_>) -> Result<Self> {
        let settings = Settings::read(config)?;
        let engine = engine(host, settings.store.clone());
        Ok(Self { host, settings, engine, housekeeper: None })
    }

    fn probe(&mut self) -> Result {
        self.engine.probe()
    }

    fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        self.engine.insert(signal)
    }

    fn read_at(&mut self, at_us: i64, rows: &mut Rows<'_>) -> Result {
        self.engine.read(&Query { at_us, ..Query::default() }, rows)
    }

    fn delete(&mut self, target: &str) -> Result<u64> {
        self.engine.delete(target)
    }

    fn delete_all(&mut self) -> Result<u64> {
        self.engine.delete_all()
    }

    fn flush(&mut self) -> Result {
        self.engine.commit()?;
        if self.settings.housekeeping.after_flush && self.housekeeper.is_none() {
            self.tidy_up();
        }
        Ok(())
    }

    fn discard(&mut self) -> Result {
        self.engine.rollback()
    }

    fn start_auto_commit(&mut self) -> Result {
        self.engine.start_auto_commit()?;
        let housekeeping = self.settings.housekeeping;
        if self.housekeeper.is_none() && !Rules::of(housekeeping, 0).is_idle() {
            let engine = engine(self.host, self.settings.store.clone());
            self.housekeeper = Some(Housekeeper::start(self.host, housekeeping, engine)?);
        }
        Ok(())
    }

    fn shutdown(&mut self) -> Result {
        self.stop_housekeeping();
        self.engine.rollback()
    }

    fn query(&mut self, query: &Query<'_>, applied: &mut u32, rows: &mut Rows<'_>) -> Result {
        // Many targets are not looked for yet, and a limit counts only what passes every filter.
        let limit = query.limit.filter(|_| query.targets.is_none());
        *applied = if query.targets.is_none() { FILTERS } else { FILTERS & !abi::Q_LIMIT };
        self.engine.read(&Query { limit, ..*query }, rows)
    }

    fn summarise(&mut self, query: &Query<'_>, applied: &mut u32, buckets: Buckets<'_>) -> Result {
        *applied = FILTERS & !abi::Q_LIMIT;
        self.engine.summarise(query, buckets)
    }

    fn delete_where(&mut self, query: &Query<'_>) -> Result<u64> {
        // Many targets are not looked for yet: the host ends their bans one by one.
        match query.targets {
            None => self.engine.delete_where(query),
            Some(_) => Err(Error::unsupported("many targets")),
        }
    }

    fn history(&mut self, target: &str, rows: &mut Rows<'_>) -> Result {
        self.engine.history(target, rows)
    }

    fn changes(&mut self, limit: u64, changes: Changes<'_>) -> Result {
        if let Some(change) = self.last_change()?.filter(|_| limit > 0) {
            changes(change);
        }
        Ok(())
    }

    fn undo(&mut self, id: u64) -> Result {
        self.engine.undo(id)
    }
}

/// A host that does not shut an instance down must not keep its thread.
impl Drop for Database {
    fn drop(&mut self) {
        self.stop_housekeeping();
    }
}

impl Database {
    /// The last change that is not undone.
    ///
    /// # Errors
    /// When the store cannot tell.
    pub fn last_change(&mut self) -> Result<Option<Change>> {
        self.engine.last_change()
    }

    fn stop_housekeeping(&mut self) {
        if let Some(housekeeper) = self.housekeeper.take() {
            housekeeper.stop();
        }
    }

    /// One step of housekeeping after a write, which is done whatever becomes of this.
    fn tidy_up(&mut self) {
        let rules = Rules::of(self.settings.housekeeping, self.host.now_us());
        if rules.is_idle() {
            return;
        }
        if let Err(error) = self.engine.tidy(&rules) {
            self.host.log(Level::Warn, format_args!("housekeeping: {error}"));
        }
    }
}

fn engine(host: Host, store: Store) -> Box<dyn Engine> {
    match store {
        Store::Sqlite(file) => Box::new(sqlite::Sqlite::new(host, file)),
        Store::Mysql(servers) => Box::new(Server::new(host, servers, mysql::Mysql { host })),
        Store::Postgres(servers) => Box::new(Server::new(host, servers, postgres::Postgres)),
    }
}
