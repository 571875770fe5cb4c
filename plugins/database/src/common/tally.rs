//! `bancount` and `events_count`.

/// How many signals, and how many events they count. Of a ban without a signal: how many active bans, and no events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub signals: u64,
    pub events: u64,
}

impl Tally {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            signals: self.signals.saturating_add(other.signals),
            events: self.events.saturating_add(other.events),
        }
    }

    /// From the counts of a server, which may be signed.
    pub fn of_server(signals: i64, events: i64) -> Self {
        Self { signals: u64::try_from(signals).unwrap_or(0), events: u64::try_from(events).unwrap_or(0) }
    }
}
