//! Random commands, and what others write between them, against a plain model: what holds, each history, and what the next
//! undo would do. The store may be any.

use database::Database;
use proptest::prelude::*;
use warden_plugin::{Backend, EndKind, ErrorKind, Query, Target};

use super::{SECOND, TestHost, ban, history, read, signal};

/// A store, and a way past the plugin.
pub trait Place {
    /// Its host, with a clock that is set by hand.
    fn host(&self) -> &'static TestHost;
    /// One command's backend.
    fn open(&self) -> Database;
    /// A statement.
    fn run(&self, sql: &str);
    /// What a question answers.
    fn numbers(&self, sql: &str) -> Vec<i64>;
    /// An instant as v0.3.7 writes it, in quotes.
    fn instant(&self, us: i64) -> String;
}

/// The canonical text, and how somebody else spells it.
const TARGETS: [(&str, &str); 4] = [
    ("1.2.3.4", "::ffff:1.2.3.4"),
    ("1.2.3.0/24", "1.2.3.77/24"),
    ("2001:db8::2", "2001:DB8:0:0:0:0:0:2"),
    ("5.6.7.8", "5.6.7.8"),
];
const SOURCES: [&str; 3] = ["cli", "api", "list:x"];
const REASONS: [&str; 2] = ["scan", "flood"];

/// A call of a command.
#[derive(Clone, Debug)]
pub enum Call {
    /// Target, source, reason, length: bans of one signal, or a piece of an import.
    Insert(Vec<(usize, usize, usize, i64)>),
    Delete(usize),
    DeleteWhere(Filter),
    DeleteAll,
}

/// Which bans a deletion is for.
#[derive(Clone, Debug)]
pub struct Filter {
    source: Option<usize>,
    not_source: Option<usize>,
    reason: Option<usize>,
    target: Option<usize>,
    ip: bool,
    range: bool,
}

/// What happens to a store.
#[derive(Clone, Debug)]
pub enum Step {
    Pass(i64),
    /// One command, and whether it comes to a flush.
    Command(Vec<Call>, bool),
    /// As many in a row.
    Undo(usize),
    /// v0.3.7: ends what has that text, and bans it.
    Foreign(usize, bool, usize, i64),
    /// v0.3.7 ends what is over.
    Sweep,
    /// Retention removes what is ended, every second one.
    Remove,
    /// A daemon's signal.
    Stream(usize, usize, i64),
}

fn call() -> impl Strategy<Value = Call> {
    let target = 0..TARGETS.len();
    let piece = (target.clone(), 0..SOURCES.len(), 0..REASONS.len(), 1..30_i64);
    let filter = (
        proptest::option::of(0..SOURCES.len()),
        proptest::option::of(0..SOURCES.len()),
        proptest::option::of(0..REASONS.len()),
        proptest::option::of(target.clone()),
        any::<bool>(),
        any::<bool>(),
    );
    let filter = filter.prop_map(|(source, not_source, reason, target, ip, range)| {
        Call::DeleteWhere(Filter { source, not_source, reason, target, ip, range })
    });
    prop_oneof![
        4 => proptest::collection::vec(piece, 1..6).prop_map(Call::Insert),
        2 => target.prop_map(Call::Delete),
        3 => filter,
        1 => Just(Call::DeleteAll),
    ]
}

/// Any steps.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 1..25)
}

fn step() -> impl Strategy<Value = Step> {
    let target = 0..TARGETS.len();
    let calls = prop_oneof![4 => 1..2_usize, 1 => 1..4_usize]
        .prop_flat_map(|count| proptest::collection::vec(call(), count));
    prop_oneof![
        3 => (0..10_i64).prop_map(Step::Pass),
        8 => (calls, prop::bool::weighted(0.9)).prop_map(|(calls, flush)| Step::Command(calls, flush)),
        4 => (1..4_usize).prop_map(Step::Undo),
        2 => (target.clone(), any::<bool>(), 0..SOURCES.len(), 1..30_i64)
            .prop_map(|(target, canonical, source, length)| Step::Foreign(target, canonical, source, length)),
        1 => Just(Step::Sweep),
        1 => Just(Step::Remove),
        1 => (target, 0..SOURCES.len(), 1..30_i64).prop_map(|(t, s, l)| Step::Stream(t, s, l)),
    ]
}

