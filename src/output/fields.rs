//! The fields of a ban that `--fields` names, for every format that has fields.

use crate::ban_row::BanRow;
use crate::instant::Instant;

/// A field by the name that was asked for, which is also its key or column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: &'static str,
    content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
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

const fn field(name: &'static str, content: Content) -> Field {
    Field { name, content }
}

/// What v0.3 prints as JSON, in its order, then warden's own. Only an orphan has `asnum`.
pub const JSON: [Field; 14] = [
    field("action", Content::Action),
    field("as", Content::As),
    field("asnum", Content::AsNumber),
    field("bancount", Content::Bans),
    field("cn", Content::Country),
    field("events_count", Content::Events),
    field("iptext", Content::Target),
    field("reason", Content::Reason),
    field("scenario", Content::Scenario),
    field("source", Content::Source),
    field("until", Content::TimeLeft),
    field("start_at", Content::Start),
    field("until_at", Content::Until),
    field("backend", Content::Backend),
];

/// What v0.3 prints as CSV, in its order.
pub const RAW: [Field; 9] = [
    field("source", Content::Source),
    field("ip", Content::Target),
    field("reason", Content::Reason),
    field("bans", Content::Bans),
    field("action", Content::Action),
    field("country", Content::Country),
    field("as", Content::As),
    field("events_count", Content::Events),
    field("expiration", Content::TimeLeft),
];

/// What neither of them prints.
const MORE: [Field; 2] = [field("actor", Content::Actor), field("id", Content::Id)];

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
        self.content == Content::AsNumber
    }

    /// What a ban has there.
    pub fn of<'b>(self, ban: &BanRow<'b>) -> Value<'b> {
        let row = ban.row;
        match self.content {
            Content::Action => Value::Text(row.action),
            Content::Actor => Value::Text(row.actor),
            Content::As => Value::Text(row.as_text),
            Content::AsNumber => Value::Number(row.as_number.into()),
            Content::Backend => Value::Text(ban.backend),
            Content::Bans => Value::Number(row.ban_count),
            Content::Country => Value::Text(row.country),
            Content::Events => Value::Number(row.events_count),
            Content::Id => Value::Text(row.id),
            Content::Reason => Value::Text(row.reason),
            Content::Scenario => Value::Text(if row.orphan { "?" } else { row.scenario }),
            Content::Source => Value::Text(row.source),
            Content::Start => Value::Instant(ban.start()),
            Content::Target => Value::Text(row.target),
            Content::TimeLeft => Value::TimeLeft,
            Content::Until => Value::Instant(ban.until()),
        }
    }
}
