//! The one question of a list, as SQL: its shapes, and the conditions that a query adds.

use rusqlite::ToSql;
use warden_plugin::{Query, Target};

use super::record::{COLUMNS, COUNTED};
use super::schema::micros;
use super::time;

/// In microseconds.
const DAY: i64 = 86_400_000_000;

/// Which bans are asked for, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Those not ended, by the index of their records: the order is [`super::newest_first`]'s.
    Newest,
    /// All that held at an instant, sorted by SQLite, which spills to disk: for the past.
    Sorted,
    /// The same on a file without warden's indexes.
    Plain,
    /// The one with `:id`.
    One,
    /// All that held at an instant, in any order, without their tallies.
    Counted,
    /// The ids of those that are not ended and not over, in any order: what has no start has started.
    Open,
    /// The same for the one with `:id`.
    OneOpen,
}

/// `as` as [`super::record::Record`] puts it together.
const AS_TEXT: &str = "iif(s.id IS NULL, coalesce(b.target_as_name, ''), \
    coalesce(s.source_autonomous_system_number, '') || ' ' || coalesce(s.source_autonomous_system_organization, ''))";

/// What a query asks for besides the instant.
pub struct Question<'q> {
    query: &'q Query<'q>,
    soon: String,
    range: Option<String>,
    target: Option<String>,
    ip: Option<String>,
}

/// The name of a parameter and its value.
pub type Parameter<'p> = (&'static str, &'p dyn ToSql);

impl<'q> Question<'q> {
    /// The question of a query.
    pub fn new(query: &'q Query<'q>) -> Self {
        let text = |target: Option<Target>| target.map(|target| target.to_string());
        let soon = time::text(query.at_us.saturating_sub(DAY), 0).unwrap_or_default();
        Self { query, soon, range: text(query.range), target: text(query.target), ip: text(query.ip) }
    }

    /// The query.
    pub fn query(&self) -> &Query<'q> {
        self.query
    }

    /// The SQL of a shape. Its parameters are [`Self::parameters`] and, for one row, `:id`.
    pub fn sql(&self, shape: Shape) -> String {
        let (columns, source, joins) = match shape {
            Shape::Plain => (format!("{COLUMNS}, {PLAIN_TALLY}"), BANS.to_owned(), PLAIN_JOINS),
            Shape::Newest => {
                (format!("{COLUMNS}, {TALLY}"), format!("{BANS} INDEXED BY warden_bans_by_creation"), "")
            }
            Shape::Sorted => (format!("{COLUMNS}, {TALLY}"), not_ended_at(), ""),
            Shape::One => (format!("{COLUMNS}, {TALLY}"), BANS.to_owned(), ""),
            Shape::Counted => (COUNTED.to_owned(), BANS.to_owned(), ""),
            Shape::Open => return self.open(""),
            Shape::OneOpen => return self.open("b.id = :id AND"),
        };
        let (which, order) = match shape {
            Shape::Newest => {
                let created = micros("b", "created_at");
                ("b.deleted_at IS NULL AND", format!("ORDER BY {created} DESC, b.id DESC"))
            }
            Shape::One => ("b.id = :id AND", String::new()),
            Shape::Plain | Shape::Sorted => ("", SORTED.to_owned()),
            Shape::Counted | Shape::Open | Shape::OneOpen => ("", String::new()),
        };
        format!(
            "SELECT {columns} FROM {source} LEFT JOIN signal_occurences s ON s.id = b.signal_occurence_id {joins} \
             WHERE {which} {HOLDS} {} {order}",
            self.and()
        )
    }

    fn open(&self, which: &str) -> String {
        format!(
            "SELECT b.id FROM ban_applications b LEFT JOIN signal_occurences s ON s.id = b.signal_occurence_id \
             WHERE {which} b.deleted_at IS NULL AND warden_holds(NULL, NULL, b.until, NULL, :at) {}",
            self.and()
        )
    }

    fn and(&self) -> String {
        self.conditions().map(|(condition, ..)| condition).collect::<Vec<_>>().join(" ")
    }

    /// What the parameters of the SQL stand for.
    pub fn parameters(&self) -> Vec<Parameter<'_>> {
        let instants: [Parameter<'_>; 2] = [(":at", &self.query.at_us), (":soon", &self.soon)];
        instants.into_iter().chain(self.conditions().map(|(_, parameter)| parameter)).collect()
    }

    /// The filters that are set. `lower` knows ASCII only, as the filters want it.
    fn conditions(&self) -> impl Iterator<Item = (String, Parameter<'_>)> {
        fn set<'p, T: ToSql>(
            condition: &str,
            name: &'static str,
            value: Option<&'p T>,
        ) -> Option<(String, Parameter<'p>)> {
            value.map(|value| (format!("AND {condition}"), (name, value as &dyn ToSql)))
        }
        let query = self.query;
        [
            set("coalesce(b.measure_source, '') = :source", ":source", query.source.as_ref()),
            set("coalesce(b.measure_source, '') <> :not_source", ":not_source", query.not_source.as_ref()),
            set("coalesce(b.measure_type, '') = :action", ":action", query.action.as_ref()),
            set(
                "lower(coalesce(s.source_country, b.target_cn, '')) = lower(:country)",
                ":country",
                query.country.as_ref(),
            ),
            set(
                "instr(lower(coalesce(s.scenario, b.reason, '')), lower(:reason))",
                ":reason",
                query.reason.as_ref(),
            ),
            set(&format!("instr(lower({AS_TEXT}), lower(:as_text))"), ":as_text", query.as_text.as_ref()),
            set("warden_within(b.ip_text, :range)", ":range", self.range.as_ref()),
            set("warden_within(:ip, b.ip_text)", ":ip", self.ip.as_ref()),
            set("warden_target(b.ip_text) = :target", ":target", self.target.as_ref()),
        ]
        .into_iter()
        .flatten()
    }
}

