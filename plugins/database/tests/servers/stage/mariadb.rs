//! A MariaDB server.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};

use super::{Stage, available, can_run_as, free_port, program, succeed, wait_for};

const USER: &str = "mysql";

/// Where Debian keeps what makes a cluster of MariaDB servers.
const GALERA: &str = "/usr/lib/galera/libgalera_smm.so";

/// A running server, whose user `root` has no password.
pub struct Mariadb {
    pub port: u16,
    stage: Option<Stage>,
    folder: PathBuf,
}

impl Mariadb {
    /// Whether a server can be started. The test is skipped where it cannot.
    pub fn is_installed() -> bool {
        available(program("mariadbd").is_some(), "mariadb-server") && can_run_as(USER)
    }

    /// The server that the tests share; `None`: it is not installed.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Mariadb>> = OnceLock::new();
        // Asked for each test, so that each is skipped by its own name.
        if !Self::is_installed() {
            return None;
        }
        SHARED.get_or_init(|| Self::start(&[])).as_ref()
    }

    /// A server of the test's own, with more options.
    pub fn start(more: &[&str]) -> Option<Self> {
        if !Self::is_installed() {
            return None;
        }
        let folder = Stage::folder(USER);
        install(&folder);
        let mut mariadb = Self { port: free_port(), stage: None, folder };
        mariadb.run(&program("mariadbd")?, more);
        Some(mariadb)
    }

    fn run(&mut self, server: &Path, more: &[&str]) {
        let in_folder = |name: &str| self.folder.join(name).display().to_string();
        let mut args = vec![
            "--no-defaults".to_owned(),
            format!("--datadir={}", in_folder("data")),
            format!("--tmpdir={}", self.folder.display()),
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

    /// A server in a folder that somebody made, with small logs.
    pub fn start_in(folder: &Path) -> Option<Self> {
        let server = program("mariadbd")?;
        install(folder);
        let mut mariadb = Self { port: free_port(), stage: None, folder: folder.to_owned() };
        mariadb.run(&server, &["--innodb-log-file-size=4M"]);
        Some(mariadb)
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// How many rows the server has looked at so far.
    pub fn rows_read(&self) -> u64 {
        let status: Vec<(String, u64)> =
            sql(self.port, None).query("SHOW GLOBAL STATUS LIKE 'Handler_read%'").unwrap();
        status.iter().map(|(_, count)| count).sum()
    }

    /// A node of a cluster, not started yet.
    pub fn node() -> Option<Self> {
        let has_galera = Path::new(GALERA).exists() && program("rsync").is_some();
        if !Self::is_installed() || !available(has_galera, "galera-4 and rsync") {
            return None;
        }
        let folder = Stage::folder(USER);
        install(&folder);
        Some(Self { port: free_port(), stage: None, folder })
    }

    /// Starts it, and waits until it is in step. `ports` are those of all nodes' own talk; `number` is this one's.
    pub fn join(&mut self, number: usize, ports: &[u16], is_first: bool) {
        let all: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let address = if is_first { String::new() } else { all.join(",") };
        let own = ports[number];
        let options = [
            "--wsrep-on=ON".to_owned(),
            format!("--wsrep-provider={GALERA}"),
            "--binlog-format=ROW".to_owned(),
            "--innodb-autoinc-lock-mode=2".to_owned(),
            "--wsrep-cluster-name=warden".to_owned(),
            format!("--wsrep-cluster-address=gcomm://{address}"),
            format!("--wsrep-node-address=127.0.0.1:{own}"),
            format!(
                "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{own};ist.recv_addr=127.0.0.1:{}",
                free_port()
            ),
            "--wsrep-sst-method=rsync".to_owned(),
            format!("--wsrep-sst-receive-address=127.0.0.1:{}", free_port()),
        ];
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        self.restart(&options);
        wait_for("a node in step", Duration::from_mins(1), || self.is_in_step());
    }

    fn is_in_step(&self) -> bool {
        let Ok(mut conn) = Conn::new(options(self.port, None)) else { return false };
        let state: Option<(String, String)> =
            conn.query_first("SHOW STATUS LIKE 'wsrep_local_state_comment'").unwrap_or_default();
        state.is_some_and(|(_, state)| state == "Synced")
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.stage.take().unwrap().kill();
    }

    /// Starts it again after a kill.
    pub fn restart(&mut self, more: &[&str]) {
        self.run(&program("mariadbd").unwrap(), more);
    }

    /// A new, empty database.
    pub fn database(&self, name: &str) {
        sql(self.port, None).query_drop(format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).unwrap();
    }
}

/// The folder outlives a kill, and nothing else.
impl Drop for Mariadb {
    fn drop(&mut self) {
        self.stage.take();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Makes a data folder.
fn install(folder: &Path) {
    let data = format!("--datadir={}", folder.join("data").display());
    let temporary = format!("--tmpdir={}", folder.display());
    let args = [
        "--no-defaults",
        &data,
        &temporary,
        "--innodb-log-file-size=4M",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    ];
    succeed(USER, &program("mariadb-install-db").unwrap(), &args);
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
