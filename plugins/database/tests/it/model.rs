//! Random histories against a plain model of them: whatever happened, a list at any instant shows what the model says.

use proptest::prelude::*;
use rusqlite::params;
use warden_plugin::{Backend, EndKind, Query, Target};

use crate::common::{NOW, SECOND, Store, ban, read, signal};

/// Targets, each with the spellings that a store may hold.
const SPELLINGS: [&[&str]; 6] = [
    &["1.2.3.4", "::ffff:1.2.3.4", "1.2.3.4/32", "::FFFF:102:304"],
    &["1.2.3.0/24", "1.2.3.77/24", "::ffff:1.2.3.9/120"],
    &["1.2.0.0/20", "1.2.3.4/20"],
    &[
        "2001:db8::2",
        "2001:DB8::2",
        "2001:db8:0:0:0:0:0:2",
        "2001:db8::0:2",
        "2001:db8::2/128",
        "2001:0db8::2",
    ],
    &["2001:db8::/33", "2001:db8::1/33", "2001:DB8::/33"],
    &["not a target"],
];

const SOURCES: [&str; 3] = ["cli", "api", "list:x"];

#[derive(Clone, Debug)]
enum Step {
    Pass(i64),
    /// By warden: target, source, length.
    Add(usize, usize, i64),
    /// By somebody else: target, spelling, source, length, how long before its record it starts, whether with a signal.
    Write(usize, usize, usize, i64, i64, bool),
    Delete(usize),
    DeleteAll,
    Discard,
}

fn step() -> impl Strategy<Value = Step> {
    let (target, source, length) = (0..SPELLINGS.len() - 1, 0..SOURCES.len(), 1..40_i64);
    prop_oneof![
        3 => (0..15_i64).prop_map(Step::Pass),
        4 => (target.clone(), source.clone(), length.clone()).prop_map(|(t, s, l)| Step::Add(t, s, l)),
        3 => (0..SPELLINGS.len(), 0..6_usize, source, length, 0..10_i64, any::<bool>())
            .prop_map(|(t, w, s, l, lag, signalled)| Step::Write(t, w, s, l, lag, signalled)),
        2 => target.prop_map(Step::Delete),
        1 => Just(Step::DeleteAll),
        1 => Just(Step::Discard),
    ]
}

#[derive(Clone, Debug)]
struct Known {
    id: i64,
    target: usize,
    text: &'static str,
    source: &'static str,
    created: i64,
    start: i64,
    until: i64,
    ended: Option<(i64, EndKind)>,
    orphan: bool,
}

impl Known {
    fn holds_at(&self, at: i64) -> bool {
        self.start <= at && at < self.until && self.ended.is_none_or(|(ended, _)| at < ended)
    }
}

#[derive(Clone, Debug, Default)]
struct Model {
    bans: Vec<Known>,
    /// Target and time.
    signals: Vec<(usize, i64)>,
}

/// What is compared: id, text, source, start, until, how it ended, counts.
type Shown = (String, String, String, i64, i64, EndKind, u64, u64);

impl Model {
    fn end(&mut self, now: i64, kind: EndKind, which: impl Fn(&Known) -> bool) -> u64 {
        let open = self.bans.iter_mut().filter(|ban| ban.ended.is_none() && ban.until > now && which(ban));
        open.map(|ban| ban.ended = Some((now, kind))).count().try_into().unwrap()
    }

    fn list(&self, at: i64, now: i64) -> Vec<Shown> {
        let mut held: Vec<_> = self.bans.iter().filter(|ban| ban.holds_at(at)).collect();
        held.sort_by_key(|ban| std::cmp::Reverse((ban.start, ban.id)));
        held.into_iter().map(|ban| self.show(ban, at, now)).collect()
    }

    fn show(&self, ban: &Known, at: i64, now: i64) -> Shown {
        let kind = match ban.ended {
            Some((_, kind)) => kind,
            None if ban.until <= now => EndKind::Expired,
            None => EndKind::None,
        };
        let signals =
            self.signals.iter().filter(|(target, time)| *target == ban.target && *time <= at).count();
        let bans = self.bans.iter().filter(|other| other.target == ban.target && other.created <= at);
        let active =
            bans.filter(|other| at < other.until && other.ended.is_none_or(|(ended, _)| at < ended)).count();
        let counts = if ban.orphan { (active, 0) } else { (signals, signals) };
        let (bans, events) = (counts.0.try_into().unwrap(), counts.1.try_into().unwrap());
        (
            ban.id.to_string(),
            ban.text.to_owned(),
            ban.source.to_owned(),
            ban.start,
            ban.until,
            kind,
            bans,
            events,
        )
    }
}

/// A store and the model of it.
struct World {
    store: Store,
    backend: database::Database,
    model: Model,
}

impl World {
    fn new(v03: bool) -> Self {
        let store = if v03 {
            Store::of(include_str!("../../migrations/sqlite/0001_tables.sql"))
        } else {
            Store::new()
        };
        Self { backend: store.open(), store, model: Model::default() }
    }

