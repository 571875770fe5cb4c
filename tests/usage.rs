//! The command line: what is refused before anything is looked at.

use insta::assert_snapshot;

use crate::common::Sandbox;

fn refused(line: &str) -> String {
    let sandbox = Sandbox::empty();
    let shown = sandbox.warden(line);
    assert!(!sandbox.path("warden.db").exists());
    shown
}

#[test]
fn a_mistyped_verb_is_refused_with_the_one_meant() {
    assert_snapshot!(refused("ban lst"), @"
    --- stderr
    error: unrecognized subcommand 'lst'

      tip: some similar subcommands exist: 'ls', 'list'

    Usage: warden ban [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn an_unknown_format_is_refused() {
    assert_snapshot!(refused("ban list -o csv"), @r"
    --- stderr
    error: invalid value 'csv' for '--output <OUTPUT>'
      [possible values: human, json, jsonl, raw]

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn what_is_no_target_is_refused() {
    assert_snapshot!(refused("ban add ip nonsense 4h scan"), @"
    --- stderr
    error: `nonsense` is not an address or a CIDR range: it is neither IPv4 nor IPv6
    --- exit 2
    ");
    assert_snapshot!(refused("ban add range 1.2.3.0/99 4h scan"), @"
    --- stderr
    error: `1.2.3.0/99` is not an address or a CIDR range: what follows the `/` must be a number from 0 to 32
    --- exit 2
    ");
    assert_snapshot!(refused("ban add ip 01.02.03.04 4h scan"), @"
    --- stderr
    error: `01.02.03.04` is not an address or a CIDR range: a number starts with a zero
    --- exit 2
    ");
    assert_snapshot!(refused("ban del ip nonsense"), @"
    --- stderr
    error: invalid value 'nonsense' for '[TARGET]...': `nonsense` is not an address or a CIDR range: it is neither IPv4 nor IPv6

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(refused("ban list --range nonsense"), @"
    --- stderr
    error: invalid value 'nonsense' for '--range <CIDR>': `nonsense` is not an address or a CIDR range: it is neither IPv4 nor IPv6

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn the_wrong_verb_is_refused_with_the_right_one() {
    assert_snapshot!(refused("ban add range 1.2.3.4 4h scan"), @"
    --- stderr
    error: `1.2.3.4` is an address
    hint: use `ban add ip 1.2.3.4 …`
    --- exit 2
    ");
    assert_snapshot!(refused("ban add ip 1.2.3.0/24 4h scan"), @"
    --- stderr
    error: `1.2.3.0/24` is a range
    hint: use `ban add range 1.2.3.0/24 …`
    --- exit 2
    ");
}

#[test]
fn what_is_no_duration_is_refused_with_what_to_write() {
    for duration in ["4", "forever", "-1h", "0s", "1M", "9999999999h", "nonsense"] {
        let shown = refused(&format!("ban add ip 1.2.3.4 {duration} scan"));
        assert!(shown.starts_with("--- stderr\nerror: `"), "{shown}");
        assert!(shown.ends_with("--- exit 2\n"), "{shown}");
    }
    assert_snapshot!(refused("ban add ip 1.2.3.4 1M scan"), @"
    --- stderr
    error: `1M` may mean minutes or months
    hint: write `1m` for minutes or `1month` for months
    --- exit 2
    ");
    assert_snapshot!(refused("ban add ip 1.2.3.4 forever scan"), @"
    --- stderr
    error: `forever` is not a duration
    hint: write `permanent` for a ban without end
    --- exit 2
    ");
}

#[test]
fn a_mistyped_flag_does_not_become_part_of_the_reason() {
    assert_snapshot!(refused("ban add ip 1.2.3.4 4h scan --remediaton captcha"), @"
    --- stderr
    error: unexpected argument '--remediaton' found

      tip: a similar argument exists: '--remediation'
      tip: to pass '--remediaton' as a value, use '-- --remediaton'

    Usage: warden ban add ip --remediation <ACTION> <TARGET DURATION REASON>... [-- <REASON>...]

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn a_missing_word_is_named() {
    assert_snapshot!(refused("ban add ip"), @r#"
    --- stderr
    error: TARGET is missing: what to ban
    hint: warden ban add ip 203.0.113.7 4h "ssh brute force"
    --- exit 2
    "#);
    assert_snapshot!(refused("ban add ip 1.2.3.4"), @r#"
    --- stderr
    error: DURATION is missing: for how long, such as `4h`
    hint: warden ban add ip 203.0.113.7 4h "ssh brute force"
    --- exit 2
    "#);
    assert_snapshot!(refused("ban add ip 1.2.3.4 4h"), @r#"
    --- stderr
    error: REASON is missing: why
    hint: warden ban add ip 203.0.113.7 4h "ssh brute force"
    --- exit 2
    "#);
}

#[test]
fn a_time_that_is_not_understood_is_refused() {
    assert_snapshot!(refused("ban list --at tomorrow"), @"
    --- stderr
    error: invalid value 'tomorrow' for '--at <T>': `tomorrow` is not a time

    hint: write `2026-11-24 02:14`, `2026-11-24T02:14:27Z`, `02:14`, `yesterday 02:14`, `2h ago`, `in 2h`, `@1700000000` or `now`; without a zone it is local time

    For more information, try '--help'.
    --- exit 2
    ");
}
