//! What a list shows, and in which form.

use insta::assert_snapshot;

use super::{one_day, rows, targets};
use crate::common::Sandbox;

/// When the fixture's bans held.
const THEN: &str = "--at 2026-11-24T02:30:00Z";

#[test]
fn time_left_is_in_gos_notation_rounded_to_seconds() {
    let sandbox = one_day();
    for (at, left) in [
        ("2026-11-24T03:00:00Z", "24h0m0s"),
        ("2026-11-24T23:00:02Z", "3h59m58s"),
        ("2026-11-25T02:00:03Z", "59m57s"),
        ("2026-11-25T02:59:55.4Z", "5s"),
        ("2026-11-25T02:59:55.6Z", "4s"),
    ] {
        assert!(rows(&sandbox, &format!("--at {at}"))[0].ends_with(&format!(",{left}")), "{at}");
    }
}

#[test]
fn an_orphan_has_its_as_number_and_no_scenario() {
    let sandbox = Sandbox::of_v03();
    let line = "ban list --at 2026-11-24T02:30:00Z --ip 10.5.0.1 -o json";
    assert_snapshot!(sandbox.warden(line), @r#"
    --- stdout
    [
     {
      "action": "ban",
      "as": "LeaseWeb",
      "asnum": "60781",
      "bancount": "1",
      "cn": "NL",
      "events_count": "0",
      "iptext": "10.5.0.1",
      "reason": "orphan (no signal row)",
      "scenario": "?",
      "source": "local",
      "until": "146h30m1s",
      "start_at": "2026-11-24T01:05:00.1Z",
      "until_at": "2026-11-30T05:00:00.5Z",
      "backend": "database"
     }
    ]
    --- exit 0
    "#);
}

#[test]
fn json_and_raw_hold_every_source_and_know_no_limit() {
    let sandbox = Sandbox::of_v03();
    let mut args: Vec<String> =
        "ban add ip --duration 24h --reason scan".split(' ').map(Into::into).collect();
    args.extend((0..60).flat_map(|i| ["-t".into(), format!("198.18.0.{i}")]));
    assert!(sandbox.command(&args).output().unwrap().status.success());
    let raw = rows(&sandbox, "");
    assert!(raw.len() > 70, "{}", raw.len());
    assert_eq!(raw.iter().filter(|row| row.starts_with("api,")).count(), 2);
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.stdout(&["ban", "list", "-o", "json"])).unwrap();
    assert_eq!(json.as_array().unwrap().len(), raw.len());
    let human = sandbox.stdout(&["ban", "list"]);
    assert_eq!(human.matches("| cli ").count() + human.matches("| local ").count(), 50);
    assert!(human.contains(" more not shown (--all shows them)"), "{human}");
}

#[test]
fn every_value_of_v03s_keys_is_a_string() {
    let sandbox = Sandbox::of_v03();
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.stdout(&["ban", "list", "-o", "json"])).unwrap();
    let keys =
        ["action", "as", "bancount", "cn", "events_count", "iptext", "reason", "scenario", "source", "until"];
    for ban in json.as_array().unwrap() {
        let has: Vec<_> = ban.as_object().unwrap().keys().filter(|key| *key != "asnum").take(10).collect();
        assert_eq!(has, keys);
        assert!(keys.iter().all(|key| ban[key].is_string()), "{ban}");
    }
}

#[test]
fn nothing_to_show_says_so() {
    let sandbox = one_day();
    sandbox.warden("ban flush");
    assert_snapshot!(sandbox.warden("ban list --api"), @"
    --- stdout
    No local decisions
    No API decisions
    --- exit 0
    ");
}

#[test]
fn ip_is_contained_range_holds_and_texts_ignore_case() {
    let sandbox = Sandbox::of_v03();
    let found = |line: &str| targets(&sandbox, &format!("{THEN} {line}"));
    assert_eq!(found("--ip 10.2.0.1"), ["10.2.0.0/24", "10.2.0.1"]);
    assert_eq!(found("--ip 2001:db8::2"), ["2001:db8::/32", "2001:DB8:0:0:0:0:0:2"]);
    assert_eq!(found("--range 10.2.0.0/16"), ["10.2.0.0/24", "10.2.0.1"]);
    assert_eq!(found("--range 10.2.0.0/25"), ["10.2.0.1"]);
    assert_eq!(found("--range 4.2.3.0/24"), ["4.2.3.77/24"]);
    assert_eq!(found("--reason SSH-bf --country fr"), ["10.2.0.0/24", "10.2.0.1"]);
    assert_eq!(found("--as ovh"), ["10.2.0.0/24", "10.2.0.1"]);
    assert_eq!(found("--as 14061 --country De"), ["10.3.0.2"]);
    assert_eq!(found("--country F").len(), 0);
}
