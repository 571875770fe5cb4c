//! Runs of whole processes, in turn, by the system's own accounting.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use wait4::Wait4 as _;

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
    /// The largest of warden's runs.
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
    let (mut warden, mut peer, mut peak_kib) = (Vec::new(), Vec::new(), 0);
    for run in 0..=runs {
        (case.before)()?;
        let (time, peak) = once((case.warden)())?;
        (case.before)()?;
        let (peer_time, _) = once((case.peer)())?;
        if run > 0 {
            warden.push(time);
            peer.push(peer_time);
            peak_kib = peak_kib.max(peak);
        }
    }
    let (warden, peer) = (median(warden), median(peer));
    Ok(Line { warden, peer, ratio: warden.as_secs_f64() / peer.as_secs_f64(), peak_kib })
}

/// One run: its wall time and its peak memory in KiB.
fn once(mut command: Command) -> Result<(Duration, u64)> {
    let shown = format!("{command:?}");
    let start = Instant::now();
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().with_context(|| shown.clone())?;
    let used = child.wait4()?;
    let time = start.elapsed();
    ensure!(used.status.success(), "{shown}: {}", used.status);
    Ok((time, used.rusage.maxrss / 1024))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
