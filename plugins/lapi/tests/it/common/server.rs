//! `CrowdSec`'s own LAPI, alone: on 127.0.0.1, in a folder of its own, without log processor, central API or systemd.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use super::files::prepare;
use super::skip::available;

pub const MACHINE: &str = "testmachine";
pub const PASSWORD: &str = "s3cret-of-the-machine";
const BOUNCER_KEY: &str = "0123456789abcdef0123456789abcdef";

/// A running server. It is killed by its process id when dropped.
pub struct Server {
    pub folder: TempDir,
    pub port: u16,
    child: Option<Child>,
    tls: bool,
}

/// A lock on a database.
pub struct Lock(#[allow(dead_code, reason = "held, not used")] Connection);

/// Certificate and key for 127.0.0.1.
pub struct Tls<'a> {
    pub certificate: &'a Path,
    pub key: &'a Path,
}

impl Server {
    /// `None`, and the test is skipped, where `crowdsec` is not installed.
    pub fn start() -> Option<Self> {
        Self::start_with(None)
    }

    pub fn start_with(tls: Option<&Tls<'_>>) -> Option<Self> {
        if !is_installed() {
            return None;
        }
        let folder = TempDir::new().unwrap();
        // Another program may take the port before the server does.
        for port in (0..5).map(|_| free_port()) {
            prepare(folder.path(), port, tls);
            copy_database(folder.path());
            let mut child = None;
            if run(folder.path(), port, &mut child) {
                return Some(Self { folder, port, child, tls: tls.is_some() });
            }
        }
        panic!("the server does not start: {}", said(folder.path()));
    }

    /// Runs it again after a kill; answers whether it listens.
    pub fn run(&mut self) -> bool {
        run(self.folder.path(), self.port, &mut self.child)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config.yaml")
    }

    pub fn url(&self) -> String {
        url(self.port, self.tls)
    }

    /// Runs `cscli`; answers what it prints.
    pub fn cscli(&self, words: &[&str]) -> String {
        cscli(&self.config(), words)
    }

    /// `cscli decisions list`, oldest first. It shows one decision for each value, the longest.
    pub fn decisions(&self) -> Vec<Value> {
        decisions(&self.cscli(&["decisions", "list", "-a", "--limit", "0", "-o", "json"]))
    }

    /// Every active decision, oldest first, by way of `cscli alerts list`.
    pub fn every(&self) -> Vec<Value> {
        decisions(&self.cscli(&["alerts", "list", "-a", "--limit", "0", "-o", "json"]))
    }

    /// `cscli alerts list`.
    pub fn alerts(&self) -> Vec<Value> {
        let text = self.cscli(&["alerts", "list", "-a", "--limit", "0", "-o", "json"]);
        serde_json::from_str::<Option<Vec<Value>>>(&text).unwrap().unwrap_or_default()
    }

    /// Runs SQL on the server's database, behind its back.
    pub fn sql(&self, text: &str) {
        Connection::open(self.database()).unwrap().execute_batch(text).unwrap();
    }

    /// Locks the server's database for all who want to write, until the answer is dropped.
    pub fn locked(&self) -> Lock {
        let connection = Connection::open(self.database()).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        Lock(connection)
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("data/crowdsec.db")
    }

    /// The values of every active decision, sorted.
    pub fn values(&self) -> Vec<String> {
        let mut all: Vec<_> = self.every().iter().map(|d| d["value"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all
    }

    /// What a bouncer is told, sorted.
    pub fn enforced(&self) -> Vec<String> {
        let url = format!("{}/v1/decisions", self.url());
        let mut answer = ureq::get(url).header("X-Api-Key", BOUNCER_KEY).call().unwrap();
        let text = answer.body_mut().with_config().limit(1 << 30).read_to_string().unwrap();
        let all = serde_json::from_str::<Option<Vec<Value>>>(&text).unwrap().unwrap_or_default();
        let mut values: Vec<_> = all.iter().map(|d| d["value"].as_str().unwrap().to_owned()).collect();
        values.sort();
        values
    }

    /// How many requests the server has answered, of those whose line in its log contains this.
    pub fn requests(&self, text: &str) -> usize {
        let log = fs::read_to_string(self.folder.path().join("log/crowdsec_api.log")).unwrap();
        log.lines().filter(|line| line.contains(text)).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a server; answers whether it listens.
fn run(folder: &Path, port: u16, child: &mut Option<Child>) -> bool {
    let log = fs::File::create(folder.join("log/stdout")).unwrap();
    let started = Command::new("crowdsec")
        .arg("-c")
        .arg(folder.join("config.yaml"))
        .args(["-no-cs", "-no-capi"])
        .env_remove("CS_LAPI_SECRET")
        .stdin(Stdio::null())
        .stderr(log.try_clone().unwrap())
        .stdout(log)
        .spawn()
        .unwrap();
    let child = child.insert(started);
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("the server does not listen: {}", said(folder));
}

fn said(folder: &Path) -> String {
    fs::read_to_string(folder.join("log/stdout")).unwrap_or_default()
}

/// The template's database: `cscli` leaves some of it in the log beside it.
fn copy_database(folder: &Path) {
    for file in fs::read_dir(template().join("data")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join("data").join(file.file_name())).unwrap();
    }
}

/// The active decisions of a list of alerts.
fn decisions(json: &str) -> Vec<Value> {
    let alerts = serde_json::from_str::<Option<Vec<Value>>>(json).unwrap().unwrap_or_default();
    let mut all: Vec<Value> =
        alerts.iter().filter_map(|alert| alert["decisions"].as_array()).flatten().cloned().collect();
    all.retain(|decision| !decision["duration"].as_str().unwrap().starts_with('-'));
    all.sort_by_key(|decision| decision["id"].as_u64());
    all
}

/// Where a server listens.
pub fn url(port: u16, tls: bool) -> String {
    format!("http{}://127.0.0.1:{port}", if tls { "s" } else { "" })
}

fn cscli(config: &Path, words: &[&str]) -> String {
    let output = Command::new("cscli").arg("-c").arg(config).args(words).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cscli {words:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether the server and its client are there. The test is skipped where they are not.
pub fn is_installed() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &str| std::env::split_paths(&path).any(|dir| dir.join(program).is_file());
    let missing: Vec<_> = ["crowdsec", "cscli", "openssl"].into_iter().filter(|p| !is_there(p)).collect();
    available(missing.is_empty(), &missing.join(", "))
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A folder whose database knows the machine and the bouncer: `cscli` takes a second for that, a copy none.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    let folder = TEMPLATE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        prepare(folder.path(), 9, None);
        let config = folder.path().join("config.yaml");
        let (url, file) = (url(9, false), folder.path().join("unused.yaml"));
        let machine = ["machines", "add", MACHINE, "--password", PASSWORD, "-u", &url, "--force"];
        cscli(&config, &[machine.as_slice(), &["-f", file.to_str().unwrap()]].concat());
        cscli(&config, &["-o", "raw", "bouncers", "add", "testbouncer", "-k", BOUNCER_KEY]);
        folder
    });
    folder.path()
}
