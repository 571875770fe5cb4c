//! What a case works with: the plugin, its configuration, bans to insert and the rows that come back.

use std::ffi::CStr;

use warden_plugin::{
    Applied, Ban, Capabilities, Config, FOREVER_US, Inserted, IpRange, Level, Query, Row, Signal, Source,
    Target, UNKNOWN_US,
};

use super::verdict::{During, Verdict, fail, skip};
use crate::clock;
use crate::plugin::{By, Instance, Plugin};
use crate::ui::{ColorChoice, Ui};

/// What a case works with.
pub struct Fixture {
    /// The plugin.
    pub plugin: Plugin,
    /// Its configuration.
    pub config: Vec<(String, String)>,
    /// How many rows are many.
    pub rows: usize,
}

/// The most rows that a case keeps: it inserts fewer.
const BOUND: usize = 10_000;

const SECOND: i64 = 1_000_000;
/// An hour in microseconds.
pub const HOUR: i64 = 3_600 * SECOND;

/// Ends are compared to this: v0.3's interface gives the time left, perhaps rounded to the second. `active` is exact.
const GRAIN: i64 = 10 * SECOND;

/// This instant.
pub fn now() -> i64 {
    clock::now().micros()
}

/// The last whole second: some stores keep no more of a time.
pub fn this_second() -> i64 {
    now() - now().rem_euclid(SECOND)
}

/// A ban to insert, or one that came back: what every store must keep of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestBan {
    pub target: String,
    pub source: String,
    pub action: String,
    pub reason: String,
    pub country: String,
    pub as_number: u32,
    pub as_name: String,
    pub start_us: i64,
    pub until_us: i64,
}

impl TestBan {
    /// A ban by hand, for an hour from this second.
    pub fn new(target: &str) -> Self {
        Self {
            target: target.into(),
            source: "cli".into(),
            action: "ban".into(),
            reason: "conformance".into(),
            country: String::new(),
            as_number: 0,
            as_name: String::new(),
            start_us: this_second(),
            until_us: this_second() / GRAIN * GRAIN + HOUR,
        }
    }

    pub fn source(self, source: &str) -> Self {
        Self { source: source.into(), ..self }
    }

    pub fn reason(self, reason: &str) -> Self {
        Self { reason: reason.into(), ..self }
    }

    pub fn forever(self) -> Self {
        Self { until_us: FOREVER_US, ..self }
    }

    fn as_ban(&self) -> Ban<'_> {
        Ban {
            source: &self.source,
            action: &self.action,
            target: &self.target,
            reason: &self.reason,
            country: &self.country,
            as_number: self.as_number,
            as_name: &self.as_name,
            actor: "conformance",
            until_us: self.until_us,
            range: Target::of_stored(&self.target).map(IpRange::from),
            ..Ban::default()
        }
    }

    /// The signal that bans it, as the command line makes one.
    pub fn insert(&self, instance: &mut Instance) -> warden_plugin::Result<Inserted> {
        self.insert_with(instance, false)
    }

    /// The same, without the signal's own record.
    pub fn insert_with(&self, instance: &mut Instance, bans_only: bool) -> warden_plugin::Result<Inserted> {
        let number = if self.as_number == 0 { String::new() } else { self.as_number.to_string() };
        // The signal of a ban that lists by its own fields says something else.
        let of_signal = |text| if bans_only { "not this" } else { text };
        let range = Target::of_stored(&self.target).map(IpRange::from);
        instance.insert(&Signal {
            scenario: of_signal(&self.reason),
            source_ip: &self.target,
            as_number: if bans_only { "1" } else { &number },
            as_name: of_signal(&self.as_name),
            country: of_signal(&self.country),
            events_count: 1,
            created_us: self.start_us,
            start_us: self.start_us,
            stop_us: self.start_us,
            bans_only,
            source: Some(Source { ip: range, ..Source::default() }),
            bans: vec![self.as_ban()],
            ..Signal::default()
        })
    }

    fn of_row(row: &Row<'_>) -> TestBan {
        Self {
            target: row.target.into(),
            source: row.source.into(),
            action: row.action.into(),
            reason: row.reason.into(),
            country: row.country.into(),
            as_number: row.as_number,
            as_name: row.as_name.into(),
            start_us: row.start_us,
            until_us: match row.until_us {
                FOREVER_US | UNKNOWN_US => row.until_us,
                until => until.saturating_add(GRAIN / 2) / GRAIN * GRAIN,
            },
        }
    }
}

