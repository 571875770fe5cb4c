//! Stores on private database servers, where these are installed: on loopback, gone when the bench is.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::store::{configure, warden};
use crate::build::{root, succeed};
use crate::programs::find;

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

impl Server {
    /// One of every kind that is installed, with so many bans.
    pub fn all(size: u64) -> Result<Vec<Self>> {
        let engines = [(Engine::Mariadb, "mariadbd"), (Engine::Postgresql, "initdb")];
        let installed = engines.into_iter().filter(|(_, program)| find(program).is_some());
        installed.map(|(engine, _)| Self::start(engine, size)).collect()
    }

    /// As it is called.
    pub fn name(&self) -> &'static str {
        if self.engine == Engine::Mariadb { "MariaDB" } else { "PostgreSQL" }
    }

    /// warden on this store.
    pub fn warden(&self, args: &[&str]) -> Result<Command> {
        warden(&self.folder, args)
    }

    /// The server's own client, which asks the store's question.
    pub fn asked(&self) -> Result<Command> {
        self.client(&self.frozen("list", "'2026-11-24 03:00:00'")?)
    }

    fn start(engine: Engine, size: u64) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = std::env::temp_dir().join(format!("warden-bench-{}-{port}", std::process::id()));
        let mut server = Self { engine, folder, port, process: None };
        fs::create_dir_all(&server.folder)?;
        server.run()?;
        let (kind, user) = match engine {
            Engine::Mariadb => ("mysql", "root"),
            Engine::Postgresql => ("postgres", "postgres"),
        };
        let keys = format!(
            "type: {kind}\n  db_host: 127.0.0.1\n  db_port: {port}\n  db_username: {user}\n  db_name: warden"
        );
        configure(&server.folder, &keys)?;
        // warden makes its own tables and indexes.
        succeed(
            server
                .warden(&["ban", "add", "ip", "203.0.113.1", "1h", "first", "--error"])?
                .stdout(Stdio::null()),
        )?;
        let fill = server.frozen("fill", &size.to_string())?;
        succeed(server.client(&fill)?.stdout(Stdio::null()))?;
        Ok(server)
    }

    /// Makes the data folder, starts the server, and makes the database.
    fn run(&mut self) -> Result<()> {
        // The server's user may write there, and root's warden believes no file of it.
        let home = self.folder.join("server");
        fs::create_dir(&home)?;
        let data = home.join("data");
        let in_data = format!("--datadir={}", data.display());
        let (user, create) = match self.engine {
            Engine::Mariadb => ("mysql", "create database warden character set utf8mb4"),
            Engine::Postgresql => ("postgres", "create database warden"),
        };
        if is_root()? {
            succeed(Command::new("chown").arg(format!("{user}:")).arg(&home))?;
        }
        let (folder, port) = (home.display(), self.port);
        let (install, server) = match self.engine {
            Engine::Mariadb => {
                let mut install = as_user(user, "mariadb-install-db")?;
                install.args(["--no-defaults", "--auth-root-authentication-method=normal", &in_data]);
                let mut server = as_user(user, "mariadbd")?;
                server.args(["--no-defaults", "--bind-address=127.0.0.1", &in_data]);
                server.args([format!("--socket={folder}/socket"), format!("--port={port}")]);
                (install, server)
            }
            Engine::Postgresql => {
                let mut install = as_user(user, "initdb")?;
                install.args(["-U", user, "-A", "trust", "-E", "UTF8", "-D"]).arg(&data);
                let mut server = as_user(user, "postgres")?;
                server.args(["-c", "listen_addresses=127.0.0.1", "-p", &port.to_string(), "-D"]).arg(&data);
                server.args(["-c", &format!("unix_socket_directories={folder}")]);
                (install, server)
            }
        };
        succeed({ install }.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()))?;
        let log = File::create(self.folder.join("log"))?;
        let mut server = server;
        server.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.process = Some(server.spawn()?);
        for _ in 0..600 {
            thread::sleep(Duration::from_millis(100));
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() && self.says(create)? {
                return Ok(());
            }
        }
        anyhow::bail!("{} does not answer: see {}/log", self.name(), self.folder.display())
    }

    /// Whether a statement succeeds outside of the database.
    fn says(&self, statement: &str) -> Result<bool> {
        let mut command = self.connected()?;
        match self.engine {
            Engine::Mariadb => command.args(["-e", statement]),
            Engine::Postgresql => command.args(["-d", "postgres", "-c", statement]),
        };
        Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
    }

    /// The client on a file of statements.
    fn client(&self, file: &Path) -> Result<Command> {
        let mut command = self.connected()?;
        match self.engine {
            Engine::Mariadb => command.args(["--batch", "warden"]),
            Engine::Postgresql => command.args(["-At", "-v", "ON_ERROR_STOP=1", "warden"]),
        };
        command.stdin(File::open(file)?);
        Ok(command)
    }

    fn connected(&self) -> Result<Command> {
        let (program, user) = match self.engine {
            Engine::Mariadb => ("mariadb", "root"),
            Engine::Postgresql => ("psql", "postgres"),
        };
        let mut command = Command::new(find(program).with_context(|| format!("{program} is not installed"))?);
        if self.engine == Engine::Mariadb {
            command.args(["--no-defaults", "--protocol=tcp", &format!("--port={}", self.port)]);
        } else {
            command.args(["-X", "-q", "-p", &self.port.to_string()]);
        }
        command.args(["-h", "127.0.0.1", if self.engine == Engine::Mariadb { "-u" } else { "-U" }, user]);
        command.stdin(Stdio::null());
        Ok(command)
    }

    /// A frozen file, with its one value put in.
    fn frozen(&self, name: &str, value: &str) -> Result<PathBuf> {
        let kind = if self.engine == Engine::Mariadb { "mysql" } else { "postgres" };
        let text = fs::read_to_string(root().join(format!("xtask/bench/{name}.{kind}.sql")))?;
        let file = self.folder.join(name).with_extension("sql");
        fs::write(&file, text.replace(":now", value).replace(":size", value))?;
        Ok(file)
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

fn is_root() -> Result<bool> {
    let id = Command::new("id").arg("-u").output()?;
    ensure!(id.status.success(), "id -u failed");
    Ok(id.stdout == b"0\n")
}
