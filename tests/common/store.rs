//! A sandbox whose bans are in a store of any kind: a file, or a private database server.

use std::sync::atomic::{AtomicU32, Ordering};

use mysql::prelude::Queryable as _;

use super::Sandbox;
use crate::stage::{Mariadb, Postgresql, mariadb_sql, postgresql_sql};

/// A configuration, and the way past warden to what is stored.
pub struct Store {
    pub sandbox: Sandbox,
    place: Place,
}

/// Where the bans are.
enum Place {
    File,
    Mariadb { port: u16, name: String },
    Postgresql { port: u16, name: String },
}

impl Store {
    /// An empty store of every kind whose server is installed.
    pub fn all() -> Vec<Self> {
        let file = Self { sandbox: Sandbox::new(), place: Place::File };
        let mariadb = Mariadb::shared().map(Self::on_mariadb);
        let postgresql = Postgresql::shared().map(Self::on_postgresql);
        [Some(file), mariadb, postgresql].into_iter().flatten().collect()
    }

    /// A new database on a MariaDB server.
    pub fn on_mariadb(server: &Mariadb) -> Self {
        Self::at(Place::Mariadb { port: server.port, name: String::new() })
    }

    /// A new database on a PostgreSQL server.
    pub fn on_postgresql(server: &Postgresql) -> Self {
        Self::at(Place::Postgresql { port: server.port, name: String::new() })
    }

    fn at(place: Place) -> Self {
        let mut store = Self { sandbox: Sandbox::empty(), place };
        store.renew();
        store
    }

    /// As in `type:`.
    pub fn engine(&self) -> &'static str {
        match self.place {
            Place::File => "sqlite",
            Place::Mariadb { .. } => "mysql",
            Place::Postgresql { .. } => "postgres",
        }
    }

    /// An empty store in place of this one: no file, or a new database.
    pub fn renew(&mut self) {
        let new = new_name();
        match &mut self.place {
            Place::File => {
                for name in ["warden.db", "warden.db-wal", "warden.db-shm", "warden.db-journal"] {
                    let _ = std::fs::remove_file(self.sandbox.path(name));
                }
                return;
            }
            Place::Mariadb { port, name } => {
                let create = format!("CREATE DATABASE {new} CHARACTER SET utf8mb4");
                mariadb_sql(*port, None).query_drop(create).unwrap();
                *name = new;
            }
            Place::Postgresql { port, name } => {
                postgresql_sql(*port, "postgres").run(&format!("CREATE DATABASE {new}"));
                *name = new;
            }
        }
        self.configure(&[]);
    }

    /// Writes the backend's file for a server, with more settings, or others.
    pub fn configure(&self, more: &[(&str, &str)]) {
        let (user, port, name) = match &self.place {
            Place::File => return,
            Place::Mariadb { port, name } => ("root", port, name),
            Place::Postgresql { port, name } => ("postgres", port, name),
        };
        let port = port.to_string();
        let all = [
            ("type", self.engine()),
            ("db_host", "127.0.0.1"),
            ("db_port", &port),
            ("db_username", user),
            ("db_name", name),
            ("flush", "true"),
        ];
        let all = all.into_iter().filter(|(key, _)| !more.iter().any(|(other, _)| other == key));
        self.sandbox.backend("database", "database", &all.chain(more.iter().copied()).collect::<Vec<_>>());
    }

    /// Statements by the owner of a server's database.
    pub fn sql(&self, sql: &str) {
        match &self.place {
            Place::File => drop(self.sandbox.sql(sql)),
            Place::Mariadb { port, name } => mariadb_sql(*port, Some(name)).query_drop(sql).unwrap(),
            Place::Postgresql { port, name } => postgresql_sql(*port, name).run(sql),
        }
    }

    /// Keeps whoever writes a signal to a server waiting while the value lives.
    pub fn hold(&self) -> Box<dyn std::any::Any> {
        match &self.place {
            Place::File => Box::new(()),
            Place::Mariadb { port, name } => {
                let mut conn = mariadb_sql(*port, Some(name));
                conn.query_drop("LOCK TABLES signal_occurences WRITE").unwrap();
                Box::new(conn)
            }
            Place::Postgresql { port, name } => {
                let sql = postgresql_sql(*port, name);
                sql.run("BEGIN; LOCK TABLE signal_occurences IN ACCESS EXCLUSIVE MODE");
                Box::new(sql)
            }
        }
    }

    /// What a question in SQL answers; 0 for NULL.
    pub fn number(&self, sql: &str) -> i64 {
        match &self.place {
            Place::File => self.sandbox.sql(sql).trim().parse().unwrap_or(0),
            Place::Mariadb { port, name } => mariadb_sql(*port, Some(name))
                .query_first::<Option<i64>, _>(sql)
                .unwrap()
                .flatten()
                .unwrap_or(0),
            Place::Postgresql { port, name } => postgresql_sql(*port, name).numbers(sql)[0],
        }
    }
}

/// A name for a database, each once.
fn new_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("bans{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}