/// A signal of many bans.
pub fn insert_all(instance: &mut Instance, bans: &[TestBan]) -> Verdict {
    let Some(first) = bans.first() else { return Ok(()) };
    let signal = Signal {
        scenario: &first.reason,
        source_ip: &first.target,
        events_count: 1,
        created_us: first.start_us,
        start_us: first.start_us,
        stop_us: first.start_us,
        bans: bans.iter().map(TestBan::as_ban).collect(),
        ..Signal::default()
    };
    instance.insert(&signal).during("insert").map(|_| ())
}

impl Fixture {
    /// A new instance.
    pub(super) fn start(&self) -> Verdict<Instance> {
        self.start_as(self.plugin)
    }

    /// A new instance of a plugin that is this one in part.
    pub(super) fn start_as(&self, plugin: Plugin) -> Verdict<Instance> {
        let pairs = self.config.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let ui = Ui::new(Level::Warn, ColorChoice::Never);
        let by = By { actor: "conformance", command: "plugin check" };
        Instance::init(plugin, &Config::new(pairs), ui, "check", by, None).during("init")
    }

    /// A new instance of a store that holds nothing.
    pub(super) fn empty_store(&self) -> Verdict<Instance> {
        self.needs(Capabilities::STORE, "keeps bans")?;
        let mut instance = self.start()?;
        instance.delete_all().during("delete_all")?;
        instance.flush().during("flush")?;
        let left = rows(&mut instance)?.len();
        if left > 0 {
            fail!("{left} bans are left after delete_all");
        }
        Ok(instance)
    }

    /// Skips the case unless the plugin says that it can do this.
    pub(super) fn needs(&self, capability: Capabilities, what: &str) -> Verdict {
        if !self.plugin.capabilities().has(capability) {
            skip!("the plugin does not say that it {what}");
        }
        Ok(())
    }
}

/// Skips the case unless the plugin offers an extension.
pub fn offers(instance: &mut Instance, id: &'static CStr) -> Verdict {
    if !instance.offers(id) {
        skip!("the plugin does not offer `{}`", id.to_string_lossy());
    }
    Ok(())
}

/// The bans that are active now, sorted.
pub fn rows(instance: &mut Instance) -> Verdict<Vec<TestBan>> {
    rows_at(instance, now())
}

/// The bans that are active at an instant, sorted.
pub fn rows_at(instance: &mut Instance, at_us: i64) -> Verdict<Vec<TestBan>> {
    let mut rows = rows_of(instance, &Query { at_us, ..Query::default() }, |row, applied, query| {
        query.matches(row, applied)
    })?;
    rows.sort();
    Ok(rows)
}

/// The rows of a query that pass a test, in their order.
pub fn rows_of(
    instance: &mut Instance,
    query: &Query<'_>,
    test: impl Fn(&Row<'_>, Applied, &Query<'_>) -> bool,
) -> Verdict<Vec<TestBan>> {
    let mut seen = Vec::new();
    let result = instance.read(query, |row, _, applied| {
        if test(row, applied, query) {
            seen.push(TestBan::of_row(row));
        }
        seen.len() < BOUND
    });
    result.during("read_at")?;
    Ok(seen)
}

/// The targets of rows.
pub fn targets(rows: &[TestBan]) -> Vec<&str> {
    rows.iter().map(|row| row.target.as_str()).collect()
}
