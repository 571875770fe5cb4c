//! The configuration files: where they are found, and what is wrong with them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::common::{Sandbox, plugin_path};

/// A sandbox with the dummy alone, quiet but for warnings.
fn dummy() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    sandbox
}

fn add(sandbox: &Sandbox) -> String {
    sandbox.warden("ban add ip 203.0.113.7 4h scan --warning")
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest() {
    let sandbox = dummy();
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\n  flsh: true\n");
    assert_snapshot!(add(&sandbox), @"
    --- stderr
    error: plugin: unknown key `flsh`; did you mean `flush`?
      in [DIR]/warden.yaml:3
    --- exit 1
    ");
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\nwarden:\n  allow_list: []\n");
    assert_snapshot!(add(&sandbox), @"
    --- stderr
    error: warden: unknown key `allow_list`; did you mean `allowlist`?
      in [DIR]/warden.yaml:4
    --- exit 1
    ");
}

#[test]
fn a_doubled_key_is_named_with_its_line() {
    let sandbox = dummy();
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\n  backend: ./other\n");
    assert_snapshot!(add(&sandbox), @"
    --- stderr
    error: plugin: the key `backend` is there twice
      in [DIR]/warden.yaml:3
    --- exit 1
    ");
}

#[test]
fn foreign_keys_of_crowdsec_are_left_alone() {
    let sandbox = dummy();
    sandbox.write("warden.yaml", "working_dir: .\ndata_dir: ./data\nplugin:\n  backend: ./backend\n  flush: yes\nworking_mode: local\n");
    assert_snapshot!(sandbox.warden("ban list"), @r#"
    --- stdout
    No local decisions
    And 0 records from API, 0 distinct AS, 0 distinct countries
    --- stderr
    info: backend "dummy": pluginDummy config : map[flush:true]
    info: backend "dummy": read at : 1795489200000000
    info: backend "dummy": shutdown
    --- exit 0
    "#);
}

#[test]
fn there_must_be_a_main_file_and_a_backend() {
    let sandbox = Sandbox::empty();
    assert_snapshot!(sandbox.warden("ban list -c missing.yaml"), @"
    --- stderr
    error: cannot read [DIR]/missing.yaml: no such file or directory
      in [DIR]/missing.yaml
    --- exit 1
    ");
    assert_snapshot!(add(&sandbox), @"
    --- stderr
    error: no backend is configured: no *.yaml in [DIR]/backend
      in [DIR]/warden.yaml
    hint: copy one of the examples in config/plugins/backend there
    --- exit 1
    ");
    sandbox.write("warden.yaml", "plugin:\n  backend: ./nowhere\n");
    assert_snapshot!(add(&sandbox), @"
    --- stderr
    error: cannot read the backend folder [DIR]/nowhere: no such file or directory
      in [DIR]/warden.yaml
    hint: `plugin: backend:` names the folder
    --- exit 1
    ");
    sandbox.write("warden.yaml", "warden:\n");
    assert_snapshot!(add(&sandbox), @"
    --- stderr
    error: `plugin: backend:` is missing
      in [DIR]/warden.yaml
    hint: set it to the folder of the backend files, for example `./plugins/backend`
    --- exit 1
    ");
}

#[test]
fn a_broken_backend_file_is_discarded_and_the_rest_goes_on() {
    let sandbox = dummy();
    for (name, text) in [
        ("empty", ""),
        ("malformed", "name: [\n"),
        ("same", "name: dummy\npath: ./x.so\n"),
        ("typo", "name: typo\npath: ./x.so\nconfg: {}\n"),
        ("variable", "name: variable\npath: ./x.so\nconfig:\n  a: ${WARDEN_NO_SUCH}\n"),
    ] {
        sandbox.write(&format!("backend/z-{name}.yaml"), text);
    }
    assert_snapshot!(add(&sandbox), @r#"
    --- stderr
    warning: the file is empty
      in [DIR]/backend/z-empty.yaml
    warning: name: invalid type: sequence, expected a text
      in [DIR]/backend/z-malformed.yaml:1
    warning: the name `dummy` is taken by [DIR]/backend/dummy.yaml
      in [DIR]/backend/z-same.yaml
    warning: unknown key `confg`; did you mean `config`?
      in [DIR]/backend/z-typo.yaml:3
    warning: backend "variable": a: the environment variable `WARDEN_NO_SUCH` is not set
      in [DIR]/backend/z-variable.yaml
    hint: write `$${` for a literal `${`
    --- exit 3
    "#);
}

#[test]
fn an_unreadable_backend_file_is_discarded() {
    let sandbox = dummy();
    fs::create_dir(sandbox.path("backend/sub")).unwrap();
    sandbox.write("backend/sub/latin1.yaml", b"name: \xe9\n");
    assert_snapshot!(add(&sandbox), @"
    --- stderr
    warning: [DIR]/backend/sub/latin1.yaml is not UTF-8 text
      in [DIR]/backend/sub/latin1.yaml
    --- exit 3
    ");
}

#[test]
fn a_plugin_that_is_none_is_refused_unopened() {
    let sandbox = dummy();
    sandbox.write("text.so", "not a library");
    for (name, path) in
        [("missing", "./missing.so"), ("program", env!("CARGO_BIN_EXE_warden")), ("text", "./text.so")]
    {
        sandbox.write(&format!("backend/{name}.yaml"), format!("name: {name}\npath: {path}\n"));
    }
    assert_snapshot!(add(&sandbox), @r#"
    --- stderr
    warning: backend "missing": cannot open [DIR]/missing.so: no such file or directory
      in [DIR]/backend/missing.yaml
    warning: backend "program": [BUILD]/warden is not a warden plugin: it does not export `warden_plugin_v1`
      in [DIR]/backend/program.yaml
    warning: backend "text": [DIR]/text.so is not a shared library
      in [DIR]/backend/text.yaml
    --- exit 3
    "#);
}

#[test]
fn a_plugin_that_others_can_change_is_refused() {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("open")).unwrap();
    fs::copy(plugin_path("dummy"), sandbox.path("open/dummy.so")).unwrap();
    fs::set_permissions(sandbox.path("open"), fs::Permissions::from_mode(0o777)).unwrap();
    sandbox.write("backend/dummy.yaml", "name: dummy\npath: ./open/dummy.so\n");
    let shown = add(&sandbox);
    assert!(shown.contains("[DIR]/open can be written by everyone"), "{shown}");
    assert!(shown.ends_with("--- exit 1\n"), "{shown}");
}

#[test]
fn values_stay_the_text_they_were_and_the_main_file_overrides() {
    let sandbox = Sandbox::empty();
    sandbox.write("secret", "hunter2\n");
    sandbox.write(
        "backend/dummy.yaml",
        format!(
            "name: dummy\npath: {}\nconfig:\n  a: 0123\n  b: 1e5\n  c: true\n  d: ~\n  db_password_file: ./secret\n  max_records: 1\n  data_path: ./data\n",
            plugin_path("dummy").display()
        ),
    );
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\n  max_records: 10000\n  flush: no\n");
    assert_snapshot!(sandbox.warden("ban list"), @r#"
    --- stdout
    No local decisions
    And 0 records from API, 0 distinct AS, 0 distinct countries
    --- stderr
    info: backend "dummy": pluginDummy config : map[a:0123 b:1e5 c:true d: data_path:[DIR]/data db_password:*** flush:false max_records:10000]
    info: backend "dummy": read at : 1795489200000000
    info: backend "dummy": shutdown
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("config show"), @r#"
    --- stdout
    file: [DIR]/warden.yaml
    backend_dir: [DIR]/backend
    override: flush: false
    override: max_records: 10000
    backend "dummy":
      file: [DIR]/backend/dummy.yaml
      path: [BUILD]/libdummy.so
      a: 0123
      b: 1e5
      c: true
      d: 
      db_password: ***
      max_records: 10000
      data_path: [DIR]/data
      flush: false
    --- exit 0
    "#);
}

#[test]
fn the_files_that_are_installed_are_understood() {
    for file in ["config/warden.yaml", "config/dev.yaml"] {
        let text = fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let sandbox = dummy();
        sandbox.write("warden.yaml", text.replace("./plugins/backend", "./backend"));
        let shown = sandbox.warden("config check --warning");
        assert!(shown.ends_with("--- exit 0\n"), "{file}: {shown}");
    }
}
