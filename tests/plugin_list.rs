//! `warden plugin list`: each configured backend, usable or not.

use std::fs;

use insta::assert_snapshot;

use crate::common::{Sandbox, compile, plugin_path};

fn mixed() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    sandbox.backend("panics", "panics", &[("at", "init")]);
    sandbox.write("backend/missing.yaml", "name: missing\npath: ./missing.so\n");
    sandbox.write("backend/typo.yaml", "nme: typo\n");
    sandbox
}

#[test]
fn each_backend_is_shown_with_its_plugin_or_why_it_is_discarded() {
    assert_snapshot!(mixed().warden("plugin list --warning"), @r#"
    --- stdout
    NAME     STATE      ROLE   PLUGIN        ABI  EXTENSIONS  PATH
    dummy    usable     none   dummy 0.1.0   1.0              [BUILD]/libdummy.so
    missing  discarded                                        [DIR]/missing.so
    panics   discarded  store  panics 0.1.0  1.0              [BUILD]/libpanics.so
    typo     discarded
    --- stderr
    warning: unknown key `nme`; did you mean `name`?
      in [DIR]/backend/typo.yaml:1
    warning: backend "missing": cannot open [DIR]/missing.so: no such file or directory
      in [DIR]/backend/missing.yaml
    warning: backend "panics": panicked at tests/hostile/panics/src/lib.rs:33: in init
      in [DIR]/backend/panics.yaml
    --- exit 3
    "#);
}

#[test]
fn as_json_every_fact_has_its_key() {
    let sandbox = mixed();
    let shown = sandbox.warden("plugin list -o json --warning");
    assert_snapshot!(shown, @r#"
    --- stdout
    [
      {
        "name": "dummy",
        "file": "[DIR]/backend/dummy.yaml",
        "path": "[BUILD]/libdummy.so",
        "plugin": "dummy",
        "version": "0.1.0",
        "description": "logs each call and stores nothing",
        "actions": "",
        "abi": "1.0",
        "capabilities": [],
        "extensions": [],
        "state": "usable",
        "reason": null
      },
      {
        "name": "missing",
        "file": "[DIR]/backend/missing.yaml",
        "path": "[DIR]/missing.so",
        "plugin": null,
        "version": null,
        "description": null,
        "actions": null,
        "abi": null,
        "capabilities": null,
        "extensions": [],
        "state": "discarded",
        "reason": "backend \"missing\": cannot open [DIR]/missing.so: no such file or directory"
      },
      {
        "name": "panics",
        "file": "[DIR]/backend/panics.yaml",
        "path": "[BUILD]/libpanics.so",
        "plugin": "panics",
        "version": "0.1.0",
        "description": "",
        "actions": "",
        "abi": "1.0",
        "capabilities": [
          "store"
        ],
        "extensions": [],
        "state": "discarded",
        "reason": "backend \"panics\": panicked at tests/hostile/panics/src/lib.rs:33: in init"
      },
      {
        "name": "typo",
        "file": "[DIR]/backend/typo.yaml",
        "path": null,
        "plugin": null,
        "version": null,
        "description": null,
        "actions": null,
        "abi": null,
        "capabilities": null,
        "extensions": [],
        "state": "discarded",
        "reason": "unknown key `nme`; did you mean `name`?"
      }
    ]
    --- stderr
    warning: unknown key `nme`; did you mean `name`?
      in [DIR]/backend/typo.yaml:1
    warning: backend "missing": cannot open [DIR]/missing.so: no such file or directory
      in [DIR]/backend/missing.yaml
    warning: backend "panics": panicked at tests/hostile/panics/src/lib.rs:33: in init
      in [DIR]/backend/panics.yaml
    --- exit 3
    "#);
}

#[test]
fn the_exit_code_says_whether_all_some_or_none_are_usable() {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    assert!(sandbox.warden("plugin list --warning").ends_with("--- exit 0\n"));
    assert!(mixed().warden("plugin list --warning").ends_with("--- exit 3\n"));
    let none = Sandbox::empty();
    none.write("backend/missing.yaml", format!("name: x\npath: {}.gone\n", plugin_path("dummy").display()));
    assert!(none.warden("plugin list --warning").ends_with("--- exit 1\n"));
}

/// To open a library is to run its constructors.
#[test]
fn only_the_plugin_of_a_named_backend_is_opened() {
    let right = fs::read_to_string(compile::source("plugins/examples/memory.c")).unwrap();
    let source = compile::out("opened.c");
    let constructor = "#include <stdio.h>\n__attribute__((constructor)) static void opened(void) { fputs(\"opened\\n\", stderr); }\n";
    fs::write(&source, right + constructor).unwrap();
    let plugin = compile::c(&source, "opened.so", &["-std=gnu11"]);
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    let config = "config:\n  no_such_key: 1\n";
    sandbox.write("backend/opened.yaml", format!("name: opened\npath: {}\n{config}", plugin.display()));
    let named = sandbox.warden("ban list --backend dummy");
    assert!(named.ends_with("--- exit 0\n") && !named.contains("opened"), "{named}");
    let unknown = sandbox.warden("ban list --backend other");
    assert!(
        unknown.contains("hint: configured are dummy, opened") && unknown.matches("opened").count() == 1,
        "{unknown}"
    );
    let all = sandbox.warden("ban list");
    assert!(all.contains("opened\n") && all.contains("unknown key `no_such_key`"), "{all}");
    assert!(all.ends_with("--- exit 3\n"), "{all}");
}
