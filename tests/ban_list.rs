//! `ban list`: formats, filters, time, and text that somebody else chose.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::common::Sandbox;

/// Three bans: an address, a range and an IPv6 address.
fn three() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "ssh brute force"]);
    sandbox.run(&["ban", "add", "range", "198.51.100.0/24", "7d", "a \"bad\", wide range"]);
    sandbox.run(&["ban", "--remediation", "captcha", "add", "ip", "2001:db8::7", "permanent", "bot"]);
    sandbox
}

/// The database of the fixture, as v0.3.7 left it.
fn fixture() -> Sandbox {
    Sandbox::of_v03()
}

#[test]
fn a_table_for_people() {
    assert_snapshot!(three().warden("ban list"), @r#"
    --- stdout
    3 local decisions:
    +--------+-----------------+---------------------+------+---------+---------+----+--------+------------+
    | SOURCE |        IP       |        REASON       | BANS |  ACTION | COUNTRY | AS | EVENTS | EXPIRATION |
    +--------+-----------------+---------------------+------+---------+---------+----+--------+------------+
    | cli    | 2001:db8::7     | bot                 |    1 | captcha |         |    |      1 | permanent  |
    | cli    | 198.51.100.0/24 | a "bad", wide range |    1 | ban     |         |    |      1 | 168h0m0s   |
    | cli    | 203.0.113.7     | ssh brute force     |    1 | ban     |         |    |      1 | 4h0m0s     |
    +--------+-----------------+---------------------+------+---------+---------+----+--------+------------+
    And 0 records from API, 0 distinct AS, 0 distinct countries
    --- exit 0
    "#);
}

#[test]
fn json_has_the_ten_keys_of_v03_then_its_own() {
    assert_snapshot!(three().warden("ban list -o json --ip 198.51.100.9"), @r#"
    --- stdout
    [
     {
      "action": "ban",
      "as": " ",
      "bancount": "1",
      "cn": "",
      "events_count": "1",
      "iptext": "198.51.100.0/24",
      "reason": "a \"bad\", wide range",
      "scenario": "a \"bad\", wide range",
      "source": "cli",
      "until": "168h0m0s",
      "start_at": "2026-11-24T03:00:00Z",
      "until_at": "2026-12-01T03:00:00Z",
      "backend": "database"
     }
    ]
    --- exit 0
    "#);
}

#[test]
fn a_permanent_ban_has_no_end() {
    assert_snapshot!(three().warden("ban list -o json --action captcha"), @r#"
    --- stdout
    [
     {
      "action": "captcha",
      "as": " ",
      "bancount": "1",
      "cn": "",
      "events_count": "1",
      "iptext": "2001:db8::7",
      "reason": "bot",
      "scenario": "bot",
      "source": "cli",
      "until": "2562047h47m16s",
      "start_at": "2026-11-24T03:00:00Z",
      "until_at": null,
      "backend": "database"
     }
    ]
    --- exit 0
    "#);
}

#[test]
fn raw_is_quoted_as_rfc_4180_says() {
    assert_snapshot!(three().warden("ban list -o raw"), @r#"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,2001:db8::7,bot,1,captcha,, ,1,2562047h47m16s
    cli,198.51.100.0/24,"a ""bad"", wide range",1,ban,, ,1,168h0m0s
    cli,203.0.113.7,ssh brute force,1,ban,, ,1,4h0m0s
    --- exit 0
    "#);
}

#[test]
fn nothing_is_an_empty_list_in_every_format() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.warden("ban list"), @r#"
    --- stdout
    No local decisions
    And 0 records from API, 0 distinct AS, 0 distinct countries
    --- stderr
    info: backend "database": [DIR]/warden.db does not exist yet: nothing is banned
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban list -o json"), @r#"
    --- stdout
    []
    --- stderr
    info: backend "database": [DIR]/warden.db does not exist yet: nothing is banned
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban list -o raw --warning"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    --- exit 0
    ");
    assert!(!sandbox.path("warden.db").exists(), "a list created the file");
}

#[test]
fn all_filters_must_hold() {
    let sandbox = three();
    assert_snapshot!(sandbox.warden("ban list -o raw --reason BRUTE --source cli"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,203.0.113.7,ssh brute force,1,ban,, ,1,4h0m0s
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban list -o raw --reason BRUTE --action captcha"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban list -o raw --range 198.51.0.0/16"), @r#"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,198.51.100.0/24,"a ""bad"", wide range",1,ban,, ,1,168h0m0s
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban list -o raw --range 2001:db8::/32"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,2001:db8::7,bot,1,captcha,, ,1,2562047h47m16s
    --- exit 0
    ");
}

#[test]
fn a_limit_holds_in_every_format_and_the_table_says_what_is_missing() {
    let sandbox = three();
    assert_snapshot!(sandbox.warden("ban list -o raw --limit 1"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,2001:db8::7,bot,1,captcha,, ,1,2562047h47m16s
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban list --limit 1"), @"
    --- stdout
    3 local decisions:
    +--------+-------------+--------+------+---------+---------+----+--------+------------+
    | SOURCE |      IP     | REASON | BANS |  ACTION | COUNTRY | AS | EVENTS | EXPIRATION |
    +--------+-------------+--------+------+---------+---------+----+--------+------------+
    | cli    | 2001:db8::7 | bot    |    1 | captcha |         |    |      1 | permanent  |
    +--------+-------------+--------+------+---------+---------+----+--------+------------+
    2 more not shown (--all shows them)
    And 0 records from API, 0 distinct AS, 0 distinct countries
    --- exit 0
    ");
}

#[test]
fn the_fixture_lists_what_was_active_then() {
    let sandbox = fixture();
    assert_snapshot!(sandbox.warden("ban list --at 2026-11-24T02:30:00Z --all --api -o raw"), @r#"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,6.6.6.6,"a reason, with ""quotes"", comma",1,ban,, ,1,23h54m0s
    cli,2001:db8::/32,v6range,1,ban,, ,1,23h53m0s
    cli,2001:DB8:0:0:0:0:0:2,v6-uncanonical,1,ban,, ,1,87695h52m0s
    cli,4.2.3.77/24,ip command with a cidr,1,ban,, ,1,23h51m0s
    cli,1.2.3.4,again,2,ban,, ,2,50m27s
    cli,3.3.3.3,kolkata,1,ban,, ,1,3h44m27s
    cli,2.2.2.2,new york,1,ban,, ,1,3h44m27s
    local,10.5.0.1,orphan (no signal row),1,ban,NL,LeaseWeb,0,146h30m1s
    api,10.3.0.2,crowdsecurity/http-bad-user-agent,1,ban,DE,"14061 DigitalOcean, LLC",0,864h30m1s
    api,10.3.0.1,crowdsecurity/ssh-bf,1,ban,US,"14061 DigitalOcean, LLC",0,864h30m1s
    local,10.2.0.0/24,crowdsecurity/ssh-bf,1,ban,FR,16276 OVH SAS,7,864h30m1s
    local,10.2.0.1,crowdsecurity/ssh-bf,1,captcha,FR,16276 OVH SAS,6,143h30m1s
    local,10.1.0.1,crowdsecurity/http-probing,1,ban,CN,4134 Chinanet,12,142h30m1s
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban list --at 2026-11-24T02:15:00Z --ip 1.2.3.4 -o raw"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,1.2.3.4,scan,1,ban,, ,1,23h59m27s
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban list --at 2026-11-20T03:00:00Z --all --api -o raw"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    local,10.4.0.1,crowdsecurity/expired,1,ban,GB,1 Old AS,5,2h0m1s
    --- exit 0
    ");
}

#[test]
fn bans_from_the_api_are_counted_and_shown_on_demand() {
    let sandbox = fixture();
    assert_snapshot!(sandbox.warden("ban list --at 2026-11-24T02:30:00Z --limit 2"), @r#"
    --- stdout
    11 local decisions:
    +--------+---------------+--------------------------------+------+--------+---------+----+--------+------------+
    | SOURCE |       IP      |             REASON             | BANS | ACTION | COUNTRY | AS | EVENTS | EXPIRATION |
    +--------+---------------+--------------------------------+------+--------+---------+----+--------+------------+
    | cli    | 6.6.6.6       | a reason, with "quotes", comma |    1 | ban    |         |    |      1 | 23h54m0s   |
    | cli    | 2001:db8::/32 | v6range                        |    1 | ban    |         |    |      1 | 23h53m0s   |
    +--------+---------------+--------------------------------+------+--------+---------+----+--------+------------+
    9 more not shown (--all shows them)
    And 2 records from API, 1 distinct AS, 2 distinct countries
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban list --at 2026-11-24T02:30:00Z --api --country us"), @"
    --- stdout
    0 local decisions, 1 API decisions:
    +--------+----------+----------------------+------+--------+---------+-------------------------+--------+------------+
    | SOURCE |    IP    |        REASON        | BANS | ACTION | COUNTRY |            AS           | EVENTS | EXPIRATION |
    +--------+----------+----------------------+------+--------+---------+-------------------------+--------+------------+
    | api    | 10.3.0.1 | crowdsecurity/ssh-bf |    1 | ban    | US      | 14061 DigitalOcean, LLC |      0 | 864h30m1s  |
    +--------+----------+----------------------+------+--------+---------+-------------------------+--------+------------+
    --- exit 0
    ");
}

#[test]
fn a_list_changes_nothing() {
    let sandbox = fixture();
    let before = std::fs::read(sandbox.path("warden.db")).unwrap();
    sandbox.stdout(&["ban", "list", "-o", "json"]);
    assert!(std::fs::read(sandbox.path("warden.db")).unwrap() == before);
    let names: Vec<_> =
        std::fs::read_dir(sandbox.path(".")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn a_ban_is_there_from_its_start_to_its_end() {
    let mut sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "scan"]);
    let listed = |sandbox: &Sandbox, at: &str| {
        sandbox.stdout(&["ban", "list", "-o", "raw", "--at", at]).lines().count() - 1
    };
    assert_eq!(listed(&sandbox, "1h ago"), 0);
    assert_eq!(listed(&sandbox, "in 1h"), 1);
    assert_eq!(listed(&sandbox, "in 5h"), 0);
    sandbox.set_now("2026-11-24T03:30:00Z");
    sandbox.run(&["ban", "del", "ip", "203.0.113.7"]);
    assert_eq!(listed(&sandbox, "now"), 0);
    assert_eq!(listed(&sandbox, "2026-11-24 03:29:59"), 1);
    sandbox.run(&["ban", "flush"]);
    assert_eq!(listed(&sandbox, "03:29:59"), 1);
}

#[test]
fn a_time_that_the_clock_skips_or_repeats_shows_both() {
    let sandbox = Sandbox::new();
    let at = |time: &str| {
        let args = ["ban", "list", "--at", time];
        let output = sandbox.command(args).env("TZ", "Europe/Berlin").output().unwrap();
        sandbox.show(&output)
    };
    assert_snapshot!(at("2026-10-25 02:30"), @"
    --- stderr
    error: `2026-10-25 02:30` happens twice in this time zone: 2026-10-25 02:30:00 +02:00 and 2026-10-25 02:30:00 +01:00
    hint: write `2026-10-25 02:30:00 +02:00` or `2026-10-25 02:30:00 +01:00`
    --- exit 2
    ");
    assert_snapshot!(at("2026-03-29 02:30"), @"
    --- stderr
    error: `2026-03-29 02:30` does not exist in this time zone: 2026-03-29 01:59:59 +01:00 is followed by 2026-03-29 03:00:00 +02:00
    hint: write `2026-03-29 01:59:59 +01:00` or `2026-03-29 03:00:00 +02:00`
    --- exit 2
    ");
}

#[test]
fn text_that_somebody_else_chose_cannot_drive_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "a\x1b[2Jb\nc\u{202e}d 😀"]);
    assert_snapshot!(sandbox.warden("ban list"), @r"
    --- stdout
    1 local decisions:
    +--------+-------------+----------------------------+------+--------+---------+----+--------+------------+
    | SOURCE |      IP     |           REASON           | BANS | ACTION | COUNTRY | AS | EVENTS | EXPIRATION |
    +--------+-------------+----------------------------+------+--------+---------+----+--------+------------+
    | cli    | 203.0.113.7 | a\u{1b}[2Jb\nc\u{202e}d 😀 |    1 | ban    |         |    |      1 | 4h0m0s     |
    +--------+-------------+----------------------------+------+--------+---------+----+--------+------------+
    And 0 records from API, 0 distinct AS, 0 distinct countries
    --- exit 0
    ");
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.stdout(&["ban", "list", "-o", "json"])).unwrap();
    assert_eq!(json[0]["reason"], "a\x1b[2Jb\nc\u{202e}d 😀");
}

#[test]
fn text_that_is_not_utf8_is_repaired_and_noted_once() {
    let sandbox = three();
    sandbox.sql("update signal_occurences set scenario = cast(x'ff41' as text)");
    let shown = sandbox.warden("ban list -o raw");
    assert!(shown.contains(",\u{fffd}A,"), "{shown}");
    assert_eq!(shown.matches("UTF-8").count(), 1, "{shown}");
}

#[test]
fn a_long_list_looks_like_a_short_one() {
    let sandbox = many(1200);
    let all = sandbox.stdout(&["ban", "list", "--all"]);
    let lines: Vec<_> = all.lines().collect();
    assert_eq!(lines[0], "1200 local decisions:");
    assert_eq!(lines.len(), 1 + 3 + 1200 + 2);
    assert!(lines[1..1205].iter().all(|line| line.len() == lines[1].len()));
    let short = sandbox.stdout(&["ban", "list", "--limit", "2"]);
    assert_eq!(short.lines().nth(2).unwrap().replace(' ', ""), lines[2].replace(' ', ""));
    assert!(short.contains("1198 more not shown (--all shows them)"), "{short}");
}

/// So many bans.
fn many(n: u32) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut args: Vec<String> =
        ["ban", "add", "ip", "--duration", "4h", "--reason", "scan"].map(Into::into).into();
    args.extend((0..n).flat_map(|i| ["-t".into(), format!("198.18.{}.{}", i / 250, i % 250)]));
    let output = sandbox.command(&args).output().unwrap();
    assert!(output.status.success(), "{}", sandbox.show(&output));
    sandbox
}

#[test]
fn two_thousand_targets_in_one_call() {
    assert_eq!(many(2000).stdout(&["ban", "list", "-o", "raw"]).lines().count(), 2001);
}

#[test]
fn a_reader_who_leaves_is_success_and_a_full_disk_is_not() {
    let sandbox = many(1500);
    for output in ["json", "raw", "human"] {
        let mut child =
            sandbox.command(["ban", "list", "--all", "-o", output]).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert!(child.wait().unwrap().success(), "{output}");
    }
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sandbox.command(["ban", "list"]).stdout(full).output().unwrap();
    assert_snapshot!(sandbox.show(&output), @"
    --- stderr
    error: cannot write to standard output: no space left on device
    --- exit 1
    ");
}

#[test]
fn it_works_on_a_file_without_warden_indexes_that_cannot_be_written() {
    let sandbox = fixture();
    let mut mode = std::fs::metadata(sandbox.path("warden.db")).unwrap().permissions();
    mode.set_readonly(true);
    std::fs::set_permissions(sandbox.path("warden.db"), mode).unwrap();
    let raw = sandbox.stdout(&["ban", "list", "-o", "raw"]);
    assert!(raw.lines().count() > 5, "{raw}");
}

#[test]
fn one_long_text_does_not_widen_every_line() {
    let sandbox = Sandbox::new();
    let list: String = (1..=60).map(|i| format!("203.0.113.{i}\n")).collect();
    sandbox.write("list", list);
    sandbox.warden("ban import list");
    sandbox.sql(&format!(
        "update ban_applications set reason = '{}' where ip_text = '203.0.113.9'",
        "x".repeat(60_000)
    ));
    for line in ["ban list --all", "ban list --all --sort ip"] {
        let shown = sandbox.warden(line);
        assert!(shown.lines().all(|line| line.chars().count() < 400), "{line}");
        assert!(shown.contains(&format!(" {}… ", "x".repeat(199))), "{line}");
    }
    assert!(sandbox.stdout(&["ban", "list", "-o", "raw"]).contains(&"x".repeat(60_000)));
}
