//! The fields of a ban that `--fields` names, for every format that has fields.

use crate::ban_row::BanRow;
use crate::instant::Instant;

/// A field by the name that was asked for, which is also its key or column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Action,
    Actor,
    As,
    AsNumber,
    Backend,
    Bans,
    Country,
    Events,
    Id,
    Reason,
    Scenario,
    Source,
    Start,
    Target,
    TimeLeft,
    Until,
}

/// The value of a field.
pub enum Value<'v> {
    /// A text.
    Text(&'v str),
    /// A number.
    Number(u64),
    /// The time left.
    TimeLeft,
    /// An instant, or none.
    Instant(Option<Instant>),
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

/// What v0.3 prints as JSON, in its order, then warden's own. Only an orphan has `asnum`.
pub const JSON: [Field; 14] = [
    field("action", Kind::Action),
    field("as", Kind::As),
    field("asnum", Kind::AsNumber),
    field("bancount", Kind::Bans),
    field("cn", Kind::Country),
    field("events_count", Kind::Events),
    field("iptext", Kind::Target),
    field("reason", Kind::Reason),
    field("scenario", Kind::Scenario),
    field("source", Kind::Source),
    field("until", Kind::TimeLeft),
    field("start_at", Kind::Start),
    field("until_at", Kind::Until),
    field("backend", Kind::Backend),
];

/// What v0.3 prints as CSV, in its order.
pub const RAW: [Field; 9] = [
    field("source", Kind::Source),
    field("ip", Kind::Target),
    field("reason", Kind::Reason),
    field("bans", Kind::Bans),
    field("action", Kind::Action),
    field("country", Kind::Country),
    field("as", Kind::As),
    field("events_count", Kind::Events),
    field("expiration", Kind::TimeLeft),
];

/// What neither of them prints.
const MORE: [Field; 2] = [field("actor", Kind::Actor), field("id", Kind::Id)];

impl Field {
    /// Looks a field up by its name.
    ///
    /// # Errors
    /// When there is none, naming those that are.
    pub fn parse(name: &str) -> Result<Self, String> {
        let all = || JSON.iter().chain(&RAW).chain(&MORE);
        all().find(|field| field.name == name).copied().ok_or_else(|| {
            let mut names: Vec<_> = all().map(|field| field.name).collect();
            names.sort_unstable();
            names.dedup();
            format!("no field is called `{name}`; there are {}", names.join(", "))
        })
    }

    /// Whether only an orphan has it, unless it is asked for.
    pub fn is_of_orphans(self) -> bool {
        self.kind == Kind::AsNumber
    }

    /// What a ban has there.
    pub fn of<'b>(self, ban: &BanRow<'b>) -> Value<'b> {
        let row = ban.row;
        match self.kind {
            Kind::Action => Value::Text(row.action),
            Kind::Actor => Value::Text(row.actor),
            Kind::As => Value::Text(row.as_text),
            Kind::AsNumber => Value::Number(row.as_number.into()),
            Kind::Backend => Value::Text(ban.backend),
            Kind::Bans => Value::Number(row.ban_count),
            Kind::Country => Value::Text(row.country),
            Kind::Events => Value::Number(row.events_count),
            Kind::Id => Value::Text(row.id),
            Kind::Reason => Value::Text(row.reason),
            Kind::Scenario => Value::Text(if row.orphan { "?" } else { row.scenario }),
            Kind::Source => Value::Text(row.source),
            Kind::Start => Value::Instant(ban.start()),
            Kind::Target => Value::Text(row.target),
            Kind::TimeLeft => Value::TimeLeft,
            Kind::Until => Value::Instant(ban.until()),
        }
    }
}
