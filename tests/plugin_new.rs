//! `warden plugin new`: what it writes builds and passes the check as it stands.

use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::common::{Sandbox, artifacts, available, compile, has};

/// Begins a plugin, builds it with its own Makefile, checks it and runs it.
fn begin(lang: &str, library: &str) {
    let sandbox = Sandbox::empty();
    let shown = sandbox.run(&["plugin", "new", "my-plugin", "--lang", lang]);
    assert!(shown.ends_with("  cd my-plugin && make check\n--- exit 0\n"), "{shown}");
    let path = format!("{}:{}", artifacts().display(), std::env::var("PATH").unwrap());
    let mut make = Command::new("make");
    make.arg("check").env("PATH", path).current_dir(sandbox.path("my-plugin"));
    compile::run(compile::offline(&mut make));
    let config = format!("name: my-plugin\npath: ./my-plugin/{library}\n");
    sandbox.write("backend/my-plugin.yaml", config);
    let listed = sandbox.stdout(&["plugin", "list"]);
    let words = listed.lines().nth(1).unwrap().split_whitespace().take(6).collect::<Vec<_>>();
    assert_eq!(words, ["my-plugin", "usable", "none", "my-plugin", "0.1.0", "1.0"], "{listed}");
    let shown = sandbox.warden("ban add ip 203.0.113.7 4h scan");
    assert!(shown.contains("info: backend \"my-plugin\": ban 203.0.113.7 until "), "{shown}");
    assert!(shown.ends_with("--- exit 0\n"), "{shown}");
}

#[test]
fn a_plugin_in_c_builds_and_passes() {
    if available(has("make"), "make") {
        begin("c", "my-plugin.so");
    }
}

#[test]
fn a_plugin_in_go_builds_and_passes() {
    if available(has("make"), "make") && available(has("go"), "go") {
        begin("go", "my-plugin.so");
    }
}

#[test]
fn a_plugin_in_rust_builds_outside_the_workspace_and_passes() {
    if available(has("make"), "make") {
        begin("rust", "target/release/libmy_plugin.so");
    }
}

#[test]
fn nothing_is_written_over() {
    let sandbox = Sandbox::empty();
    assert_snapshot!(sandbox.warden("plugin new backend"), @"
    --- stderr
    error: cannot write backend: file exists
    hint: choose another name, or remove it
    --- exit 1
    ");
    assert!(!Path::new(&sandbox.path("backend/Makefile")).exists());
}

#[test]
fn a_name_that_no_package_can_have_is_refused() {
    for name in ["", "../up", "Upper", "1st", "a b", "a/b", "-x"] {
        let sandbox = Sandbox::empty();
        let shown = sandbox.run(&["plugin", "new", "--", name]);
        assert!(shown.ends_with("--- exit 2\n"), "{name}: {shown}");
    }
}
