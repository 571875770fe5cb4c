//! One ban of a history.

use std::io::{self, Write};

use serde::Serialize;
use warden_plugin::{EndKind, Row, UNKNOWN_US};

use crate::duration::go_duration;
use crate::instant::Instant;
use crate::output::{Record, local_second};
use crate::ui::Escaped;

/// A ban, its state at the instant of the command, and the backend that it comes from. As JSON it has [`KEYS`], in their
/// order.
#[derive(Serialize)]
pub struct Entry<'e> {
    iptext: &'e str,
    source: &'e str,
    action: &'e str,
    reason: &'e str,
    actor: &'e str,
    cn: &'e str,
    #[serde(rename = "as")]
    as_text: &'e str,
    start_at: Option<String>,
    until_at: Option<String>,
    state: &'static str,
    ended_at: Option<String>,
    ended_by: &'e str,
    backend: &'e str,
    #[serde(skip)]
    row: &'e Row<'e>,
    #[serde(skip)]
    now: Instant,
}

/// The columns of the table.
pub const COLUMNS: [&str; 7] = ["FROM", "UNTIL", "STATE", "SOURCE", "ACTION", "REASON", "BY"];

/// The columns of CSV.
pub const KEYS: [&str; 13] = [
    "iptext", "source", "action", "reason", "actor", "cn", "as", "start_at", "until_at", "state", "ended_at",
    "ended_by", "backend",
];

/// `active`, `expired`, `deleted` or `replaced`.
fn state(row: &Row<'_>, now: Instant) -> &'static str {
    match row.end_kind {
        EndKind::Deleted => "deleted",
        EndKind::Replaced => "replaced",
        EndKind::Expired => "expired",
        EndKind::None if row.until_us <= now.micros() => "expired",
        EndKind::None => "active",
    }
}

impl<'e> Entry<'e> {
    pub fn of(row: &'e Row<'e>, backend: &'e str, now: Instant) -> Self {
        let time = |us| instant(us).map(|at| at.rfc3339_utc().to_string());
        Self {
            iptext: row.target,
            source: row.source,
            action: row.action,
            reason: row.reason,
            actor: row.actor,
            cn: row.country,
            as_text: row.as_text,
            start_at: time(row.start_us),
            until_at: time(row.until_us),
            state: state(row, now),
            ended_at: time(row.ended_us),
            ended_by: row.ended_by,
            backend,
            row,
            now,
        }
    }

    /// For the table, safe for a terminal.
    pub fn cells(&self) -> Vec<String> {
        let row = self.row;
        let time = |us| instant(us).map_or_else(String::new, |at| local_second(at).to_string());
        let is_permanent = row.until_us == Instant::FOREVER.micros();
        let until = if is_permanent { "permanent".into() } else { time(row.until_us) };
        let shown = |text| Escaped(text).to_string();
        let state = match self.state {
            "active" if is_permanent => "active".to_owned(),
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
}

impl Record for Entry<'_> {
    /// The table is laid out as a whole.
    fn human(&self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn values(&self) -> Vec<&str> {
        vec![
            self.iptext,
            self.source,
            self.action,
            self.reason,
            self.actor,
            self.cn,
            self.as_text,
            self.start_at.as_deref().unwrap_or_default(),
            self.until_at.as_deref().unwrap_or_default(),
            self.state,
            self.ended_at.as_deref().unwrap_or_default(),
            self.ended_by,
            self.backend,
        ]
    }
}

/// An instant that is known, and is one.
fn instant(us: i64) -> Option<Instant> {
    (us != UNKNOWN_US && us != Instant::FOREVER.micros()).then_some(Instant::from_micros(us))
}
