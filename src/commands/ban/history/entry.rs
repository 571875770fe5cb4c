//! One ban of a history.

use std::io::{self, Write};

use serde_json::{Value, json};
use warden_plugin::{EndKind, Row, UNKNOWN_US};

use crate::duration::go_duration;
use crate::instant::Instant;
use crate::output::{csv_value, local_second};
use crate::ui::Escaped;

/// A ban, the backend that it comes from, and the instant of the command.
pub struct Entry<'e> {
    pub row: &'e Row<'e>,
    pub backend: &'e str,
    pub now: Instant,
}

/// The columns of the table.
pub const COLUMNS: [&str; 7] = ["FROM", "UNTIL", "STATE", "SOURCE", "ACTION", "REASON", "BY"];

/// The keys of the other formats.
pub const KEYS: [&str; 13] = [
    "iptext", "source", "action", "reason", "actor", "cn", "as", "start_at", "until_at", "state", "ended_at",
    "ended_by", "backend",
];

impl Entry<'_> {
    /// `active`, `expired`, `deleted` or `replaced`.
    fn state(&self) -> &'static str {
        match self.row.end_kind {
            EndKind::Deleted => "deleted",
            EndKind::Replaced => "replaced",
            EndKind::Expired => "expired",
            EndKind::None if self.row.until_us <= self.now.micros() => "expired",
            EndKind::None => "active",
        }
    }

    /// For the table, safe for a terminal.
    pub fn cells(&self) -> Vec<String> {
        let row = self.row;
        let time = |us| instant(us).map_or_else(String::new, |at| local_second(at).to_string());
        let until =
            if row.until_us == Instant::FOREVER.micros() { "for ever".into() } else { time(row.until_us) };
        let shown = |text| Escaped(text).to_string();
        let state = match self.state() {
            "active" if row.until_us == Instant::FOREVER.micros() => "active".to_owned(),
            "active" => {
                let left = self.now.micros_until(Instant::from_micros(row.until_us));
                format!("{} left", go_duration(left))
            }
            ended => {
                let by = if row.ended_by.is_empty() {
                    String::new()
                } else {
                    format!(" by {}", shown(row.ended_by))
                };
                let at = time(row.ended_us);
                format!("{ended} {at}{by}").trim_end().replace("  ", " ")
            }
        };
        vec![
            time(row.start_us),
            until,
            state,
            shown(row.source),
            shown(row.action),
            shown(row.reason),
            shown(row.actor),
        ]
    }

    /// The values of [`KEYS`].
    fn values(&self) -> [Value; KEYS.len()] {
        let row = self.row;
        let time = |us| instant(us).map_or(Value::Null, |at| at.rfc3339_utc().as_str().into());
        [
            row.target.into(),
            row.source.into(),
            row.action.into(),
            row.reason.into(),
            row.actor.into(),
            row.country.into(),
            row.as_text.into(),
            time(row.start_us),
            time(row.until_us),
            self.state().into(),
            time(row.ended_us),
            row.ended_by.into(),
            self.backend.into(),
        ]
    }

    /// One object.
    pub fn json(&self) -> Value {
        let mut object = json!({});
        for (key, value) in KEYS.iter().zip(self.values()) {
            object[*key] = value;
        }
        object
    }

    /// One line of CSV.
    pub fn raw(&self, out: &mut dyn Write) -> io::Result<()> {
        for (i, value) in self.values().iter().enumerate() {
            if i > 0 {
                out.write_all(b",")?;
            }
            csv_value(out, value.as_str().unwrap_or_default())?;
        }
        out.write_all(b"\n")
    }
}

/// An instant that is known, and is one.
fn instant(us: i64) -> Option<Instant> {
    (us != UNKNOWN_US && us != Instant::FOREVER.micros()).then_some(Instant::from_micros(us))
}
