//! The one question of a list, as SQL, and its parameters.

use tokio_postgres::types::{ToSql, Type};
use warden_plugin::Query;

use super::schema::misspelt;
use super::time::Instant;
use crate::server::record::Selection;

/// The columns that [`super::read`] reads, in its order. `b` is the ban, `s` its signal.
const COLUMNS: &str = "b.id, b.created_at, s.stop_at, b.until, b.deleted_at, s.id AS signal_id, b.ip_text, \
    b.measure_source, b.measure_type, b.measure_extra, coalesce(s.scenario, b.reason) AS reason, \
    coalesce(s.source_country, b.target_cn) AS country, \
    CASE WHEN s.id IS NULL THEN b.target_as::text ELSE s.source_autonomous_system_number END AS as_number, \
    CASE WHEN s.id IS NULL THEN b.target_as_name ELSE s.source_autonomous_system_organization END AS as_name, \
    coalesce(s.stop_at, b.created_at) AS start";

/// What a signal counts for.
const EVENTS: &str = "coalesce(sum(greatest(x.events_count, 0)), 0)";

/// Whether a ban `x` without a signal holds at the instant.
const HOLDS: &str = "(x.created_at <= $1 OR x.created_at IS NULL) AND (x.until > $1 OR x.until IS NULL) \
    AND (x.deleted_at IS NULL OR x.deleted_at > $1)";

/// The active bans of a row's spelling, for an orphan.
const HOLDS_OF_ROW: &str = "(SELECT count(*) FROM ban_applications x WHERE x.ip_text = p.ip_text AND ";

/// SQL, and its parameters.
pub struct Question {
    pub sql: String,
    pub values: Vec<(Box<dyn ToSql + Sync>, Type)>,
}

impl Question {
    fn new(at_us: i64) -> Self {
        let mut question = Self { sql: String::new(), values: Vec::new() };
        question.bind(Instant::of(at_us), Type::TIMESTAMPTZ);
        question
    }

    /// Adds a parameter; answers its name.
    fn bind(&mut self, value: impl ToSql + Sync + 'static, kind: Type) -> String {
        self.values.push((Box::new(value), kind));
        format!("${}", self.values.len())
    }

    fn text(&mut self, text: &str) -> String {
        self.bind(text.to_owned(), Type::TEXT)
    }
}

/// The bans, newest first, each with the tally of its spelling.
pub fn bans(selection: Selection<'_>) -> Question {
    let query = &selection.query;
    let mut question = Question::new(query.at_us);
    let source = source(selection, &mut question);
    let conditions =
        if selection.history_of.is_some() { "true".to_owned() } else { conditions(query, &mut question) };
    let limit = limit(query, &mut question);
    let rows = format!(
        "SELECT {COLUMNS} FROM {source} LEFT JOIN signal_occurences s ON s.id = b.signal_occurence_id \
         WHERE {conditions} ORDER BY start DESC, b.id DESC {limit}"
    );
    let is_narrow =
        selection.history_of.is_some() || query.ip.is_some() || query.target.is_some() || !limit.is_empty();
    question.sql = if is_narrow { few(&rows) } else { whole(&rows) };
    question
}

/// A seek for the counts of each row.
fn few(rows: &str) -> String {
    format!(
        "SELECT p.*, CASE WHEN p.signal_id IS NULL THEN {HOLDS_OF_ROW} {HOLDS}) ELSE t.signals END, \
           CASE WHEN p.signal_id IS NULL THEN 0 ELSE t.events END::bigint \
         FROM ({rows}) p \
         LEFT JOIN LATERAL (SELECT count(*) AS signals, {EVENTS} AS events FROM signal_occurences x \
           WHERE x.source_ip = p.ip_text AND (x.stop_at <= $1 OR x.stop_at IS NULL)) t ON true \
         ORDER BY p.start DESC, p.id DESC"
    )
}

/// The counts of all signals once; orphans are rare: a seek for each.
fn whole(rows: &str) -> String {
    format!(
        "SELECT p.*, CASE WHEN p.signal_id IS NULL THEN {HOLDS_OF_ROW} {HOLDS}) ELSE coalesce(t.signals, 0) END, \
           CASE WHEN p.signal_id IS NULL THEN 0 ELSE coalesce(t.events, 0) END::bigint \
         FROM ({rows}) p \
         LEFT JOIN (SELECT x.source_ip, count(*) AS signals, {EVENTS} AS events FROM signal_occurences x \
           WHERE x.stop_at <= $1 OR x.stop_at IS NULL GROUP BY x.source_ip) t ON t.source_ip = p.ip_text \
         ORDER BY p.start DESC, p.id DESC"
    )
}