/// The table, by its short name.
const BANS: &str = "ban_applications b";

/// The bans that were not ended by `:at`, by index, each once: for an OR of the three SQLite would remember every id.
fn not_ended_at() -> String {
    let deleted = micros("e", "deleted_at");
    let ended = |what: &str| {
        format!(
            "UNION ALL SELECT e.id FROM ban_applications e INDEXED BY warden_bans_by_end \
             WHERE e.deleted_at IS NOT NULL AND {deleted} {what}"
        )
    };
    format!(
        "(SELECT id FROM ban_applications WHERE deleted_at IS NULL {} {}) k \
         CROSS JOIN ban_applications b ON b.id = k.id",
        ended("> :at"),
        ended("IS NULL")
    )
}

/// A text of a day ago or older cannot be an end to come, in whatever zone it is: the comparison spares most rows the
/// call, and [`super::read`] checks them.
const HOLDS: &str = "(b.until > :soon OR warden_holds(b.created_at, s.stop_at, b.until, b.deleted_at, :at))";

/// Sets those parameters that the statement has.
pub fn bind(statement: &mut rusqlite::Statement<'_>, parameters: &[Parameter<'_>]) -> rusqlite::Result<()> {
    for (name, value) in parameters {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    Ok(())
}

const SORTED: &str = "ORDER BY warden_start(b.created_at, s.stop_at) DESC, b.id DESC";

/// Signals and their events in one seek of a covering index; an orphan's bans are counted by [`super::read`].
const TALLY: &str = "iif(s.id IS NULL, NULL, \
    (SELECT warden_tally(x.stop_at, x.events_count, :at) FROM signal_occurences x INDEXED BY warden_signals_by_target \
      WHERE x.source_ip = b.ip_text))";

/// Without an index on the texts, both counts are made once for all targets, by value.
const PLAIN_TALLY: &str = "iif(s.id IS NULL, o.active, t.tally)";
const PLAIN_JOINS: &str = "\
    LEFT JOIN (SELECT warden_target(source_ip) AS target, warden_tally(stop_at, events_count, :at) AS tally \
      FROM signal_occurences GROUP BY 1) t ON t.target = warden_target(b.ip_text) \
    LEFT JOIN (SELECT warden_target(ip_text) AS target, sum(warden_holds(created_at, NULL, until, deleted_at, :at)) AS active \
      FROM ban_applications GROUP BY 1) o ON o.target = warden_target(b.ip_text)";
