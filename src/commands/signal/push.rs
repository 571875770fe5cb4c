//! `warden signal push`: `StartAutoCommit`, Insert for every signal on every plugin, Flush every 200 ms or 50 signals,
//! Shutdown at the end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant as Moment};

use clap::Args;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use warden_plugin::Target;

use super::lines::{self, SignalLine};
use crate::actor;
use crate::backends::Backends;
use crate::clock;
use crate::duration::BanDuration;
use crate::error::{Error, Exit};
use crate::global::Global;
use crate::output::document;
use crate::plugin::Instance;
use crate::progress::Progress;
use crate::session::Session;
use crate::signal::profile::{self, Profile};
use crate::signal::{BanRecord, SignalRecord};
use crate::trust::reason;
use crate::ui::Ui;

/// What is pending is flushed after so many signals,
const FLUSH_SIGNALS: u32 = 50;
/// or after so long, whichever is first.
const FLUSH_AFTER: Duration = Duration::from_millis(200);

/// Insert signals that come as JSON lines.
#[derive(Debug, Args)]
pub struct Push {
    /// The input; `-`: standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Wait for more at the end of the file
    #[arg(long)]
    follow: bool,
    /// What is done about which signal: v0.3's profiles.yaml
    #[arg(long, value_name = "FILE", conflicts_with_all = ["remediation", "duration"])]
    profile: Option<PathBuf>,
    /// What a signal without bans orders for its source
    #[arg(long, value_name = "ACTION", default_value = "ban")]
    remediation: String,
    /// For how long, from the signal's last event on
    #[arg(long, value_name = "DURATION", default_value = "4h", value_parser = duration)]
    duration: BanDuration,
    /// Mark every signal as a simulation
    #[arg(long)]
    simulation: bool,
    /// Only this backend; may be given several times
    #[arg(long = "backend", value_name = "NAME")]
    backends: Vec<String>,
}

fn duration(text: &str) -> Result<BanDuration, String> {
    text.parse().map_err(|e: crate::duration::DurationError| e.to_string())
}

pub fn run(push: &Push, global: &Global) -> anyhow::Result<Exit> {
    let session = Session::open(global)?;
    let profiles = push.profile.as_deref().map(profile::read).transpose()?;
    let stop = stop_on_signals()?;
    clock::run();
    let lines = lines::open(&push.file, push.follow)
        .map_err(|e| Error::config(format!("cannot read {}: {}", push.file.display(), reason(&e))))?;
    let mut backends = session.writers(&push.backends, "signal push")?;
    backends.each("start_auto_commit", Instance::start_auto_commit);
    let mut inserter = Inserter {
        push,
        profiles: profiles.as_deref(),
        backends,
        ui: session.ui,
        progress: Progress::new(session.ui, "inserting", None),
        actor: actor::name(),
        pending: 0,
        due: None,
        tally: Tally::default(),
    };
    inserter.run(&lines, &stop);
    inserter.flush();
    let Inserter { tally, backends, progress, .. } = inserter;
    backends.shutdown();
    drop(progress);
    session.ui.say(format_args!("{} signals inserted, {} refused", tally.inserted, tally.refused));
    let done = json!({ "command": "signal push", "inserted": tally.inserted, "refused": tally.refused });
    document(global.output, &done)?;
    Ok(tally.exit())
}

/// Set by SIGTERM and SIGINT; the second one ends the program at once.
fn stop_on_signals() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// What came of it.
#[derive(Clone, Copy, Default)]
struct Tally {
    inserted: u64,
    refused: u64,
}

impl Tally {
    fn exit(self) -> Exit {
        match (self.inserted, self.refused) {
            (_, 0) => Exit::Done,
            (0, _) => Exit::Failed,
            _ => Exit::Partial,
        }
    }
}

/// Signals on their way into the backends.
struct Inserter<'a> {
    push: &'a Push,
    profiles: Option<&'a [Profile]>,
    backends: Backends,
    ui: Ui,
    progress: Progress,
    actor: String,
    /// Signals since the last flush.
    pending: u32,
    /// When the next flush is due; `None`: nothing is pending.
    due: Option<Moment>,
    tally: Tally,
}

impl Inserter<'_> {
    /// Until the end of the input, or a signal.
    fn run(&mut self, lines: &Receiver<Vec<SignalLine>>, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let left = self.due.map_or(FLUSH_AFTER, |due| due.saturating_duration_since(Moment::now()));
            match lines.recv_timeout(left) {
                Ok(lines) => {
                    for line in lines {
                        self.take(line);
                        self.flush_if_due();
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.flush_if_due(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn flush_if_due(&mut self) {
        let late = self.due.is_some_and(|due| due <= Moment::now());
        if late || self.pending >= FLUSH_SIGNALS {
            self.flush();
        }
    }

    fn take(&mut self, line: SignalLine) {
        let number = line.number;
        self.progress.add(1);
        let result = line.record.and_then(|mut record| {
            record.simulation |= self.push.simulation;
            self.insert(&record)
        });
        match result {
            Ok(true) => self.tally.inserted += 1,
            Ok(false) => self.tally.refused += 1,
            Err(words) => {
                self.tally.refused += 1;
                let error = Error::config(words).in_file(&self.push.file, usize::try_from(number).ok());
                self.progress.suspend(|| self.ui.warn(&error));
            }
        }
    }

    /// Inserts a signal wherever it belongs; answers whether no backend refused it.
    fn insert(&mut self, record: &SignalRecord) -> Result<bool, String> {
        let now = clock::now();
        self.pending += 1;
        self.due.get_or_insert_with(|| Moment::now() + FLUSH_AFTER);
        let Some(profiles) = self.profiles else {
            let bans = self.orders(record);
            check(&bans)?;
            let signal = record.signal(&bans, now, &self.actor);
            return Ok(self.backends.insert(&signal, &|_| true));
        };
        let mut taken = true;
        for profile in profiles {
            let matches = profile.matches(record).map_err(|e| format!("profile `{}`: {e}", profile.name))?;
            if matches {
                let bans =
                    if record.bans.is_empty() { profile.bans(record, now) } else { record.bans.clone() };
                check(&bans)?;
                let signal = record.signal(&bans, now, &self.actor);
                taken &= self.backends.insert(&signal, &|backend| profile.tells(backend));
            }
        }
        Ok(taken)
    }

    /// The bans of a signal; one without gets the one that the flags order, unless a whitelist took it out.
    fn orders(&self, record: &SignalRecord) -> Vec<BanRecord> {
        if !record.bans.is_empty() {
            return record.bans.clone();
        }
        if record.whitelisted {
            return Vec::new();
        }
        vec![profile::order(record, &self.push.remediation, self.push.duration, clock::now())]
    }

    /// Makes what is pending so; what cannot be was refused after all.
    fn flush(&mut self) {
        if self.pending > 0 {
            let answers = self.backends.each("flush", Instance::flush);
            if !answers.is_empty() && answers.iter().all(|a| a.result.is_err()) {
                let lost = u64::from(self.pending).min(self.tally.inserted);
                self.tally.inserted -= lost;
                self.tally.refused += lost;
            }
            (self.pending, self.due) = (0, None);
        }
    }
}

/// Refuses a ban of nothing.
fn check(bans: &[BanRecord]) -> Result<(), String> {
    let wrong = bans.iter().find_map(|ban| Target::parse(&ban.target).err().map(|e| (ban, e)));
    match wrong {
        None => Ok(()),
        Some((ban, _)) if ban.target.is_empty() => Err("the signal has neither a ban nor a source_ip".into()),
        Some((_, error)) => Err(error.to_string()),
    }
}
