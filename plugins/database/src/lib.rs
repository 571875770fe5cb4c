//! warden's database plugin: bans in the three tables of `CrowdSec` v0.3, so that an older installation's data stays
//! where it is. Here the plugin's calls are mapped onto an [`Engine`]; how a store works is the engine's.

mod engine;
mod settings;
mod sqlite;

use warden_plugin::{
    Backend, Buckets, Capabilities, Change, Config, Host, Inserted, Query, Result, Rows, Signal, abi,
    export_backend,
};

use engine::Engine;
use settings::{Settings, Store};

/// The backend `database`.
pub struct Database(Box<dyn Engine>);

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
    const DESCRIPTION: &'static str = "bans in the three tables of CrowdSec v0.3: SQLite";
    const CAPABILITIES: Capabilities = Capabilities::STORE
        .and(Capabilities::HISTORY)
        .and(Capabilities::ORDERED)
        .and(Capabilities::TRANSACTIONAL)
        .and(Capabilities::PERMANENT)
        .and(Capabilities::RANGES);
    const QUERIES: bool = true;
    const SUMMARISES: bool = true;
    const DELETES_WHERE: bool = true;
    const KEEPS_HISTORY: bool = true;
    const UNDOES: bool = true;

    fn init(host: Host, config: &Config<'_>) -> Result<Self> {
        let Settings { store } = Settings::read(config)?;
        Ok(Self(match store {
            Store::Sqlite(file) => Box::new(sqlite::Sqlite::new(host, file)),
        }))
    }

    fn probe(&mut self) -> Result {
        self.0.probe()
    }

    fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        self.0.insert(signal)
    }

    fn read_at(&mut self, at_us: i64, rows: &mut Rows<'_>) -> Result {
        self.0.read(&Query { at_us, ..Query::default() }, rows)
    }

    fn delete(&mut self, target: &str) -> Result<u64> {
        self.0.delete(target)
    }

    fn delete_all(&mut self) -> Result<u64> {
        self.0.delete_all()
    }

    fn flush(&mut self) -> Result {
        self.0.commit()
    }

    fn discard(&mut self) -> Result {
        self.0.rollback()
    }

    fn start_auto_commit(&mut self) -> Result {
        self.0.start_auto_commit()
    }

    fn shutdown(&mut self) -> Result {
        self.0.rollback()
    }

    fn query(&mut self, query: &Query<'_>, applied: &mut u32, rows: &mut Rows<'_>) -> Result {
        *applied = FILTERS;
        self.0.read(query, rows)
    }

    fn summarise(&mut self, query: &Query<'_>, applied: &mut u32, buckets: Buckets<'_>) -> Result {
        *applied = FILTERS & !abi::Q_LIMIT;
        self.0.summarise(query, buckets)
    }

    fn delete_where(&mut self, query: &Query<'_>) -> Result<u64> {
        self.0.delete_where(query)
    }

    fn history(&mut self, target: &str, rows: &mut Rows<'_>) -> Result {
        self.0.history(target, rows)
    }

    fn last_change(&mut self) -> Result<Option<Change>> {
        self.0.last_change()
    }

    fn undo(&mut self, id: u64) -> Result {
        self.0.undo(id)
    }
}
