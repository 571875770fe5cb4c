//! The one clock. A one-shot command is one instant: the first look at the clock counts for all of it, or the moment at which
//! it got the lock that it waited for.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::SystemTime;

use crate::instant::Instant;

/// Overrides the time of day, for tests: RFC 3339.
pub const NOW_VARIABLE: &str = "WARDEN_NOW";

/// In microseconds; [`UNSET`] until somebody looks.
static NOW: AtomicI64 = AtomicI64::new(UNSET);
const UNSET: i64 = i64::MIN;
static RUNS: AtomicBool = AtomicBool::new(false);

/// Lets the clock run: for a command that goes on for long. A time that a test gave stands still all the same.
pub fn run() {
    RUNS.store(true, Ordering::Relaxed);
}

/// The command's instant is now: it waited for others, and what they ended meanwhile is over for it.
pub fn restart() {
    NOW.store(UNSET, Ordering::Relaxed);
}

/// The instant of this command.
pub fn now() -> Instant {
    if RUNS.load(Ordering::Relaxed) {
        return given().unwrap_or_else(system);
    }
    match NOW.load(Ordering::Relaxed) {
        UNSET => {
            let first = given().unwrap_or_else(system).micros();
            match NOW.compare_exchange(UNSET, first, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => Instant::from_micros(first),
                Err(other) => Instant::from_micros(other),
            }
        }
        now => Instant::from_micros(now),
    }
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
