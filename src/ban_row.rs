//! One ban on its way from a backend to a writer, borrowed all the way.

use warden_plugin::{Row, UNKNOWN_US};

use crate::duration::{GoDuration, go_duration};
use crate::instant::Instant;

/// A ban, the backend that it comes from, and the instant that was asked for.
#[derive(Clone, Copy, Debug)]
pub struct BanRow<'a> {
    /// What the plugin said.
    pub row: &'a Row<'a>,
    /// The backend's name.
    pub backend: &'a str,
    /// The list is of this instant; the time left counts from it.
    pub at: Instant,
}

impl BanRow<'_> {
    /// From when it holds; `None`: not known.
    pub fn start(&self) -> Option<Instant> {
        known(self.row.start_us)
    }

    /// Until when it holds; `None`: for ever, or not known.
    pub fn until(&self) -> Option<Instant> {
        known(self.row.until_us).filter(|_| !self.is_permanent())
    }

    /// Whether it has no end.
    pub fn is_permanent(&self) -> bool {
        self.row.until_us == Instant::FOREVER.micros()
    }

    /// The time left, as v0.3 prints it.
    pub fn time_left(&self) -> GoDuration {
        match known(self.row.until_us) {
            Some(until) => go_duration(self.at.micros_until(until)),
            None => go_duration(0),
        }
    }
}

fn known(micros: i64) -> Option<Instant> {
    (micros != UNKNOWN_US).then_some(Instant::from_micros(micros))
}
