//! What is done to the bans when nobody asks: those whose time is over are ended, and what ended is removed when it is
//! too old or too much. In the background, or a bounded piece of it after a write.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use warden_plugin::{Error, Host, Level, Result};

use crate::engine::Engine;
use crate::rules::Rules;
use crate::settings::Housekeeping;

/// Expired bans are ended as soon as v0.3 did it.
const SWEEP: Duration = Duration::from_secs(1);

/// What ended is removed as soon as v0.3 did it.
const REMOVE: Duration = Duration::from_mins(1);

/// Of its time the thread spends so little on work: one part in so many.
const REST: u32 = 20;

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
