//! The overlap rule against a plain model: random bans, deletes and passing time; after each step the sets block
//! exactly what the model blocks, now and at every later second, and tell exactly the model's bans.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::pieces::number;

const SECOND: i64 = 1_000_000;
/// No ban of the test is longer.
const LONGEST: i64 = 8;

/// A kernel that is stricter than nft: it panics where nft would refuse.
#[derive(Default)]
struct Strict {
    sets: BTreeMap<String, BTreeMap<String, Standing>>,
    now_us: i64,
}

#[derive(Clone, Debug)]
struct Standing {
    until_us: Option<i64>,
    comment: String,
}

impl Strict {
    fn apply(&mut self, commands: &str) {
        let commands: Value = serde_json::from_str(&command::batch(commands)).unwrap();
        for command in commands["nftables"].as_array().unwrap() {
            let (verb, what) = command.as_object().unwrap().iter().next().unwrap();
            match verb.as_str() {
                "flush" => drop(self.sets.remove(what["set"]["name"].as_str().unwrap())),
                _ => self.change(verb, &what["element"]),
            }
        }
    }

    fn change(&mut self, verb: &str, what: &Value) {
        let name = what["name"].as_str().unwrap();
        let mut set = self.sets.remove(name).unwrap_or_default();
        set.retain(|_, standing| standing.until_us.is_none_or(|until| until > self.now_us));
        for element in what["elem"].as_array().unwrap() {
            let key = element["elem"].get("val").unwrap_or(element).to_string();
            match verb {
                "delete" => assert!(set.remove(&key).is_some(), "{name}: {key} is not there to be deleted"),
                "add" if set.contains_key(&key) => {}
                "add" => {
                    let overlapping =
                        set.keys().find(|other| name.starts_with("net") && overlaps(other, &key));
                    assert_eq!(overlapping, None, "{name}: {key} overlaps");
                    set.insert(key, self.standing(&element["elem"]));
                }
                _ => panic!("{verb}"),
            }
        }
        self.sets.insert(name.to_owned(), set);
    }

    fn standing(&self, noted: &Value) -> Standing {
        Standing {
            until_us: noted["timeout"].as_i64().map(|seconds| self.now_us + seconds * SECOND),
            comment: noted["comment"].as_str().unwrap_or_default().to_owned(),
        }
    }

    fn at(&self, set: &str, at_us: i64) -> impl Iterator<Item = (&String, &Standing)> {
        let set = self.sets.get(set).into_iter().flatten();
        set.filter(move |(_, standing)| standing.until_us.is_none_or(|until| until > at_us))
    }

    fn blocks(&self, addr: IpAddr, at_us: i64) -> bool {
        let addr = number(addr);
        ["set4", "net4", "set6", "net6"]
            .iter()
            .any(|set| self.at(set, at_us).any(|(key, _)| (span(key).first..=span(key).last).contains(&addr)))
    }

    /// What a new run of warden reads.
    fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for set in ["set4", "set6"] {
            for (key, standing) in self.at(set, self.now_us) {
                ledger.note_address(Target::parse(key.trim_matches('"')).unwrap(), self.held(standing));
            }
        }
        for (key, standing) in self.at("bans", self.now_us) {
            let (addr, len, number): (IpAddr, u8, u16) =
                serde_json::from_value(serde_json::from_str::<Value>(key).unwrap()["concat"].take()).unwrap();
            let target = Target::from(ipnet::IpNet::new(addr, len).unwrap());
            ledger.note_entry(target, number, self.held(standing));
        }
        ledger
    }

    fn held(&self, standing: &Standing) -> Held {
        Held::of_element(Some(&standing.comment), None, self.now_us)
    }

    fn pieces(&self, family: Family, names: &Names) -> Vec<Piece> {
        let pieces = self.at(family.piece_set(names), self.now_us);
        pieces.map(|(key, standing)| (span(key), standing.comment.clone())).collect()
    }
}

fn span(key: &str) -> Span {
    let key: Value = serde_json::from_str(key).unwrap();
    let address = |value: &Value| number(value.as_str().unwrap().parse().unwrap());
    match key.get("range") {
        Some(range) => Span { first: address(&range[0]), last: address(&range[1]) },
        None => Span { first: address(&key), last: address(&key) },
    }
}

fn overlaps(one: &str, other: &str) -> bool {
    let (one, other) = (span(one), span(other));
    one.first <= other.last && other.first <= one.last
}

