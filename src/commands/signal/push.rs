//! `warden signal push`: `StartAutoCommit`, Insert for every signal on every plugin, Flush every 200 ms or 50 signals,
//! Shutdown at the end.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant as Moment};

use clap::Args;
use serde::Serialize;
use warden_plugin::Target;

use super::lines::{self, SignalLine};
use crate::action::{Actions, SIMULATION};
use crate::actor;
use crate::backends::{Backends, Mode};
use crate::clock;
use crate::duration::BanDuration;
use crate::error::{Error, Exit};
use crate::global::Global;
use crate::interrupt;
use crate::operation::{self, Report, Use};
use crate::operation::{Stored, StreamCounts};
use crate::output::{Output, document};
use crate::progress::Progress;
use crate::session::Session;
use crate::signal::profile::{self, Profile};
use crate::signal::{BanRecord, SignalRecord};
use crate::trust::reason;
use crate::ui::{Ui, counted, number};

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
    let actions = Actions::of(&session.config);
    let action = actions.read(&push.remediation)?;
    let stop = interrupt::stop_flag()?;
    clock::run();
    let lines = lines::open(&push.file, push.follow)
        .map_err(|e| Error::config(format!("cannot read {}: {}", push.file.display(), reason(&e))))?;
    let uses = Use { named: &push.backends, mode: Mode::Stream };
    operation::run(&session, "signal push", [uses], |[backends]| {
        if let (Some(profiles), Some(file)) = (&profiles, &push.profile) {
            for name in profiles.iter().flat_map(Profile::backends) {
                backends.require_configured(name).map_err(|e| e.about("outputs").in_file(file, None))?;
            }
        }
        let counts = backends.begin_stream();
        let mut inserter = Inserter {
            push,
            action: &action,
            actions: &actions,
            profiles: profiles.as_deref(),
            backends,
            ui: session.ui,
            progress: Progress::new(session.ui, "inserting", None),
            actor: actor::name(),
            pending: 0,
            due: None,
            read: 0,
            unwanted: 0,
            refused: 0,
            counts,
        };
        inserter.run(&lines, &stop);
        inserter.flush();
        let Inserter { read, unwanted, refused, counts, .. } = inserter;
        let enforced = backends.enforced();
        Ok(PushReport { read, unwanted, refused, enforced, counts })
    })
}

/// What came of it.
struct PushReport {
    read: u64,
    /// Signals that no profile is about.
    unwanted: u64,
    /// Lines that are no signal, and signals that no backend took.
    refused: u64,
    enforced: Option<bool>,
    counts: StreamCounts,
}

#[derive(Serialize)]
struct PushDocument<'p> {
    command: &'static str,
    read: u64,
    inserted: u64,
    unwanted: u64,
    refused: u64,
    /// Whether bans are applied; null: not known.
    enforced: Option<bool>,
    backends: Vec<PushedTo<'p>>,
}

/// What one backend has stored.
#[derive(Serialize)]
struct PushedTo<'p> {
    backend: &'p str,
    ok: bool,
    stored: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'p str>,
}

impl Report for PushReport {
    fn found(&self) -> Exit {
        match (self.counts.stored, self.refused) {
            (_, 0) => Exit::Done,
            (0, _) => Exit::Failed,
            _ => Exit::Partial,
        }
    }

    fn say(&self, ui: Ui) {
        let stored = counted(self.counts.stored, "signal");
        let unwanted = match self.unwanted {
            0 => String::new(),
            n => format!(", {} in no profile", number(n)),
        };
        ui.say(format_args!("{stored} inserted{unwanted}, {} refused", number(self.refused)));
        if self.counts.backends.len() > 1 {
            for Stored { backend, stored, .. } in &self.counts.backends {
                ui.say(format_args!("backend \"{backend}\": {} stored", number(*stored)));
            }
        }
    }

    fn print(&self, output: Output) -> crate::error::Result {
        let backends = self.counts.backends.iter().map(|one| PushedTo {
            backend: &one.backend,
            ok: one.error.is_none(),
            stored: one.stored,
            error: one.error.as_ref().map(ToString::to_string),
            hint: one.error.as_ref().and_then(Error::hint),
        });
        let done = PushDocument {
            command: "signal push",
            read: self.read,
            inserted: self.counts.stored,
            unwanted: self.unwanted,
            refused: self.refused,
            enforced: self.enforced,
            backends: backends.collect(),
        };
        document(output, &done)
    }
}

