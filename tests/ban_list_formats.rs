//! `ban list -o jsonl`, `--fields` and `--sort`.

use insta::assert_snapshot;

use crate::common::{Sandbox, available, has};

/// Three bans: the newest ends first.
fn three() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.set_now("2026-11-24T01:00:00Z");
    sandbox.run(&["ban", "add", "ip", "203.0.113.9", "permanent", "a, \"b\""]);
    sandbox.set_now("2026-11-24T02:00:00Z");
    sandbox.run(&["ban", "add", "range", "2001:db8::/32", "2h", "scan"]);
    sandbox.set_now("2026-11-24T03:00:00Z");
    sandbox.run(&["ban", "add", "ip", "203.0.113.10", "4h", "scan"]);
    sandbox.sql("update signal_occurences set events_count = 7 where source_ip = '2001:db8::/32'");
    sandbox
}

#[test]
fn jsonl_has_the_keys_of_json_an_object_a_line() {
    let sandbox = three();
    let lines = sandbox.stdout(&["ban", "list", "-o", "jsonl"]);
    assert_snapshot!(lines, @r#"
    {"action":"ban","as":" ","bancount":"1","cn":"","events_count":"1","iptext":"203.0.113.10","reason":"scan","scenario":"scan","source":"cli","until":"4h0m0s","start_at":"2026-11-24T03:00:00Z","until_at":"2026-11-24T07:00:00Z","backend":"database"}
    {"action":"ban","as":" ","bancount":"1","cn":"","events_count":"7","iptext":"2001:db8::/32","reason":"scan","scenario":"scan","source":"cli","until":"1h0m0s","start_at":"2026-11-24T02:00:00Z","until_at":"2026-11-24T04:00:00Z","backend":"database"}
    {"action":"ban","as":" ","bancount":"1","cn":"","events_count":"1","iptext":"203.0.113.9","reason":"a, \"b\"","scenario":"a, \"b\"","source":"cli","until":"2562047h47m16s","start_at":"2026-11-24T01:00:00Z","until_at":null,"backend":"database"}
    "#);
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let array = read(&sandbox.stdout(&["ban", "list", "-o", "json"]));
    assert_eq!(serde_json::Value::Array(lines.lines().map(read).collect()), array);
    assert_eq!(sandbox.stdout(&["ban", "list", "-o", "jsonl", "--reason", "none"]), "");
}

#[test]
fn fields_are_those_that_are_named_in_their_order() {
    let sandbox = three();
    assert_snapshot!(sandbox.stdout(&["ban", "list", "-o", "raw", "--fields", "reason,ip,until_at"]), @r#"
    reason,ip,until_at
    scan,203.0.113.10,2026-11-24T07:00:00Z
    scan,2001:db8::/32,2026-11-24T04:00:00Z
    "a, ""b""",203.0.113.9,
    "#);
    assert_snapshot!(sandbox.stdout(&["ban", "list", "-o", "jsonl", "--fields", "ip,expiration,asnum"]), @r#"
    {"ip":"203.0.113.10","expiration":"4h0m0s","asnum":"0"}
    {"ip":"2001:db8::/32","expiration":"1h0m0s","asnum":"0"}
    {"ip":"203.0.113.9","expiration":"2562047h47m16s","asnum":"0"}
    "#);
    assert_snapshot!(sandbox.stdout(&["ban", "list", "-o", "json", "--fields", "iptext", "--limit", "2"]), @r#"
    [
     {
      "iptext": "203.0.113.10"
     },
     {
      "iptext": "2001:db8::/32"
     }
    ]
    "#);
}

#[test]
fn an_unknown_field_is_refused_with_those_that_are_known() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.warden("ban list -o json --fields ip,colour"), @r"
    --- stderr
    error: invalid value 'colour' for '--fields <NAMES>': no field is called `colour`; there are action, actor, as, asnum, backend, bancount, bans, cn, country, events_count, expiration, id, ip, iptext, reason, scenario, source, start_at, until, until_at

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(sandbox.warden("ban list --fields ip"), @r"
    --- stderr
    error: --fields needs `-o raw`, `-o json` or `-o jsonl`
    --- exit 2
    ");
}

#[test]
fn a_list_is_sorted_by_what_is_asked_for() {
    let sandbox = three();
    let order = |sort: &str, more: &[&str]| {
        let args = [&["ban", "list", "-o", "raw", "--fields", "ip", "--sort", sort], more].concat();
        sandbox.stdout(&args).lines().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_snapshot!(order("until", &[]), @"2001:db8::/32 203.0.113.10 203.0.113.9");
    assert_snapshot!(order("start", &[]), @"203.0.113.10 2001:db8::/32 203.0.113.9");
    assert_snapshot!(order("ip", &[]), @"203.0.113.9 203.0.113.10 2001:db8::/32");
    assert_snapshot!(order("events", &[]), @"2001:db8::/32 203.0.113.10 203.0.113.9");
    assert_snapshot!(order("ip", &["--limit", "1"]), @"203.0.113.9");
    let sorted = sandbox.stdout(&["ban", "list", "-o", "json", "--sort", "start"]);
    assert_eq!(sorted, sandbox.stdout(&["ban", "list", "-o", "json"]));
    assert_snapshot!(sandbox.stdout(&["ban", "list", "--sort", "until", "--limit", "1"]), @r"
    3 local decisions:
    +--------+---------------+--------+------+--------+---------+----+--------+------------+
    | SOURCE |       IP      | REASON | BANS | ACTION | COUNTRY | AS | EVENTS | EXPIRATION |
    +--------+---------------+--------+------+--------+---------+----+--------+------------+
    | cli    | 2001:db8::/32 | scan   |    1 | ban    |         |    |      7 | 1h0m0s     |
    +--------+---------------+--------+------+--------+---------+----+--------+------------+
    2 more not shown (--all shows them)
    And 0 records from API, 0 distinct AS, 0 distinct countries
    ");
}

/// With a ban whose reason would clear a terminal, drive it by U+009B, and be a formula.
fn hostile_reason() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "--", "=cmd\n\x1b[2J\u{9b}2J"]);
    sandbox
}

#[test]
fn a_script_gets_what_is_stored_or_asks_for_escapes() {
    let sandbox = hostile_reason();
    let raw = |more: &[&str]| {
        sandbox.stdout(&[["ban", "list", "-o", "raw", "--fields", "ip,reason"].as_slice(), more].concat())
    };
    assert_eq!(raw(&[]), "ip,reason\n203.0.113.7,\"=cmd\n\x1b[2J\u{9b}2J\"\n");
    assert_eq!(raw(&["--escape"]), "ip,reason\n203.0.113.7,=cmd\\n\\u{1b}[2J\\u{9b}2J\n");
    assert_eq!(
        raw(&["--escape", "--escape-formulas"]),
        "ip,reason\n203.0.113.7,'=cmd\\n\\u{1b}[2J\\u{9b}2J\n"
    );
    assert!(raw(&["--escape-formulas"]).contains("\"'=cmd\n\x1b"));
    insta::assert_snapshot!(sandbox.warden("ban list -o json --escape"), @"
    --- stderr
    error: --escape and --escape-formulas need `-o raw`
    --- exit 2
    ");
}

#[test]
fn no_format_drives_a_terminal() {
    if !available(has("script"), "script (Debian: bsdutils)") {
        return;
    }
    let sandbox = hostile_reason();
    for line in [
        "ban list -o raw",
        "ban list -o raw --fields reason",
        "ban list -o json",
        "ban list -o jsonl",
        "ban check 203.0.113.7 -o raw",
        "ban check 203.0.113.7 -o json",
        "ban history 203.0.113.7 -o raw",
        "ban history 203.0.113.7 -o jsonl",
        "ban stats -o raw",
        "ban stats -o json",
        "ban list --color never",
    ] {
        let output = sandbox.terminal(line, "");
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(!shown.contains(['\x1b', '\u{9b}']), "{line}: {shown:?}");
        assert!(shown.contains("[2J"), "{line}: {shown:?}");
        if line.contains("json") {
            // It is still the same JSON.
            assert!(shown.contains("\\u001b[2J\\u009b2J"), "{line}: {shown:?}");
        }
    }
}
