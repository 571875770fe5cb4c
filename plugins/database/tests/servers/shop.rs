//! One store on any engine, as the host drives it.

use std::sync::atomic::{AtomicU32, Ordering};

use database::Database;
use tempfile::TempDir;
use warden_plugin::{Backend, Ban, Config, Inserted, Query, Result};

use crate::common::{HOUR, Listed, NOW, TestHost, ban, read, signal};
use crate::stage::{Mariadb, Postgresql};

/// A configuration, and a host with a clock that tests set.
pub struct Shop {
    pub host: &'static TestHost,
    pub pairs: Vec<(String, String)>,
    pub name: String,
    _folder: Option<TempDir>,
}

impl Shop {
    fn new(pairs: &[(&str, &str)], name: String, folder: Option<TempDir>) -> Self {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { host: TestHost::leak(NOW), pairs, name, _folder: folder }
    }

    /// A file that does not exist yet.
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("bans.db");
        let pairs = [("type", "sqlite"), ("flush", "false"), ("db_path", path.to_str().unwrap())];
        Self::new(&pairs, String::new(), Some(folder))
    }

    /// A new database on the shared MariaDB server.
    pub fn mariadb() -> Option<Self> {
        Mariadb::shared().map(Self::on_mariadb)
    }

    /// A new database on a MariaDB server.
    pub fn on_mariadb(server: &Mariadb) -> Self {
        let name = new_name();
        server.database(&name);
        let port = server.port.to_string();
        Self::on_host("mysql", "127.0.0.1", &port, "root", name)
    }

    /// A new database on the shared PostgreSQL server.
    pub fn postgresql() -> Option<Self> {
        Postgresql::shared().map(Self::on_postgresql)
    }

    /// A new database on a PostgreSQL server.
    pub fn on_postgresql(server: &Postgresql) -> Self {
        let name = new_name();
        server.database(&name);
        Self::on_host("postgres", "127.0.0.1", &server.port.to_string(), "postgres", name)
    }

    fn on_host(engine: &str, host: &str, port: &str, user: &str, name: String) -> Self {
        let pairs = [
            ("type", engine),
            ("flush", "false"),
            ("db_host", host),
            ("db_port", port),
            ("db_username", user),
            ("db_name", &name),
        ];
        Self::new(&pairs, name.clone(), None)
    }

    /// Sets a key.
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.pairs.retain(|(each, _)| each != key);
        self.pairs.push((key.to_owned(), value.to_owned()));
        self
    }

    /// One command's backend.
    pub fn open(&self) -> Database {
        self.try_open().unwrap()
    }

    pub fn try_open(&self) -> Result<Database> {
        let pairs = self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        Database::init(self.host.host(), &Config::new(pairs))
    }

    /// `ban add` of a target by a source, for an hour.
    pub fn add(&self, target: &str, source: &str) -> Inserted {
        self.add_ban(&ban(target, source, self.host.now() + HOUR)).unwrap()
    }

    pub fn add_ban(&self, ban: &Ban<'_>) -> Result<Inserted> {
        let mut backend = self.open();
        let done = backend.insert(&signal(self.host.now(), std::slice::from_ref(ban)))?;
        backend.flush()?;
        Ok(done)
    }

    /// `ban del`.
    pub fn delete(&self, target: &str) -> u64 {
        self.try_delete(target).unwrap()
    }

    pub fn try_delete(&self, target: &str) -> Result<u64> {
        let mut backend = self.open();
        let done = backend.delete(target)?;
        backend.flush()?;
        Ok(done)
    }

    pub fn query(&self, query: &Query<'_>) -> Vec<Listed> {
        read(&mut self.open(), query).unwrap()
    }

    pub fn list_at(&self, at_us: i64) -> Vec<Listed> {
        self.query(&Query { at_us, ..Query::default() })
    }

    pub fn list(&self) -> Vec<Listed> {
        self.list_at(self.host.now())
    }

    pub fn targets_at(&self, at_us: i64) -> Vec<String> {
        self.list_at(at_us).into_iter().map(|row| row.target).collect()
    }

    pub fn targets(&self) -> Vec<String> {
        self.targets_at(self.host.now())
    }
}

/// A name for a database, each once.
fn new_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("warden{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}