/// Signals on their way into the backends.
struct Inserter<'a> {
    push: &'a Push,
    /// Of a signal without bans.
    action: &'a str,
    actions: &'a Actions<'a>,
    profiles: Option<&'a [Profile]>,
    backends: &'a mut Backends,
    ui: Ui,
    progress: Progress,
    actor: String,
    /// Signals since the last flush.
    pending: u32,
    /// When the next flush is due; `None`: nothing is pending.
    due: Option<Moment>,
    read: u64,
    unwanted: u64,
    refused: u64,
    counts: StreamCounts,
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
        self.read += 1;
        let result = line.record.and_then(|mut record| {
            record.simulation |= self.push.simulation;
            self.insert(&record)
        });
        match result {
            Ok((_, true)) => {}
            Ok((false, _)) => self.unwanted += 1,
            Ok((true, false)) => self.refused += 1,
            Err(words) => {
                self.refused += 1;
                let error = Error::config(words).in_file(&self.push.file, usize::try_from(number).ok());
                self.progress.suspend(|| self.ui.warn(&error));
            }
        }
    }

    /// Inserts a signal wherever it belongs; answers whether it belongs anywhere, and whether a backend took it.
    fn insert(&mut self, record: &SignalRecord) -> Result<(bool, bool), String> {
        let now = clock::now();
        self.pending += 1;
        self.due.get_or_insert_with(|| Moment::now() + FLUSH_AFTER);
        let number = self.read;
        let Some(profiles) = self.profiles else {
            let mut bans = self.orders(record);
            check(&mut bans, self.actions)?;
            let signal = record.signal(&bans, now, &self.actor);
            return Ok(self.backends.insert(number, &signal, &mut self.counts, &|_| true));
        };
        let (mut meant, mut taken) = (false, false);
        for profile in profiles {
            let matches = profile.matches(record).map_err(|e| format!("profile `{}`: {e}", profile.name))?;
            if matches {
                let mut bans =
                    if record.bans.is_empty() { profile.bans(record, now) } else { record.bans.clone() };
                check(&mut bans, self.actions)?;
                let signal = record.signal(&bans, now, &self.actor);
                let (m, t) = self.backends.insert(number, &signal, &mut self.counts, &|b| profile.tells(b));
                meant |= m;
                taken |= t;
            }
        }
        Ok((meant, taken))
    }

    /// The bans of a signal; one without gets the one that the flags order, unless a whitelist took it out.
    fn orders(&self, record: &SignalRecord) -> Vec<BanRecord> {
        if !record.bans.is_empty() {
            return record.bans.clone();
        }
        if record.whitelisted {
            return Vec::new();
        }
        vec![profile::order(record, self.action, self.push.duration, clock::now())]
    }

    /// Makes what is pending so; what cannot be was refused after all.
    fn flush(&mut self) {
        if self.pending > 0 {
            self.refused += self.backends.flush(&mut self.counts);
            (self.pending, self.due) = (0, None);
        }
    }
}

/// Refuses a ban of nothing, and one of which nobody knows what it does; spells what it does as it is stored.
fn check(bans: &mut [BanRecord], actions: &Actions<'_>) -> Result<(), String> {
    for ban in bans.iter_mut() {
        let (simulation, action) = match ban.action.strip_prefix(SIMULATION) {
            Some(action) => (SIMULATION, action),
            None => ("", &*ban.action),
        };
        if action.is_empty() {
            continue;
        }
        let spelled = actions.read(action).map_err(|e| e.to_string())?;
        if spelled != action {
            ban.action = format!("{simulation}{spelled}");
        }
    }
    let wrong = bans.iter().find_map(|ban| Target::parse(&ban.target).err().map(|e| (ban, e)));
    match wrong {
        None => Ok(()),
        Some((ban, _)) if ban.target.is_empty() => Err("the signal has neither a ban nor a source_ip".into()),
        Some((_, error)) => Err(error.to_string()),
    }
}
