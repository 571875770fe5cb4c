//! The overlap rule against the kernel itself: random bans, deletes and real time passing; after each step the sets
//! block what a plain list blocks. (The thousands of cases are in the plan's own test, with a kernel that is played.)

use std::thread;
use std::time::Duration;

use nftables::Nftables;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use warden_plugin::{Backend, Target};

use crate::host::now_us;
use crate::namespace::{SECOND, Warden, in_namespace, insert, nft, nft_json, told};

/// A timeout is rounded up to a second, and counts from the write.
const LATE_US: i64 = 2 * SECOND;

#[derive(Clone, Debug)]
enum Step {
    Insert(Target, &'static str, i64),
    Delete(Target),
    Wait(u64),
}

type Model = Vec<(Target, &'static str, i64)>;

fn any_step() -> impl Strategy<Value = Step> {
    let target =
        (0_u8..8, 29_u8..=32).prop_map(|(low, len)| Target::parse(&format!("10.0.0.{low}/{len}")).unwrap());
    let seconds = prop_oneof![1..=3_i64, Just(3600)];
    prop_oneof![
        6 => (target.clone(), prop::sample::select(vec!["cli", "api"]), seconds).prop_map(|(t, s, n)| Step::Insert(t, s, n)),
        3 => target.prop_map(Step::Delete),
        1 => (500..2500_u64).prop_map(Step::Wait),
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
        Step::Wait(millis) => return thread::sleep(Duration::from_millis(*millis)),
    }
    backend.flush().unwrap();
}

/// The spans that the sets hold, as nft tells it.
fn blocked() -> Vec<(u32, u32)> {
    let listing: Value = serde_json::from_str(&nft_json("list table inet warden")).unwrap();
    let sets = listing["nftables"].as_array().unwrap().iter().map(|object| &object["set"]);
    let enforced = sets.filter(|set| set["name"] == "set4" || set["name"] == "net4");
    enforced
        .flat_map(|set| set["elem"].as_array().into_iter().flatten())
        .map(|e| span(&e["elem"]["val"]))
        .collect()
}

fn span(key: &Value) -> (u32, u32) {
    let bits = |value: &Value| value.as_str().unwrap().parse::<std::net::Ipv4Addr>().unwrap().to_bits();
    match (key.get("range"), key.get("prefix")) {
        (Some(range), _) => (bits(&range[0]), bits(&range[1])),
        (_, Some(prefix)) => {
            let first = bits(&prefix["addr"]);
            (first, first + ((1 << (32 - prefix["len"].as_u64().unwrap())) - 1))
        }
        _ => (bits(key), bits(key)),
    }
}

fn check(backend: &mut Nftables, model: &Model) -> Result<(), TestCaseError> {
    let (blocked, now_us) = (blocked(), now_us());
    for low in 0..8_u8 {
        let addr: std::net::IpAddr = [10, 0, 0, low].into();
        let bits = u32::from_be_bytes([10, 0, 0, low]);
        let ends = model
            .iter()
            .filter(|(target, ..)| target.contains(&Target::from(addr)))
            .map(|(.., until)| *until);
        let last = ends.max().unwrap_or(0);
        if last > now_us || last < now_us - LATE_US {
            let stands = blocked.iter().any(|(first, last)| (*first..=*last).contains(&bits));
            prop_assert_eq!(stands, last > now_us, "{} at {}, which ends at {}", addr, now_us, last);
        }
    }
    let later_us = now_us + 1800 * SECOND;
    let mut due: Vec<_> = model.iter().filter(|(.., until)| *until > later_us).collect();
    due.sort_by_key(|(target, source, _)| (target.to_string(), *source));
    let due: Vec<_> = due.iter().map(|(target, source, _)| format!("{target} {source} a test")).collect();
    prop_assert_eq!(told(backend, later_us).unwrap(), due);
    Ok(())
}

#[test]
fn the_kernel_blocks_what_the_model_blocks() {
    in_namespace(|_| {
        let config =
            Config { cases: 8, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
        let steps = prop::collection::vec(any_step(), 1..25);
        let ran = TestRunner::new(config).run(&steps, |steps| {
            nft("flush ruleset");
            let (mut warden, mut model) = (Warden::new(), Model::new());
            warden.backend.flush().unwrap();
            for step in &steps {
                take(&mut warden.backend, &mut model, step);
                check(&mut warden.backend, &model)?;
            }
            Ok(())
        });
        ran.unwrap();
    });
}
