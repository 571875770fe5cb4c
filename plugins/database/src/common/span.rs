//! From when to when a ban holds.

use warden_plugin::{EndKind, FOREVER_US, UNKNOWN_US};

/// The instants of one ban. What cannot be read counts for the ban: a start as long past, an end as not yet come, so
/// that nobody takes a banned target for free. A deletion that cannot be read has happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// When the record was made; bounds `start` from above unless a clock was wrong.
    pub created: i64,
    /// The signal's last event, else `created`.
    pub start: i64,
    /// `FOREVER_US`: without end.
    pub until: i64,
    /// When it was ended; `None`: it was not.
    pub ended: Option<i64>,
}

impl Span {
    /// From `created_at`, the signal's `stop_at`, `until` and `deleted_at`.
    pub fn new(created: i64, stop: i64, until: i64, ended: Option<i64>) -> Self {
        Self { created, start: if stop == UNKNOWN_US { created } else { stop }, until, ended }
    }

    /// start <= at < until, and not ended at or before it.
    pub fn holds_at(&self, at: i64) -> bool {
        self.start <= at && ends_after(self.until, at) && self.ended.is_none_or(|ended| at < ended)
    }

    /// How it ended, and when. `now` tells an expired ban. One that is over and was ended later has expired: v0.3 sweeps
    /// such bans by deleting them.
    pub fn end(&self, now: i64, was_replaced: bool) -> (EndKind, i64) {
        let has_end = self.until != FOREVER_US && self.until != UNKNOWN_US;
        match self.ended {
            Some(ended) if was_replaced => (EndKind::Replaced, ended),
            Some(ended) if has_end && ended >= self.until => (EndKind::Expired, UNKNOWN_US),
            Some(ended) => (EndKind::Deleted, ended),
            None if has_end && self.until <= now => (EndKind::Expired, UNKNOWN_US),
            None => (EndKind::None, UNKNOWN_US),
        }
    }
}

/// Whether the end of a ban lies behind an instant. A ban that is over stays as it is.
pub fn ends_after(until: i64, at: i64) -> bool {
    until == UNKNOWN_US || at < until
}
