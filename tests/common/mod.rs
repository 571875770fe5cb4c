//! A sandbox for one test: an own configuration, an own database, a cleared environment, a clock that stands still.

pub mod compile;
pub mod skip;
pub mod store;

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection};
use tempfile::TempDir;

pub use skip::available;

/// When the tests take place.
pub const NOW: &str = "2026-11-24T03:00:00Z";

/// A folder with a configuration and a database.
pub struct Sandbox {
    dir: TempDir,
    now: String,
}

impl Sandbox {
    /// With the database backend on a file that does not exist yet.
    pub fn new() -> Self {
        let sandbox = Self::empty();
        sandbox.backend(
            "database",
            "database",
            &[("type", "sqlite"), ("db_path", "./warden.db"), ("flush", "true")],
        );
        sandbox
    }

    /// Without a backend.
    pub fn empty() -> Self {
        let dir = tempfile::Builder::new().prefix("warden-test").tempdir().unwrap();
        fs::create_dir(dir.path().join("backend")).unwrap();
        fs::write(
            dir.path().join("warden.yaml"),
            "plugin:\n  backend: ./backend\nwarden:\n  enforced_by: the tests\n",
        )
        .unwrap();
        Self { dir, now: NOW.to_owned() }
    }

    /// Sets the time of the commands that follow.
    pub fn set_now(&mut self, now: &str) {
        now.clone_into(&mut self.now);
    }

    /// Lets the clock of the commands that follow run.
    pub fn run_clock(&mut self) {
        self.now.clear();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    /// A backend file `backend/NAME.yaml` for a plugin that the workspace builds.
    pub fn backend(&self, name: &str, plugin: &str, pairs: &[(&str, &str)]) {
        let mut text = format!("name: {name}\npath: {}\nconfig:\n", plugin_path(plugin).display());
        for (key, value) in pairs {
            text += &format!("  {key}: \"{value}\"\n");
        }
        self.write(&format!("backend/{name}.yaml"), text);
    }

    /// With the database backend on a file as CrowdSec v0.3.7 left it.
    pub fn of_v03() -> Self {
        let sandbox = Self::new();
        sandbox.sql(include_str!("../fixtures/crowdsec-v0.3.7.sqlite.sql"));
        sandbox
    }

    /// The program, with a cleared environment.
    pub fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warden"));
        command.args(args);
        self.clear(&mut command);
        command
    }

    /// Lets every user read the sandbox, and gives an ordinary user the program and plugins: under `bin/`.
    pub fn open_to_all(&self) {
        fs::create_dir(self.path("bin")).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_warden"), self.path("bin/warden")).unwrap();
        for plugin in ["database", "dummy"] {
            fs::copy(plugin_path(plugin), self.path(&format!("bin/{plugin}.so"))).unwrap();
        }
        for dir in [".", "bin", "backend"] {
            fs::set_permissions(self.path(dir), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// The program of [`Self::open_to_all`] as an ordinary user: `nobody` when root runs the tests, else the caller.
    pub fn as_user(&self, line: &str) -> String {
        let program = self.path("bin/warden");
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(line.split_whitespace());
        self.clear(&mut command);
        self.show(&command.output().unwrap())
    }

    /// The program on a terminal of its own (`script` of util-linux), where a person types `answer`.
    pub fn terminal(&self, line: &str, answer: &str) -> Output {
        let line = format!("{} {line}", env!("CARGO_BIN_EXE_warden"));
        let mut command = self.around("script", &["-q", "-e", "-c", &line, "/dev/null"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// A program that starts ours, in the sandbox's environment.
    pub fn around(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args);
        self.clear(&mut command);
        command
    }

    /// Clears a command's environment, and sets what the sandbox is.
    fn clear(&self, command: &mut Command) {
        command
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TZ", "UTC")
            .env("HOME", self.dir.path())
            .env("WARDEN_NOW", &self.now)
            .env("WARDEN_CONFIG", self.path("warden.yaml"))
            .stdin(Stdio::null());
    }

    /// Runs a command; the whole of what a user sees as one text.
    pub fn run(&self, args: &[&str]) -> String {
        self.show(&self.command(args).output().unwrap())
    }

    /// Runs a command with something on its standard input; the whole of what a user sees.
    pub fn piped(&self, args: &[&str], input: &[u8]) -> String {
        use std::io::Write;
        use std::process::Stdio;
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that refuses its input early closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(input);
        self.show(&child.wait_with_output().unwrap())
    }

    /// Runs a command line that has no quotes.
    pub fn warden(&self, line: &str) -> String {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs a command that must succeed; its standard output.
    pub fn stdout(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{}", self.show(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a user sees, with this machine's paths replaced.
    pub fn show(&self, output: &Output) -> String {
        let mut text = String::new();
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !bytes.is_empty() {
                text += &format!("--- {name}\n{}", String::from_utf8_lossy(bytes));
                if !text.ends_with('\n') {
                    text += "(no end of line)\n";
                }
            }
        }
        text += &match output.status.code() {
            Some(code) => format!("--- exit {code}\n"),
            None => format!("--- {}\n", output.status),
        };
        let real = self.dir.path().canonicalize().unwrap();
        let text = text.replace(&real.display().to_string(), "[DIR]");
        let text = text.replace(&self.dir.path().display().to_string(), "[DIR]");
        text.replace(&artifacts().display().to_string(), "[BUILD]")
    }

    /// Runs statements on the database; what they answer.
    pub fn sql(&self, statements: &str) -> String {
        sqlite(&self.path("warden.db"), statements)
    }

    /// All that is in the database: what is declared, and the rows of every table.
    pub fn dump(&self) -> String {
        let tables = self.sql("select name from sqlite_schema where type = 'table' order by name");
        let rows = tables.lines().map(|table| self.sql(&format!("select '{table}', * from \"{table}\"")));
        let declared = self.sql("select sql from sqlite_schema order by type, name");
        declared + &rows.collect::<String>()
    }
}

/// Runs statements on a database file; what they answer, a row a line, as the sqlite3 shell shows it.
pub fn sqlite(file: &Path, statements: &str) -> String {
    let connection = Connection::open(file).unwrap();
    let mut batch = Batch::new(&connection, statements);
    let mut answer = String::new();
    while let Some(mut statement) = batch.next().unwrap() {
        let columns = statement.column_count();
        let mut rows = statement.query(()).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values = (0..columns).map(|column| shown(row.get_ref(column).unwrap()));
            answer += &(values.collect::<Vec<_>>().join("|") + "\n");
        }
    }
    answer
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The folder of the built programs and libraries.
pub fn artifacts() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_warden")).parent().unwrap().to_owned()
}

/// A plugin that the workspace builds.
pub fn plugin_path(name: &str) -> PathBuf {
    let path = artifacts().join(format!("lib{name}.so"));
    assert!(path.exists(), "{} is not built: run the tests with `cargo xtask test`", path.display());
    path
}

/// Whether root runs the tests.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether a program is installed.
pub fn has(program: &str) -> bool {
    ["/usr/bin", "/bin", "/usr/sbin", "/usr/local/bin"]
        .iter()
        .any(|dir| Path::new(dir).join(program).exists())
}
