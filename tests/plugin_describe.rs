//! A plugin's table of keys: shown by `warden plugin describe`, and what the host does by it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::common::{Sandbox, compile, plugin_path};

#[test]
fn describe_shows_the_table_of_a_plugin() {
    let plugin = compile::c(&compile::source("plugins/examples/memory.c"), "memory-describe.so", &[]);
    let sandbox = Sandbox::empty();
    sandbox.write("backend/m.yaml", format!("name: memory\npath: {}\nconfig: {{}}\n", plugin.display()));
    let shown = sandbox.warden("plugin describe memory").replace(&plugin.display().to_string(), "PLUGIN");
    assert_snapshot!(shown, @"
    --- stdout
    memory 1.0.0 (ABI 1.0, PLUGIN): keeps bans in memory until the program ends
    role: store
    capabilities: store, history, transactional, permanent, ranges
    actions: any
    KEY       KIND   DEFAULT   MEANING
    max_bans  count  no limit  how many bans it keeps
    --- exit 0
    ");
}

#[test]
fn describe_as_json_has_the_words_of_a_choice() {
    let shown = Sandbox::empty().run(&[
        "plugin",
        "describe",
        plugin_path("database").to_str().unwrap(),
        "-o",
        "json",
    ]);
    let json: serde_json::Value =
        serde_json::from_str(shown.split("--- stdout\n").nth(1).unwrap().split("--- exit").next().unwrap())
            .unwrap();
    assert_eq!((&json["plugin"], &json["schema"]), (&"database".into(), &"closed".into()));
    let can = ["store", "history", "ordered", "transactional", "permanent", "ranges", "durable"];
    assert_eq!((&json["role"], &json["capabilities"]), (&"store".into(), &serde_json::json!(can)));
    let key = json["keys"].as_array().unwrap().iter().find(|key| key["name"] == "timezone").unwrap();
    assert_eq!(key["kind"], "choice");
    assert_eq!(key["choices"], serde_json::json!(["utc", "local"]));
    assert_eq!(key["default"], "utc");
}

/// Who has mistyped a key wants to see which there are.
#[test]
fn describe_works_while_the_file_of_the_backend_has_a_wrong_key() {
    let shown = database("  flsh: true\n").warden("plugin describe database");
    assert!(shown.contains("\nrole: store\n") && shown.contains("\nflush "), "{shown}");
    assert!(shown.ends_with("--- exit 0\n") && !shown.contains("--- stderr"), "{shown}");
}

#[test]
fn describe_tells_the_role_of_each_plugin_of_this_repository() {
    let sandbox = Sandbox::empty();
    for (plugin, role) in
        [("database", "store"), ("nftables", "enforcer"), ("lapi", "store, enforcer"), ("dummy", "none")]
    {
        let shown = sandbox.run(&["plugin", "describe", plugin_path(plugin).to_str().unwrap()]);
        assert!(shown.contains(&format!("\nrole: {role}\n")), "{shown}");
        let keeps = shown.lines().any(|line| line.starts_with("capabilities: ") && line.contains("durable"));
        assert_eq!(keeps, role.starts_with("store"), "{shown}");
    }
}

#[test]
fn describe_says_when_a_plugin_takes_any_key() {
    let shown = Sandbox::empty().run(&["plugin", "describe", plugin_path("dummy").to_str().unwrap()]);
    assert!(shown.contains("\nit takes any keys\n"), "{shown}");
}

fn database(extra: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "backend/database.yaml",
        format!(
            "name: database\npath: {}\nconfig:\n  type: sqlite\n  db_path: ./x.db\n  flush: true\n{extra}",
            plugin_path("database").display()
        ),
    );
    sandbox
}

fn list(extra: &str) -> String {
    database(extra).warden("ban list -o raw")
}

#[test]
fn each_wrong_value_is_told_at_its_line() {
    for (line, words) in [
        ("busy_timeout: 10", "config.busy_timeout: `10` is not a duration such as"),
        ("max_records: -1", "config.max_records: `-1` is not a whole number"),
        ("debug: maybe", "config.debug: `maybe` is neither `true` nor `false`"),
        ("journal_mode: off", "config.journal_mode: `off` is none of `wal`, `delete`, `truncate`, `persist`"),
        ("busytimeout: 10s", "config: unknown key `busytimeout`; did you mean `busy_timeout`?"),
    ] {
        let shown = list(&format!("  {line}\n"));
        assert!(shown.contains(&format!("warning: backend \"database\": {words}")), "{shown}");
        assert!(shown.contains("/backend/database.yaml:7\n"), "{shown}");
    }
}

