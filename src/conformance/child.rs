//! A case in a process of its own: this program again, with a hidden option. A plugin that crashes, hangs or ends the
//! process has failed that case; the next one starts afresh.

use std::env;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Case, Outcome};

/// What is asked of every case.
#[derive(Clone, Debug)]
pub struct Request {
    /// The plugin.
    pub path: PathBuf,
    /// Its configuration, with [`DIR`] in it.
    pub config: Vec<(String, String)>,
    /// How long a case may take.
    pub limit: Duration,
    /// How many rows are many.
    pub rows: usize,
}

/// What stands in a configuration for a folder that is new for each case.
pub const DIR: &str = "{dir}";

/// How a case ended, and after how long.
pub struct Report {
    /// The case.
    pub case: &'static Case,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
    /// The last lines that the plugin said while it failed.
    pub log: String,
}

/// Runs a case in a child.
///
/// # Errors
/// When the child cannot be started.
pub fn run(case: &'static Case, request: &Request) -> io::Result<Report> {
    let since = Instant::now();
    let dir = Folder::new(case.name)?;
    let mut command = Command::new(env::current_exe()?);
    command.args(["plugin", "check", "--case", case.name, "--rows", &request.rows.to_string()]);
    for (key, value) in &request.config {
        let value = value.replace(DIR, &dir.0.to_string_lossy());
        command.arg("--set").arg(format!("{key}={value}"));
    }
    command.arg("--").arg(&request.path);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (outcome, log) = watch(child, request.limit)?;
    Ok(Report { case, outcome, took: since.elapsed(), log })
}

/// Waits for the child, as long as it may take.
fn watch(mut child: Child, limit: Duration) -> io::Result<(Outcome, String)> {
    let stdout = child.stdout.take().map(read_all);
    let stderr = child.stderr.take().map(read_all);
    let status = wait(&mut child, limit)?;
    // A process that the plugin has left behind may hold the pipes open for ever.
    let grace = Duration::from_secs(1);
    let [answer, log] =
        [stdout, stderr].map(|text| text.and_then(|text| text.recv_timeout(grace).ok()).unwrap_or_default());
    Ok((judge(status, &answer, limit), last_lines(&log)))
}

/// Reads a pipe to its end, on a thread of its own: a child that fills one of two pipes would wait for its reader.
fn read_all(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (done, text) = channel();
    thread::spawn(move || {
        let mut all = Vec::new();
        let mut part = [0; 8 << 10];
        // The last line counts, and a plugin may print without end.
        while let Ok(read @ 1..) = pipe.read(&mut part) {
            all.extend_from_slice(&part[..read]);
            if all.len() > 1 << 20 {
                all.drain(..1 << 19);
            }
        }
        // Nobody may listen any more.
        let _ = done.send(String::from_utf8_lossy(&all).into_owned());
    });
    text
}

/// The child's end; `None` when it had to be ended. The standard library waits for a child only without a limit; most cases
/// take a millisecond, so the pauses begin short.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let since = Instant::now();
    let mut pause = Duration::from_micros(500);
    while since.elapsed() < limit {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// What the child's answer and end come to.
fn judge(status: Option<ExitStatus>, answer: &str, limit: Duration) -> Outcome {
    let answer: Option<Outcome> = answer.lines().last().and_then(|line| serde_json::from_str(line).ok());
    let after = if answer.is_some() { " after the last call" } else { "" };
    match status {
        None => Outcome::Failed(format!("did not end within {limit:?}{after}")),
        Some(status) => match (status.signal(), status.code(), answer) {
            (None, Some(0), Some(outcome)) => outcome,
            (Some(signal), ..) => Outcome::Failed(format!("crashed with {}{after}", name_of(signal))),
            (_, code, Some(_)) => Outcome::Failed(format!("ended the process with status {code:?}{after}")),
            (_, _, None) => Outcome::Failed("ended the process".into()),
        },
    }
}

fn name_of(signal: i32) -> String {
    let name = match signal {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        other => return format!("signal {other}"),
    };
    name.into()
}

fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}

/// The child's way to answer: standard output is the plugin's no more.
pub struct Answer(File);

impl Answer {
    /// Takes standard output away; what the plugin prints goes to standard error.
    ///
    /// # Errors
    /// When a descriptor cannot be copied.
    pub fn take() -> io::Result<Self> {
        let copy = rustix::io::dup(rustix::stdio::stdout())?;
        rustix::io::fcntl_setfd(&copy, rustix::io::FdFlags::CLOEXEC)?;
        rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
        Ok(Self(copy.into()))
    }

    /// Answers.
    ///
    /// # Errors
    /// When the parent has gone.
    pub fn give(mut self, outcome: &Outcome) -> io::Result<()> {
        writeln!(self.0, "{}", serde_json::to_string(outcome)?)
    }
}

/// A folder of the caller's own that goes with the case.
struct Folder(PathBuf);

impl Folder {
    fn new(case: &str) -> io::Result<Self> {
        let name = format!("warden-check-{}-{case}", std::process::id());
        let path = env::temp_dir().join(name);
        // Not `create_dir_all`: a folder that somebody else has made there must not be used.
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