#[derive(Clone, Debug)]
struct Known {
    id: i64,
    target: usize,
    text: &'static str,
    source: &'static str,
    reason: &'static str,
    until: i64,
    ended: Option<(i64, EndKind)>,
}

#[derive(Clone, Debug, Default)]
struct Logged {
    added: Vec<i64>,
    ended: Vec<i64>,
    /// The highest id when it was done.
    newest: i64,
}

#[derive(Clone, Debug, Default)]
struct Model {
    bans: Vec<Known>,
    newest: i64,
    log: Vec<Logged>,
}

impl Model {
    fn end(&mut self, now: i64, kind: EndKind, which: impl Fn(&Known) -> bool) -> Vec<i64> {
        let open = self.bans.iter_mut().filter(|ban| ban.ended.is_none() && ban.until > now && which(ban));
        open.map(|ban| {
            ban.ended = Some((now, kind));
            ban.id
        })
        .collect()
    }

    fn add(&mut self, target: usize, text: &'static str, source: usize, reason: usize, until: i64) -> i64 {
        self.newest += 1;
        let (source, reason) = (SOURCES[source], REASONS[reason]);
        self.bans.push(Known { id: self.newest, target, text, source, reason, until, ended: None });
        self.newest
    }

    fn command(&mut self, calls: &[Call], now: i64) -> Vec<u64> {
        let (mut added, mut ended, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for call in calls {
            let done = match call {
                Call::Insert(pieces) => {
                    let mut replaced = Vec::new();
                    for (target, source, reason, length) in pieces {
                        replaced.extend(self.end(now, EndKind::Replaced, |ban| {
                            ban.target == *target && ban.source == SOURCES[*source]
                        }));
                        let until = now + length * SECOND;
                        added.push(self.add(*target, TARGETS[*target].0, *source, *reason, until));
                    }
                    replaced
                }
                Call::Delete(target) => self.end(now, EndKind::Deleted, |ban| ban.target == *target),
                Call::DeleteWhere(filter) => self.end(now, EndKind::Deleted, |ban| filter.matches(ban)),
                Call::DeleteAll => self.end(now, EndKind::Deleted, |_| true),
            };
            answers.push(done.len() as u64);
            ended.extend(done);
        }
        if !added.is_empty() || !ended.is_empty() {
            let own = added.clone();
            ended.retain(|id| !own.contains(id));
            self.log.push(Logged { added, ended, newest: self.newest });
        }
        answers
    }

    /// Which bans the next undo would end, and which would hold again.
    fn next_undo(&self, now: i64) -> Option<(Vec<i64>, Vec<i64>)> {
        let change = self.log.last()?;
        let holds = |ban: &&Known| ban.ended.is_none() && ban.until > now;
        let ids = |bans: Vec<&Known>| bans.into_iter().map(|ban| ban.id).collect::<Vec<_>>();
        let made = self.bans.iter().filter(|ban| change.added.contains(&ban.id)).filter(holds).collect();
        let restored = self.bans.iter().filter(|ban| {
            let newer = |other: &&Known| {
                other.id > change.newest && (other.target, other.source) == (ban.target, ban.source)
            };
            change.ended.contains(&ban.id)
                && ban.until > now
                && !self.bans.iter().filter(holds).any(|other| newer(&other))
        });
        Some((ids(made), ids(restored.collect())))
    }

    fn undo(&mut self, now: i64) {
        let Some((made, restored)) = self.next_undo(now) else { return };
        self.log.pop();
        self.end(now, EndKind::Deleted, |ban| made.contains(&ban.id));
        for ban in self.bans.iter_mut().filter(|ban| restored.contains(&ban.id)) {
            ban.ended = None;
        }
    }

    fn told(&self, target: usize, now: i64) -> Vec<(i64, EndKind)> {
        self.bans.iter().filter(|ban| ban.target == target).map(|ban| (ban.id, ban.end(now))).collect()
    }
}

impl Known {
    fn end(&self, now: i64) -> EndKind {
        match self.ended {
            Some((_, EndKind::Replaced)) => EndKind::Replaced,
            Some((at, _)) if at >= self.until => EndKind::Expired,
            Some(_) => EndKind::Deleted,
            None if self.until <= now => EndKind::Expired,
            None => EndKind::None,
        }
    }
}

impl Filter {
    fn query(&self) -> Query<'static> {
        let target = |index: usize| Target::parse(TARGETS[index].0).ok();
        Query {
            source: self.source.map(|source| SOURCES[source]),
            not_source: self.not_source.map(|source| SOURCES[source]),
            reason: self.reason.map(|reason| REASONS[reason]),
            target: self.target.and_then(target),
            ip: if self.ip { target(0) } else { None },
            range: if self.range { target(1) } else { None },
            ..Query::default()
        }
    }

