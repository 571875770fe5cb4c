//! The host's clock, carried on: a command is one instant there, but the server measures what is left when it answers.

use std::time::Instant;

use warden_plugin::Host;

/// The time now.
pub struct Clock {
    host: Host,
    first_us: i64,
    since: Instant,
}

impl Clock {
    pub fn new(host: Host) -> Self {
        Self { host, first_us: host.now_us(), since: Instant::now() }
    }

    /// The instant of the command: what new records are stamped with.
    pub fn command_us(&self) -> i64 {
        self.host.now_us()
    }

    /// The time of day by the host's clock, also when that stands still.
    pub fn now_us(&self) -> i64 {
        let now = self.host.now_us();
        let passed = if now == self.first_us { self.since.elapsed().as_micros() } else { 0 };
        now.saturating_add(i64::try_from(passed).unwrap_or(i64::MAX))
    }
}
