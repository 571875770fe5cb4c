//! Configuration files and plugins.

use std::fs;
use std::process::Command;

use insta::{allow_duplicates, assert_snapshot};

use super::{one_day, targets};
use crate::common::{Sandbox, available, has, plugin_path, sqlite};

#[test]
fn the_four_overrides_reach_every_plugin() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "warden.yaml",
        "plugin:\n  backend: ./backend\n  debug: false\n  flush: true\n  max_records: 10000\n  max_records_age: 720h\n",
    );
    sandbox.backend("one", "dummy", &[("max_records", "5"), ("a", "b")]);
    sandbox.backend("two", "dummy", &[]);
    let shown = sandbox.warden("ban list");
    for line in [
        "backend \"one\": pluginDummy config : map[a:b debug:false flush:true max_records:10000 max_records_age:720h]",
        "backend \"two\": pluginDummy config : map[debug:false flush:true max_records:10000 max_records_age:720h]",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn backend_files_are_yaml_files_in_subfolders_too_in_the_order_of_their_names() {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("backend/20-more")).unwrap();
    sandbox.backend("30-last", "dummy", &[]);
    sandbox.backend("20-more/second", "dummy", &[]);
    sandbox.backend("10-first", "dummy", &[]);
    sandbox.write("backend/README", "not YAML");
    sandbox.write("backend/05-old.yaml.disabled", "not YAML");
    let shown = sandbox.warden("ban del ip 203.0.113.7");
    let order: Vec<_> = shown.lines().filter(|line| line.contains("delete : 203.0.113.7")).collect();
    assert_eq!(order.len(), 3, "{shown}");
    for (line, name) in order.iter().zip(["10-first", "20-more/second", "30-last"]) {
        assert!(line.contains(&format!("backend \"{name}\"")), "{line}");
    }
}

#[test]
fn the_keys_of_v03s_database_are_taken() {
    let sandbox = Sandbox::empty();
    let pairs = [
        ("type", "sqlite"),
        ("db_host", ""),
        ("db_username", "crowdsec"),
        ("db_password", "crowdsec"),
        ("db_name", "crowdsec"),
        ("db_path", "./warden.db"),
        ("flush", "true"),
        ("debug", "true"),
        ("max_records", "10000"),
        ("max_records_age", "720h"),
    ];
    sandbox.backend("database", "database", &pairs);
    assert!(sandbox.warden("ban add ip 203.0.113.7 4h scan").ends_with("--- exit 0\n"));
    assert_eq!(targets(&sandbox, ""), ["203.0.113.7"]);
}

#[test]
fn v03s_own_main_file_and_database_are_understood() {
    let sandbox = Sandbox::of_v03();
    fs::create_dir_all(sandbox.path("etc/plugins/backend")).unwrap();
    sandbox.write(
        "etc/default.yaml",
        format!(
            "working_dir: /tmp/\ndata_dir: /var/lib/crowdsec/data\nconfig_dir: /etc/crowdsec/config\npid_dir: /var/run\n\
             log_dir: /var/log/\ncscli_dir: /etc/crowdsec/cscli\nlog_mode: file\nlog_level: info\nprofiling: false\n\
             apimode: true\ndaemon: true\nprometheus: true\nhttp_listen: 127.0.0.1:6060\nplugin:\n  backend: {}\n  \
             max_records_age: 720h\n  max_records: 10000\n  flush: true\n",
            sandbox.path("etc/plugins/backend").display()
        ),
    );
    sandbox.write(
        "etc/plugins/backend/database.yaml",
        format!(
            "name: database\npath: {}\nconfig:\n  ## DB type supported (mysql, sqlite)\n  type: sqlite\n\n  # db_host: localhost\n  \
             db_path: {}\n\n  flush: true\n  # debug: true\n",
            plugin_path("database").display(),
            sandbox.path("warden.db").display()
        ),
    );
    let shown = sandbox.warden("-c etc/default.yaml ban list --at 2026-11-24T02:30:00Z --ip 1.2.3.4 -o raw");
    assert!(shown.contains("cli,1.2.3.4,again,2,ban,, ,2,50m27s"), "{shown}");
    assert!(shown.ends_with("--- exit 0\n"), "{shown}");
}

