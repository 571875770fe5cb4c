//! Links, access control lists and inherited rights: what an ordinary user tries in order to be believed by root.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::common::{Sandbox, available, has, is_root, plugin_path};

/// `nobody` of Debian.
const NOBODY: u32 = 65_534;

/// How often warden runs against each kind of link: `WARDEN_LINK_RUNS`, which continuous integration sets higher.
fn runs() -> usize {
    std::env::var("WARDEN_LINK_RUNS").map_or(50, |runs| runs.parse().unwrap())
}

fn root() -> bool {
    available(is_root(), "root")
}

/// A sandbox of root with the folder `theirs` of another user, in which a link to root's own `FILE` and one to that user's
/// `evil` change places all the time.
fn attacked(sandbox: &Sandbox, file: &Path, evil: &[u8], runs: impl Fn()) {
    // One attacker at a time: several would leave warden no processor to run on.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let theirs = sandbox.path("theirs");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("evil"), evil).unwrap();
    fs::set_permissions(theirs.join("evil"), Permissions::from_mode(0o755)).unwrap();
    symlink(file, theirs.join("link")).unwrap();
    symlink(theirs.join("evil"), theirs.join("other")).unwrap();
    for name in ["", "evil", "link", "other"] {
        std::os::unix::fs::lchown(theirs.join(name), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let (one, two) = (theirs.join("link"), theirs.join("other"));
                renameat_with(CWD, &one, CWD, &two, RenameFlags::EXCHANGE).unwrap();
            }
        });
        runs();
        is_over.store(true, Ordering::Relaxed);
    });
}

/// Every run refuses the link, and names what is wrong with the way.
fn never(sandbox: &Sandbox, file: &Path, evil: &[u8], line: &str) {
    attacked(sandbox, file, evil, || {
        for run in 0..runs() {
            let said = sandbox.warden(line);
            assert!(said.contains("theirs belongs to user 65534, who could change it"), "run {run}: {said}");
            assert!(!said.ends_with("--- exit 0\n"), "run {run}: {said}");
        }
    });
}

fn of_dummy() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    sandbox
}

/// A sandbox whose one backend has a path in the other user's folder at `key`.
fn with_key(plugin: &str, key: &str, others: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.backend("one", plugin, &[others, &[(key, "./theirs/link")]].concat());
    sandbox
}

#[test]
fn a_main_file_behind_a_link_of_another_user_is_never_believed() {
    if !root() {
        return;
    }
    let sandbox = of_dummy();
    let evil = format!("plugin:\n  backend: {}\n", sandbox.path("backend").display());
    never(&sandbox, &sandbox.path("warden.yaml"), evil.as_bytes(), "-c theirs/link ban list");
}

#[test]
fn a_backend_file_behind_a_link_of_another_user_is_never_believed() {
    if !root() {
        return;
    }
    let sandbox = Sandbox::empty();
    let text = format!("name: dummy\npath: {}\n", plugin_path("dummy").display());
    sandbox.write("dummy.yaml", &text);
    symlink(sandbox.path("theirs/link"), sandbox.path("backend/dummy.yaml")).unwrap();
    never(&sandbox, &sandbox.path("dummy.yaml"), text.as_bytes(), "ban list");
}

#[test]
fn a_backend_folder_behind_a_link_of_another_user_is_never_believed() {
    if !root() {
        return;
    }
    let sandbox = of_dummy();
    sandbox.write("warden.yaml", "plugin:\n  backend: ./theirs/link\n");
    never(&sandbox, &sandbox.path("backend"), b"", "ban list");
}

#[test]
fn an_allowlist_behind_a_link_of_another_user_is_never_believed() {
    if !root() {
        return;
    }
    let sandbox = of_dummy();
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\nwarden:\n  allowlist_file: ./theirs/link\n");
    sandbox.write("allowlist", "203.0.113.7\n");
    never(&sandbox, &sandbox.path("allowlist"), b"", "ban add ip 203.0.113.8 1h scan");
}

#[test]
fn credentials_behind_a_link_of_another_user_are_never_believed() {
    if !root() {
        return;
    }
    let sandbox = with_key("lapi", "credentials_path", &[]);
    let text = b"url: http://127.0.0.1:1\nlogin: m\npassword: p\n";
    sandbox.write("credentials", text);
    never(&sandbox, &sandbox.path("credentials"), text, "ban list");
}

#[test]
fn an_authority_behind_a_link_of_another_user_is_never_believed() {
    if !root() {
        return;
    }
    let others = [("type", "postgres"), ("db_host", "127.0.0.1"), ("tls", "verify-full")];
    let sandbox = with_key("database", "tls_ca", &others);
    sandbox.write("ca.pem", "");
    never(&sandbox, &sandbox.path("ca.pem"), b"", "ban list");
}