#[test]
fn a_missing_private_key_is_named_by_its_path() {
    let sandbox = database("  tls_key: missing.pem\n");
    let shown = sandbox.warden("ban list -o raw");
    assert!(shown.contains("tls_key: cannot open [DIR]/missing.pem: no such file or directory"), "{shown}");
}

/// `config show` of a backend; `plugin` lines are what the main file sets.
fn shown(main: &str, plugin: &str, config: &str) -> String {
    let sandbox = Sandbox::empty();
    sandbox.write("warden.yaml", format!("plugin:\n  backend: ./backend\n{main}"));
    sandbox.write(
        "backend/b.yaml",
        format!("name: b\npath: {}\nconfig:\n{config}", plugin_path(plugin).display()),
    );
    fs::set_permissions(sandbox.path("backend/b.yaml"), fs::Permissions::from_mode(0o600)).unwrap();
    sandbox.warden("config show")
}

const EVERYTHING: &str = "  flush: yes\n  max_records: 7\n  max_records_age: 1month\n  debug: 1\nwarden:\n  retention_after_flush: on\n";

#[test]
fn an_override_goes_to_plugins_that_declare_it() {
    let all = shown(EVERYTHING, "database", "  type: sqlite\n  db_path: ./x.db\n  flush: false\n");
    for line in [
        "flush: true",
        "max_records: 7",
        "max_records_age: 730h33m36s",
        "debug: true",
        "retention_after_flush: true",
    ] {
        assert!(all.contains(&format!("\n  {line}\n")), "{line}: {all}");
    }
    let none = shown(EVERYTHING, "lapi", "  url: http://127.0.0.1:1\n");
    assert!(!none.contains("\n  flush") && !none.contains("\n  retention"), "{none}");
}

/// A plugin without a table of keys gets what v0.3's plugins got, and no more; one with a table only what it has.
#[test]
fn retention_after_flush_goes_to_no_plugin_that_does_not_declare_it() {
    let shown_dummy = shown(EVERYTHING, "dummy", "  a: b\n");
    assert!(shown_dummy.contains("\n  max_records: 7\n"), "{shown_dummy}");
    assert!(!shown_dummy.contains("\n  retention_after_flush"), "{shown_dummy}");
    let shown_nftables = shown(EVERYTHING, "nftables", "  table: fw\n");
    assert!(shown_nftables.contains("\n  table: fw\n"), "{shown_nftables}");
    for key in ["flush", "max_records", "debug", "retention_after_flush"] {
        assert!(!shown_nftables.contains(&format!("\n  {key}")), "{key}: {shown_nftables}");
    }
}

#[test]
fn one_value_is_right_or_wrong_in_both_files() {
    for (key, value) in [
        ("flush", "yes"),
        ("flush", "1"),
        ("flush", "2"),
        ("max_records", "7.5"),
        ("max_records_age", "1month"),
        ("max_records_age", "0s"),
        ("max_records_age", "1M"),
    ] {
        let base = "  type: sqlite\n  db_path: ./x.db\n";
        let flush = if key == "flush" { "" } else { "  flush: true\n" };
        let backend = shown("", "database", &format!("{base}{flush}  {key}: {value}\n"));
        let main = shown(&format!("  {key}: {value}\n"), "database", &format!("{base}{flush}"));
        assert_eq!(
            backend.ends_with("exit 0\n"),
            main.ends_with("exit 0\n"),
            "{key} {value}\n{backend}{main}"
        );
    }
}

#[test]
fn config_show_masks_what_a_name_or_a_url_gives_away() {
    let names =
        ["passwd", "pwd", "pass", "passphrase", "credentials", "auth", "bearer", "dsn", "db_password"];
    let lines: String = names.iter().map(|name| format!("  {name}: s3cret\n")).collect();
    let all = shown("", "dummy", &format!("{lines}  server: https://me:s3cret@host/path\n"));
    assert!(!all.contains("s3cret"), "{all}");
    assert!(all.contains("  server: https://***@host/path\n"), "{all}");
}

#[test]
fn a_broken_table_is_refused() {
    for variant in ["NULL_KEYS", "MANY_KEYS", "SHORT_KEY"] {
        let plugin = compile::c(
            &compile::source("tests/hostile/hostile.c"),
            &format!("hostile-{variant}.so"),
            &[&format!("-DVARIANT_{variant}"), "-std=gnu11", "-pthread"],
        );
        let shown = Sandbox::empty().run(&["plugin", "describe", plugin.to_str().unwrap()]);
        assert!(shown.contains("the plugin is broken: `key"), "{variant}: {shown}");
        assert!(shown.ends_with("--- exit 1\n"), "{variant}: {shown}");
    }
}