    fn take(&mut self, step: &Step) {
        let now = self.store.host.now();
        match *step {
            Step::Pass(time) => self.store.host.pass(time * SECOND),
            Step::Add(target, source, length) => {
                self.add(target, SOURCES[source], now, now + length * SECOND);
            }
            Step::Write(target, way, source, length, lag, signalled) => {
                let ways = SPELLINGS[target];
                self.write(
                    target,
                    ways[way % ways.len()],
                    SOURCES[source],
                    now,
                    length * SECOND,
                    lag * SECOND,
                    signalled,
                );
            }
            Step::Delete(target) => {
                let ended = self.model.end(now, EndKind::Deleted, |ban| ban.target == target);
                assert_eq!(self.backend.delete(SPELLINGS[target][0]).unwrap(), ended);
                self.backend.flush().unwrap();
            }
            Step::DeleteAll => {
                let ended = self.model.end(now, EndKind::Deleted, |_| true);
                assert_eq!(self.backend.delete_all().unwrap(), ended);
                self.backend.flush().unwrap();
            }
            Step::Discard => {
                self.backend.insert(&signal(now, &[ban("9.9.9.9", "cli", now + SECOND)])).unwrap();
                self.backend.delete_all().unwrap();
                self.backend.discard().unwrap();
                self.backend = self.store.open();
            }
        }
    }

    fn add(&mut self, target: usize, source: &'static str, now: i64, until: i64) {
        let text = SPELLINGS[target][0];
        let replaced =
            self.model.end(now, EndKind::Replaced, |ban| ban.target == target && ban.source == source);
        let done = self.backend.insert(&signal(now, &[ban(text, source, until)])).unwrap();
        self.backend.flush().unwrap();
        assert_eq!((done.inserted, done.replaced), (1, replaced));
        self.model.signals.push((target, now));
        self.note(Known {
            id: 0,
            target,
            text,
            source,
            created: now,
            start: now,
            until,
            ended: None,
            orphan: false,
        });
    }

    #[allow(clippy::too_many_arguments, reason = "the columns of a row")]
    fn write(
        &mut self,
        target: usize,
        text: &'static str,
        source: &'static str,
        now: i64,
        length: i64,
        lag: i64,
        signalled: bool,
    ) {
        // The tables must be there, and nothing pending.
        self.backend.delete("198.51.100.1").unwrap();
        self.backend.flush().unwrap();
        let (start, until) = (if signalled { now - lag } else { now }, now + length);
        let zones = ["+00:00", "+05:30", "-09:00"];
        let time = |us: i64| {
            let zone: chrono::FixedOffset = zones[usize::try_from(us / SECOND % 3).unwrap()].parse().unwrap();
            let time = chrono::DateTime::from_timestamp_micros(us).unwrap().with_timezone(&zone);
            time.format("%Y-%m-%d %H:%M:%S%.f%:z").to_string()
        };
        let sql = self.store.sql();
        let mut id = 0;
        if signalled {
            sql.execute(
                "INSERT INTO signal_occurences (stop_at, source_ip, events_count) VALUES (?1, ?2, 1)",
                params![time(start), text],
            )
            .unwrap();
            id = sql.last_insert_rowid();
            self.model.signals.push((target, start));
        }
        sql.execute(
            "INSERT INTO ban_applications (created_at, measure_source, until, ip_text, signal_occurence_id) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![time(now), source, time(until), text, id],
        )
        .unwrap();
        self.note(Known {
            id: 0,
            target,
            text,
            source,
            created: now,
            start,
            until,
            ended: None,
            orphan: !signalled,
        });
    }

    fn note(&mut self, mut known: Known) {
        let id = self.store.number("SELECT max(id) FROM ban_applications");
        known.id = id;
        self.model.bans.push(known);
    }

    fn list(&mut self, at_us: i64) -> Vec<Shown> {
        let rows = read(&mut self.backend, &Query { at_us, ..Query::default() }).unwrap();
        rows.into_iter()
            .map(|row| {
                (
                    row.id,
                    row.target,
                    row.source,
                    row.start_us,
                    row.until_us,
                    row.end_kind,
                    row.bans,
                    row.events,
                )
            })
            .collect()
    }

    fn check(&mut self, at: i64) {
        let expected = self.model.list(at, self.store.host.now());
        assert_eq!(self.list(at), expected, "at {}", (at - NOW) / SECOND);
        for target in [0, 3] {
            let inner = Target::parse(SPELLINGS[target][0]).unwrap();
            let query = Query { at_us: at, ip: Some(inner), ..Query::default() };
            let found: Vec<_> =
                read(&mut self.backend, &query).unwrap().into_iter().map(|row| row.id).collect();
            let around =
                |shown: &&Shown| Target::of_stored(&shown.1).is_some_and(|outer| outer.contains(&inner));
            let expected: Vec<_> = expected.iter().filter(around).map(|shown| shown.0.clone()).collect();
            assert_eq!(found, expected);
        }
    }

    /// The same file without warden's indexes lists the same.
    fn forget_indexes(&mut self) {
        self.backend = self.store.open();
        let sql = self.store.sql();
        let mut names = sql
            .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB 'warden_*'")
            .unwrap();
        let names: Vec<String> =
            names.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        for name in names {
            sql.execute_batch(&format!("DROP INDEX {name}")).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_history_is_listed_right(
        v03: bool,
        steps in proptest::collection::vec(step(), 1..25),
        instants in proptest::collection::vec(-20..200_i64, 4),
    ) {
        let mut world = World::new(v03);
        for step in &steps {
            world.take(step);
        }
        let now = world.store.host.now();
        let instants: Vec<_> = instants.iter().map(|at| NOW + at * SECOND).chain([now, NOW, now - 1, now + SECOND]).collect();
        for at in &instants {
            world.check(*at);
        }
        if world.store.path.exists() {
            prop_assert_eq!(world.store.text("PRAGMA integrity_check"), "ok");
            world.forget_indexes();
        }
        for at in instants {
            world.check(at);
        }
    }
}