#[test]
fn a_program_behind_a_link_of_another_user_is_never_run() {
    if !root() {
        return;
    }
    let sandbox = with_key("nftables", "nft_path", &[]);
    let mark = sandbox.path("run-as-root");
    let evil = format!("#!/bin/sh\ntouch {}\n", mark.display());
    sandbox.write("nft", "#!/bin/sh\nexit 1\n");
    fs::set_permissions(sandbox.path("nft"), Permissions::from_mode(0o755)).unwrap();
    never(&sandbox, &sandbox.path("nft"), evil.as_bytes(), "ban list");
    assert!(!mark.exists());
}

#[test]
fn a_plugin_behind_a_link_of_another_user_is_never_loaded() {
    if !root() {
        return;
    }
    let sandbox = Sandbox::empty();
    sandbox.write("backend/dummy.yaml", "name: dummy\npath: ./theirs/link\n");
    let evil = fs::read(plugin_path("dummy")).unwrap();
    never(&sandbox, &plugin_path("dummy"), &evil, "ban list");
}

#[test]
fn a_store_in_a_folder_of_another_user_is_never_opened() {
    if !root() {
        return;
    }
    let sandbox = with_key("database", "db_path", &[("type", "sqlite")]);
    never(&sandbox, &sandbox.path("warden.db"), b"", "ban add ip 203.0.113.8 1h scan");
    assert!(!sandbox.path("warden.db").exists());
}

#[test]
fn what_the_credentials_of_crowdsec_name_is_checked_too() {
    if !root() {
        return;
    }
    let sandbox = Sandbox::empty();
    sandbox.backend("lapi", "lapi", &[("credentials_path", "./credentials")]);
    fs::create_dir(sandbox.path("theirs")).unwrap();
    chown(sandbox.path("theirs"), Some(NOBODY), None).unwrap();
    let theirs = sandbox.path("theirs").display().to_string();
    for text in [
        format!("url: https://127.0.0.1:1\nlogin: m\npassword: p\nca_cert_path: {theirs}/ca.pem\n"),
        format!("url: {theirs}/lapi.sock\nlogin: m\npassword: p\n"),
    ] {
        sandbox.write("credentials", text);
        fs::set_permissions(sandbox.path("credentials"), Permissions::from_mode(0o600)).unwrap();
        let said = sandbox.warden("ban list");
        assert!(said.contains("theirs belongs to user 65534, who could change it"), "{said}");
        assert!(said.ends_with("--- exit 1\n"), "{said}");
    }
}

#[test]
fn a_group_may_write_the_store_that_root_shares_with_it() {
    if !root() {
        return;
    }
    let sandbox = Sandbox::new();
    let add = || sandbox.warden("ban add ip 203.0.113.7 4h scan --warning");
    assert_eq!(add(), "--- exit 0\n");
    chown(sandbox.path("warden.db"), None, Some(NOBODY)).unwrap();
    fs::set_permissions(sandbox.path("warden.db"), Permissions::from_mode(0o660)).unwrap();
    let said = add();
    assert!(said.contains("db_path: [DIR]/warden.db can be written by group 65534"), "{said}");
    let shared = [("type", "sqlite"), ("db_path", "./warden.db"), ("flush", "true"), ("db_group", "65534")];
    sandbox.backend("database", "database", &shared);
    assert_eq!(add(), "--- exit 0\n");
}

#[test]
fn links_of_root_to_files_of_root_are_followed_and_paths_start_at_the_real_file() {
    let sandbox = of_dummy();
    for folder in ["real", "links"] {
        fs::create_dir(sandbox.path(folder)).unwrap();
    }
    fs::rename(sandbox.path("backend"), sandbox.path("real/backend")).unwrap();
    fs::rename(sandbox.path("warden.yaml"), sandbox.path("real/warden.yaml")).unwrap();
    symlink("real", sandbox.path("links/../alias")).unwrap();
    symlink("../alias/../alias/warden.yaml", sandbox.path("links/warden.yaml")).unwrap();
    let shown = sandbox.warden("-c links/warden.yaml config show");
    assert!(shown.contains("file: [DIR]/real/warden.yaml\n"), "{shown}");
    assert!(shown.contains("backend_dir: [DIR]/real/backend\n"), "{shown}");
    assert_eq!(sandbox.warden("-c links/warden.yaml ban add ip 203.0.113.7 4h x --warning"), "--- exit 0\n");
}

#[test]
fn links_in_a_circle_are_an_error() {
    let sandbox = of_dummy();
    symlink("two", sandbox.path("one")).unwrap();
    symlink("one", sandbox.path("two")).unwrap();
    let said = sandbox.warden("-c one ban list");
    assert!(said.contains("error: cannot read [DIR]/one: too many levels of symbolic links"), "{said}");
}

