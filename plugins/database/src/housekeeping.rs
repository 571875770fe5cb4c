//! What is done to the bans when nobody asks: those whose time is over are ended, and what ended is removed when it is
//! too old or too much. In the background, or a bounded piece of it after a write.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use warden_plugin::{Error, Host, Level, Result};

use crate::engine::Engine;
use crate::settings::Housekeeping;

/// So many bans are ended or removed in one transaction: others need not wait for long.
pub const BATCH: u32 = 500;

/// Expired bans are ended as soon as v0.3 did it.
const SWEEP: Duration = Duration::from_secs(1);

/// What ended is removed as soon as v0.3 did it.
const REMOVE: Duration = Duration::from_mins(1);

/// Of its time the thread spends so little on work: one part in so many.
const REST: u32 = 20;

/// One step's task, at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// When it is, in microseconds since the epoch.
    pub now_us: i64,
    /// Bans whose time is over are ended.
    pub sweeps: bool,
    /// Of more bans than these the oldest ended ones are removed.
    pub max_records: Option<u64>,
    /// Bans that ended at this instant or before are removed.
    pub ended_before_us: Option<i64>,
}

impl Rules {
    /// All that is configured, as of now.
    pub fn of(housekeeping: Housekeeping, now_us: i64) -> Self {
        let age = |age: Duration| i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
        Self {
            now_us,
            sweeps: housekeeping.sweeps,
            max_records: housekeeping.max_records,
            ended_before_us: housekeeping.max_age.map(|limit| now_us.saturating_sub(age(limit))),
        }
    }

    /// The ending alone.
    fn without_removal(self) -> Self {
        Self { max_records: None, ended_before_us: None, ..self }
    }

    /// Whether there is anything to do at all.
    pub fn is_idle(&self) -> bool {
        !self.sweeps && self.max_records.is_none() && self.ended_before_us.is_none()
    }
}

/// The thread that does it in long-running use.
#[derive(Debug)]
pub struct Housekeeper {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Housekeeper {
    /// Starts it, on an engine of its own.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(host: Host, housekeeping: Housekeeping, engine: Box<dyn Engine>) -> Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let work = move || {
            let mut round = Round { host, housekeeping, engine, removed: None, said: String::new() };
            let mut pause = Duration::ZERO;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = round.run(|| stopped.try_recv() != Err(mpsc::TryRecvError::Empty));
            }
        };
        let thread = std::thread::Builder::new().name("housekeeping".to_owned()).spawn(work);
        let thread =
            thread.map_err(|error| Error::unavailable(format!("no thread for housekeeping: {error}")))?;
        Ok(Self { stop, thread })
    }

    /// Ends it after the step at hand.
    pub fn stop(self) {
        drop(self.stop);
        // A panic of it was said when it happened.
        let _ = self.thread.join();
    }
}

/// What the thread does again and again.
struct Round {
    host: Host,
    housekeeping: Housekeeping,
    engine: Box<dyn Engine>,
    /// When it last removed.
    removed: Option<Instant>,
    said: String,
}

impl Round {
    /// Works until nothing is left or somebody stops it; answers how long to rest.
    fn run(&mut self, is_stopped: impl Fn() -> bool) -> Duration {
        let start = Instant::now();
        let removes = self.removed.is_none_or(|removed| removed.elapsed() >= REMOVE);
        loop {
            let rules = Rules::of(self.housekeeping, self.host.now_us());
            let rules = if removes { rules } else { rules.without_removal() };
            match self.engine.tidy(&rules) {
                Ok(true) if !is_stopped() => {}
                Ok(_) => {
                    self.said.clear();
                    break;
                }
                Err(error) => {
                    self.say(&error);
                    break;
                }
            }
        }
        if removes {
            self.removed = Some(Instant::now());
        }
        SWEEP.max(start.elapsed() * REST)
    }

    /// The same failure is said once.
    fn say(&mut self, error: &Error) {
        if self.said != error.message() {
            error.message().clone_into(&mut self.said);
            self.host.log(Level::Warn, format_args!("housekeeping: {error}"));
        }
    }
}
