//! The one question of a list, as SQL, and the values of its marks.

use mysql::Value;
use warden_plugin::Query;

use super::schema::Schema;
use super::time::Clock;
use super::write::marks;
use crate::server::record::Selection;
use crate::settings::Zone;

/// The columns that [`super::read`] reads, in its order. `b` is the ban, `s` its signal.
const COLUMNS: &str = "b.id AS id, b.created_at AS created_at, s.stop_at AS stop_at, b.until AS until, \
    b.deleted_at AS deleted_at, s.id AS signal_id, b.ip_text AS ip_text, b.measure_source AS source, \
    b.measure_type AS action, b.measure_extra AS extra, COALESCE(s.scenario, b.reason) AS reason, \
    COALESCE(s.source_country, b.target_cn) AS country, \
    IF(s.id IS NULL, CAST(b.target_as AS CHAR), s.source_autonomous_system_number) AS as_number, \
    IF(s.id IS NULL, b.target_as_name, s.source_autonomous_system_organization) AS as_name";

const START: &str = "COALESCE(s.stop_at, b.created_at)";

/// What a signal counts for.
const EVENTS: &str = "COALESCE(SUM(GREATEST(x.events_count, 0)), 0)";

/// So far may a time in the machine's zone be off, in the hour that summer time repeats: the rows are looked at again.
const SLACK: i64 = 7_200_000_000;

/// SQL, and what its marks stand for.
pub struct Question {
    pub sql: String,
    pub values: Vec<Value>,
}

impl Question {
    fn add(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(sql);
        self.values.extend(values);
    }
}

/// What the questions of one list share.
pub struct Asker<'a> {
    pub selection: Selection<'a>,
    pub schema: &'a Schema,
    pub clock: Clock,
}

