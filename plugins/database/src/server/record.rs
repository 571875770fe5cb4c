//! One ban as a server sent it, borrowed from the driver's row, and the row that is handed over.

use std::borrow::Cow;

use warden_plugin::{EndKind, FOREVER_US, Query, Row, Target, UNKNOWN_US};

use crate::sqlite::span::Span;
use crate::sqlite::trail;

/// How many signals, and how many events they count.
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
    pub fn of(signals: i64, events: i64) -> Self {
        Self { signals: u64::try_from(signals).unwrap_or(0), events: u64::try_from(events).unwrap_or(0) }
    }
}

/// One ban.
#[derive(Debug)]
pub struct Record<'r> {
    pub id: i64,
    pub span: Span,
    /// Its signal is missing.
    pub orphan: bool,
    pub target: Cow<'r, str>,
    pub source: Cow<'r, str>,
    pub action: Cow<'r, str>,
    pub extra: Cow<'r, str>,
    pub reason: Cow<'r, str>,
    pub country: Cow<'r, str>,
    pub as_number: Cow<'r, str>,
    pub as_name: Cow<'r, str>,
    /// For an orphan the active bans of its spelling, else the signals and their events.
    pub tally: Tally,
}

/// What a list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'q> {
    pub query: Query<'q>,
    /// All that this target ever had, whatever the query says of an instant; text that is no target stands for itself.
    pub ever: Option<&'q str>,
}

/// Who made a ban, and who ended it.
#[derive(Debug)]
pub struct People<'e> {
    actor: Cow<'e, str>,
    ended_by: Cow<'e, str>,
}

impl<'e> People<'e> {
    /// As warden noted it in `measure_extra`.
    pub fn of(extra: &'e str) -> Self {
        Self { actor: trail::actor(extra), ended_by: trail::ended_by(extra) }
    }
}

/// Buffers that one row after another uses.
#[derive(Debug, Default)]
pub struct Scratch {
    id: String,
    as_text: String,
}

impl Record<'_> {
    /// What its text means; `None` when that is no target.
    pub fn meaning(&self) -> Option<Target> {
        Target::of_stored(&self.target)
    }

    /// Whether the query asks for it. The server leaves out most of the others; how it compares text and spells
    /// targets is its own, so every filter is looked at again.
    pub fn is_asked_for(&self, wish: Wish<'_>, scratch: &mut Scratch) -> bool {
        let (query, target) = (wish.query, self.meaning());
        if let Some(text) = wish.ever {
            return target.map_or(self.target == text, |target| target.text().as_str() == text);
        }
        self.write_as_text(scratch);
        let equal = |wanted: Option<&str>, value: &str| wanted.is_none_or(|wanted| wanted == value);
        self.span.holds_at(query.at_us)
            && equal(query.source, &self.source)
            && equal(query.action, &self.action)
            && query.not_source.is_none_or(|unwanted| unwanted != self.source)
            && query.country.is_none_or(|wanted| wanted.eq_ignore_ascii_case(&self.country))
            && query.reason.is_none_or(|part| contains(&self.reason, part))
            && query.as_text.is_none_or(|part| contains(&scratch.as_text, part))
            && query.range.is_none_or(|range| target.is_some_and(|target| range.contains(&target)))
            && query.ip.is_none_or(|ip| target.is_some_and(|target| target.contains(&ip)))
            && query.target.is_none_or(|wanted| target == Some(wanted))
    }

    /// The row to hand over. `now` tells an expired ban.
    pub fn row<'a>(&'a self, now: i64, people: &'a People<'_>, scratch: &'a mut Scratch) -> Row<'a> {
        self.write_as_text(scratch);
        scratch.id = self.id.to_string();
        let (end_kind, ended_us) = self.end(now);
        Row {
            id: &scratch.id,
            source: &self.source,
            target: &self.target,
            reason: &self.reason,
            scenario: if self.orphan { "?" } else { &self.reason },
            action: &self.action,
            country: &self.country,
            as_text: &scratch.as_text,
            as_name: &self.as_name,
            actor: &people.actor,
            ended_by: if ended_us == UNKNOWN_US { "" } else { &people.ended_by },
            as_number: self.as_number.parse().unwrap_or(0),
            orphan: self.orphan,
            simulation: false,
            end_kind,
            ban_count: self.tally.signals,
            events_count: self.tally.events,
            start_us: self.span.start,
            until_us: self.span.until,
            ended_us,
            range: self.meaning().map(Into::into),
        }
    }

    /// As v0.3 prints it: the signal's number, space, organisation; of an orphan the organisation alone.
    fn write_as_text(&self, scratch: &mut Scratch) {
        scratch.as_text.clear();
        if !self.orphan {
            scratch.as_text.push_str(&self.as_number);
            scratch.as_text.push(' ');
        }
        scratch.as_text.push_str(&self.as_name);
    }

    /// v0.3 sweeps a ban that is over by deleting it.
    fn end(&self, now: i64) -> (EndKind, i64) {
        let Span { until, ended, .. } = self.span;
        let has_end = until != FOREVER_US && until != UNKNOWN_US;
        match ended {
            Some(ended) if trail::was_replaced(&self.extra) => (EndKind::Replaced, ended),
            Some(ended) if has_end && ended >= until => (EndKind::Expired, UNKNOWN_US),
            Some(ended) => (EndKind::Deleted, ended),
            None if has_end && until <= now => (EndKind::Expired, UNKNOWN_US),
            None => (EndKind::None, UNKNOWN_US),
        }
    }
}

/// Without regard to ASCII case.
fn contains(text: &str, part: &str) -> bool {
    part.is_empty()
        || text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}
