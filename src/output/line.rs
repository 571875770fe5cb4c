//! A ban as one line for people.

use chrono::Local;

use crate::ban_row::BanRow;
use crate::instant::{Instant, InstantText};
use crate::ui::Escaped;

/// A ban that covers something: `203.0.113.0/24: ban by cli, 3h59m58s left (scan)`.
pub fn covering(ban: &BanRow<'_>) -> String {
    format!("{}: {}", Escaped(ban.row.target), ordered(ban))
}

/// What a ban does, by whom, for how long and why: `ban by cli, 3h59m58s left (scan)`.
pub fn ordered(ban: &BanRow<'_>) -> String {
    let row = ban.row;
    let [action, source] = [row.action, row.source].map(Escaped);
    let end = match ban.is_permanent() {
        true => "permanent".to_owned(),
        false => format!("{} left", ban.time_left()),
    };
    let reason = if row.reason.is_empty() { String::new() } else { format!(" ({})", Escaped(row.reason)) };
    format!("{action} by {source}, {end}{reason}")
}

/// Local time to the second, as `--at` reads it back.
pub fn local_second(instant: Instant) -> InstantText {
    let micros = instant.micros();
    Instant::from_micros(micros - micros.rem_euclid(1_000_000)).local(&Local)
}