impl Asker<'_> {
    /// The bans, newest first, each with the tally of its spelling.
    pub fn bans(&self) -> Question {
        let mut question = Question { sql: String::new(), values: Vec::new() };
        let is_narrow = self.selection.history_of.is_some()
            || self.selection.query.ip.is_some()
            || self.selection.query.target.is_some()
            || self.sql_limit().is_some();
        match (self.schema.is_indexed(), is_narrow) {
            (true, true) => self.few(&mut question),
            (true, false) => self.all(&mut question),
            (false, _) => self.plain(&mut question),
        }
        question
    }

    /// What other spellings add: kind, text, signals or bans, events.
    pub fn spellings(&self) -> Question {
        let sql = format!(
            "SELECT 0, x.source_ip, COUNT(*), {EVENTS} FROM \
             (SELECT * FROM signal_occurences {} WHERE {}) x \
             WHERE x.stop_at <= ? OR x.stop_at IS NULL GROUP BY x.source_ip \
             UNION ALL SELECT 1, x.ip_text, COALESCE(SUM({HOLDS}), 0), 0 FROM \
             (SELECT * FROM ban_applications {} WHERE {}) x GROUP BY x.ip_text",
            self.schema.by("warden_signals_misspelt"),
            self.schema.misspelt("signal_occurences"),
            self.schema.by("warden_bans_misspelt"),
            self.schema.misspelt("ban_applications"),
        );
        Question { sql, values: self.four_times_at().to_vec() }
    }

    /// The same of canonical texts.
    pub fn canonical(&self, texts: &[String]) -> Question {
        let marks = marks(texts.len());
        let sql = format!(
            "SELECT 0, x.source_ip, COUNT(*), {EVENTS} FROM signal_occurences x {} \
             WHERE x.source_ip IN ({marks}) AND (x.stop_at <= ? OR x.stop_at IS NULL) GROUP BY x.source_ip \
             UNION ALL SELECT 1, x.ip_text, COALESCE(SUM({HOLDS}), 0), 0 FROM ban_applications x {} \
             WHERE x.ip_text IN ({marks}) GROUP BY x.ip_text",
            self.schema.by("warden_signals_by_target"),
            self.schema.by("warden_bans_by_target"),
        );
        let texts: Vec<Value> = texts.iter().map(Value::from).collect();
        let values = [texts.as_slice(), &self.four_times_at(), &texts].concat();
        Question { sql, values }
    }

    /// The limit, where no row can be left out after the server's choice.
    fn sql_limit(&self) -> Option<u64> {
        let Query { ip, range, reason, country, as_text, target, limit, .. } = self.selection.query;
        let is_exact = ip.is_none() && range.is_none() && target.is_none();
        let is_exact = is_exact && reason.is_none() && country.is_none() && as_text.is_none();
        limit.filter(|_| is_exact && self.clock.zone == Zone::Utc)
    }

    /// The rows first, then a seek for the counts of each.
    fn few(&self, question: &mut Question) {
        let tally = self.tally_of("p", "p.signal_id");
        question.add(&format!("SELECT p.*, {tally} FROM (SELECT {COLUMNS} FROM "), self.four_times_at());
        self.source(question);
        question.add(" LEFT JOIN signal_occurences s ON s.id = b.signal_occurence_id WHERE ", []);
        self.conditions(question);
        question.add(&format!(" ORDER BY {START} DESC, b.id DESC"), []);
        // Without a limit, servers drop the order of what is inside.
        question.add(" LIMIT ?", [self.sql_limit().unwrap_or(u64::MAX).into()]);
        question.add(") p ORDER BY COALESCE(p.stop_at, p.created_at) DESC, p.id DESC", []);
    }

    /// A seek for the counts of each row, as they come.
    fn all(&self, question: &mut Question) {
        let start = format!(
            "SELECT {COLUMNS}, {} FROM ban_applications b \
             LEFT JOIN signal_occurences s ON s.id = b.signal_occurence_id WHERE ",
            self.tally_of("b", "s.id")
        );
        question.add(&start, self.four_times_at());
        self.conditions(question);
        question.add(&format!(" ORDER BY {START} DESC, b.id DESC"), []);
    }

    /// Without an index on the texts, both counts are made once for all of them. They are joined by a hash: only short
    /// values get a key, and v0.3.7's columns compare without regard to case.
    fn plain(&self, question: &mut Question) {
        let hash = |column: &str| format!("CAST(UNHEX(MD5({column})) AS BINARY(16))");
        let start = format!(
            "SELECT {COLUMNS}, CASE WHEN s.id IS NULL THEN CONCAT(COALESCE(o.bans, 0), ' 0') \
             ELSE CONCAT(COALESCE(t.signals, 0), ' ', COALESCE(t.events, 0)) END FROM ban_applications b \
             LEFT JOIN signal_occurences s ON s.id = b.signal_occurence_id \
             LEFT JOIN (SELECT {} AS text, SUM({HOLDS}) AS bans FROM ban_applications x GROUP BY text) o ON o.text = {} \
             LEFT JOIN (SELECT {} AS text, COUNT(*) AS signals, {EVENTS} AS events FROM signal_occurences x \
               WHERE x.stop_at <= ? OR x.stop_at IS NULL GROUP BY text) t ON t.text = {} WHERE ",
            hash("x.ip_text"),
            hash("b.ip_text"),
            hash("x.source_ip"),
            hash("b.ip_text"),
        );
        question.add(&start, self.four_times_at());
        self.conditions(question);
        question.add(&format!(" ORDER BY {START} DESC, b.id DESC"), []);
    }

    /// The table, or those rows of it whose text is a wanted one or may be another spelling of it.
    fn source(&self, question: &mut Question) {
        let Selection { query, history_of } = self.selection;
        let texts: Vec<String> = match (query.target, query.ip) {
            _ if history_of.is_some() => history_of.iter().map(ToString::to_string).collect(),
            (Some(target), _) => vec![target.to_string()],
            (None, Some(ip)) => ip.covering().map(|outer| outer.to_string()).collect(),
            (None, None) => return question.add("ban_applications b", []),
        };
        let sql = format!(
            "(SELECT id FROM ban_applications {} WHERE ip_text IN ({}) \
             UNION SELECT id FROM ban_applications {} WHERE {}) k JOIN ban_applications b ON b.id = k.id",
            self.schema.by("warden_bans_by_target"),
            marks(texts.len()),
            self.schema.by("warden_bans_misspelt"),
            self.schema.misspelt("ban_applications"),
        );
        question.add(&sql, texts.iter().map(Value::from));
    }

    /// No more than the server can answer well: every row is looked at again.
    fn conditions(&self, question: &mut Question) {
        if self.selection.history_of.is_some() {
            return question.add("TRUE", []);
        }
        let (before, after) = (self.around(SLACK), self.around(-SLACK));
        question.add(&format!("({START} <= ? OR {START} IS NULL)"), [before]);
        question.add(" AND (b.until > ? OR b.until IS NULL)", [after.clone()]);
        question.add(" AND (b.deleted_at IS NULL OR b.deleted_at > ?)", [after]);
        let Query { source, not_source, action, reason, .. } = self.selection.query;
        let binary = |column: &str| format!("CAST(CONVERT(COALESCE({column}, '') USING utf8mb4) AS BINARY)");
        for (column, sign, value) in [
            ("b.measure_source", "=", source),
            ("b.measure_source", "<>", not_source),
            ("b.measure_type", "=", action),
        ] {
            if let Some(value) = value {
                question.add(&format!(" AND {} {sign} CAST(? AS BINARY)", binary(column)), [value.into()]);
            }
        }
        if let Some(reason) = reason {
            let text = "LOWER(CONVERT(COALESCE(s.scenario, b.reason, '') USING utf8mb4))";
            question.add(
                &format!(" AND LOCATE(LOWER(CONVERT(? USING utf8mb4)), {text} COLLATE utf8mb4_bin) > 0"),
                [reason.into()],
            );
        }
    }

    /// The counts of a row's spelling: of an orphan its active bans, else its signals and their events.
    fn tally_of(&self, row: &str, signal: &str) -> String {
        let is_spelled = |column: &str| {
            format!("{column} = {row}.ip_text AND CAST({column} AS BINARY) = CAST({row}.ip_text AS BINARY)")
        };
        format!(
            "CASE WHEN {signal} IS NULL \
             THEN (SELECT CONCAT(COALESCE(SUM({HOLDS}), 0), ' 0') FROM ban_applications x {} WHERE {}) \
             ELSE (SELECT CONCAT(COUNT(*), ' ', {EVENTS}) FROM signal_occurences x {} \
               WHERE {} AND (x.stop_at <= ? OR x.stop_at IS NULL)) END",
            self.schema.by("warden_bans_by_target"),
            is_spelled("x.ip_text"),
            self.schema.by("warden_signals_by_target"),
            is_spelled("x.source_ip"),
        )
    }

    fn four_times_at(&self) -> [Value; 4] {
        [self.at(), self.at(), self.at(), self.at()]
    }

    fn at(&self) -> Value {
        self.clock.exact(self.selection.query.at_us)
    }

    /// The instant, a little off where the zone makes it doubtful.
    fn around(&self, slack: i64) -> Value {
        let slack = if self.clock.zone == Zone::Local { slack } else { 0 };
        self.clock.exact(self.selection.query.at_us.saturating_add(slack))
    }
}

/// Whether a ban `x` without a signal holds at an instant, which is asked for three times.
const HOLDS: &str = "(x.created_at <= ? OR x.created_at IS NULL) AND (x.until > ? OR x.until IS NULL) \
    AND (x.deleted_at IS NULL OR x.deleted_at > ?)";
