//! What one step of housekeeping is to do; an engine does it.

use std::time::Duration;

use crate::settings::Housekeeping;

/// So many bans are ended or removed in one transaction: others need not wait for long.
pub const BATCH: u32 = 500;

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
    pub fn without_removal(self) -> Self {
        Self { max_records: None, ended_before_us: None, ..self }
    }

    /// Whether there is anything to do at all.
    pub fn is_idle(&self) -> bool {
        !self.sweeps && self.max_records.is_none() && self.ended_before_us.is_none()
    }
}