#[test]
fn a_go_plugin_of_v03_is_refused_unopened_with_a_hint() {
    if !available(has("cc"), "cc") {
        return;
    }
    let sandbox = Sandbox::empty();
    sandbox.write("backend/database.yaml", "name: database\npath: ./crowdsec.so\nconfig:\n  flush: true\n");
    // The one section that CrowdSec's plugins have, and one that other Go libraries have; a constructor would leave a file.
    for section in [".note.go.buildid", ".gopclntab"] {
        sandbox.write(
            "go.c",
            format!(
                "#include <stdio.h>\n__attribute__((section(\"{section}\"))) const char go[] = \"go\";\n\
                 __attribute__((constructor)) static void run(void) {{ fclose(fopen(\"opened\", \"w\")); }}\n\
                 void New(void) {{}}\n"
            ),
        );
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(sandbox.path("crowdsec.so"))
            .arg(sandbox.path("go.c"))
            .status()
            .unwrap();
        assert!(built.success());
        allow_duplicates! {
            assert_snapshot!(sandbox.warden("ban list"), @r#"
            --- stderr
            warning: backend "database": [DIR]/crowdsec.so is a Go plugin of CrowdSec v0.3, not one of warden
              in [DIR]/backend/database.yaml
            hint: leave CrowdSec's files as they are, and give warden a main file and a backend folder of its own: "Moving over" in the documentation
            error: no backend is usable
            --- exit 1
            "#);
        }
        assert!(!sandbox.path("opened").exists());
    }
}

#[test]
fn every_write_is_flushed_and_every_plugin_is_shut_down() {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    let calls = |line: &str| -> Vec<String> {
        let shown = sandbox.warden(line);
        let said = shown.lines().filter_map(|l| l.strip_prefix("info: backend \"dummy\": "));
        said.skip(1).map(|call| call.split(" : ").next().unwrap().to_owned()).collect()
    };
    assert_eq!(calls("ban add ip 203.0.113.7 4h scan"), ["insert signal", "flush", "shutdown"]);
    assert_eq!(calls("ban del ip 203.0.113.7"), ["delete", "flush", "shutdown"]);
    assert_eq!(calls("ban flush"), ["delete all", "flush", "shutdown"]);
    assert_eq!(calls("ban list"), ["read at", "shutdown"]);
}

#[test]
fn retention_never_runs_in_a_one_shot_command() {
    let mut sandbox = one_day();
    sandbox.write(
        "warden.yaml",
        "plugin:\n  backend: ./backend\n  flush: true\n  max_records: 1\n  max_records_age: 1s\n",
    );
    sandbox.warden("ban del ip 203.0.113.7");
    sandbox.set_now("2027-11-24T03:00:00Z");
    sandbox.warden("ban add ip 203.0.113.8 1s scan");
    sandbox.set_now("2028-11-24T03:00:00Z");
    sandbox.warden("ban add ip 203.0.113.9 1s scan");
    sandbox.warden("ban flush");
    let kept = "select count(*) from ban_applications; select count(*) from signal_occurences";
    assert_eq!(sqlite(&sandbox.path("warden.db"), kept), "3\n3\n");
    let past = targets(&sandbox, "--at 2026-11-24T02:59:59Z");
    assert_eq!(past, Vec::<String>::new());
}

#[test]
fn no_level_and_no_error_shows_a_secret() {
    let sandbox = Sandbox::empty();
    let pairs =
        [("type", "sqlite"), ("db_path", "./warden.db"), ("flush", "true"), ("db_password", "hunter2")];
    sandbox.backend("database", "database", &pairs);
    sandbox.backend(
        "dummy",
        "dummy",
        &[("api_token", "hunter2"), ("secret", "hunter2"), ("tls_key", "./hunter2")],
    );
    for line in [
        "ban add ip 1.2.3.4 4h x --debug",
        "ban list --debug",
        "config show --debug",
        "config show -o json",
        "config check --debug",
        "ban flush --debug",
    ] {
        let shown = sandbox.warden(line);
        assert!(!shown.contains("hunter2"), "{line}: {shown}");
        assert!(shown.ends_with("--- exit 0\n"), "{line}: {shown}");
    }
}
