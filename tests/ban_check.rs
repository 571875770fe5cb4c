//! `ban check`: what covers a target, and what the exit code says.

use insta::assert_snapshot;

use crate::common::Sandbox;

fn covered() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "scan"]);
    sandbox.run(&["ban", "add", "range", "203.0.113.0/24", "permanent", "the whole range"]);
    sandbox
}

#[test]
fn it_names_the_bans_and_ranges_that_cover_a_target() {
    let sandbox = covered();
    assert_snapshot!(sandbox.warden("ban check 203.0.113.7"), @"
    --- stdout
    203.0.113.7 is banned by 203.0.113.0/24: ban by cli, permanent (the whole range)
    203.0.113.7 is banned: ban by cli, 4h0m0s left (scan)
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban check 203.0.113.8 198.51.100.1"), @"
    --- stdout
    203.0.113.8 is banned by 203.0.113.0/24: ban by cli, permanent (the whole range)
    198.51.100.1 is not banned
    --- exit 4
    ");
    assert_snapshot!(sandbox.warden("ban check 203.0.113.128/25"), @"
    --- stdout
    203.0.113.128/25 is banned by 203.0.113.0/24: ban by cli, permanent (the whole range)
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban check 203.0.112.0/23"), @r"
    --- stdout
    203.0.112.0/23 is not banned
    --- exit 4
    ");
}

#[test]
fn quiet_the_exit_code_alone_tells() {
    let sandbox = covered();
    assert_snapshot!(sandbox.warden("ban check -q 203.0.113.7 203.0.113.8"), @"--- exit 0");
    assert_snapshot!(sandbox.warden("ban check -q 203.0.113.7 198.51.100.1"), @"--- exit 4");
    assert_snapshot!(sandbox.warden("ban check nonsense"), @r"
    --- stderr
    error: invalid value 'nonsense' for '<TARGET>...': `nonsense` is not an address or a CIDR range: it is neither IPv4 nor IPv6

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn at_another_time_it_says_what_was() {
    let mut sandbox = covered();
    sandbox.set_now("2026-11-24T09:00:00Z");
    assert_snapshot!(sandbox.warden("ban check 203.0.113.7 --at 04:00"), @"
    --- stdout
    203.0.113.7 was banned at 2026-11-24 04:00:00 +00:00 by 203.0.113.0/24: ban by cli, permanent (the whole range)
    203.0.113.7 was banned at 2026-11-24 04:00:00 +00:00: ban by cli, 3h0m0s left (scan)
    --- exit 0
    ");
    sandbox.warden("ban del range 203.0.113.0/24");
    assert_snapshot!(sandbox.warden("ban check 203.0.113.7"), @r"
    --- stdout
    203.0.113.7 is not banned
    --- exit 4
    ");
    assert_snapshot!(sandbox.run(&["ban", "check", "203.0.113.8", "--at", "30m ago"]), @"
    --- stdout
    203.0.113.8 was banned at 2026-11-24 08:30:00 +00:00 by 203.0.113.0/24: ban by cli, permanent (the whole range)
    --- exit 0
    ");
    assert!(sandbox.warden("ban check 203.0.113.8 --at someday").ends_with("--- exit 2\n"));
    assert_snapshot!(sandbox.warden("ban check 203.0.113.8 --at 2026-11-23"), @r"
    --- stdout
    203.0.113.8 was not banned at 2026-11-23 00:00:00 +00:00
    --- exit 4
    ");
}

#[test]
fn json_has_the_keys_of_a_list() {
    let sandbox = covered();
    let text = sandbox.command(["ban", "check", "203.0.113.7", "::1", "-o", "json"]).output().unwrap().stdout;
    let answers: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(answers[0]["banned"], true);
    assert_eq!(answers[0]["bans"].as_array().unwrap().len(), 2);
    assert_eq!(answers[0]["bans"][0]["backend"], "database");
    assert_eq!(
        answers[1],
        serde_json::json!({ "target": "::1", "bans": [], "banned": false, "enforcers": [] })
    );
    assert_snapshot!(sandbox.warden("ban check -o jsonl 198.51.100.1 ::1"), @r#"
    --- stdout
    {"target":"198.51.100.1","bans":[],"banned":false,"enforcers":[]}
    {"target":"::1","bans":[],"banned":false,"enforcers":[]}
    --- exit 4
    "#);
    assert_snapshot!(sandbox.warden("ban check -o raw 203.0.113.7"), @r"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,203.0.113.0/24,the whole range,1,ban,, ,1,2562047h47m16s
    cli,203.0.113.7,scan,1,ban,, ,1,4h0m0s
    --- exit 0
    ");
}

#[test]
fn a_backend_that_fails_is_not_a_free_address() {
    let sandbox = covered();
    sandbox.write("backend/z.yaml", "name: z\npath: ./missing.so\n");
    assert_snapshot!(sandbox.warden("ban check 198.51.100.1"), @r#"
    --- stdout
    198.51.100.1 may be banned: not every backend answered
    --- stderr
    warning: backend "z": cannot open [DIR]/missing.so: no such file or directory
      in [DIR]/backend/z.yaml
    --- exit 3
    "#);
    assert_snapshot!(sandbox.warden("ban check -o json -q 203.0.113.7"), @r#"
    --- stderr
    warning: backend "z": cannot open [DIR]/missing.so: no such file or directory
      in [DIR]/backend/z.yaml
    --- exit 3
    "#);
    let said = sandbox.warden("ban check -o jsonl 198.51.100.1");
    assert!(said.contains(r#""banned":null"#), "{said}");
    sandbox.write("backend/database.yaml", "name: database\npath: ./missing.so\n");
    assert!(sandbox.warden("ban check 203.0.113.7").ends_with("exit 3\n"));
}

#[test]
fn a_reason_cannot_steer_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "a\x1b[31mb"]);
    let said = sandbox.warden("ban check 203.0.113.7");
    assert!(said.contains(r"(a\u{1b}[31mb)"), "{said}");
}
