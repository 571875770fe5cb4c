//! The one clock. A one-shot command is one instant: the first look at the clock counts for all of it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use crate::instant::Instant;

/// Overrides the time of day, for tests: RFC 3339.
pub const NOW_VARIABLE: &str = "WARDEN_NOW";

static NOW: OnceLock<Instant> = OnceLock::new();
static RUNS: AtomicBool = AtomicBool::new(false);

/// Lets the clock run: for a command that goes on for long. A time that a test gave stands still all the same.
pub fn run() {
    RUNS.store(true, Ordering::Relaxed);
}

/// The instant of this command.
pub fn now() -> Instant {
    if RUNS.load(Ordering::Relaxed) {
        return given().unwrap_or_else(system);
    }
    *NOW.get_or_init(|| given().unwrap_or_else(system))
}

/// The time that a test gave; a text that is no time counts as none.
fn given() -> Option<Instant> {
    let text = std::env::var(NOW_VARIABLE).ok()?;
    let time = chrono::DateTime::parse_from_rfc3339(&text).ok()?;
    Some(Instant::from_micros(time.timestamp_micros()))
}

fn system() -> Instant {
    SystemTime::now().into()
}
