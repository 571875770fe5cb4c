//! A MariaDB server.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};

use super::{Stage, free_port, program, skip, succeed, wait_for};

const USER: &str = "mysql";

/// A running server, whose user `root` has no password.
pub struct Mariadb {
    pub port: u16,
    stage: Option<Stage>,
    folder: PathBuf,
}

impl Mariadb {
    /// The server that the tests share; `None`: it is not installed.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Mariadb>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&[])).as_ref()
    }

    /// A server of the test's own, with more options.
    pub fn start(more: &[&str]) -> Option<Self> {
        let Some(server) = program("mariadbd") else {
            skip("MariaDB", "mariadb-server");
            return None;
        };
        let folder = Stage::folder(USER);
        let data = format!("--datadir={}", folder.join("data").display());
        let args = ["--no-defaults", &data, "--auth-root-authentication-method=normal", "--skip-test-db"];
        succeed(USER, &program("mariadb-install-db").unwrap(), &args);
        let mut mariadb = Self { port: free_port(), stage: None, folder };
        mariadb.run(&server, more);
        Some(mariadb)
    }

    fn run(&mut self, server: &Path, more: &[&str]) {
        let in_folder = |name: &str| self.folder.join(name).display().to_string();
        let mut args = vec![
            "--no-defaults".to_owned(),
            format!("--datadir={}", in_folder("data")),
            format!("--socket={}", in_folder("socket")),
            format!("--pid-file={}", in_folder("pid")),
            format!("--port={}", self.port),
            "--bind-address=127.0.0.1".to_owned(),
            "--innodb-buffer-pool-size=64M".to_owned(),
            // A crash of the machine is not what the tests are about.
            "--innodb-flush-log-at-trx-commit=2".to_owned(),
        ];
        args.extend(more.iter().map(ToString::to_string));
        self.stage = Some(Stage::run(&self.folder, USER, server, &args));
        wait_for("MariaDB", Duration::from_mins(1), || Conn::new(options(self.port, None)).is_ok());
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.stage.take().unwrap().kill();
    }

    /// Starts it again after a kill.
    pub fn restart(&mut self, more: &[&str]) {
        self.run(&program("mariadbd").unwrap(), more);
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// A new, empty database.
    pub fn database(&self, name: &str) {
        sql(self.port, None).query_drop(format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).unwrap();
    }
}

/// Root's own connection.
pub fn sql(port: u16, database: Option<&str>) -> Conn {
    Conn::new(options(port, database)).unwrap()
}

fn options(port: u16, database: Option<&str>) -> OptsBuilder {
    OptsBuilder::new()
        .ip_or_hostname(Some("127.0.0.1"))
        .tcp_port(port)
        .prefer_socket(false)
        .user(Some("root"))
        .db_name(database)
}
