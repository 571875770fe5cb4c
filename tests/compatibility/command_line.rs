//! Flags, words, times and durations.

use insta::assert_snapshot;

use super::{one_day, rows};
use crate::common::Sandbox;

#[test]
fn the_flags_of_v03_are_taken_before_and_after_the_verb() {
    let sandbox = one_day();
    for level in ["--debug", "--info", "--warning", "--error"] {
        for line in [
            format!("-c warden.yaml -o raw {level} ban --remediation ban list"),
            format!("ban list {level} --output raw --config warden.yaml"),
        ] {
            let shown = sandbox.warden(&line);
            assert!(shown.contains("cli,203.0.113.7,scan"), "{line}: {shown}");
            assert!(shown.ends_with("--- exit 0\n"), "{line}: {shown}");
        }
    }
}

#[test]
fn a_remediation_is_kept_whatever_place_its_flag_has() {
    let sandbox = Sandbox::new();
    sandbox.warden("ban --remediation captcha add ip 203.0.113.1 1h one");
    sandbox.warden("ban add --remediation slow ip 203.0.113.2 1h two");
    sandbox.warden("ban add ip 203.0.113.3 1h three");
    assert_eq!(sandbox.sql("select measure_type from ban_applications order by id"), "captcha\nslow\nban\n");
}

#[test]
fn the_words_of_a_reason_are_joined_by_a_space() {
    let sandbox = Sandbox::new();
    sandbox.warden("ban add ip 203.0.113.7 24h three   separate words");
    sandbox.warden("ban add range 198.51.100.0/24 24h a range");
    assert_eq!(
        sandbox.sql("select ip_text, reason from ban_applications"),
        "203.0.113.7|three separate words\n198.51.100.0/24|a range\n"
    );
}

#[test]
fn writes_say_v03s_words_on_stderr_and_nothing_on_stdout() {
    let sandbox = Sandbox::new();
    for (line, words) in [
        ("ban add ip 1.2.3.4 24h scan", "ban 1.2.3.4 for 24h (scan)"),
        ("ban add range 1.2.4.0/24 24h scan", "ban 1.2.4.0/24 for 24h (scan)"),
        ("ban del ip 1.2.3.4", "Deleted 1 entries: 1.2.3.4\n"),
        ("ban del range 1.2.4.0/24", "Deleted 1 entries: 1.2.4.0/24\n"),
        ("ban flush", "Ban DB flushed\n"),
    ] {
        let shown = sandbox.warden(line);
        assert!(shown.starts_with(&format!("--- stderr\n{words}")), "{line}: {shown}");
        assert!(shown.ends_with("--- exit 0\n"), "{line}: {shown}");
    }
}

#[test]
fn every_flag_of_list_is_taken() {
    let sandbox = Sandbox::of_v03();
    let line = "ban list --at 2026-11-24T02:30:00Z -a --api --ip 10.2.0.1 --range 10.2.0.0/16 --reason ssh \
                --country FR --as OVH --limit 5 -o raw";
    assert_snapshot!(sandbox.warden(line), @r"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    local,10.2.0.0/24,crowdsecurity/ssh-bf,1,ban,FR,16276 OVH SAS,7,864h30m1s
    local,10.2.0.1,crowdsecurity/ssh-bf,1,captcha,FR,16276 OVH SAS,6,143h30m1s
    --- exit 0
    ");
}

#[test]
fn a_start_up_failure_is_one_message_and_no_usage() {
    let sandbox = Sandbox::empty();
    assert_snapshot!(sandbox.warden("ban list"), @"
    --- stderr
    error: no backend is configured: no *.yaml in [DIR]/backend
      in [DIR]/warden.yaml
    hint: copy one of the examples in config/plugins/backend there
    --- exit 1
    ");
}

#[test]
fn every_layout_of_at_is_read() {
    let sandbox = one_day();
    for layout in [
        "2026-11-24T04:00:00Z",
        "2026-11-24T05:00:00.5+01:00",
        "24/Nov/2026:04:00:00 +0000",
        "Tue Nov 24 04:00:00 2026",
        "11/24/2026 04:00:00",
        "2026-11-24 04:00:00.999999999 +0000 UTC",
        "2026-11-23 23:00:00 -0500 EST",
        "Nov 24 04:00:00",
        "Tue Nov 24 04:00:00.000000 2026",
        "2026/11/24 04:00",
        "2026-11-24 04:00",
        // Refused by v0.3.
        "2026-11-24 04:00:00",
    ] {
        let listed = sandbox.stdout(&["ban", "list", "--at", layout, "-o", "raw"]);
        assert!(listed.contains(",23h0m0s\n") || listed.contains(",22h59m59s\n"), "{layout}: {listed}");
    }
    for layout in ["2026/11/25", "2026-11-25"] {
        let listed = sandbox.stdout(&["ban", "list", "--at", layout, "-o", "raw"]);
        assert!(listed.contains(",3h0m0s\n"), "{layout}: {listed}");
    }
}

#[test]
fn a_time_without_a_zone_is_local_time() {
    let sandbox = one_day();
    // 05:00 in Kolkata (+05:30) is 23:30 the day before in UTC, and 09:30 is 04:00.
    let at = |time: &str| {
        let mut command = sandbox.command(["ban", "list", "--at", time, "-o", "raw"]);
        String::from_utf8(command.env("TZ", "Asia/Kolkata").output().unwrap().stdout).unwrap()
    };
    assert_eq!(at("2026-11-24 05:00").lines().count(), 1);
    assert!(at("2026-11-24 09:30").contains(",23h0m0s\n"));
}

#[test]
fn gos_durations_are_read_and_days_too() {
    let sandbox = Sandbox::new();
    for (duration, left) in [
        ("24h", "24h0m0s"),
        ("1h30m", "1h30m0s"),
        ("1.5h", "1h30m0s"),
        ("2562047h47m", "2562047h47m0s"),
        ("1h30m45s", "1h30m45s"),
        ("7d", "168h0m0s"),
        ("2weeks", "336h0m0s"),
    ] {
        sandbox.warden(&format!("ban add ip 203.0.113.7 {duration} x"));
        assert!(rows(&sandbox, "")[0].ends_with(&format!(",{left}")), "{duration}");
    }
    assert!(sandbox.warden("ban add ip 203.0.113.7 300ms x").ends_with("--- exit 0\n"));
}
