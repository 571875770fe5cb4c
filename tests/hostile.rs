//! Plugins that break the contract: what can be survived is survived and reported, by plugin and call, and the other
//! backends still get their turn.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::common::{Sandbox, compile, plugin_path};

/// hostile.c, built once.
pub fn hostile() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| variant("hostile.so", &[]))
}

fn variant(name: &str, options: &[&str]) -> PathBuf {
    let options = [&["-std=gnu11", "-pthread"], options].concat();
    compile::c(&compile::source("tests/hostile/hostile.c"), name, &options)
}

/// The hostile plugin before a database.
fn beside_a_database(plugin: &Path, pairs: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut text = format!("name: bad\npath: {}\nconfig:\n", plugin.display());
    for (key, value) in pairs {
        text += &format!("  {key}: \"{value}\"\n");
    }
    sandbox.write("backend/a-bad.yaml", text);
    sandbox
}

/// Runs a command with a plugin that does something in a call.
fn told(what: &str, call: &str, line: &str) -> (Sandbox, String) {
    let sandbox = beside_a_database(hostile(), &[("do", what), ("at", call)]);
    let shown = sandbox.warden(line);
    (sandbox, shown)
}

const ADD: &str = "ban add ip 203.0.113.7 4h scan --warning";

/// The ban reached the other backend.
fn assert_added(sandbox: &Sandbox, what: &str) {
    let bans = sandbox.sql("select count(*) from ban_applications where ip_text = '203.0.113.7'");
    assert_eq!(bans.trim(), "1", "{what}");
}

#[test]
fn what_an_insert_answers_badly_is_reported_and_the_others_go_on() {
    for (what, words) in [
        ("garbage", "the plugin failed with status -12345"),
        ("stopped", "the plugin stopped without being asked to"),
        ("panic", "the plugin panicked"),
        ("never", "the storage is out of reach; the plugin does not say why"),
        ("twice", "second"),
        ("null-error", "(unreadable)"),
        ("huge-error", "(unreadable)"),
        ("binary-error", "caf\u{fffd} \u{fffd}\u{fffd}"),
        ("escapes", r"\u{1b}[2Jgone\nline"),
        ("counts", "the plugin broke its contract in `insert`: 18446744073709551615 is no honest count"),
    ] {
        let (sandbox, shown) = told(what, "insert", ADD);
        let wanted = format!(
            "--- stderr\nerror: backend \"bad\": {words} (during add)\n  in [DIR]/backend/a-bad.yaml\n--- exit 3\n"
        );
        assert_eq!(shown, wanted, "{what}");
        assert_added(&sandbox, what);
    }
}

#[test]
fn a_positive_status_that_is_not_known_is_a_success() {
    let (sandbox, shown) = told("unknown-success", "flush", ADD);
    assert!(!shown.contains("error"), "{shown}");
    assert!(shown.ends_with("--- exit 0\n"), "{shown}");
    assert_added(&sandbox, "unknown-success");
}

#[test]
fn a_megabyte_of_text_is_cut() {
    let (sandbox, shown) = told("megabyte", "insert", ADD);
    assert!((8_000..9_000).contains(&shown.len()), "{} bytes", shown.len());
    assert!(shown.contains("mmm… (during add)"), "the end of the message");
    assert_added(&sandbox, "megabyte");
}

