//! Backends in Go, written to the interface of CrowdSec v0.3.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::common::{Sandbox, compile};

/// The seed's dummy, as its document has it but for the import lines and a line break that Go does not accept.
fn dummy() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT.get_or_init(|| compile::go(&compile::source("plugins/go/example"), "go-dummy.so")).as_deref()
}

/// A store, built beside the repository's module.
fn store() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let text = fs::read_to_string(compile::source("tests/fixtures/go-store/store.go")).unwrap();
            build("go-store", &text, "WARDEN_CAP_STORE | WARDEN_CAP_RANGES | WARDEN_CAP_PERMANENT")
        })
        .as_deref()
}

fn build(name: &str, text: &str, capabilities: &str) -> Option<PathBuf> {
    let (dir, module) = (compile::out(&format!("{name}-src")), compile::source("plugins/go"));
    fs::create_dir_all(&dir).unwrap();
    let glue = fs::read_to_string(module.join("example/warden.go")).unwrap();
    let glue = glue
        .replace("${SRCDIR}/..", &module.display().to_string())
        .replace("\"dummy\"", "\"store\"")
        .replace("stores nothing\", 0", &format!("more\", {capabilities}"));
    let go_mod = fs::read_to_string(module.join("example/go.mod")).unwrap();
    fs::write(dir.join("warden.go"), glue).unwrap();
    fs::write(dir.join("go.mod"), go_mod.replace("../", &module.display().to_string())).unwrap();
    fs::write(dir.join("plugin.go"), text).unwrap();
    compile::go(&dir, &format!("{name}.so"))
}

/// A sandbox with a Go plugin alone.
fn with(plugin: &Path, pairs: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("backend/go.yaml", format!("name: go\npath: {}\nconfig: {{{pairs}}}\n", plugin.display()));
    sandbox
}

#[test]
fn the_seeds_dummy_passes_the_check() {
    let Some(plugin) = dummy() else { return };
    let shown = Sandbox::empty().run(&["plugin", "check", plugin.to_str().unwrap()]);
    assert!(shown.contains(": 31 cases, 10 passed, 21 skipped, 0 failed\n--- exit 0\n"), "{shown}");
}