#[test]
fn an_access_control_list_that_lets_somebody_else_write_is_refused() {
    if !available(is_root() && has("setfacl"), "root and setfacl (Debian: acl)") {
        return;
    }
    let sandbox = of_dummy();
    let acl = |words: &[&str]| {
        let done = Command::new("setfacl").args(words).arg(sandbox.path("warden.yaml")).status().unwrap();
        assert!(done.success());
    };
    let add = || sandbox.warden("ban add ip 203.0.113.7 4h scan --warning");
    for (entry, who) in [("u:65534:rw", "user 65534"), ("g:65534:rw", "group 65534")] {
        acl(&["-m", entry]);
        let said = add();
        let words = format!("[DIR]/warden.yaml can be written by {who}, by its access control list");
        assert!(said.contains(&words) && said.contains("hint: `setfacl -b` removes the list"), "{said}");
        assert!(said.ends_with("--- exit 1\n"), "{said}");
        acl(&["-b"]);
        assert_eq!(add(), "--- exit 0\n");
    }
    // To read is no harm, though the mask then shows as the group's right to write.
    acl(&["-m", "u:65534:r,m::rw"]);
    assert_eq!(add(), "--- exit 0\n");
}

#[test]
fn a_new_store_has_nothing_of_the_folders_default_access_control_list() {
    if !available(has("setfacl"), "setfacl (Debian: acl)") {
        return;
    }
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("var")).unwrap();
    let done =
        Command::new("setfacl").args(["-d", "-m", "u:1:rwx"]).arg(sandbox.path("var")).status().unwrap();
    assert!(done.success());
    let place = [("type", "sqlite"), ("db_path", "./var/one.db"), ("db_mode", "0660"), ("flush", "true")];
    sandbox.backend("database", "database", &place);
    for target in ["203.0.113.7", "203.0.113.8"] {
        assert_eq!(sandbox.warden(&format!("ban add ip {target} 4h scan --warning")), "--- exit 0\n");
    }
    let list = Command::new("getfacl").args(["-c", "-n"]).arg(sandbox.path("var/one.db")).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(!list.contains("user:1:") && list.contains("group::rw-"), "{list}");
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let sandbox = of_dummy();
    rustix::fs::mknodat(CWD, sandbox.path("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    fs::create_dir(sandbox.path("folder")).unwrap();
    let long = fs::File::create(sandbox.path("long")).unwrap();
    long.set_len(20 << 30).unwrap();
    for (name, what) in [
        ("fifo", "is not a regular file"),
        ("folder", "is not a regular file"),
        ("long", "is longer than 1024 KiB"),
    ] {
        let said = sandbox.warden(&format!("-c {name} ban list"));
        assert!(said.contains(&format!("error: [DIR]/{name} {what}")), "{said}");
        assert!(said.ends_with("--- exit 1\n"), "{said}");
    }
}

/// The program with a right that its caller does not have: it is set-group-ID.
#[test]
fn a_program_with_more_rights_than_its_caller_is_not_steered_by_them() {
    if !available(is_root() && has("setpriv"), "root and setpriv (Debian: util-linux)") {
        return;
    }
    let sandbox = Sandbox::empty();
    sandbox.open_to_all();
    sandbox.write("backend/dummy.yaml", "name: dummy\npath: ./bin/dummy.so\nconfig:\n  word: ${SECRET}\n");
    chown(sandbox.path("bin/warden"), None, Some(0)).unwrap();
    fs::set_permissions(sandbox.path("bin/warden"), Permissions::from_mode(0o2755)).unwrap();
    // Their variables are as if they were not there.
    let said = sandbox.as_user("ban list");
    assert!(said.contains("error: there is no configuration file"), "{said}");
    let said = sandbox.as_user("-c warden.yaml ban list");
    assert!(said.contains("the environment variable `SECRET` is not set"), "{said}");
    // What root alone can change is believed, and nothing of the caller's own.
    sandbox.write("backend/dummy.yaml", "name: dummy\npath: ./bin/dummy.so\n");
    assert_eq!(sandbox.as_user("-c warden.yaml ban add ip 203.0.113.7 4h x --warning"), "--- exit 0\n");
    chown(sandbox.path("warden.yaml"), Some(NOBODY), None).unwrap();
    let said = sandbox.as_user("-c warden.yaml ban list");
    assert!(said.contains("warden.yaml belongs to user 65534, who could change it"), "{said}");
    chown(sandbox.path("warden.yaml"), Some(0), None).unwrap();
    chown(sandbox.path("bin/dummy.so"), Some(NOBODY), None).unwrap();
    let said = sandbox.as_user("-c warden.yaml ban list");
    assert!(said.contains("dummy.so belongs to user 65534, who could change it"), "{said}");
}
