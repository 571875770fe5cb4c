//! The conformance suite: what is right passes, what is wrong fails its own case, and a plugin that ends its process
//! fails no other.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use insta::assert_snapshot;

use crate::common::{Sandbox, compile, plugin_path};

fn memory() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| compile::c(&compile::source("plugins/examples/memory.c"), "memory.so", &[]))
}

/// Checks a plugin with few rows, since debug builds are slow.
fn check(plugin: &Path, more: &[&str]) -> String {
    let path = plugin.to_str().unwrap();
    Sandbox::empty().run(&[&["plugin", "check", path, "--rows", "20000"], more].concat())
}

/// The cases that failed.
fn failed(shown: &str) -> Vec<&str> {
    let failed = shown.lines().filter_map(|line| line.strip_prefix("FAILED   "));
    failed.map(|line| line.split_whitespace().next().unwrap()).collect()
}

/// The last line without paths.
fn sum(shown: &str) -> &str {
    shown.lines().rev().nth(1).unwrap().split_once("): ").unwrap().1
}

#[test]
fn the_c_example_passes_in_less_than_150_lines() {
    let text = fs::read_to_string(compile::source("plugins/examples/memory.c")).unwrap();
    assert!(text.lines().count() < 150);
    let shown = check(memory(), &[]);
    assert_eq!(sum(&shown), "31 cases, 25 passed, 6 skipped, 0 failed", "{shown}");
    assert!(shown.ends_with("--- exit 0\n"), "{shown}");
}

#[test]
fn the_c_example_passes_as_cpp() {
    if let Some(plugin) = compile::cpp(&compile::source("plugins/examples/memory.c"), "memory-cpp.so") {
        let shown = check(&plugin, &[]);
        assert_eq!(failed(&shown), [""; 0], "{shown}");
    }
}

