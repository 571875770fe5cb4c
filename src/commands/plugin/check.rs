//! `warden plugin check`: the conformance suite on one plugin.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::backends::config::{check_pairs, finished_pairs};
use crate::conformance::child::{self, Answer, Report, Request};
use crate::conformance::{CASES, Case, Fixture, Outcome};
use crate::duration::BanDuration;
use crate::error::{Exit, Result};
use crate::global::Global;
use crate::output::{Document, print, progress};
use crate::plugin::{Plugin, loader};
use crate::ui::{ColorChoice, Escaped, Ui};

/// A plugin, and how it is checked.
#[derive(Debug, clap::Args)]
pub struct Check {
    /// A plugin's file, or the name of a backend whose plugin it is; the backend's own configuration is not used
    #[arg(value_name = "PATH|NAME")]
    plugin: String,
    /// Configures the plugin; `{dir}` in a value is a folder that is new for each case [also as --config]
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    pairs: Vec<(String, String)>,
    /// How long a case may take
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = limit)]
    limit: Duration,
    /// How many rows are many
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = rows)]
    rows: usize,
    /// Run this case only; given several times, these
    #[arg(long = "only", value_name = "CASE", value_parser = case)]
    only: Vec<&'static Case>,
    /// Run one case in this process: what the suite starts
    #[arg(long, hide = true, value_name = "CASE", value_parser = case)]
    case: Option<&'static Case>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".into()),
    }
}

fn limit(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(BanDuration::For(duration)) => Ok(duration),
        Ok(BanDuration::Permanent) => Err("a case must end".into()),
        Err(error) => Err(error.to_string()),
    }
}

fn rows(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(rows @ 1..=16_000_000) => Ok(rows),
        _ => Err("a number from 1 to 16000000".into()),
    }
}

fn case(name: &str) -> Result<&'static Case, String> {
    Case::named(name).ok_or_else(|| {
        let names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        format!("there is no such case; the cases are {}", names.join(", "))
    })
}

pub fn run(mut check: Check, global: &Global) -> anyhow::Result<Exit> {
    let global = check.take_pairs(global);
    let path = super::path_of(&check.plugin, &global)?;
    // What refuses the plugin here refuses it in every case.
    if let Some(case) = check.case {
        let answer = Answer::take()?;
        let (plugin, _) = loader::load(&path)?;
        let ui = Ui::new(warden_plugin::Level::Warn, ColorChoice::Never);
        let outcome = match finished_pairs(plugin.schema, &check.pairs, ui) {
            Ok(config) => case.run(&Fixture { plugin, config, rows: check.rows }),
            Err(error) => Outcome::Failed(error.to_string()),
        };
        answer.give(&outcome)?;
        return Ok(Exit::Done);
    }
    let (plugin, path) = loader::load(&path)?;
    check_pairs(plugin.schema, &check.pairs).map_err(|e| e.about("--set"))?;
    let request = Request { path, config: check.pairs, limit: check.limit, rows: check.rows };
    let mut reports = Vec::new();
    let chosen = |case: &&Case| check.only.is_empty() || check.only.iter().any(|only| only.name == case.name);
    for case in CASES.iter().filter(chosen) {
        let report = child::run(case, &request)?;
        progress(global.output, |out| line(&report, out))?;
        reports.push(report);
    }
    let failed = count(&reports).failed > 0;
    print(global.output, &CheckReport::of(plugin, &request.path, &reports))?;
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

impl Check {
    /// `--config` is global and names the main file; here it may configure the plugin too: it does when it is no file.
    fn take_pairs(&mut self, global: &Global) -> Global {
        let mut left = global.clone();
        left.config.clear();
        for value in &global.config {
            match value.to_str().filter(|_| !value.exists()).map(pair) {
                Some(Ok(pair)) => self.pairs.push(pair),
                _ => left.config.push(value.clone()),
            }
        }
        left
    }
}

/// How many cases ended how.
#[derive(Default)]
struct Count {
    passed: usize,
    skipped: usize,
    failed: usize,
}

fn count(reports: &[Report]) -> Count {
    reports.iter().fold(Count::default(), |mut count, report| {
        match report.outcome {
            Outcome::Passed => count.passed += 1,
            Outcome::Skipped(_) => count.skipped += 1,
            Outcome::Failed(_) => count.failed += 1,
        }
        count
    })
}

/// One case, as soon as it has ended.
fn line(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (state, reason) = match &report.outcome {
        Outcome::Passed => ("ok", None),
        Outcome::Skipped(reason) => ("skipped", Some(reason)),
        Outcome::Failed(reason) => ("FAILED", Some(reason)),
    };
    writeln!(out, "{state:8} {:18} {}", report.case.name, report.case.about)?;
    if let Some(reason) = reason {
        writeln!(out, "{:27} {}", "", Escaped(reason))?;
    }
    if matches!(report.outcome, Outcome::Failed(_)) {
        for said in report.log.lines() {
            writeln!(out, "{:27} | {}", "", Escaped(said))?;
        }
    }
    out.flush()
}

/// What came of all cases.
#[derive(Serialize)]
struct CheckReport {
    plugin: String,
    version: String,
    abi: String,
    path: String,
    passed: usize,
    skipped: usize,
    failed: usize,
    cases: Vec<CheckedCase>,
}

#[derive(Serialize)]
struct CheckedCase {
    case: &'static str,
    about: &'static str,
    outcome: &'static str,
    reason: Option<String>,
    seconds: f64,
    log: String,
}

impl CheckReport {
    fn of(plugin: Plugin, path: &Path, reports: &[Report]) -> Self {
        let [name, version, ..] = plugin.words();
        let (major, minor) = plugin.abi();
        let Count { passed, skipped, failed } = count(reports);
        let cases = reports.iter().map(|report| {
            let (outcome, reason) = match &report.outcome {
                Outcome::Passed => ("passed", None),
                Outcome::Skipped(reason) => ("skipped", Some(reason.clone())),
                Outcome::Failed(reason) => ("failed", Some(reason.clone())),
            };
            CheckedCase {
                case: report.case.name,
                about: report.case.about,
                outcome,
                reason,
                seconds: report.took.as_secs_f64(),
                log: report.log.clone(),
            }
        });
        Self {
            plugin: name,
            version,
            abi: format!("{major}.{minor}"),
            path: path.to_string_lossy().into_owned(),
            passed,
            skipped,
            failed,
            cases: cases.collect(),
        }
    }
}

impl Document for CheckReport {
    /// The last line; the cases went before.
    fn human(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { abi, passed, skipped, failed, .. } = self;
        let [plugin, version, path] = [&self.plugin, &self.version, &self.path].map(|text| Escaped(text));
        writeln!(
            out,
            "{plugin} {version} (ABI {abi}, {path}): {} cases, {passed} passed, {skipped} skipped, {failed} failed",
            self.cases.len()
        )
    }
}
