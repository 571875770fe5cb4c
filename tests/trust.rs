//! Who may change what warden believes: as root, as an ordinary user, and what `cargo xtask install` leaves.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::common::{Sandbox, artifacts, available, has, is_root, plugin_path};

/// `nobody` of Debian.
const NOBODY: u32 = 65_534;

fn dummy() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    sandbox
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn add(sandbox: &Sandbox) -> String {
    sandbox.warden("ban add ip 203.0.113.7 4h scan --warning")
}

fn root() -> bool {
    available(is_root(), "root")
}

// As root

#[test]
fn root_refuses_a_main_file_that_others_can_write() {
    if !root() {
        return;
    }
    let sandbox = dummy();
    chmod(&sandbox.path("warden.yaml"), 0o646);
    for line in ["ban list", "ban add ip 203.0.113.7 4h x", "ban flush", "config show", "config check"] {
        assert_eq!(
            sandbox.warden(line),
            "--- stderr\nerror: [DIR]/warden.yaml can be written by everyone\n  in [DIR]/warden.yaml\nhint: as root warden \
             believes only what root alone can change: `chown root` and `chmod go-w` it, or install with `cargo xtask \
             install`\n--- exit 1\n",
            "{line}"
        );
    }
}

#[test]
fn root_refuses_a_main_file_of_another_group_or_owner() {
    if !root() {
        return;
    }
    let sandbox = dummy();
    let file = sandbox.path("warden.yaml");
    chmod(&file, 0o664);
    assert_eq!(add(&sandbox), "--- exit 0\n", "gid 0 is root's own");
    chown(&file, None, Some(NOBODY)).unwrap();
    assert!(add(&sandbox).contains("[DIR]/warden.yaml can be written by group 65534"), "{}", add(&sandbox));
    chmod(&file, 0o644);
    assert_eq!(add(&sandbox), "--- exit 0\n");
    chown(&file, Some(NOBODY), None).unwrap();
    assert!(add(&sandbox).contains("[DIR]/warden.yaml belongs to user 65534, who could change it"));
    assert!(add(&sandbox).ends_with("--- exit 1\n"));
}

#[test]
fn root_refuses_a_folder_that_others_can_write_unless_it_is_sticky() {
    if !root() {
        return;
    }
    let sandbox = dummy();
    fs::create_dir(sandbox.path("etc")).unwrap();
    let text = format!("plugin:\n  backend: {}\n", sandbox.path("backend").display());
    sandbox.write("etc/warden.yaml", text);
    let line = "-c etc/warden.yaml ban list --warning";
    chmod(&sandbox.path("etc"), 0o777);
    assert!(sandbox.warden(line).contains("error: [DIR]/etc can be written by everyone"));
    chmod(&sandbox.path("etc"), 0o1777);
    assert!(sandbox.warden(line).ends_with("--- exit 0\n"), "{}", sandbox.warden(line));
}

#[test]
fn root_follows_a_link_to_what_is_behind_it() {
    if !root() {
        return;
    }
    let sandbox = dummy();
    sandbox.write("real.yaml", "plugin:\n  backend: ./backend\n");
    chmod(&sandbox.path("real.yaml"), 0o666);
    std::os::unix::fs::symlink("real.yaml", sandbox.path("link.yaml")).unwrap();
    let shown = sandbox.warden("-c link.yaml ban list");
    let way = "error: [DIR]/link.yaml (owner 0) → [DIR]/real.yaml (owner 0): refused: [DIR]/real.yaml can be written by \
               everyone\n";
    assert!(shown.contains(way), "{shown}");
}