#[test]
fn the_c_example_does_with_warden_what_the_dummy_does_beside_the_database() {
    let sandbox = Sandbox::new();
    let config = format!("name: memory\npath: {}\nconfig:\n  max_bans: \"1\"\n", memory().display());
    sandbox.write("backend/memory.yaml", config);
    assert_snapshot!(sandbox.warden("ban add ip 203.0.113.7 4h scan"), @"
    --- stderr
    ban 203.0.113.7 for 4h (scan), until 2026-11-24 07:00:00 +00:00
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban list -o raw"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,203.0.113.7,scan,1,ban,, ,1,4h0m0s
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban del ip 203.0.113.7"), @r#"
    --- stderr
    Deleted 1 entries: 203.0.113.7
    backend "database": 1 ban ended
    backend "memory": 0 bans ended
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban flush"), @r#"
    --- stderr
    Ban DB flushed
    backend "database": 0 bans ended
    backend "memory": 0 bans ended
    --- exit 0
    "#);
    let config = format!("name: memory\npath: {}\nconfig:\n  max_bans: \"0\"\n", memory().display());
    sandbox.write("backend/memory.yaml", config);
    assert_snapshot!(sandbox.warden("ban add ip 203.0.113.8 4h scan"), @r#"
    --- stderr
    error: backend "memory": the memory is full (during add)
      in [DIR]/backend/memory.yaml
    ban 203.0.113.8 for 4h (scan), until 2026-11-24 07:00:00 +00:00
    --- exit 3
    "#);
    let config = format!("name: memory\npath: {}\nconfig:\n  max_bans: \"many\"\n", memory().display());
    sandbox.write("backend/memory.yaml", config);
    assert_snapshot!(sandbox.warden("ban list -o raw"), @r#"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,203.0.113.8,scan,1,ban,, ,1,4h0m0s
    --- stderr
    warning: backend "memory": config.max_bans: `many` is not a whole number
      in [DIR]/backend/memory.yaml:4
    --- exit 3
    "#);
}

#[test]
fn a_plugin_that_keeps_nothing_is_skipped_and_not_passed() {
    let shown = check(&plugin_path("dummy"), &[]);
    assert_eq!(sum(&shown), "31 cases, 10 passed, 21 skipped, 0 failed", "{shown}");
    assert!(shown.contains("skipped  read-back "), "{shown}");
    assert!(shown.ends_with("--- exit 0\n"), "{shown}");
}

/// Each change makes the C example wrong; the cases that must see it.
const BROKEN: &[(&str, &str, &[&str])] = &[
    (
        "row->until_us = b->until_us",
        "row->until_us = b->until_us + 1000000",
        &["active", "replace", "permanent"],
    ),
    ("same(b->row.target, *target)", "(same(b->row.target, *target) && b->row.source.len == 3)", &["delete"]),
    ("!same(old->row.source, row->source)", "0", &["replace"]),
    ("if (sink->row(sink->ctx, &row)) return WARDEN_STOPPED;", "sink->row(sink->ctx, &row);", &["stop"]),
    ("b->pending & ENDED && !keep", "0", &["pending"]),
    ("settle((memory *)self, NEW, 0)", "settle((memory *)self, 0, 1)", &["pending"]),
    ("at < b->row.until_us", "at <= b->row.until_us", &["active"]),
    ("(!b->row.end_kind || at < b->row.ended_us)", "!b->row.end_kind", &["history"]),
    ("const int own = s->flags & WARDEN_SIGNAL_BANS_ONLY", "const int own = 0", &["bans-only"]),
    ("(void)id, (const void *)NULL", "(const void *)id", &["unknown-extension"]),
    ("warden_row row = b->row;", "warden_row row = b->row; row.reason.len /= 2;", &["hostile-text"]),
    (
        "for (ban *b = ((memory *)self)->bans[i]; b;",
        "for (ban *b = ((memory *)self)->bans[i]; b && i % 64;",
        &["many-rows"],
    ),
    (
        "warden_take(&b, sizeof b,",
        "if (!s.bans[i].target.len) abort(); warden_take(&b, sizeof b,",
        &["nonsense"],
    ),
    (
        "static void destroy(void *self) {",
        "static void destroy(void *self) { if (((memory *)self)->count) abort();",
        &["each-call"],
    ),
    ("*self = m;", "static memory *one; if (!one) one = m; *self = one;", &["two-instances"]),
    ("TEXT(\"memory\"), ", "TEXT(\"\"), ", &["descriptor"]),
];

#[test]
fn each_case_sees_what_it_is_there_for() {
    let right = fs::read_to_string(compile::source("plugins/examples/memory.c")).unwrap();
    for (n, (from, to, cases)) in BROKEN.iter().enumerate() {
        assert_eq!(right.matches(from).count(), 1, "{from}");
        let source = compile::out(&format!("broken{n}.c"));
        fs::write(&source, right.replace(from, to)).unwrap();
        let plugin = compile::c(&source, &format!("broken{n}.so"), &["-Wno-error"]);
        let shown = check(&plugin, &[]);
        for case in *cases {
            assert!(failed(&shown).contains(case), "`{to}` passes {case}:\n{shown}");
        }
        assert!(shown.ends_with("--- exit 1\n"), "{shown}");
    }
}

#[test]
fn a_plugin_that_ends_its_process_fails_that_case_alone() {
    let source = compile::source("tests/hostile/hostile.c");
    let plugin = compile::c(&source, "check-hostile.so", &["-std=gnu11", "-pthread"]);
    for (what, words) in [
        ("abort", "crashed with SIGABRT"),
        ("crash", "crashed with SIGSEGV"),
        ("exit", "ended the process"),
        ("hang", "did not end within 1s"),
        ("garbage", "probe: the plugin failed with status -12345 (internal)"),
        ("panic", "probe: the plugin panicked (panic)"),
    ] {
        let config = format!("do={what}");
        let args = ["--limit", "1s", "--only", "life-cycle", "--only", "each-call", "--only", "threads"];
        let shown = check(&plugin, &[&["--set", &config, "--set", "at=probe"], &args[..]].concat());
        assert_eq!(failed(&shown), ["life-cycle"], "{what}: {shown}");
        assert!(shown.contains(words), "{what}: {shown}");
        assert!(shown.ends_with("--- exit 1\n"), "{what}: {shown}");
    }
}

#[test]
fn the_report_is_json_too_and_the_plugin_may_be_a_backend() {
    let sandbox = Sandbox::empty();
    sandbox.backend("some-name", "dummy", &[]);
    let json = sandbox.stdout(&[
        "plugin",
        "check",
        "some-name",
        "-o",
        "json",
        "--only",
        "descriptor",
        "--only",
        "delete",
    ]);
    let mut report: serde_json::Value = serde_json::from_str(&json).unwrap();
    for case in report["cases"].as_array_mut().unwrap() {
        assert!(case["seconds"].as_f64().unwrap() > 0.0);
        case["seconds"] = 0.into();
    }
    report["path"] = "".into();
    assert_snapshot!(format!("{report:#}"), @r#"
    {
      "plugin": "dummy",
      "version": "0.1.0",
      "abi": "1.0",
      "path": "",
      "passed": 1,
      "skipped": 1,
      "failed": 0,
      "cases": [
        {
          "case": "descriptor",
          "about": "it says who it is and what it can do",
          "outcome": "passed",
          "reason": null,
          "seconds": 0,
          "log": ""
        },
        {
          "case": "delete",
          "about": "what was deleted is gone, and nothing else",
          "outcome": "skipped",
          "reason": "the plugin does not say that it keeps bans",
          "seconds": 0,
          "log": ""
        }
      ]
    }
    "#);
    assert_snapshot!(sandbox.warden("plugin check another"), @"
    --- stderr
    error: there is neither a file nor a backend `another`
    hint: configured are some-name
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("plugin check ./missing.so"), @"
    --- stderr
    error: cannot open ./missing.so: no such file or directory
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("plugin check some-name --only no-such --set x"), @"
    --- stderr
    error: invalid value 'no-such' for '--only <CASE>': there is no such case; the cases are descriptor, life-cycle, each-call, unknown-extension, enforcer, two-instances, threads, nonsense, error-never, error-twice, error-megabyte, read-back, bans-only, replace, delete, delete-all, active, history, permanent, ranges, ordered, hostile-text, stop, pending, unflushed, flushed, undo, filters, limit, summary, many-rows

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn a_plugin_is_configured_by_set_and_by_config() {
    let path = memory().to_str().unwrap();
    for option in ["--set", "--config"] {
        let args = ["plugin", "check", path, "--only", "delete-all", option, "max_bans=19"];
        let shown = Sandbox::empty().run(&args);
        assert!(shown.contains("insert: the memory is full (unavailable)"), "{option}: {shown}");
    }
}

#[test]
fn what_is_set_is_checked_by_the_table_of_keys() {
    let plugin = plugin_path("database");
    for (pair, words) in [
        ("flsh=true", "error: --set: unknown key `flsh`; did you mean `flush`?\n"),
        ("flush=perhaps", "error: --set: flush: `perhaps` is neither `true` nor `false`\n"),
        ("busy_timeout=soon", "error: --set: busy_timeout: `soon` is not a duration such as"),
    ] {
        let shown = check(&plugin, &["--only", "descriptor", "--set", pair]);
        assert!(shown.contains(words), "{shown}");
        assert!(shown.ends_with("--- exit 1\n") && !shown.contains("descriptor"), "{shown}");
    }
    let set = ["--set", "type=sqlite", "--set", "db_path={dir}/x.db", "--set", "flush=yes"];
    let shown = check(&plugin, &[&["--only", "life-cycle"][..], &set].concat());
    assert_eq!(sum(&shown), "1 cases, 1 passed, 0 skipped, 0 failed", "{shown}");
    let shown =
        check(&plugin, &[&["--only", "life-cycle", "--set", "tls_key={dir}/none.pem"][..], &set].concat());
    assert!(shown.contains("tls_key: cannot open ") && shown.contains("/none.pem: no such file"), "{shown}");
}

#[test]
fn a_store_in_a_file_is_new_for_each_case() {
    let (sandbox, plugin) = (Sandbox::empty(), plugin_path("database"));
    let mut command = sandbox.command(["plugin", "check", "--rows", "20000"]);
    command.args(["--set", "type=sqlite", "--set", "db_path={dir}/bans.db", "--set", "flush=true"]);
    for case in ["read-back", "filters", "limit", "summary", "pending", "unflushed", "undo", "many-rows"] {
        command.args(["--only", case]);
    }
    let output = command.arg(plugin).env("TMPDIR", sandbox.path("backend")).output().unwrap();
    let shown = sandbox.show(&output);
    assert_eq!(sum(&shown), "8 cases, 8 passed, 0 skipped, 0 failed", "{shown}");
    assert_eq!(fs::read_dir(sandbox.path("backend")).unwrap().count(), 0, "folders that are left");
}