/// What other spellings add: kind, text, signals or bans, events.
pub fn spellings(at_us: i64) -> Question {
    let mut question = Question::new(at_us);
    question.sql = format!(
        "SELECT 0, x.source_ip, count(*), {EVENTS}::bigint FROM \
           (SELECT source_ip, stop_at, events_count FROM signal_occurences WHERE ({})) x \
         WHERE x.stop_at <= $1 OR x.stop_at IS NULL GROUP BY x.source_ip \
         UNION ALL SELECT 1, x.ip_text, count(*) FILTER (WHERE {HOLDS}), 0 FROM \
           (SELECT ip_text, created_at, until, deleted_at FROM ban_applications WHERE ({})) x GROUP BY x.ip_text",
        misspelt("signal_occurences"),
        misspelt("ban_applications"),
    );
    question
}

/// The same of canonical texts.
pub fn canonical(at_us: i64, texts: Vec<String>) -> Question {
    let mut question = Question::new(at_us);
    let texts = question.bind(texts, Type::TEXT_ARRAY);
    question.sql = format!(
        "SELECT 0, x.source_ip, count(*), {EVENTS}::bigint FROM signal_occurences x \
         WHERE x.source_ip = ANY({texts}) AND (x.stop_at <= $1 OR x.stop_at IS NULL) GROUP BY x.source_ip \
         UNION ALL SELECT 1, x.ip_text, count(*) FILTER (WHERE {HOLDS}), 0 FROM ban_applications x \
         WHERE x.ip_text = ANY({texts}) GROUP BY x.ip_text"
    );
    question
}

/// The table, or those rows of it whose text is a wanted one or may be another spelling of it.
fn source(selection: Selection<'_>, question: &mut Question) -> String {
    let Selection { query, history_of } = selection;
    let texts: Vec<String> = match (query.target, query.ip) {
        _ if history_of.is_some() => history_of.iter().map(ToString::to_string).collect(),
        (Some(target), _) => vec![target.to_string()],
        (None, Some(ip)) => ip.covering().map(|outer| outer.to_string()).collect(),
        (None, None) => return "ban_applications b".to_owned(),
    };
    let texts = question.bind(texts, Type::TEXT_ARRAY);
    format!(
        "(SELECT id AS wanted FROM ban_applications WHERE ip_text = ANY({texts}) \
         UNION SELECT id FROM ban_applications WHERE ({})) k JOIN ban_applications b ON b.id = k.wanted",
        misspelt("ban_applications")
    )
}

/// No more than the server can answer well: every row is looked at again. Case is folded as the filters want it, for
/// ASCII alone.
fn conditions(query: &Query<'_>, question: &mut Question) -> String {
    let mut sql = "(coalesce(s.stop_at, b.created_at) <= $1 OR coalesce(s.stop_at, b.created_at) IS NULL) \
        AND (b.until > $1 OR b.until IS NULL) AND (b.deleted_at IS NULL OR b.deleted_at > $1)"
        .to_owned();
    let comparisons = [
        ("coalesce(b.measure_source, '') =", query.source),
        ("coalesce(b.measure_source, '') <>", query.not_source),
        ("coalesce(b.measure_type, '') =", query.action),
    ];
    for (comparison, value) in comparisons {
        if let Some(value) = value {
            let value = question.text(value);
            sql.push_str(&[" AND ", comparison, " ", &value].concat());
        }
    }
    if let Some(reason) = query.reason {
        let part = question.text(&reason.to_ascii_lowercase());
        let text = "lower(coalesce(s.scenario, b.reason, '') COLLATE \"C\")";
        sql.push_str(&[" AND position(", &part, " IN ", text, ") > 0"].concat());
    }
    sql
}

/// The limit, where no row can be left out after the server's choice.
fn limit(query: &Query<'_>, question: &mut Question) -> String {
    let is_exact = query.ip.is_none() && query.range.is_none() && query.target.is_none();
    let is_exact = is_exact && query.country.is_none() && query.as_text.is_none();
    match query.limit.filter(|_| is_exact) {
        Some(limit) => {
            let limit = question.bind(i64::try_from(limit).unwrap_or(i64::MAX), Type::INT8);
            format!("LIMIT {limit}")
        }
        None => String::new(),
    }
}