#[test]
fn the_seeds_dummy_prints_its_configuration_and_each_signal() {
    let Some(plugin) = dummy() else { return };
    let sandbox =
        with(plugin, "some_parameter: some value, other_parameter: more data, token: fooobarjajajajaja");
    sandbox.write(
        "warden.yaml",
        "plugin:\n  backend: ./backend\n  flush: false\n  max_records: 10000\n  max_records_age: 720h\n",
    );
    let shown = sandbox.warden("ban add ip 203.0.113.7 4h trigger on stuff");
    let (before, pointer) = shown.split_once("Source:0x").unwrap();
    let after = pointer.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    assert_snapshot!(format!("{before}Source:[POINTER]{after}"), @r#"
    --- stderr
    warning: a file with a secret can be read by everyone
      in [DIR]/backend/go.yaml
    hint: chmod o-r it
    info: backend "go": pluginDummy config : map[flush:false max_records:10000 max_records_age:720h other_parameter:more data some_parameter:some value token:***] 
    info: backend "go": insert signal : {Model:{ID:0 CreatedAt:2026-11-24 03:00:00 +0000 UTC UpdatedAt:0001-01-01 00:00:00 +0000 UTC DeletedAt:<nil>} MapKey: Scenario:trigger on stuff Bucket_id: Alert_message: Events_count:1 Events_sequence:[] Start_at:2026-11-24 03:00:00 +0000 UTC BanApplications:[{Model:{ID:0 CreatedAt:0001-01-01 00:00:00 +0000 UTC UpdatedAt:0001-01-01 00:00:00 +0000 UTC DeletedAt:<nil>} MeasureSource:cli MeasureType:ban MeasureExtra: Until:2026-11-24 07:00:00 +0000 UTC StartIp:3405803783 EndIp:3405803783 TargetCN: TargetAS:0 TargetASName: IpText:203.0.113.7 Reason:trigger on stuff Scenario: SignalOccurenceID:0}] Stop_at:2026-11-24 03:00:00 +0000 UTC Source:[POINTER] Source_ip:203.0.113.7 Source_range: Source_AutonomousSystemNumber: Source_AutonomousSystemOrganization: Source_Country: Source_Latitude:0 Source_Longitude:0 Sources:map[] Dest_ip: Capacity:0 Leak_speed:0s Whitelisted:false Simulation:false Reprocess:false Labels:map[]}
    ban 203.0.113.7 for 4h (trigger on stuff), until 2026-11-24 07:00:00 +00:00
    --- exit 0
    "#);
}

#[test]
fn two_go_plugins_live_beside_one_another_and_the_database() {
    let (Some(dummy), Some(store)) = (dummy(), store()) else { return };
    let sandbox = Sandbox::new();
    for (name, plugin) in [("a-dummy", dummy), ("b-store", store), ("c-store", store)] {
        sandbox.write(&format!("backend/{name}.yaml"), format!("name: {name}\npath: {}\n", plugin.display()));
    }
    assert_snapshot!(sandbox.warden("ban add ip 203.0.113.7 4h scan --warning"), @"--- exit 0");
    assert_snapshot!(sandbox.warden("ban list -o raw --warning"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,203.0.113.7,scan,1,ban,, ,1,4h0m0s
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban del ip 203.0.113.7 --warning -o json"), @r#"
    --- stdout
    {
      "command": "ban del",
      "deleted": 1,
      "targets": [
        {
          "target": "203.0.113.7",
          "deleted": true
        }
      ],
      "enforced": true,
      "backends": [
        {
          "backend": "a-dummy",
          "ok": true,
          "deleted": 0
        },
        {
          "backend": "b-store",
          "ok": true,
          "deleted": 0
        },
        {
          "backend": "c-store",
          "ok": true,
          "deleted": 0
        },
        {
          "backend": "database",
          "ok": true,
          "deleted": 1
        }
      ]
    }
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban flush --warning"), @"--- exit 0");
}

#[test]
fn a_store_in_v03s_words_passes_the_check() {
    let Some(plugin) = store() else { return };
    let shown = Sandbox::empty().run(&["plugin", "check", plugin.to_str().unwrap(), "--rows", "20000"]);
    assert!(shown.contains(" 0 failed\n--- exit 0\n"), "{shown}");
    for case in ["read-back", "bans-only", "replace", "delete", "active", "permanent", "ranges", "many-rows"]
    {
        assert!(shown.contains(&format!("ok       {case} ")), "{case}: {shown}");
    }
}

#[test]
fn a_panic_in_go_is_caught_and_reported_with_its_place() {
    let Some(plugin) = store() else { return };
    for (call, line, exit) in [
        ("Init", "ban list", 1),
        ("Insert", "ban add ip 203.0.113.7 4h scan", 1),
        ("Flush", "ban add ip 203.0.113.7 4h scan", 1),
        ("ReadAT", "ban list", 1),
        ("Delete", "ban del ip 203.0.113.7", 1),
        ("DeleteAll", "ban flush", 1),
        ("Shutdown", "ban list", 0),
    ] {
        let shown = with(plugin, &format!("at: {call}")).warden(&format!("{line} --warning"));
        let place =
            format!("backend \"go\": panicked at {}", compile::out("go-store-src/plugin.go:").display());
        assert!(shown.contains(&place), "{call}: {shown}");
        assert!(shown.contains("nil pointer dereference"), "{call}: {shown}");
        assert!(shown.ends_with(&format!("--- exit {exit}\n")), "{call}: {shown}");
    }
}

#[test]
fn what_go_answers_as_an_error_is_reported() {
    let Some(plugin) = store() else { return };
    let at = |config: &str, line: &str| with(plugin, config).warden(&format!("{line} --warning"));
    assert_snapshot!(at("fail: x", "ban list"), @r#"
    --- stderr
    warning: backend "go": told to fail
      in [DIR]/backend/go.yaml
    error: no backend is usable
    --- exit 1
    "#);
    assert_snapshot!(at("at: Insert error", "ban add ip 203.0.113.7 4h scan"), @r#"
    --- stderr
    error: backend "go": cannot Insert (during add)
      in [DIR]/backend/go.yaml
    --- exit 1
    "#);
    assert_snapshot!(at("at: Insert fatal", "ban add ip 203.0.113.7 4h scan")
        .replace(&compile::out("go-store-src").display().to_string(), "[SRC]"), @r#"
    --- stderr
    error: backend "go": fatal call=Insert
    error: backend "go": panicked at [SRC]/plugin.go:40: fatal call=Insert (during add)
      in [DIR]/backend/go.yaml
    --- exit 1
    "#);
}

#[test]
fn a_new_that_returns_no_backend_is_refused() {
    let text =
        "package main\n\ntype half struct{}\n\nfunc New() interface{} { return half{} }\n\nfunc main() {}\n";
    let Some(plugin) = build("go-half", text, "0") else { return };
    assert_snapshot!(with(&plugin, "").warden("ban list"), @r#"
    --- stderr
    warning: backend "go": New returns a main.half, which lacks a method of the Backend interface
      in [DIR]/backend/go.yaml
    error: no backend is usable
    --- exit 1
    "#);
}

#[test]
fn a_go_plugin_may_be_called_from_a_thread_of_its_own() {
    let Some(plugin) = store() else { return };
    let shown = with(plugin, "").warden("ban add ip 203.0.113.7 4h scan --warning --timeout 1m");
    assert_eq!(shown, "--- exit 0\n");
    let shown = with(plugin, "at: Insert").warden("ban add ip 203.0.113.7 4h scan --warning --timeout 1m");
    assert!(shown.contains("panicked at "), "{shown}");
}

#[test]
fn signals_reach_the_host_beside_gos_runtime() {
    let Some(plugin) = dummy() else { return };
    let sandbox = with(plugin, "");
    for _ in 0..5 {
        let mut command = sandbox.command(["signal", "push", "--follow", "-"]);
        let mut push = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = push.stdin.take().unwrap();
        writeln!(stdin, r#"{{"scenario":"scan","source_ip":"203.0.113.7"}}"#).unwrap();
        let mut lines = BufReader::new(push.stderr.take().unwrap()).lines();
        assert!(lines.by_ref().any(|line| line.unwrap().contains("insert signal")));
        kill_process(Pid::from_child(&push), Signal::TERM).unwrap();
        let rest: Vec<_> = lines.map(Result::unwrap).collect();
        assert!(push.wait().unwrap().success(), "{rest:?}");
        drop(stdin);
    }
}
