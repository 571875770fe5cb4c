//! The host's clock, which may stand still for the length of a command, kept going: the kernel's timeouts run on.

use std::time::Instant;

use warden_plugin::Host;

/// Now, for timeouts.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    host: Host,
    began_us: i64,
    began: Instant,
}

impl Clock {
    /// A clock that starts where the host's is.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self { host, began_us: host.now_us(), began: Instant::now() }
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        let passed = i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.host.now_us().max(self.began_us.saturating_add(passed))
    }
}
