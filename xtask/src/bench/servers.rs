//! Stores on private database servers, where these are installed: on loopback, gone when the bench is.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::cases::frozen;
use super::store::{configure, warden};
use crate::build::succeed;
use crate::programs::{find, is_root};

/// A server and the store on it.
pub struct Server {
    engine: Engine,
    folder: PathBuf,
    port: u16,
    process: Option<Child>,
}

/// What kind of server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Engine {
    Mariadb,
    Postgresql,
}

impl Engine {
    /// Its server.
    fn program(self) -> &'static str {
        match self {
            Self::Mariadb => "mariadbd",
            Self::Postgresql => "postgres",
        }
    }

    /// The name of its one case.
    fn case(self) -> &'static str {
        match self {
            Self::Mariadb => "`ban list --all --api -o json`, MariaDB",
            Self::Postgresql => "`ban list --all --api -o json`, PostgreSQL",
        }
    }

    /// The backend's `type`, and the user who may do everything.
    fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Mariadb => ("mysql", "root"),
            Self::Postgresql => ("postgres", "postgres"),
        }
    }

    /// What fills the store, and what the client is asked: frozen.
    fn questions(self) -> (&'static str, &'static str) {
        match self {
            Self::Mariadb => ("fill.mysql.sql", "list.mysql.sql"),
            Self::Postgresql => ("fill.postgres.sql", "list.sql"),
        }
    }
}

impl Server {
    /// One of every kind that is installed and whose case is wanted, with so many bans.
    pub fn all(size: u64, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Self>> {
        let engines = [Engine::Mariadb, Engine::Postgresql].into_iter();
        let measured = engines.filter(|engine| find(engine.program()).is_some() && is_wanted(engine.case()));
        measured.map(|engine| Self::start(engine, size)).collect()
    }

    /// The name of its one case.
    pub fn case(&self) -> &'static str {
        self.engine.case()
    }

    /// warden on this store.
    pub fn warden(&self, args: &[&str]) -> Result<Command> {
        warden(&self.folder, args)
    }

    /// The server's own client, which asks the store's question.
    pub fn asked(&self) -> Result<Command> {
        let (_, list) = self.engine.questions();
        self.client(&frozen(list)?)
    }

    fn start(engine: Engine, size: u64) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = std::env::temp_dir().join(format!("warden-bench-{}-{port}", std::process::id()));
        let mut server = Self { engine, folder, port, process: None };
        fs::create_dir_all(&server.folder)?;
        server.run()?;
        let (kind, user) = engine.keys();
        let keys = format!(
            "type: {kind}\n  db_host: 127.0.0.1\n  db_port: {port}\n  db_username: {user}\n  db_name: warden"
        );
        configure(&server.folder, &keys)?;
        // warden makes its own tables and indexes.
        let first = ["ban", "add", "ip", "203.0.113.1", "1h", "first", "--error"];
        succeed(server.warden(&first)?.stdout(Stdio::null()))?;
        let (fill, _) = engine.questions();
        let fill = frozen(fill)?.replace(":size", &size.to_string());
        succeed(server.client(&fill)?.stdout(Stdio::null()))?;
        Ok(server)
    }

    /// Makes the data folder, starts the server, and makes the database.
    fn run(&mut self) -> Result<()> {
        // The server's user may write there, and root's warden believes no file of it.
        let home = self.folder.join("server");
        fs::create_dir(&home)?;
        let data = home.join("data");
        if is_root()? {
            let (user, _) = self.owner();
            succeed(Command::new("chown").arg(format!("{user}:")).arg(&home))?;
        }
        let (mut install, mut server) = self.programs(&home, &data)?;
        succeed(install.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()))?;
        let log = File::create(self.folder.join("log"))?;
        server.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.process = Some(server.spawn()?);
        for _ in 0..600 {
            thread::sleep(Duration::from_millis(100));
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() && self.makes_database()? {
                return Ok(());
            }
        }
        bail!("{} does not answer: see {}/log", self.engine.program(), self.folder.display())
    }

    /// The user of the server's processes, and what makes the database.
    fn owner(&self) -> (&'static str, &'static str) {
        match self.engine {
            Engine::Mariadb => ("mysql", "create database warden character set utf8mb4"),
            Engine::Postgresql => ("postgres", "create database warden"),
        }
    }

    /// What makes the data folder, and the server.
    fn programs(&self, home: &Path, data: &Path) -> Result<(Command, Command)> {
        let (user, _) = self.owner();
        let (folder, port) = (home.display(), self.port);
        let mut server = as_user(user, self.engine.program())?;
        let install = match self.engine {
            Engine::Mariadb => {
                let data = format!("--datadir={}", data.display());
                server.args(["--no-defaults", "--bind-address=127.0.0.1", &data]);
                server.args([format!("--socket={folder}/socket"), format!("--port={port}")]);
                let mut install = as_user(user, "mariadb-install-db")?;
                install.args(["--no-defaults", "--auth-root-authentication-method=normal", &data]);
                install
            }
            Engine::Postgresql => {
                server.args(["-c", "listen_addresses=127.0.0.1", "-p", &port.to_string(), "-D"]).arg(data);
                server.args(["-c", &format!("unix_socket_directories={folder}")]);
                let mut install = as_user(user, "initdb")?;
                install.args(["-U", user, "-A", "trust", "-E", "UTF8", "-D"]).arg(data);
                install
            }
        };
        Ok((install, server))
    }

    /// Whether the server takes statements by now.
    fn makes_database(&self) -> Result<bool> {
        let (_, create) = self.owner();
        let mut command = self.connected()?;
        match self.engine {
            Engine::Mariadb => command.args(["-e", create]),
            Engine::Postgresql => command.args(["-d", "postgres", "-c", create]),
        };
        Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
    }

    /// The client on some statements.
    fn client(&self, statements: &str) -> Result<Command> {
        let file = self.folder.join("statements.sql");
        fs::write(&file, statements)?;
        let mut command = self.connected()?;
        match self.engine {
            Engine::Mariadb => command.args(["--batch", "warden"]),
            Engine::Postgresql => command.args(["-At", "-v", "ON_ERROR_STOP=1", "warden"]),
        };
        command.stdin(File::open(file)?);
        Ok(command)
    }

    fn connected(&self) -> Result<Command> {
        let (port, (_, user)) = (self.port.to_string(), self.engine.keys());
        let (program, args) = match self.engine {
            Engine::Mariadb => ("mariadb", ["--no-defaults", "--protocol=tcp", "-u", user, "-P", &port]),
            Engine::Postgresql => ("psql", ["-X", "-q", "-U", user, "-p", &port]),
        };
        let mut command = Command::new(find(program).with_context(|| format!("{program} is not installed"))?);
        command.args(args).args(["-h", "127.0.0.1"]).stdin(Stdio::null());
        Ok(command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A program of a server, run as the server's own user by root; it goes with the bench.
fn as_user(user: &str, program: &str) -> Result<Command> {
    let program = find(program).with_context(|| format!("{program} is not installed"))?;
    let mut command = Command::new("setpriv");
    if is_root()? {
        command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    Ok(command)
}
