//! One store on any engine, as the host drives it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use database::Database;
use mysql::prelude::Queryable;
use tempfile::TempDir;
use warden_plugin::{Backend, Ban, Config, Inserted, Query, Result};

use crate::common::{HOUR, Listed, NOW, TestHost, ban, read, signal};
use crate::stage::{Mariadb, Postgresql};

/// A configuration, and a host with a clock that tests set.
pub struct Shop {
    pub host: &'static TestHost,
    pub pairs: Vec<(String, String)>,
    /// The database's name.
    pub name: String,
    raw: Raw,
}

/// The way past the plugin.
enum Raw {
    Sqlite(Arc<TempDir>),
    Mariadb(u16),
    Postgresql(u16),
}

impl Shop {
    fn new(pairs: &[(&str, &str)], name: &str, raw: Raw) -> Self {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { host: TestHost::leak(NOW), pairs, name: name.to_owned(), raw }
    }

    /// A store of every kind whose server is installed.
    pub fn all() -> Vec<Self> {
        [Some(Self::sqlite()), Self::mariadb(), Self::postgresql()].into_iter().flatten().collect()
    }

    /// A store on every kind of server that is installed.
    pub fn on_servers() -> Vec<Self> {
        [Self::mariadb(), Self::postgresql()].into_iter().flatten().collect()
    }

    /// A file that does not exist yet.
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("bans.db");
        let pairs = [("type", "sqlite"), ("flush", "false"), ("db_path", path.to_str().unwrap())];
        Self::new(&pairs, "", Raw::Sqlite(Arc::new(folder)))
    }

    /// A new database on the shared MariaDB server.
    pub fn mariadb() -> Option<Self> {
        Mariadb::shared().map(Self::on_mariadb)
    }

    /// A new database on a MariaDB server.
    pub fn on_mariadb(server: &Mariadb) -> Self {
        let name = new_name();
        server.database(&name);
        Self::on_host("mysql", server.port, "root", &name, Raw::Mariadb(server.port))
    }

    /// A new database on the shared PostgreSQL server.
    pub fn postgresql() -> Option<Self> {
        Postgresql::shared().map(Self::on_postgresql)
    }

    /// A new database on a PostgreSQL server.
    pub fn on_postgresql(server: &Postgresql) -> Self {
        let name = new_name();
        server.database(&name);
        Self::on_host("postgres", server.port, "postgres", &name, Raw::Postgresql(server.port))
    }

    fn on_host(engine: &str, port: u16, user: &str, name: &str, raw: Raw) -> Self {
        let pairs = [
            ("type", engine),
            ("flush", "false"),
            ("db_host", "127.0.0.1"),
            ("db_port", &port.to_string()),
            ("db_username", user),
            ("db_name", name),
        ];
        Self::new(&pairs, name, raw)
    }

    /// The kind of store.
    pub fn engine(&self) -> &'static str {
        match self.raw {
            Raw::Sqlite(_) => "sqlite",
            Raw::Mariadb(_) => "mysql",
            Raw::Postgresql(_) => "postgres",
        }
    }

    /// The server's own port, whatever the configuration says.
    pub fn port(&self) -> u16 {
        match self.raw {
            Raw::Sqlite(_) => 0,
            Raw::Mariadb(port) | Raw::Postgresql(port) => port,
        }
    }

    /// The same store, configured in another way.
    pub fn with(&self, changes: &[(&str, &str)]) -> Self {
        let raw = match self.raw {
            Raw::Mariadb(port) => Raw::Mariadb(port),
            Raw::Postgresql(port) => Raw::Postgresql(port),
            Raw::Sqlite(ref folder) => Raw::Sqlite(folder.clone()),
        };
        let mut pairs = self.pairs.clone();
        pairs.retain(|(key, _)| !changes.iter().any(|(other, _)| other == key));
        pairs.extend(changes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        Self { host: self.host, pairs, name: self.name.clone(), raw }
    }

    /// Statements past the plugin, by the owner of the database.
    pub fn run(&self, sql: &str) {
        match &self.raw {
            Raw::Sqlite(folder) => sqlite(folder).execute_batch(sql).unwrap(),
            Raw::Mariadb(port) => {
                let mut conn = crate::stage::mariadb_sql(*port, Some(&self.name));
                for statement in sql.split(";\n").map(str::trim).filter(|each| !each.is_empty()) {
                    conn.query_drop(statement).unwrap();
                }
            }
            Raw::Postgresql(port) => crate::stage::postgresql_sql(*port, &self.name).run(sql),
        }
    }

    /// Numbers past the plugin.
    pub fn numbers(&self, sql: &str) -> Vec<i64> {
        match &self.raw {
            Raw::Sqlite(folder) => {
                let sqlite = sqlite(folder);
                let mut statement = sqlite.prepare(sql).unwrap();
                let numbers = statement.query_map([], |row| row.get(0)).unwrap();
                numbers.map(std::result::Result::unwrap).collect()
            }
            Raw::Mariadb(port) => crate::stage::mariadb_sql(*port, Some(&self.name)).query(sql).unwrap(),
            Raw::Postgresql(port) => crate::stage::postgresql_sql(*port, &self.name).numbers(sql),
        }
    }

    /// Keeps everybody else from the bans while the value lives.
    pub fn hold(&self) -> Box<dyn std::any::Any> {
        match &self.raw {
            Raw::Sqlite(_) => Box::new(()),
            Raw::Mariadb(port) => {
                let mut conn = crate::stage::mariadb_sql(*port, Some(&self.name));
                conn.query_drop("LOCK TABLES ban_applications WRITE").unwrap();
                Box::new(conn)
            }
            Raw::Postgresql(port) => {
                let sql = crate::stage::postgresql_sql(*port, &self.name);
                sql.run("BEGIN; LOCK TABLE ban_applications IN ACCESS EXCLUSIVE MODE");
                Box::new(sql)
            }
        }
    }

    /// A number past the plugin.
    pub fn number(&self, sql: &str) -> i64 {
        self.numbers(sql)[0]
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
        self.try_add(target, source).unwrap()
    }

    pub fn try_add(&self, target: &str, source: &str) -> Result<Inserted> {
        self.add_ban(&ban(target, source, self.host.now() + HOUR))
    }

    pub fn add_ban(&self, ban: &Ban<'_>) -> Result<Inserted> {
        let mut backend = self.open();
        let done = backend.insert(&signal(self.host.now(), std::slice::from_ref(ban)))?;
        backend.flush()?;
        Ok(done)
    }

    /// `ban del`.
    pub fn delete(&self, target: &str) -> u64 {
        let mut backend = self.open();
        let done = backend.delete(target).unwrap();
        backend.flush().unwrap();
        done
    }

    pub fn query(&self, query: &Query<'_>) -> Vec<Listed> {
        self.try_query(query).unwrap()
    }

    pub fn try_query(&self, query: &Query<'_>) -> Result<Vec<Listed>> {
        read(&mut self.open(), query)
    }

    pub fn try_list(&self) -> Result<Vec<Listed>> {
        self.try_query(&Query { at_us: self.host.now(), ..Query::default() })
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

fn sqlite(folder: &TempDir) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.path().join("bans.db")).unwrap()
}

/// A name for a database, each once.
fn new_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("warden{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}
