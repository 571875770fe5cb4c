//! A bar on standard error for what takes long: only on a terminal, and only once it has taken a while.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use warden_plugin::Level;

use crate::ui::{Ui, can_show};

/// What is done sooner than this shows no bar.
const SHOW_AFTER: Duration = Duration::from_millis(500);
/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(100);
/// So many steps pass between two looks at the time.
const STRIDE: u64 = 256;

/// How many bars there may be: where somebody shows how far it is, nobody else shows that it goes on.
static BARS: AtomicUsize = AtomicUsize::new(0);

/// A bar that may come.
pub struct Progress {
    what: &'static str,
    total: Option<u64>,
    done: u64,
    looked: u64,
    started: Instant,
    bar: Option<ProgressBar>,
    wanted: bool,
}

impl Progress {
    /// Of so many steps, if that is known.
    pub fn new(ui: Ui, what: &'static str, total: Option<u64>) -> Self {
        let wanted = ui.level() >= Level::Info && can_show();
        BARS.fetch_add(1, Ordering::Relaxed);
        Self { what, total, done: 0, looked: 0, started: Instant::now(), bar: None, wanted }
    }

    /// So many steps are done.
    pub fn add(&mut self, steps: u64) {
        self.done += steps;
        if self.wanted && self.done - self.looked >= STRIDE {
            self.looked = self.done;
            self.show();
        }
    }

    /// From the beginning again.
    pub fn restart(&mut self) {
        (self.done, self.looked) = (0, 0);
    }

    /// Says something while the bar is out of the way.
    pub fn suspend(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    fn show(&mut self) {
        if self.bar.is_none() && self.started.elapsed() >= SHOW_AFTER {
            self.bar = Some(match self.total {
                Some(total) => bar(self.what, "{msg} [{wide_bar}] {percent}% {eta}", ProgressBar::new(total)),
                None => bar(self.what, "{spinner} {msg} {human_pos}", ProgressBar::new_spinner()),
            });
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        BARS.fetch_sub(1, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A spinner for one call that nobody can count the steps of, until it is dropped.
pub struct Waiting(Option<(Sender<()>, JoinHandle<()>)>);

impl Waiting {
    /// What is waited for. It shows on a terminal only, after a while, and where no other bar does.
    pub fn new(ui: Ui, what: &str) -> Self {
        if ui.level() < Level::Info || !can_show() || BARS.load(Ordering::Relaxed) > 0 {
            return Self(None);
        }
        BARS.fetch_add(1, Ordering::Relaxed);
        let what = what.to_owned();
        let (end, ended) = mpsc::channel::<()>();
        let spinning = thread::spawn(move || {
            let goes_on = |time| ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
            if goes_on(SHOW_AFTER) {
                let bar = bar(&what, "{spinner} {msg} {elapsed}", ProgressBar::new_spinner());
                while goes_on(TICK) {
                    bar.tick();
                }
                bar.finish_and_clear();
            }
        });
        Self(Some((end, spinning)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((end, spinning)) = self.0.take() {
            BARS.fetch_sub(1, Ordering::Relaxed);
            drop(end);
            // A panic in there is no reason to fail here.
            let _ = spinning.join();
        }
    }
}

fn bar(what: &str, look: &str, bar: ProgressBar) -> ProgressBar {
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template(look) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what.to_owned());
    bar
}
