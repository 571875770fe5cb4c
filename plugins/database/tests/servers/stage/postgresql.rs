//! A PostgreSQL server.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use tokio_postgres::{Client, Config, NoTls};

use super::{Stage, available, can_run_as, free_port, program, succeed, wait_for};

const USER: &str = "postgres";

/// Where Debian keeps the programs of a version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Nobody needs a password but `eve1` and `eve2`.
const RULES: &str =
    "host all eve1,eve2 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\nlocal all all trust\n";

/// A running server, whose user `postgres` has no password.
pub struct Postgresql {
    pub port: u16,
    stage: Option<Stage>,
    pub folder: PathBuf,
}

/// A connection of the test's own.
pub struct Sql {
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Postgresql {
    /// Whether a server can be started. The test is skipped where it cannot.
    pub fn is_installed() -> bool {
        let is_there = find("postgres").is_some() && find("initdb").is_some();
        available(is_there, "postgresql") && can_run_as(USER)
    }

    /// The server that the tests share; `None`: it is not installed.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgresql>> = OnceLock::new();
        // Asked for each test, so that each is skipped by its own name.
        if !Self::is_installed() {
            return None;
        }
        SHARED.get_or_init(|| Self::start(&[])).as_ref()
    }

    /// A server of the test's own, with more settings.
    pub fn start(more: &[&str]) -> Option<Self> {
        if !Self::is_installed() {
            return None;
        }
        Some(Self::make(&find("postgres")?, &find("initdb")?, Stage::folder(USER), more))
    }

    /// A server in a folder that somebody made, its log in another one: a full log ends the whole server, a full folder
    /// of data the statement.
    pub fn start_in(folder: &Path, log: &Path) -> Option<Self> {
        let (server, initdb) = (find("postgres")?, find("initdb")?);
        Some(Self::make_with(&server, &initdb, folder.to_owned(), &["-X", log.to_str()?], &[]))
    }

    fn make(server: &Path, initdb: &Path, folder: PathBuf, more: &[&str]) -> Self {
        Self::make_with(server, initdb, folder, &[], more)
    }

    fn make_with(server: &Path, initdb: &Path, folder: PathBuf, made: &[&str], more: &[&str]) -> Self {
        let data = folder.join("data");
        let args = ["-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C", "-D"];
        succeed(USER, initdb, &[args.as_slice(), &[data.to_str().unwrap()], made].concat());
        std::fs::write(data.join("pg_hba.conf"), RULES).unwrap();
        let mut postgresql = Self { port: free_port(), stage: None, folder };
        postgresql.run(server, more);
        postgresql
    }

    fn run(&mut self, server: &Path, more: &[&str]) {
        let mut args = vec![
            "-D".to_owned(),
            self.folder.join("data").display().to_string(),
            "-p".to_owned(),
            self.port.to_string(),
        ];
        let folder = format!("unix_socket_directories={}", self.folder.display());
        // A crash of the machine is not what the tests are about.
        for setting in ["listen_addresses=127.0.0.1", "fsync=off", &folder].iter().chain(more) {
            args.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        self.stage = Some(Stage::run(&self.folder, USER, server, &args));
        let port = self.port;
        wait_for("PostgreSQL", Duration::from_mins(1), || Sql::open(port, USER, "postgres").is_some());
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(format!(".s.PGSQL.{}", self.port))
    }

    /// Sets who may connect how.
    pub fn rules(&self, rules: &str) {
        std::fs::write(self.folder.join("data/pg_hba.conf"), rules).unwrap();
        sql(self.port, "postgres").run("SELECT pg_reload_conf(); SELECT pg_sleep(0.3)");
    }

    /// Kills it, with the processes of its connections.
    pub fn kill(&mut self) {
        let pid = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        // An immediate shutdown: what is not committed is lost, as by a crash.
        rustix::process::kill_process(pid, rustix::process::Signal::QUIT).unwrap();
        self.stage.take().unwrap().wait();
    }

    /// Starts it again after a kill.
    pub fn restart(&mut self, more: &[&str]) {
        self.run(&find("postgres").unwrap(), more);
    }

    /// A new, empty database.
    pub fn database(&self, name: &str) {
        sql(self.port, "postgres").run(&format!("CREATE DATABASE {name}"));
    }
}

/// The folder outlives a kill, and nothing else.
impl Drop for Postgresql {
    fn drop(&mut self) {
        self.stage.take();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Sql {
    fn open(port: u16, user: &str, database: &str) -> Option<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut config = Config::new();
        config.host("127.0.0.1").port(port).user(user).dbname(database);
        let (client, connection) = runtime.block_on(config.connect(NoTls)).ok()?;
        runtime.spawn(async { drop(connection.await) });
        Some(Self { runtime, client })
    }

    /// Statements.
    pub fn run(&self, sql: &str) {
        self.runtime.block_on(self.client.batch_execute(sql)).unwrap();
    }

    pub fn numbers(&self, sql: &str) -> Vec<i64> {
        let rows = self.runtime.block_on(self.client.query(sql, &[])).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

/// The owner's own connection.
pub fn sql(port: u16, database: &str) -> Sql {
    Sql::open(port, USER, database).unwrap()
}

/// A program on PATH or of the newest version.
fn find(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let mut found: Vec<_> =
        versions.map(|version| version.path().join("bin").join(name)).filter(|each| each.is_file()).collect();
    found.sort();
    found.pop().or_else(|| program(name))
}
