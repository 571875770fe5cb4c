//! How often, and for how long, something is tried again.

use std::time::{Duration, Instant};

use warden_plugin::Host;

/// The first wait after a lost race; each further one is longer.
const FIRST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(500);

/// The tries of one call.
#[derive(Debug)]
pub struct Retry {
    deadline: Instant,
    wait: Duration,
    reconnected: bool,
}

impl Retry {
    /// Conflicts are tried again for so long.
    pub fn new(limit: Duration) -> Self {
        Self { deadline: Instant::now() + limit, wait: FIRST, reconnected: false }
    }

    /// Whether to go on after a lost connection: once; when a commit's answer was lost, until the deadline.
    pub fn reconnects(&mut self, is_commit_lost: bool, host: Host) -> bool {
        if !std::mem::replace(&mut self.reconnected, true) {
            return !host.is_cancelled();
        }
        is_commit_lost && self.backs_off(host)
    }

    /// Waits, longer each time and never as long as somebody else; `false` behind the deadline, or when the
    /// user gives up.
    pub fn backs_off(&mut self, host: Host) -> bool {
        if Instant::now() >= self.deadline || host.is_cancelled() {
            return false;
        }
        std::thread::sleep(self.wait.mul_f64(jitter()));
        self.wait = (self.wait * 2).min(LONGEST);
        true
    }
}

/// A number from 0.5 to 1.5: two writers that met must not meet again.
fn jitter() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let mixed = (now.subsec_nanos() ^ std::process::id()).wrapping_mul(0x9e37_79b9);
    0.5 + f64::from(mixed) / f64::from(u32::MAX)
}
