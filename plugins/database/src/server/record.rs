//! One ban as a server sent it, borrowed from the driver's row, and the row that is handed over.

use std::borrow::Cow;

use warden_plugin::{Query, Row, Target};

use crate::common::audit;
use crate::common::record::Parts;
use crate::common::span::Span;
use crate::common::tally::Tally;

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
    /// Some text was not UTF-8.
    pub repaired: bool,
}

/// Which bans a list selects.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'q> {
    pub query: Query<'q>,
    /// All that this target ever had, whatever the query says of an instant; text that is no target stands for itself.
    pub history_of: Option<&'q str>,
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
        Self { actor: audit::actor(extra), ended_by: audit::ended_by(extra) }
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
    pub fn is_asked_for(&self, selection: Selection<'_>, scratch: &mut Scratch) -> bool {
        if let Some(text) = selection.history_of {
            return self.meaning().map_or(self.target == text, |target| target.text().as_str() == text);
        }
        self.write_as_text(scratch);
        let row = Row {
            target: &self.target,
            source: &self.source,
            action: &self.action,
            reason: &self.reason,
            country: &self.country,
            as_text: &scratch.as_text,
            ..Row::default()
        };
        self.span.holds_at(selection.query.at_us) && selection.query.matches(&row, 0)
    }

    /// The row to hand over. `now` tells an expired ban.
    pub fn row<'a>(&'a self, now: i64, people: &'a People<'_>, scratch: &'a mut Scratch) -> Row<'a> {
        self.write_as_text(scratch);
        scratch.id = self.id.to_string();
        Parts {
            id: &scratch.id,
            span: self.span,
            target: &self.target,
            meaning: self.meaning(),
            source: &self.source,
            action: &self.action,
            reason: &self.reason,
            country: &self.country,
            as_number: &self.as_number,
            as_name: &self.as_name,
            as_text: &scratch.as_text,
            actor: &people.actor,
            ended_by: &people.ended_by,
            was_replaced: audit::was_replaced(&self.extra),
            orphan: self.orphan,
            tally: self.tally,
        }
        .row(now)
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
}
