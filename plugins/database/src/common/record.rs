//! The row that is handed over, made of what an engine has read.

use warden_plugin::{Row, Target, UNKNOWN_US};

use super::span::Span;
use super::tally::Tally;

/// One ban, as an engine has read it.
pub struct Parts<'a> {
    pub id: &'a str,
    pub span: Span,
    pub target: &'a str,
    /// What the target's text means; `None` when that is no target.
    pub meaning: Option<Target>,
    pub source: &'a str,
    pub action: &'a str,
    pub reason: &'a str,
    pub country: &'a str,
    pub as_number: &'a str,
    pub as_name: &'a str,
    /// As v0.3 prints it: the signal's number, space, organisation; of an orphan the organisation alone.
    pub as_text: &'a str,
    /// Who made it.
    pub actor: &'a str,
    /// Who ended it.
    pub ended_by: &'a str,
    /// A newer ban took its place.
    pub was_replaced: bool,
    /// Its signal is missing.
    pub orphan: bool,
    pub tally: Tally,
}

impl<'a> Parts<'a> {
    /// The row. `now` tells an expired ban.
    pub fn row(self, now: i64) -> Row<'a> {
        let (end_kind, ended_us) = self.span.end(now, self.was_replaced);
        Row {
            id: self.id,
            source: self.source,
            target: self.target,
            reason: self.reason,
            scenario: if self.orphan { "?" } else { self.reason },
            action: self.action,
            country: self.country,
            as_text: self.as_text,
            as_name: self.as_name,
            actor: self.actor,
            ended_by: if ended_us == UNKNOWN_US { "" } else { self.ended_by },
            as_number: self.as_number.parse().unwrap_or(0),
            orphan: self.orphan,
            simulation: false,
            end_kind,
            ban_count: self.tally.signals,
            events_count: self.tally.events,
            start_us: self.span.start,
            until_us: self.span.until,
            ended_us,
            range: self.meaning.map(Into::into),
        }
    }
}
