//! `ban add`.

use insta::assert_snapshot;

use crate::common::Sandbox;

fn dummy() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    sandbox
}

#[test]
fn what_would_lock_the_caller_out_needs_force() {
    let sandbox = dummy();
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\nwarden:\n  allowlist: [198.51.100.0/24]\n");
    let ssh = |args: &[&str]| {
        let output =
            sandbox.command(args).env("SSH_CONNECTION", "192.0.2.9 50000 192.0.2.1 22").output().unwrap();
        sandbox.show(&output)
    };
    assert_snapshot!(ssh(&["ban", "add", "ip", "192.0.2.9", "4h", "x"]), @"
    --- stderr
    error: banning 192.0.2.9 is dangerous: it covers 192.0.2.9, from where you are logged in
    hint: --force bans it all the same
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("ban add ip 127.0.0.1 4h x"), @"
    --- stderr
    error: banning 127.0.0.1 is dangerous: it covers loopback
    hint: --force bans it all the same
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("ban add ip 198.51.100.7 4h x"), @"
    --- stderr
    error: banning 198.51.100.7 is dangerous: the allowlist has 198.51.100.0/24
    hint: --force bans it all the same
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("ban add range 16.0.0.0/7 4h x"), @"
    --- stderr
    error: banning 16.0.0.0/7 is dangerous: it is wider than an IPv4 /8
    hint: --force bans it all the same
    --- exit 1
    ");
    let forced = sandbox.warden("ban add ip 198.51.100.7 4h x --force --warning");
    assert_eq!(forced, "--- exit 0\n");
}

#[test]
fn it_says_until_when_in_local_time() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "ssh", "brute", "force"]), @"
    --- stderr
    ban 203.0.113.7 for 4h (ssh brute force), until 2026-11-24 07:00:00 +00:00
    --- exit 0
    ");
    let args = ["ban", "add", "ip", "203.0.113.8", "7d", "scan"];
    let output = sandbox.command(args).env("TZ", "America/New_York").output().unwrap();
    assert_snapshot!(sandbox.show(&output), @"
    --- stderr
    ban 203.0.113.8 for 7d (scan), until 2026-11-30 22:00:00 -05:00
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban add range 198.51.100.77/24 permanent scan"), @"
    --- stderr
    `198.51.100.77/24` has host bits set: banning 198.51.100.0/24
    ban 198.51.100.0/24 permanently (scan)
    --- exit 0
    ");
}

#[test]
fn a_ban_of_the_same_source_is_replaced_and_one_that_ends_sooner_says_so() {
    let sandbox = Sandbox::new();
    sandbox.warden("ban add ip 203.0.113.7 4h scan");
    assert_snapshot!(sandbox.warden("ban add ip 203.0.113.7 5h again"), @"
    --- stderr
    ban 203.0.113.7 for 5h (again), until 2026-11-24 08:00:00 +00:00; replaces the ban until 2026-11-24 07:00:00 +00:00
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban add ip 203.0.113.7 1h sooner"), @"
    --- stderr
    ban 203.0.113.7 for 1h (sooner), until 2026-11-24 04:00:00 +00:00; ends sooner than the ban that it replaces, which held until 2026-11-24 08:00:00 +00:00
    --- exit 0
    ");
    let raw = sandbox.stdout(&["ban", "list", "-o", "raw"]);
    assert_snapshot!(raw, @"
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,203.0.113.7,sooner,3,ban,, ,3,1h0m0s
    ");
}

#[test]
fn one_document_says_what_was_done() {
    let sandbox = Sandbox::new();
    let args = [
        "ban",
        "add",
        "ip",
        "-t",
        "203.0.113.7",
        "-t",
        "2001:DB8::7",
        "--duration",
        "90m",
        "two",
        "at",
        "once",
        "-o",
        "json",
    ];
    assert_snapshot!(sandbox.run(&args), @r#"
    --- stdout
    {
      "command": "ban add",
      "action": "ban",
      "reason": "two at once",
      "until_at": "2026-11-24T04:30:00Z",
      "targets": [
        {
          "target": "203.0.113.7"
        },
        {
          "target": "2001:db8::7"
        }
      ],
      "enforced": true,
      "backends": [
        {
          "backend": "database",
          "ok": true,
          "inserted": 2,
          "replaced": 0
        }
      ]
    }
    --- stderr
    ban 203.0.113.7 for 90m (two at once), until 2026-11-24 04:30:00 +00:00
    ban 2001:db8::7 for 90m (two at once), until 2026-11-24 04:30:00 +00:00
    --- exit 0
    "#);
}

#[test]
fn a_reason_may_hold_anything() {
    let sandbox = Sandbox::new();
    let reason = format!("\"quotes\", 'more', --flag\n\x1b[31m 😀 {}", "x".repeat(900));
    let output = sandbox.command(["ban", "add", "ip", "203.0.113.7", "4h", "--", &reason]).output().unwrap();
    assert!(output.status.success(), "{}", sandbox.show(&output));
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.stdout(&["ban", "list", "-o", "json"])).unwrap();
    assert_eq!(json[0]["reason"], reason);
}

#[test]
fn what_is_written_is_what_v03_would_write() {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "scan"]);
    sandbox.run(&["ban", "add", "ip", "2001:db8::7", "4h", "six"]);
    // The user who runs the tests; `sudo` is not in the sandbox's environment.
    let user = warden::actor();
    let user = user.split(" (").next().unwrap();
    let bans = sandbox.sql("select * from ban_applications").replace(&format!("\"{user}\""), "\"root\"");
    assert_snapshot!(bans, @r#"
    1|2026-11-24 03:00:00+00:00|2026-11-24 03:00:00+00:00||cli|ban|{"actor":"root"}|2026-11-24 07:00:00+00:00|3405803783|3405803783||0||203.0.113.7|scan||1
    2|2026-11-24 03:00:00+00:00|2026-11-24 03:00:00+00:00||cli|ban|{"actor":"root"}|2026-11-24 07:00:00+00:00||||0||2001:db8::7|six||2
    "#);
    assert_snapshot!(sandbox.sql("select * from signal_occurences"), @"
    1|2026-11-24 03:00:00+00:00|2026-11-24 03:00:00+00:00|||scan|||1|2026-11-24 03:00:00+00:00|2026-11-24 03:00:00+00:00|203.0.113.7|||||0.0|0.0||0|0|0
    2|2026-11-24 03:00:00+00:00|2026-11-24 03:00:00+00:00|||six|||1|2026-11-24 03:00:00+00:00|2026-11-24 03:00:00+00:00|2001:db8::7|||||0.0|0.0||0|0|0
    ");
    assert_snapshot!(sandbox.sql("pragma journal_mode"), @"wal");
}

#[test]
fn a_reason_has_at_most_a_thousand_characters() {
    let sandbox = dummy();
    let add = |reason: &str| sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", reason, "--warning"]);
    assert_eq!(add(&"ä".repeat(1000)), "--- exit 0\n");
    assert_snapshot!(add(&"ä".repeat(1001)), @"
    --- stderr
    error: the reason has 1,001 characters, more than 1,000
    --- exit 2
    ");
    assert_snapshot!(sandbox.piped(&["ban", "import", "--reason", &"ä".repeat(1001)], b""), @"
    --- stderr
    error: the reason has 1,001 characters, more than 1,000
    --- exit 2
    ");
}
