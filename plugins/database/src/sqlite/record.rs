//! One ban as it was read: copied out of the cursor into one buffer that is used again for the next.

use std::fmt::Write;

use rusqlite::types::ValueRef;
use rusqlite::{Result, Row};
use warden_plugin::Target;

use super::{functions, span};
use crate::common::audit;
use crate::common::record::Parts;
use crate::common::span::Span;
use crate::common::tally::Tally;

/// The columns that [`Record::load`] reads, in its order. `b` is the ban, `s` its signal; the tally comes last.
pub const COLUMNS: &str = "b.id, b.created_at, s.stop_at, b.until, b.deleted_at, s.id, \
    b.ip_text, b.measure_source, b.measure_type, b.measure_extra, coalesce(s.scenario, b.reason), \
    coalesce(s.source_country, b.target_cn), iif(s.id IS NULL, b.target_as, s.source_autonomous_system_number), \
    iif(s.id IS NULL, b.target_as_name, s.source_autonomous_system_organization)";

/// The columns that [`Counted::load`] reads, in its order.
pub const COUNTED: &str = "b.created_at, s.stop_at, b.until, b.deleted_at, s.id, \
    b.measure_source, coalesce(s.scenario, b.reason), coalesce(s.source_country, b.target_cn), \
    iif(s.id IS NULL, b.target_as_name, s.source_autonomous_system_number), \
    iif(s.id IS NULL, NULL, s.source_autonomous_system_organization), b.measure_type";

/// The texts, in the order of the buffer.
#[derive(Clone, Copy)]
enum Field {
    Id,
    Target,
    Source,
    Action,
    Actor,
    EndedBy,
    Reason,
    Country,
    AsNumber,
    AsName,
}

const FIELDS: usize = Field::AsName as usize + 1;

/// One ban.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Its row.
    pub id: i64,
    /// When it holds.
    pub span: Span,
    /// What its text means; `None` when that is no target.
    pub target: Option<Target>,
    /// Its signal is missing.
    pub orphan: bool,
    /// For an orphan the active bans of its target, else the signals and their events.
    pub tally: Tally,
    /// Some text was not UTF-8.
    pub repaired: bool,
    replaced: bool,
    text: String,
    ends: [usize; FIELDS],
}

impl Record {
    /// Reads the row that a cursor is at.
    pub fn load(&mut self, row: &Row<'_>) -> Result<()> {
        self.text.clear();
        self.repaired = false;
        self.id = row.get(0)?;
        self.span = span::read(row.get_ref(1)?, row.get_ref(2)?, row.get_ref(3)?, row.get_ref(4)?);
        self.orphan = row.get_ref(5)? == ValueRef::Null;
        let target = row.get_ref(6)?;
        self.target = functions::target(target);
        self.put(Field::Id, ValueRef::Integer(self.id));
        self.put(Field::Target, target);
        self.put(Field::Source, row.get_ref(7)?);
        self.put(Field::Action, row.get_ref(8)?);
        self.put_audit(row.get_ref(9)?);
        self.put(Field::Reason, row.get_ref(10)?);
        self.put(Field::Country, row.get_ref(11)?);
        self.put(Field::AsNumber, row.get_ref(12)?);
        self.put(Field::AsName, row.get_ref(13)?);
        self.tally = match row.get_ref(14)? {
            ValueRef::Integer(bans) => Tally { signals: u64::try_from(bans).unwrap_or(0), events: 0 },
            tally => functions::read_tally(tally),
        };
        Ok(())
    }

    /// Its target as it is spelled.
    pub fn spelling(&self) -> &str {
        self.field(Field::Target)
    }

    /// The row to hand over. `now` tells an expired ban.
    pub fn row(&self, now: i64) -> warden_plugin::Row<'_> {
        let as_name = self.field(Field::AsName);
        Parts {
            id: self.field(Field::Id),
            span: self.span,
            target: self.spelling(),
            meaning: self.target,
            source: self.field(Field::Source),
            action: self.field(Field::Action),
            reason: self.field(Field::Reason),
            country: self.field(Field::Country),
            as_number: self.field(Field::AsNumber),
            as_name: as_name.strip_prefix(' ').filter(|_| !self.orphan).unwrap_or(as_name),
            as_text: self.as_text(),
            actor: self.field(Field::Actor),
            ended_by: self.field(Field::EndedBy),
            was_replaced: self.replaced,
            orphan: self.orphan,
            tally: self.tally,
        }
        .row(now)
    }

    /// As v0.3 prints it: the signal's number, space, organisation; of an orphan the organisation alone.
    fn as_text(&self) -> &str {
        let start = if self.orphan { Field::AsNumber as usize } else { Field::Country as usize };
        &self.text[self.ends[start]..]
    }

    fn field(&self, field: Field) -> &str {
        let index = field as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[index]]
    }

    fn put(&mut self, field: Field, value: ValueRef<'_>) {
        if matches!(field, Field::AsName) && !self.orphan {
            self.text.push(' ');
        }
        self.repaired |= push(&mut self.text, value);
        self.ends[field as usize] = self.text.len();
    }

    fn put_audit(&mut self, extra: ValueRef<'_>) {
        let extra = extra.as_str().unwrap_or_default();
        self.text.push_str(&audit::actor(extra));
        self.ends[Field::Actor as usize] = self.text.len();
        self.replaced = false;
        if self.span.ended.is_some() {
            self.replaced = audit::was_replaced(extra);
            self.text.push_str(&audit::ended_by(extra));
        }
        self.ends[Field::EndedBy as usize] = self.text.len();
    }
}

/// What is counted of a ban: when it holds, and its texts.
#[derive(Default)]
pub struct Counted {
    /// When it holds.
    pub span: Span,
    text: String,
    ends: [usize; 5],
}

impl Counted {
    /// Reads the row that a cursor is at.
    pub fn load(&mut self, row: &Row<'_>) -> Result<()> {
        self.span = span::read(row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?, row.get_ref(3)?);
        let orphan = row.get_ref(4)? == ValueRef::Null;
        self.text.clear();
        for (end, column) in self.ends.iter_mut().zip([5, 6, 7, 8, 10]) {
            push(&mut self.text, row.get_ref(column)?);
            // As `Record::as_text`.
            if column == 8 && !orphan {
                self.text.push(' ');
                push(&mut self.text, row.get_ref(9)?);
            }
            *end = self.text.len();
        }
        Ok(())
    }

    /// Source, reason, country, autonomous system, action.
    pub fn texts(&self) -> [&str; 5] {
        let mut start = 0;
        self.ends.map(|end| &self.text[std::mem::replace(&mut start, end)..end])
    }
}

/// Appends a value as text; answers whether it had to be repaired.
fn push(text: &mut String, value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Null => {}
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            let Ok(whole) = str::from_utf8(bytes) else {
                text.push_str(&String::from_utf8_lossy(bytes));
                return true;
            };
            text.push_str(whole);
        }
        ValueRef::Integer(number) => text.push_str(itoa::Buffer::new().format(number)),
        // Writing to a string does not fail.
        ValueRef::Real(number) => drop(write!(text, "{number}")),
    }
    false
}