    fn matches(&self, ban: &Known) -> bool {
        self.source.is_none_or(|source| ban.source == SOURCES[source])
            && self.not_source.is_none_or(|source| ban.source != SOURCES[source])
            && self.reason.is_none_or(|reason| ban.reason == REASONS[reason])
            && self.target.is_none_or(|target| ban.target == target)
            // The first address lies in the range beside it, and nothing else does.
            && (!self.ip || ban.target <= 1)
            && (!self.range || ban.target <= 1)
    }
}

struct World<'p, P> {
    place: &'p P,
    model: Model,
    /// The store's own ids of the model's bans, which are counted from one.
    ids: Vec<i64>,
}

impl<P: Place> World<'_, P> {
    fn take(&mut self, step: &Step) {
        let now = self.place.host().now();
        match step {
            Step::Pass(time) => self.place.host().pass(time * SECOND),
            Step::Command(calls, true) => self.command(calls, now),
            Step::Command(calls, false) => {
                let mut backend = self.place.open();
                for call in calls {
                    make(&mut backend, call, now);
                }
                backend.discard().unwrap();
            }
            Step::Undo(times) => (0..*times).for_each(|_| self.undo(now)),
            Step::Foreign(target, canonical, source, length) => {
                self.foreign(*target, *canonical, *source, now, now + length * SECOND);
            }
            Step::Sweep => {
                self.make_tables();
                let now_text = self.place.instant(now);
                self.place.run(&format!(
                    "UPDATE ban_applications SET deleted_at = {now_text} WHERE deleted_at IS NULL AND until <= {now_text}"
                ));
                for ban in self.model.bans.iter_mut().filter(|ban| ban.ended.is_none() && ban.until <= now) {
                    ban.ended = Some((now, EndKind::Deleted));
                }
            }
            Step::Remove => {
                self.make_tables();
                let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.model.bans)
                    .into_iter()
                    .partition(|ban| ban.ended.is_some() && ban.id % 2 == 0);
                for ban in gone {
                    let id = self.ids[usize::try_from(ban.id).unwrap() - 1];
                    self.place.run(&format!("DELETE FROM ban_applications WHERE id = {id}"));
                }
                self.model.bans = left;
            }
            Step::Stream(target, source, length) => {
                let mut backend = self.place.open();
                backend.start_auto_commit().unwrap();
                let call = Call::Insert(vec![(*target, *source, 0, *length)]);
                make(&mut backend, &call, now);
                backend.flush().unwrap();
                let log = self.model.log.clone();
                self.model.command(&[call], now);
                self.model.log = log;
            }
        }
        self.check();
    }

    fn make_tables(&self) {
        let mut backend = self.place.open();
        backend.delete("198.51.100.1").unwrap();
        backend.flush().unwrap();
    }

    fn command(&mut self, calls: &[Call], now: i64) {
        let mut backend = self.place.open();
        let answers: Vec<_> = calls.iter().map(|call| make(&mut backend, call, now)).collect();
        backend.flush().unwrap();
        assert_eq!(answers, self.model.command(calls, now), "{calls:?}");
    }

    fn undo(&mut self, now: i64) {
        let mut backend = self.place.open();
        let told = backend.last_change().unwrap();
        let next = self.model.next_undo(now);
        let counts = next.as_ref().map(|(made, restored)| (made.len() as u64, restored.len() as u64));
        assert_eq!(told.as_ref().map(|change| (change.added, change.ended)), counts);
        let Some(change) = told else { return };
        for other in [change.id.wrapping_sub(1), change.id.wrapping_add(1)] {
            assert_eq!(backend.undo(other).unwrap_err().kind(), ErrorKind::Invalid);
        }
        backend.undo(change.id).unwrap();
        assert_eq!(backend.undo(change.id).unwrap_err().kind(), ErrorKind::Invalid);
        backend.flush().unwrap();
        self.model.undo(now);
    }

    fn foreign(&mut self, target: usize, canonical: bool, source: usize, now: i64, until: i64) {
        self.make_tables();
        let words = TARGETS[target];
        let spelling = if canonical { words.0 } else { words.1 };
        let (source_text, [now_text, until_text]) =
            (SOURCES[source], [now, until].map(|us| self.place.instant(us)));
        self.place.run(&format!(
            "UPDATE ban_applications SET deleted_at = {now_text} \
             WHERE ip_text = '{spelling}' AND deleted_at IS NULL AND until > {now_text}"
        ));
        self.place.run(&format!(
            "INSERT INTO ban_applications (created_at, measure_source, until, ip_text, reason, measure_extra) \
             VALUES ({now_text}, '{source_text}', {until_text}, '{spelling}', 'scan', '')"
        ));
        self.model.end(now, EndKind::Deleted, |ban| ban.text == spelling);
        self.model.add(target, spelling, source, 0, until);
    }

    fn check(&mut self) {
        let now = self.place.host().now();
        let mut backend = self.place.open();
        if self.model.newest > 0 {
            let last = self.ids.last().copied().unwrap_or(0);
            self.ids.extend(
                self.place.numbers(&format!("SELECT id FROM ban_applications WHERE id > {last} ORDER BY id")),
            );
            let leftover = r#"SELECT count(*) FROM ban_applications WHERE deleted_at IS NULL AND measure_extra LIKE '%"ended"%'"#;
            assert_eq!(self.place.numbers(leftover), [0]);
        }
        assert_eq!(self.ids.len(), usize::try_from(self.model.newest).unwrap());
        let number = |id: &str| {
            let index = self.ids.binary_search(&id.parse().unwrap()).unwrap();
            i64::try_from(index).unwrap() + 1
        };
        let mut held: Vec<_> = read(&mut backend, &Query { at_us: now, ..Query::default() })
            .unwrap()
            .into_iter()
            .map(|row| number(&row.id))
            .collect();
        held.sort_unstable();
        let holds = self.model.bans.iter().filter(|ban| ban.ended.is_none() && ban.until > now);
        assert_eq!(held, holds.map(|ban| ban.id).collect::<Vec<_>>());
        for (index, (target, _)) in TARGETS.iter().enumerate() {
            let rows = history(&mut backend, target).into_iter();
            let mut told: Vec<_> = rows.map(|row| (number(&row.id), row.end_kind)).collect();
            // All bans of a model start when they are made, and many at once.
            told.sort_by_key(|(number, _)| *number);
            assert_eq!(told, self.model.told(index, now), "{target}");
        }
    }
}

fn make(backend: &mut Database, call: &Call, now: i64) -> u64 {
    match call {
        Call::Insert(pieces) => {
            let bans: Vec<_> = pieces
                .iter()
                .map(|(target, source, reason, length)| warden_plugin::Ban {
                    reason: REASONS[*reason],
                    ..ban(TARGETS[*target].0, SOURCES[*source], now + length * SECOND)
                })
                .collect();
            let signal = warden_plugin::Signal { bans_only: true, ..signal(now, &bans) };
            backend.insert(&signal).unwrap().replaced
        }
        Call::Delete(target) => backend.delete(TARGETS[*target].0).unwrap(),
        Call::DeleteWhere(filter) => backend.delete_where(&filter.query()).unwrap(),
        Call::DeleteAll => backend.delete_all().unwrap(),
    }
}

/// Takes the steps, then every change back.
pub fn live_through(place: &impl Place, steps: &[Step]) {
    let mut world = World { place, model: Model::default(), ids: Vec::new() };
    for step in steps {
        world.take(step);
    }
    let now = place.host().now();
    while !world.model.log.is_empty() {
        world.undo(now);
        world.check();
    }
}
