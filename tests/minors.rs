//! Minors only add: a plugin of an older minor runs in a newer host, and the other way round. A header of a minor to
//! come is made from the present one: every struct that may grow is longer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::common::{Sandbox, compile, plugin_path};

/// The structs that may grow: those that carry their size.
fn growing(header: &str) -> Vec<&str> {
    let structs = header.split("typedef struct warden_").skip(1);
    let named = structs.filter_map(|rest| rest.split_once(" {"));
    let growing =
        named.filter(|(_, body)| body.split("} warden_").next().is_some_and(|b| b.contains("struct_size")));
    growing.map(|(name, _)| name).collect()
}

/// The folder of a header of a minor to come.
fn next_minor() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(make_next_minor)
}

fn make_next_minor() -> PathBuf {
    let header = fs::read_to_string(compile::source("plugins/api/include/warden_plugin.h")).unwrap();
    let mut next = header.replace("#define WARDEN_ABI_MINOR 0u", "#define WARDEN_ABI_MINOR 1u");
    assert_ne!(next, header);
    let growing = growing(&header);
    assert!(growing.contains(&"error") && growing.contains(&"ext_enforce") && !growing.contains(&"str"));
    for name in growing {
        let end = format!("}} warden_{name};");
        assert_eq!(next.matches(&end).count(), 1, "{name}");
        next = next.replace(&end, &format!("   uint64_t grown[5];\n{end}"));
    }
    let dir = compile::out("next-minor");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("warden_plugin.h"), next).unwrap();
    dir
}

/// The header and the example of a day, unchanged since: whoever built a plugin then need not build it again.
#[test]
fn plugins_of_earlier_headers_pass_the_check() {
    let mut days = 0;
    for day in fs::read_dir(compile::source("tests/frozen")).unwrap() {
        let day = day.unwrap().path();
        if !day.is_dir() {
            continue;
        }
        let name = format!("memory-{}.so", day.file_name().unwrap().display());
        let plugin = compile::c_with(&day, &day.join("memory.c"), &name, &[]);
        let shown = Sandbox::empty().run(&["plugin", "check", plugin.to_str().unwrap(), "--rows", "20000"]);
        assert!(shown.contains(", 25 passed, 6 skipped, 0 failed\n--- exit 0\n"), "{shown}");
        days += 1;
    }
    assert!(days > 0);
}

const LOOSE: &[&str] = &["-Wno-missing-field-initializers"];

#[test]
fn a_plugin_of_the_next_minor_passes_the_check_of_this_host() {
    let source = compile::source("plugins/examples/memory.c");
    let plugin = compile::c_with(next_minor(), &source, "memory-next.so", LOOSE);
    let shown = Sandbox::empty().run(&["plugin", "check", plugin.to_str().unwrap(), "--rows", "20000"]);
    assert!(shown.contains("memory 1.0.0 (ABI 1.1, "), "{shown}");
    assert!(shown.contains(": 31 cases, 25 passed, 6 skipped, 0 failed\n--- exit 0\n"), "{shown}");
}

/// A host of the next minor, which prints what a plugin answers to longer structs.
fn drive(plugin: &Path, config: &[&str]) -> String {
    // A file of its own for each test: one that is written cannot be run.
    let program = compile::out(&format!("host-of-{}", plugin.file_name().unwrap().display()));
    let mut cc = Command::new("cc");
    cc.args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I"]).arg(next_minor()).arg("-o").arg(&program);
    compile::run(cc.arg(compile::source("tests/hostile/host.c")).arg("-ldl"));
    let output = Command::new(program).arg(plugin).args(config).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn plugins_of_this_minor_run_in_a_host_of_the_next() {
    let memory = compile::c(&compile::source("plugins/examples/memory.c"), "memory-this.so", &[]);
    let wanted = "abi 1.0\ninserted 2\nrow 192.0.2.1 cli one\nrow 192.0.2.0/24 cli one\ndeleted 1\nrow 192.0.2.0/24 cli one\n";
    assert_eq!(sorted(&drive(&memory, &[])), sorted(wanted));
}

#[test]
fn the_rust_side_of_a_plugin_reads_a_host_of_the_next_minor() {
    let said = drive(&plugin_path("dummy"), &[]);
    assert!(said.contains("abi 1.0\n"), "{said}");
    for text in
        ["target: \"192.0.2.1\"", "target: \"192.0.2.0/24\"", "serialized: \"{}\"", "delete : 192.0.2.1"]
    {
        assert!(said.contains(text), "{text}: {said}");
    }
}

#[test]
fn the_extensions_of_a_plugin_run_in_a_host_of_the_next_minor() {
    let sandbox = Sandbox::empty();
    let path = format!("db_path={}", sandbox.path("minors.db").display());
    let said = drive(&plugin_path("database"), &["type=sqlite", "flush=false", &path]);
    for line in [
        "among row 192.0.2.0/24 cli one\n",
        "change of `test` by tester: added 0, ended 1\n",
        "undone row 192.0.2.1 cli one\n",
        "undone row 192.0.2.0/24 cli one\n",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("status"), "{said}");
}

/// Its tables of extensions, and the change that it hands over, are longer.
#[test]
fn the_extensions_of_a_plugin_of_the_next_minor_run_in_this_host() {
    let source = compile::source("tests/remembering/remembering.c");
    let options = [LOOSE, &["-std=gnu11"]].concat();
    let plugin = compile::c_with(next_minor(), &source, "remembering-next.so", &options);
    let sandbox = Sandbox::empty();
    let config = format!("name: next\npath: {}\nconfig:\n  at: \"1795489200\"\n", plugin.display());
    sandbox.write("backend/next.yaml", config);
    let undone = sandbox.warden("ban undo --yes");
    assert!(undone.contains("`ban flush` by root (anna)") && undone.contains(": undo 7\n"), "{undone}");
    assert!(undone.ends_with("--- exit 0\n"), "{undone}");
    let history = sandbox.warden("ban history 203.0.113.7");
    assert!(history.contains("5 bans of 203.0.113.7:"), "{history}");
    let deleted = sandbox.warden("ban del --reason listed --yes");
    assert!(deleted.contains("delete where: "), "{deleted}");
}

#[test]
fn the_go_side_of_a_plugin_reads_a_host_of_the_next_minor() {
    let Some(plugin) = compile::go(&compile::source("plugins/go/example"), "go-minors.so") else { return };
    let said = drive(&plugin, &[]);
    for text in ["IpText:192.0.2.1 ", "IpText:192.0.2.0/24 ", "Serialized:{}"] {
        assert!(said.contains(text), "{text}: {said}");
    }
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}