#[test]
fn root_leaves_out_a_backend_file_that_others_can_write() {
    if !root() {
        return;
    }
    let sandbox = dummy();
    sandbox.backend("other", "dummy", &[]);
    chmod(&sandbox.path("backend/other.yaml"), 0o666);
    assert_snapshot!(add(&sandbox), @r"
    --- stderr
    warning: [DIR]/backend/other.yaml can be written by everyone
      in [DIR]/backend/other.yaml
    hint: as root warden believes only what root alone can change: `chown root` and `chmod go-w` it, or install with `cargo xtask install`
    --- exit 3
    ");
}

#[test]
fn root_refuses_an_allowlist_and_a_secret_that_others_can_write() {
    if !root() {
        return;
    }
    let sandbox = dummy();
    sandbox.write("allowlist", "198.51.100.0/24\n");
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\nwarden:\n  allowlist_file: ./allowlist\n");
    assert_eq!(add(&sandbox), "--- exit 0\n");
    chmod(&sandbox.path("allowlist"), 0o666);
    assert!(add(&sandbox).contains("error: allowlist_file: [DIR]/allowlist can be written by everyone"));
    assert!(add(&sandbox).ends_with("--- exit 1\n"));
    chmod(&sandbox.path("allowlist"), 0o644);
    sandbox.write("token", "hunter2\n");
    chmod(&sandbox.path("token"), 0o666);
    sandbox.backend("other", "dummy", &[("token_file", "./token")]);
    let shown = add(&sandbox);
    assert!(shown.contains("token_file: [DIR]/token can be written by everyone"), "{shown}");
    assert!(shown.ends_with("--- exit 3\n"), "{shown}");
}

#[test]
fn root_refuses_a_plugin_of_another_owner_with_the_way_to_install_one() {
    if !root() {
        return;
    }
    let sandbox = Sandbox::empty();
    fs::copy(plugin_path("dummy"), sandbox.path("dummy.so")).unwrap();
    sandbox.write("backend/dummy.yaml", "name: dummy\npath: ./dummy.so\n");
    chown(sandbox.path("dummy.so"), Some(NOBODY), None).unwrap();
    assert_snapshot!(add(&sandbox), @r#"
    --- stderr
    warning: backend "dummy": [DIR]/dummy.so belongs to user 65534, who could change it
      in [DIR]/backend/dummy.yaml
    hint: as root warden believes only what root alone can change: `chown root` and `chmod go-w` it, or install with `cargo xtask install`
    error: no backend is usable
    --- exit 1
    "#);
    chown(sandbox.path("dummy.so"), Some(0), None).unwrap();
    assert_eq!(add(&sandbox), "--- exit 0\n");
    chown(sandbox.path("."), Some(NOBODY), None).unwrap();
    assert!(add(&sandbox).contains("[DIR] belongs to user 65534"), "{}", add(&sandbox));
}

#[test]
fn everyone_is_warned_about_a_secret_that_everyone_can_read() {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[("token", "hunter2")]);
    let file = sandbox.path("backend/dummy.yaml");
    chmod(&file, 0o644);
    assert_snapshot!(add(&sandbox), @r"
    --- stderr
    warning: a file with a secret can be read by everyone
      in [DIR]/backend/dummy.yaml
    hint: chmod o-r it
    --- exit 0
    ");
    chmod(&file, 0o640);
    assert_eq!(add(&sandbox), "--- exit 0\n");
}

// As an ordinary user

/// A sandbox that an ordinary user can read, with the dummy of `bin/`.
fn users() -> Option<Sandbox> {
    if !available(!is_root() || has("setpriv"), "setpriv (Debian: util-linux)") {
        return None;
    }
    let sandbox = Sandbox::empty();
    sandbox.open_to_all();
    sandbox.write("backend/dummy.yaml", "name: dummy\npath: ./bin/dummy.so\n");
    Some(sandbox)
}

const USER_ADDS: &str = "ban add ip 203.0.113.7 4h scan --warning";

#[test]
fn a_user_believes_files_of_root_and_of_a_group_of_their_own() {
    let Some(sandbox) = users() else { return };
    assert_eq!(sandbox.as_user(USER_ADDS), "--- exit 0\n");
    if is_root() {
        for path in ["warden.yaml", "backend", "backend/dummy.yaml", "bin", "bin/dummy.so"] {
            chown(sandbox.path(path), Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    // As umask 002 leaves them.
    for (path, mode) in [("warden.yaml", 0o664), ("backend", 0o775), ("bin", 0o775), ("bin/dummy.so", 0o775)]
    {
        chmod(&sandbox.path(path), mode);
    }
    assert_eq!(sandbox.as_user(USER_ADDS), "--- exit 0\n");
}

#[test]
fn a_user_refuses_a_plugin_that_everyone_can_write() {
    let Some(sandbox) = users() else { return };
    chmod(&sandbox.path("bin/dummy.so"), 0o777);
    assert_snapshot!(sandbox.as_user(USER_ADDS), @r#"
    --- stderr
    warning: backend "dummy": [DIR]/bin/dummy.so can be written by everyone
      in [DIR]/backend/dummy.yaml
    hint: `chmod o-w` it, or move it to a folder of your own
    error: no backend is usable
    --- exit 1
    "#);
}

#[test]
fn a_user_refuses_a_plugin_of_a_third_one() {
    let Some(sandbox) = users().filter(|_| root()) else { return };
    chown(sandbox.path("bin/dummy.so"), Some(1), None).unwrap();
    let shown = sandbox.as_user(USER_ADDS);
    assert!(shown.contains("[DIR]/bin/dummy.so belongs to user 1, who could change it"), "{shown}");
}

#[test]
fn a_user_who_cannot_read_or_write_the_store_is_told_so() {
    let Some(sandbox) = users().filter(|_| root()) else { return };
    sandbox.write(
        "backend/dummy.yaml",
        "name: database\npath: ./bin/database.so\nconfig:\n  type: sqlite\n  db_path: ./warden.db\n  flush: true\n",
    );
    assert_snapshot!(sandbox.as_user(USER_ADDS), @r#"
    --- stderr
    error: backend "database": could not write the ban: [DIR]/warden.db: permission denied (during add)
      in [DIR]/backend/dummy.yaml
    hint: run it as the user who owns the database
    --- exit 1
    "#);
    sandbox.warden("ban add ip 203.0.113.7 4h scan");
    assert_snapshot!(sandbox.as_user("ban list"), @r#"
    --- stderr
    error: backend "database": could not read the bans: [DIR]/warden.db: permission denied (during list)
      in [DIR]/backend/dummy.yaml
    hint: run it as the user who owns the database
    --- exit 1
    "#);
    // Readable, in a folder that the user cannot write.
    chmod(&sandbox.path("warden.db"), 0o644);
    let listed = sandbox.as_user("ban list -o raw");
    assert!(listed.contains("cli,203.0.113.7,scan,1,ban,, ,1,4h0m0s"), "{listed}");
    assert_snapshot!(sandbox.as_user("ban del ip 203.0.113.7"), @r#"
    --- stderr
    error: backend "database": could not end the ban: [DIR]/warden.db: it is read-only (during del)
      in [DIR]/backend/dummy.yaml
    hint: run it as the user who owns the database, on a file system that can be written
    --- exit 1
    "#);
}

// Installed

/// What is installed, and with which mode.
const LAYOUT: &[(&str, u32)] = &[
    ("bin/warden", 0o755),
    ("lib/warden/plugins/backend/database.so", 0o755),
    ("lib/warden/plugins/backend/dummy.so", 0o755),
    ("etc/warden/warden.yaml", 0o640),
    ("etc/warden/plugins/backend/database.yaml", 0o640),
    ("etc/warden/plugins/backend/dummy.yaml.example", 0o640),
    ("share/man/man1/warden.1", 0o644),
    ("share/man/man1/warden-ban-list.1", 0o644),
    ("share/bash-completion/completions/warden", 0o644),
    ("share/zsh/site-functions/_warden", 0o644),
    ("share/fish/vendor_completions.d/warden.fish", 0o644),
    ("include/warden_plugin.h", 0o644),
    ("etc/warden", 0o755),
    ("var/lib/warden", 0o755),
];

#[test]
fn what_is_installed_under_umask_002_works_where_it_is() {
    let tool = artifacts().join("xtask");
    assert!(tool.exists(), "{} is not built: run the tests with `cargo xtask test`", tool.display());
    let sandbox = Sandbox::empty();
    let install = || {
        let command = format!(
            "umask 002; exec '{}' install --debug --prefix /usr/local --destdir '{}'",
            tool.display(),
            sandbox.path("").display()
        );
        let output = Command::new("sh").args(["-c", &command]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    };
    install();
    let prefix = sandbox.path("usr/local");
    for (path, mode) in LAYOUT {
        let meta = prefix.join(path).metadata().unwrap_or_else(|e| panic!("{path}: {e}"));
        assert_eq!(meta.permissions().mode() & 0o7777, *mode, "{path}");
    }
    let run = |line: &str| {
        let mut command = Command::new(prefix.join("bin/warden"));
        command.args(line.split(' ')).env_clear().env("TZ", "UTC").env("WARDEN_NOW", crate::common::NOW);
        sandbox.show(&command.output().unwrap())
    };
    assert_snapshot!(run("ban add ip 203.0.113.7 4h scan"), @"
    --- stderr
    ban 203.0.113.7 for 4h (scan), until 2026-11-24 07:00:00 +00:00
    stored only: no configured backend drops packets
    --- exit 0
    ");
    assert!(prefix.join("var/lib/warden/warden.db").exists());
    // A second time: what the administrator changed stays.
    fs::write(prefix.join("etc/warden/warden.yaml"), "plugin:\n  backend: ./plugins/backend\n# mine\n")
        .unwrap();
    assert!(install().contains("kept "));
    assert!(fs::read_to_string(prefix.join("etc/warden/warden.yaml")).unwrap().ends_with("# mine\n"));
    assert!(run("ban list -o raw").contains("cli,203.0.113.7,scan"), "{}", run("ban list -o raw"));
}