#[test]
fn an_error_that_comes_late_is_reported_by_the_next_call() {
    let (sandbox, shown) = told("late-error", "insert", ADD);
    assert_snapshot!(shown, @r#"
    --- stderr
    warning: backend "bad": the plugin broke its contract in `shutdown`: an error from another thread (during shutdown)
      in [DIR]/backend/a-bad.yaml
    --- exit 0
    "#);
    assert_added(&sandbox, "late-error");
}

#[test]
fn a_log_line_that_cannot_be_read_is_said_to_be_so() {
    let (sandbox, shown) = told("log", "insert", ADD);
    assert_snapshot!(shown, @r#"
    --- stderr
    error: backend "bad": (unreadable)
    warning: backend "bad": caf� ��
    --- exit 0
    "#);
    assert_added(&sandbox, "log");
}

#[test]
fn a_thread_that_logs_for_ever_ends_with_the_program() {
    let (sandbox, shown) = told("log-for-ever", "insert", ADD);
    assert_eq!(shown, "--- exit 0\n");
    assert_added(&sandbox, "log-for-ever");
}

#[test]
fn rows_that_break_the_contract_are_reported() {
    for (what, words) in [
        ("row-null", "`row` is a null pointer"),
        ("row-short", "`row` is shorter than the first version of its struct"),
        ("row-huge-text", "`reason` claims an impossible length"),
        ("row-null-text", "`reason` is a null pointer"),
        ("row-after-stop", "a row after it was asked to stop"),
        ("row-from-thread", "a row from another thread"),
    ] {
        let (_, shown) = told(what, "read_at", "ban list -o json --limit 1 --warning");
        let wanted = format!(
            "error: backend \"bad\": the plugin broke its contract in `read_at`: {words} (during list)"
        );
        assert!(shown.contains(&wanted), "{what}: {shown}");
        assert!(!shown.ends_with("--- exit 0\n"), "{what}: {shown}");
    }
}

#[test]
fn odd_rows_are_shown_as_far_as_they_can_be() {
    for what in ["row-endless", "row-odd", "row-binary"] {
        let (_, shown) = told(what, "read_at", "ban list -o json --warning");
        assert!(shown.contains("\"iptext\": \"192.0.2.66\""), "{what}: {shown}");
        assert!(shown.ends_with("--- exit 0\n"), "{what}: {shown}");
    }
}

#[test]
fn a_row_after_the_call_is_refused_and_reported() {
    for (what, words) in
        [("row-late", "a row from another thread"), ("row-in-shutdown", "a row, which it was not asked for")]
    {
        let (_, shown) = told(what, "read_at", "ban list -o raw --warning");
        let wanted = format!(
            "warning: backend \"bad\": the plugin broke its contract in `shutdown`: {words} (during shutdown)"
        );
        assert!(shown.contains(&wanted), "{what}: {shown}");
    }
}

#[test]
fn an_extension_that_is_broken_is_not_used_and_one_that_lies_is_believed() {
    for what in ["tiny", "null"] {
        let (_, shown) = told(what, "extension", "ban list --reason x -o json --warning");
        assert_eq!(shown, "--- stdout\n[]\n--- exit 0\n", "{what}");
    }
    // Bits that the host did not ask for mean nothing.
    let (_, shown) = told("all", "extension", "ban list -o json --warning");
    assert_eq!(shown, "--- stdout\n[]\n--- exit 0\n");
}

#[test]
fn a_broken_descriptor_is_refused_before_any_call() {
    for (macro_, words) in [
        ("VARIANT_MAGIC", "the plugin is broken: the descriptor has another magic number"),
        ("VARIANT_MAJOR", "the plugin is built for ABI 2.7"),
        (
            "VARIANT_SHORT_DESCRIPTOR",
            "the plugin is broken: the descriptor is shorter than its first version",
        ),
        ("VARIANT_SHORT_TABLE", "the plugin is broken: its table of calls is shorter than its first version"),
        ("VARIANT_NULL_CALL", "the plugin is broken: `flush` is a null pointer"),
        ("VARIANT_NO_TABLE", "the plugin is broken: it has no table of calls"),
    ] {
        let plugin = variant(&format!("{macro_}.so"), &[&format!("-D{macro_}")]);
        let sandbox = beside_a_database(&plugin, &[("do", "abort"), ("at", "init")]);
        let shown = sandbox.warden(ADD);
        assert!(shown.contains(words), "{macro_}: {shown}");
        assert!(shown.contains("warning: backend \"bad\": "), "{macro_}: {shown}");
        assert!(shown.ends_with("--- exit 3\n"), "{macro_}: {shown}");
        assert_added(&sandbox, macro_);
    }
}

#[test]
fn a_name_that_is_no_text_is_shown_as_a_question_mark() {
    let plugin = variant("null-name.so", &["-DVARIANT_NULL_NAME"]);
    let sandbox = beside_a_database(&plugin, &[("do", ""), ("at", "")]);
    let shown = sandbox.warden("plugin list -o json --warning");
    assert!(shown.contains("\"plugin\": \"?\",\n    \"version\": \"?\""), "{shown}");
}

#[test]
fn a_plugin_that_ends_the_program_is_named_with_the_call() {
    for (what, words, end) in [
        ("abort", "the plugin aborted the program in `insert`", "signal: 6"),
        ("crash", "the plugin crashed the program in `insert`", "signal: 11"),
        ("exit", "the plugin ended the program in `insert`", "exit 1"),
    ] {
        let (_, shown) = told(what, "insert", ADD);
        assert!(
            shown.starts_with(&format!("--- stderr\nerror: backend \"bad\": {words}\n--- ")),
            "{what}: {shown}"
        );
        assert!(shown.contains(end), "{what}: {shown}");
    }
}

/// What a user reads of a call that does not return.
fn overdue(call: &str) -> String {
    format!("backend \"bad\": the plugin did not return from `{call}` within 300ms")
}

#[test]
fn a_call_that_does_not_return_is_left_behind() {
    for (call, exit) in [("init", 3), ("insert", 3), ("flush", 3), ("shutdown", 0), ("destroy", 0)] {
        for what in ["hang", "hang-until-cancelled"] {
            let since = Instant::now();
            let (sandbox, shown) = told(what, call, &format!("{ADD} --timeout 300ms"));
            assert!(since.elapsed() < Duration::from_secs(20), "{call}");
            assert_eq!(shown.matches("did not return").count(), 1, "{call}: {shown}");
            assert!(shown.contains(&overdue(call)), "{call}: {shown}");
            assert!(shown.ends_with(&format!("--- exit {exit}\n")), "{call}: {shown}");
            assert_added(&sandbox, call);
        }
    }
}

#[test]
fn a_read_that_does_not_return_is_left_behind_with_the_rows_it_gave() {
    let (sandbox, _) = told("row-then-hang", "read_at", ADD);
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\nwarden:\n  timeout: 300ms\n");
    let shown = sandbox.warden("ban list -o raw --warning");
    assert!(shown.contains(&overdue("read_at")), "{shown}");
    assert!(shown.contains("192.0.2.66"), "{shown}");
    assert!(shown.contains("203.0.113.7"), "{shown}");
    assert!(shown.ends_with("--- exit 3\n"), "{shown}");
}

#[test]
fn with_a_time_limit_all_is_as_without() {
    for (what, call) in [("garbage", "insert"), ("twice", "insert"), ("counts", "insert"), ("never", "flush")]
    {
        let (_, wanted) = told(what, call, ADD);
        let (sandbox, shown) = told(what, call, &format!("{ADD} --timeout 1m"));
        assert_eq!(shown, wanted, "{what}");
        assert_added(&sandbox, what);
    }
    for what in ["row-null", "row-from-thread", "row-binary", "row-odd"] {
        let (_, wanted) = told(what, "read_at", "ban list -o json --warning");
        let (_, shown) = told(what, "read_at", "ban list -o json --warning --timeout 1m");
        assert_eq!(shown, wanted, "{what}");
    }
}

/// Runs a command with a plugin that panics in a call.
fn panics(call: &str, again: bool, line: &str) -> (Sandbox, String) {
    let again = if again { "true" } else { "false" };
    let sandbox = beside_a_database(&plugin_path("panics"), &[("at", call), ("again", again)]);
    let shown = sandbox.warden(line);
    (sandbox, shown)
}

#[test]
fn a_panic_in_any_call_is_caught_and_reported_with_its_place() {
    for (call, line, during, exit) in [
        ("init", ADD, "", 3),
        ("insert", ADD, " (during add)", 3),
        ("flush", ADD, " (during add)", 3),
        ("shutdown", ADD, " (during shutdown)", 0),
        ("destroy", ADD, " (during destroy)", 0),
        ("read_at", "ban list --warning", " (during list)", 3),
        ("delete_target", "ban del ip 203.0.113.9 --warning", " (during del)", 3),
        ("delete_all", "ban flush --warning", " (during flush)", 3),
        ("probe", "config check --warning", " (during probe)", 3),
    ] {
        for again in [false, true] {
            let (sandbox, shown) = panics(call, again, line);
            let words = if again { "no message".to_owned() } else { format!("in {call}") };
            let place = "panicked at tests/hostile/panics/src/lib.rs:";
            assert!(shown.contains(&format!("backend \"bad\": {place}")), "{call}: {shown}");
            assert!(shown.contains(&format!(": {words}{during}\n")), "{call}: {shown}");
            assert!(shown.ends_with(&format!("--- exit {exit}\n")), "{call}: {shown}");
            if line == ADD {
                assert_added(&sandbox, call);
            }
        }
    }
}

#[test]
fn a_panic_in_a_thread_of_the_plugin_is_heard() {
    let (sandbox, shown) = panics("thread", false, ADD);
    assert!(shown.contains("error: backend \"bad\": a thread panicked at "), "{shown}");
    assert!(shown.ends_with(": in a thread\n--- exit 0\n"), "{shown}");
    assert_added(&sandbox, "thread");
}

#[test]
fn a_secret_is_not_read_in_an_error_or_the_log() {
    let source = fs::read_to_string(compile::source("tests/hostile/hostile.c")).unwrap();
    let telling = source.replace(
        "return act(it, \"init\", err);",
        "for (size_t i = 0; i < count; i++) {\n\
         host->log(host->ctx, WARDEN_LOG_WARN, config[i].value);\n\
         err->set(err->ctx, config[i].value, config[i].key, config[i].value);\n\
         }\n\
         return WARDEN_E_CONFIG;",
    );
    let path = compile::out("telling.c");
    fs::write(&path, telling).unwrap();
    let plugin = compile::c(&path, "telling.so", &["-std=gnu11", "-pthread"]);
    let sandbox = beside_a_database(&plugin, &[("api_token", "s3cr3t-value")]);
    let shown = sandbox.warden("ban list --debug");
    assert!(shown.contains("warning: backend \"bad\": ***"), "{shown}");
    assert!(!shown.contains("s3cr3t"), "{shown}");
}

#[test]
fn a_long_list_is_the_same_with_a_time_limit() {
    let sandbox = Sandbox::new();
    let mut lines = String::new();
    for n in 0..5_000 {
        lines += &format!("{{\"scenario\":\"scan {n}\",\"source_ip\":\"10.0.{}.{}\"}}\n", n / 250, n % 250);
    }
    sandbox.write("signals", lines);
    let pushed = sandbox.run(&["signal", "push", "signals", "--duration", "4h", "--warning"]);
    assert_eq!(pushed, "--- exit 0\n");
    for more in [&["--all"][..], &["--limit", "7"], &["--reason", "scan 12"]] {
        let list = |limit: &[&str]| sandbox.stdout(&[&["ban", "list", "-o", "json"], more, limit].concat());
        let without = list(&[]);
        assert!(without.len() > 1_000, "{more:?}: {without}");
        assert!(list(&["--timeout", "1m"]) == without, "{more:?}");
    }
}