/// The bans as a list: nothing clever.
#[derive(Default)]
struct Model(Vec<(Target, &'static str, i64)>);

impl Model {
    fn insert(&mut self, target: Target, source: &'static str, until_us: i64) {
        self.0.retain(|(t, s, _)| (*t, *s) != (target, source));
        self.0.push((target, source, until_us));
    }

    fn blocks(&self, addr: IpAddr, at_us: i64) -> bool {
        self.0.iter().any(|(target, _, until)| target.contains(&Target::from(addr)) && *until > at_us)
    }

    fn told(&self, at_us: i64) -> BTreeSet<(Target, String, i64)> {
        let active = self.0.iter().filter(|(_, _, until)| *until > at_us);
        active.map(|(target, source, until)| (*target, (*source).to_owned(), *until)).collect()
    }
}

fn told(ledger: &Ledger, at_us: i64) -> BTreeSet<(Target, String, i64)> {
    let bans = ledger.entries().flat_map(|(target, entry)| entry.bans.iter().map(move |held| (target, held)));
    let due = bans.filter(|(_, held)| held.is_due(at_us));
    due.map(|(target, held)| (target, held.source.clone(), held.until_us)).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Target, &'static str, i64),
    Delete(Target),
    Clear,
    Wait(i64),
}

fn any_target() -> impl Strategy<Value = Target> {
    let v4 = (0_u8..8, 29_u8..=32).prop_map(|(low, len)| format!("10.0.0.{low}/{len}"));
    let v6 = (0_u8..4, 126_u8..=128).prop_map(|(low, len)| format!("2001:db8::{low}/{len}"));
    prop_oneof![4 => v4, 1 => v6].prop_map(|text| Target::parse(&text).unwrap())
}

fn any_step() -> impl Strategy<Value = Step> {
    let source = prop::sample::select(vec!["cli", "api", "list:a b"]);
    prop_oneof![
        8 => (any_target(), source, 1..=LONGEST).prop_map(|(t, s, seconds)| Step::Insert(t, s, seconds * SECOND)),
        3 => any_target().prop_map(Step::Delete),
        1 => Just(Step::Clear),
        3 => (1..=LONGEST).prop_map(|seconds| Step::Wait(seconds * SECOND)),
    ]
}

fn names() -> Names {
    let [table, set4, set6, net4, net6, bans] =
        ["warden", "set4", "set6", "net4", "net6", "bans"].map(ToOwned::to_owned);
    Names { table, set4, set6, net4, net6, bans }
}

/// One run of warden: reads the kernel, does the steps, writes.
fn run(kernel: &mut Strict, model: &mut Model, steps: &[Step], (most, anew): (usize, bool)) {
    let (names, now_us) = (names(), kernel.now_us);
    let mut ledger = kernel.ledger();
    for step in steps {
        match step {
            Step::Insert(target, source, length_us) => {
                let until_us = now_us + length_us;
                model.insert(*target, source, until_us);
                let held =
                    Held { source: (*source).to_owned(), reason: String::new(), start_us: now_us, until_us };
                ledger.insert(*target, held, now_us);
            }
            Step::Delete(target) => {
                let ended = model.told(now_us).iter().filter(|(t, ..)| t == target).count() as u64;
                assert_eq!(ledger.delete(*target, now_us), ended, "deleted {target}");
                model.0.retain(|(t, ..)| t != target);
            }
            Step::Clear => {
                ledger.clear(now_us);
                model.0.clear();
            }
            Step::Wait(length_us) => kernel.now_us += length_us,
        }
    }
    // A read that is late: elements may expire between it and the write.
    let plan = Plan { names: &names, ledger: &ledger, now_us };
    let pieces = |family| if ledger.is_cleared() { Vec::new() } else { kernel.pieces(family, &names) };
    let held = Family::ALL.map(|family| (family, pieces(family)));
    let changed = plan.changed_ranges();
    let before: Vec<_> = held
        .iter()
        .filter(|(family, _)| changed.contains(family))
        .map(|(family, pieces)| (*family, if anew { Before::Unknown } else { Before::Known(pieces) }))
        .collect();
    for step in plan.steps(&before, most) {
        kernel.apply(&step);
    }
}

fn check(kernel: &Strict, model: &Model) -> Result<(), TestCaseError> {
    for at_us in (0..=LONGEST + 1).map(|later| kernel.now_us + later * SECOND) {
        let v4 = (0..8).map(|low| format!("10.0.0.{low}"));
        for addr in v4.chain((0..4).map(|low| format!("2001:db8::{low}"))) {
            let addr: IpAddr = addr.parse().unwrap();
            prop_assert_eq!(kernel.blocks(addr, at_us), model.blocks(addr, at_us), "{} at {}", addr, at_us);
        }
        prop_assert_eq!(told(&kernel.ledger(), at_us), model.told(at_us), "at {}", at_us);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn the_sets_block_what_the_model_blocks(
        runs in prop::collection::vec((prop::collection::vec(any_step(), 1..4), (1_usize..6, any::<bool>())), 1..20)
    ) {
        let (mut kernel, mut model) = (Strict::default(), Model::default());
        for (steps, how) in &runs {
            let (waits, writes): (Vec<_>, Vec<_>) =
                steps.iter().cloned().partition(|step| matches!(step, Step::Wait(_)));
            run(&mut kernel, &mut model, &writes, *how);
            check(&kernel, &model)?;
            run(&mut kernel, &mut model, &waits, *how);
            check(&kernel, &model)?;
        }
    }
}

#[test]
fn a_long_ban_inside_a_short_one_outlives_it() {
    let (mut kernel, mut model) = (Strict::default(), Model::default());
    let hour = Step::Insert(Target::parse("10.0.0.0/24").unwrap(), "cli", 3600 * SECOND);
    let day = Step::Insert(Target::parse("10.0.0.16/28").unwrap(), "cli", 24 * 3600 * SECOND);
    for step in [day, hour] {
        run(&mut kernel, &mut model, &[step], (10, false));
    }
    let blocks = |low: u8, hours: i64| kernel.blocks([10, 0, 0, low].into(), hours * 3600 * SECOND);
    assert!(blocks(0, 0) && blocks(20, 0) && blocks(255, 0));
    assert!(!blocks(0, 1) && blocks(20, 1) && !blocks(255, 1));
    assert!(!blocks(20, 24));
}

#[test]
fn what_expired_since_it_was_read_is_replaced_all_the_same() {
    let (mut kernel, mut model) = (Strict::default(), Model::default());
    let target = Target::parse("10.0.0.1").unwrap();
    run(&mut kernel, &mut model, &[Step::Insert(target, "cli", SECOND)], (10, false));
    let late = [Step::Insert(target, "cli", 5 * SECOND), Step::Wait(2 * SECOND)];
    run(&mut kernel, &mut model, &late, (10, false));
    assert!(kernel.blocks(target.addr(), 6 * SECOND));
}
