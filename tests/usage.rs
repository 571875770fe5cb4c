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
    assert_snapshot!(refused("ban lst"), @"");
}

#[test]
fn an_unknown_format_is_refused() {
    assert_snapshot!(refused("ban list -o csv"), @"");
}

#[test]
fn what_is_no_target_is_refused() {
    assert_snapshot!(refused("ban add ip nonsense 4h scan"), @"");
    assert_snapshot!(refused("ban add range 1.2.3.0/99 4h scan"), @"");
    assert_snapshot!(refused("ban add ip 01.02.03.04 4h scan"), @"");
    assert_snapshot!(refused("ban del ip nonsense"), @"");
    assert_snapshot!(refused("ban list --range nonsense"), @"");
}

#[test]
fn the_wrong_verb_is_refused_with_the_right_one() {
    assert_snapshot!(refused("ban add range 1.2.3.4 4h scan"), @"");
    assert_snapshot!(refused("ban add ip 1.2.3.0/24 4h scan"), @"");
}

#[test]
fn what_is_no_duration_is_refused_with_what_to_write() {
    for duration in ["4", "forever", "-1h", "0s", "1M", "9999999999h", "nonsense"] {
        let shown = refused(&format!("ban add ip 1.2.3.4 {duration} scan"));
        assert!(shown.starts_with("--- stderr\nerror: `"), "{shown}");
        assert!(shown.ends_with("--- exit 2\n"), "{shown}");
    }
    assert_snapshot!(refused("ban add ip 1.2.3.4 1M scan"), @"");
    assert_snapshot!(refused("ban add ip 1.2.3.4 forever scan"), @"");
}

#[test]
fn a_mistyped_flag_does_not_become_part_of_the_reason() {
    assert_snapshot!(refused("ban add ip 1.2.3.4 4h scan --remediaton captcha"), @"");
}

#[test]
fn a_missing_word_is_named() {
    assert_snapshot!(refused("ban add ip"), @"");
    assert_snapshot!(refused("ban add ip 1.2.3.4"), @"");
    assert_snapshot!(refused("ban add ip 1.2.3.4 4h"), @"");
}

#[test]
fn a_time_that_is_not_understood_is_refused() {
    assert_snapshot!(refused("ban list --at tomorrow"), @"");
}
