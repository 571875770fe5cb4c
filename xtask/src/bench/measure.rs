//! Runs of whole processes, in turn, by the system's own accounting.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};

/// A command beside its peer.
pub struct Case<'a> {
    pub name: &'static str,
    /// The ratio of the medians that must hold.
    pub limit: f64,
    /// What is done before each run, not counted.
    pub before: Box<dyn Fn() -> Result<()> + 'a>,
    pub warden: Box<dyn Fn() -> Command + 'a>,
    pub peer: Box<dyn Fn() -> Command + 'a>,
}

/// What came of it.
pub struct Line {
    pub warden: Duration,
    pub peer: Duration,
    pub ratio: f64,
    /// Of one more run of warden.
    pub peak_kib: u64,
}

impl Line {
    /// As a row of a Markdown table.
    pub fn row(&self, case: &Case<'_>, size: u64) -> String {
        let millis = |d: Duration| format!("{:.1} ms", d.as_secs_f64() * 1000.0);
        format!(
            "| {} | {size} | {} | {} | {:.2} | {:.1} | {} MiB |",
            case.name,
            millis(self.warden),
            millis(self.peer),
            self.ratio,
            case.limit,
            self.peak_kib.div_ceil(1024)
        )
    }
}

/// One pair that is not counted, then `runs` that are.
pub fn pair(case: &Case<'_>, runs: usize) -> Result<Line> {
    let (mut warden, mut peer) = (Vec::new(), Vec::new());
    for run in 0..=runs {
        (case.before)()?;
        let time = once((case.warden)())?;
        (case.before)()?;
        let peer_time = once((case.peer)())?;
        if run > 0 {
            warden.push(time);
            peer.push(peer_time);
        }
    }
    (case.before)()?;
    let peak_kib = peak(&(case.warden)())?;
    let (warden, peer) = (median(warden), median(peer));
    Ok(Line { warden, peer, ratio: warden.as_secs_f64() / peer.as_secs_f64(), peak_kib })
}

/// One run: its wall time.
fn once(mut command: Command) -> Result<Duration> {
    let shown = format!("{command:?}");
    let start = Instant::now();
    let status =
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().with_context(|| shown.clone())?;
    let time = start.elapsed();
    ensure!(status.success(), "{shown}: {status}");
    Ok(time)
}

/// One run: its peak memory in KiB. The system tells it of all children of a process together, so this program is started
/// once more for it, as [`print_peak`].
fn peak(command: &Command) -> Result<u64> {
    let mut measured = Command::new(std::env::current_exe()?);
    measured.arg("peak").arg("--").arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => measured.env(name, value),
            None => measured.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        measured.current_dir(folder);
    }
    let output = measured.stderr(Stdio::null()).output()?;
    ensure!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout)?.trim().parse().with_context(|| format!("{command:?}"))
}

/// Runs a command, and prints how many KiB it took at most.
#[allow(clippy::print_stdout, reason = "for the process that asks")]
pub fn print_peak(words: &[String]) -> Result<()> {
    let (program, args) = words.split_first().context("no command")?;
    let status = Command::new(program).args(args).stdout(Stdio::null()).status()?;
    ensure!(status.success(), "{program}: {status}");
    println!("{}", getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss());
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
