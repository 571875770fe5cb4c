//! The sets against a plain model: random bans, deletes and real time passing, beside somebody who changes another table
//! every millisecond; after each step the sets block exactly what a plain list blocks, and tell exactly its bans.

use std::net::IpAddr;
use std::thread;
use std::time::Duration;

use ipnet::IpNet;
use nftables::Nftables;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use warden_plugin::{Backend, Target};

use crate::host::now_us;
use crate::namespace::{SECOND, Warden, in_namespace, insert, nft, nft_json, told};
use crate::writers::Noise;

/// A timeout is rounded up to a second, and counts from the write.
const LATE_US: i64 = 2 * SECOND;

/// Every target covers or is covered by one of these.
const SEEDS: [&str; 4] =
    ["10.11.12.13", "10.11.140.9", "2001:db8:1234::7", "2001:db8:1234:5678:9abc:def0:1234:5678"];

#[derive(Clone, Debug)]
enum Step {
    Insert(Target, &'static str, i64),
    Delete(Target),
    Clear,
    Wait(u64),
}

type Model = Vec<(Target, &'static str, i64)>;

fn any_target() -> impl Strategy<Value = Target> {
    // Short lengths of one family meet often.
    let length = prop_oneof![2 => 0..=128_u8, 1 => 20..=32_u8, 1 => Just(128_u8)];
    (prop::sample::select(SEEDS.to_vec()), length).prop_map(|(seed, length)| {
        let addr: IpAddr = seed.parse().unwrap();
        let most = if addr.is_ipv4() { 32 } else { 128 };
        Target::from(IpNet::new(addr, length.min(most)).unwrap())
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    let seconds = prop_oneof![1..=3_i64, Just(3600)];
    let source = prop::sample::select(vec!["cli", "api", "list:a b"]);
    prop_oneof![
        12 => (any_target(), source, seconds).prop_map(|(t, s, n)| Step::Insert(t, s, n)),
        6 => any_target().prop_map(Step::Delete),
        1 => Just(Step::Clear),
        2 => (500..2500_u64).prop_map(Step::Wait),
    ]
}

fn take(backend: &mut Nftables, model: &mut Model, step: &Step) {
    match step {
        Step::Insert(target, source, seconds) => {
            let until_us = now_us() + seconds * SECOND;
            model.retain(|(t, s, _)| (t, s) != (target, source));
            model.push((*target, source, until_us));
            insert(backend, &target.to_string(), source, until_us).unwrap();
        }
        Step::Delete(target) => {
            model.retain(|(t, ..)| t != target);
            backend.delete(&target.to_string()).unwrap();
        }
        Step::Clear => {
            model.clear();
            backend.delete_all().unwrap();
        }
        Step::Wait(millis) => thread::sleep(Duration::from_millis(*millis)),
    }
}

/// The prefix length that a set is for: `set4` and its shards hold addresses.
fn length(name: &str) -> Option<u8> {
    let (net, length) = name.split_once('_')?;
    net.starts_with("net").then(|| length.parse().unwrap())
}

/// What the rules drop, as nft tells sets and rules.
fn blocked() -> Vec<Target> {
    let listing: Value = serde_json::from_str(&nft_json("list table inet warden")).unwrap();
    let objects = listing["nftables"].as_array().unwrap();
    let used = |name: &str| {
        objects.iter().any(|object| object["rule"].to_string().contains(&format!("\"@{name}\"")))
    };
    let mut blocked = Vec::new();
    for set in objects.iter().map(|object| &object["set"]).filter(|set| !set.is_null()) {
        let name = set["name"].as_str().unwrap();
        if !used(name) {
            continue;
        }
        let length = length(name);
        for element in set["elem"].as_array().into_iter().flatten() {
            let addr: IpAddr = element["elem"]["val"].as_str().unwrap().parse().unwrap();
            let most = if addr.is_ipv4() { 32 } else { 128 };
            blocked.push(Target::from(IpNet::new(addr, length.unwrap_or(most)).unwrap()));
        }
    }
    blocked
}

fn check(backend: &mut Nftables, model: &Model) -> Result<(), TestCaseError> {
    let (blocked, now_us) = (blocked(), now_us());
    let near =
        ["10.11.12.14", "10.11.13.1", "10.128.0.1", "200.0.0.1", "2001:db8:1234::8", "2001:db9::", "f000::"];
    for addr in SEEDS.iter().chain(&near) {
        let addr = Target::parse(addr).unwrap();
        let ends = model.iter().filter(|(target, ..)| target.contains(&addr)).map(|(.., until)| *until);
        let last = ends.max().unwrap_or(0);
        if last > now_us || last < now_us - LATE_US {
            let stands = blocked.iter().any(|target| target.contains(&addr));
            prop_assert_eq!(stands, last > now_us, "{} at {}, which ends at {}", addr, now_us, last);
        }
    }
    let later_us = now_us + 1800 * SECOND;
    let due = model.iter().filter(|(.., until)| *until > later_us);
    let mut due: Vec<_> = due.map(|(target, source, _)| format!("{target} {source} a test")).collect();
    due.sort_unstable();
    prop_assert_eq!(told(backend, later_us).unwrap(), due);
    Ok(())
}

#[test]
fn the_kernel_blocks_what_the_model_blocks() {
    in_namespace(|namespace| {
        let config =
            Config { cases: 8, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
        let flushes = prop::collection::vec(prop::collection::vec(any_step(), 1..4), 1..25);
        let ran = TestRunner::new(config).run(&flushes, |flushes| {
            nft("flush ruleset");
            Noise::around(namespace, || {
                let (mut warden, mut model) = (Warden::new(), Model::new());
                for (steps, shards) in flushes.iter().zip(["1", "1", "4", "4", "16"].iter().cycle()) {
                    warden.backend = warden.again(&[("shards", shards)]);
                    for step in steps {
                        take(&mut warden.backend, &mut model, step);
                    }
                    warden.backend.flush().unwrap();
                    check(&mut warden.backend, &model)?;
                }
                Ok(())
            })
        });
        ran.unwrap();
    });
}
