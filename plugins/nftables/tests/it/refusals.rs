//! What goes wrong, and what the user is told.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use warden_plugin::{Backend, Error, ErrorKind};

use crate::host::{cancel, now_us};
use crate::namespace::{HOUR, Warden, in_namespace, insert, nft, start, told};

/// A program in nft's place.
fn stand_in(folder: &Path, script: &str) -> String {
    let path = folder.join("nft");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn probed(script: &str) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let nft = stand_in(folder.path(), script);
    start(folder.path(), &[("nft_path", &nft), ("timeout", "300ms")]).unwrap().probe().unwrap_err()
}

#[test]
fn who_is_not_root_is_told_so() {
    let error = probed("echo 'Operation not permitted (you must be root)' >&2; exit 1");
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(error.message(), "nft: Operation not permitted (you must be root)");
    assert!(error.hint().contains("root"));
}

#[test]
fn a_kernel_without_nftables_is_told() {
    let error =
        probed("echo 'netlink: Error: cache initialization failed: Protocol not supported' >&2; exit 1");
    assert_eq!(error.message(), "nft: cache initialization failed: Protocol not supported");
    assert!(error.hint().contains("modprobe nf_tables"));
}

#[test]
fn an_nft_that_hangs_is_stopped() {
    let began = Instant::now();
    let error = probed("exec sleep 60");
    assert_eq!(error.message(), "nft did not finish within 300ms");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn an_nft_that_prints_nonsense_is_told() {
    let error = probed("echo '{\"nftables\": [}'");
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.message().starts_with("nft's listing is not understood"), "{error}");
}

#[test]
fn an_nft_that_cannot_be_run_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nft");
    fs::write(&path, "").unwrap();
    let path = path.to_str().unwrap();
    let error = start(folder.path(), &[("nft_path", path)]).unwrap().probe().unwrap_err();
    assert!(error.message().contains(path), "{error}");
}

#[test]
fn nft_gets_no_environment_and_no_shell() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let script = format!("{{ echo \"$0 $*\"; /usr/bin/env; }} >> {}; exit 1", seen.display());
    let nft = stand_in(folder.path(), &script);
    let mut backend = start(folder.path(), &[("nft_path", &nft)]).unwrap();
    backend.probe().unwrap_err();
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.starts_with(&format!("{nft} -j list chains inet\n")), "{seen}");
    // What sh itself sets.
    let foreign = seen
        .lines()
        .skip(1)
        .find(|line| !["PWD=", "_=", "SHLVL=", "OLDPWD="].iter().any(|own| line.starts_with(own)));
    assert_eq!(foreign, None);
}

#[test]
fn a_user_who_gives_up_is_obeyed() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        cancel(true);
        let error = insert(&mut warden.backend, "1.2.3.4", "cli", now_us() + HOUR).unwrap_err();
        cancel(false);
        assert_eq!(error.message(), "given up while nft was running");
        warden.ban("1.2.3.4", HOUR);
    });
}

#[test]
fn a_healthy_machine_is_probed_without_a_trace() {
    in_namespace(|_| {
        Warden::new().backend.probe().unwrap();
        assert_eq!(nft("list ruleset"), "");
    });
}

#[test]
fn a_set_of_another_kind_is_refused_with_a_hint() {
    in_namespace(|_| {
        nft("add table inet warden; add set inet warden set4 { type ipv4_addr; }");
        let mut warden = Warden::new();
        let error = warden.backend.probe().unwrap_err();
        assert!(error.hint().contains("other flags"), "{error}");
        warden.insert("10.0.0.0/8", HOUR);
        let error = warden.backend.flush().unwrap_err();
        assert!(error.hint().contains("other flags"), "{error}");
    });
}

#[test]
fn a_flush_that_fails_changes_nothing() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        nft("delete table inet warden");
        nft("add table inet warden; add set inet warden net6 { type ipv4_addr; }");
        let before = nft("list ruleset");
        warden.insert("1.2.3.5", HOUR);
        warden.backend.flush().unwrap_err();
        assert_eq!(nft("list ruleset"), before);
        assert_eq!(warden.told(), [""; 0]);
    });
}

#[test]
fn names_are_never_resolved() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        for target in ["localhost", "example.org", "1.2.3.4; flush ruleset", "1.2.3.4-1.2.3.9", ""] {
            let error = insert(&mut warden.backend, target, "cli", now_us() + HOUR).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{target}");
            assert_eq!(warden.backend.delete(target).unwrap_err().kind(), ErrorKind::Invalid);
        }
        assert_eq!(nft("list ruleset"), "");
    });
}

#[test]
fn two_wardens_write_one_after_the_other() {
    in_namespace(|namespace| {
        let mut warden = Warden::new();
        warden.insert("10.0.0.0/8", HOUR);
        let mut hasty = warden.again(&[("lock_timeout", "100ms")]);
        let error = insert(&mut hasty, "10.1.0.0/16", "cli", now_us() + HOUR).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.message().starts_with("another warden is writing"), "{error}");

        let mut patient = warden.again(&[]);
        thread::scope(|scope| {
            let later = scope.spawn(|| {
                namespace.enter();
                insert(&mut patient, "10.1.0.0/16", "cli", now_us() + 2 * HOUR).unwrap();
                patient.flush().unwrap();
            });
            thread::sleep(Duration::from_millis(200));
            warden.backend.flush().unwrap();
            later.join().unwrap();
        });
        assert_eq!(warden.told(), ["10.0.0.0/8 cli a test", "10.1.0.0/16 cli a test"]);
    });
}

#[test]
fn a_lock_that_cannot_be_opened_names_its_key() {
    in_namespace(|_| {
        let folder = tempfile::tempdir().unwrap();
        let mut backend = start(folder.path(), &[("lock_path", "/nowhere/lock")]).unwrap();
        let error = insert(&mut backend, "1.2.3.4", "cli", now_us() + HOUR).unwrap_err();
        assert_eq!(error.key(), "lock_path");
    });
}

/// In a container the kernel takes 208 KiB at once: this stands in for it.
#[test]
fn what_is_too_long_for_the_kernel_goes_in_parts() {
    in_namespace(|_| {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input");
        let script = format!(
            "case \"$*\" in *-c*|*list*) exec /usr/sbin/nft \"$@\";; esac\n\
             /bin/cat > {0}\n\
             if [ $(/usr/bin/stat -c %s {0}) -gt 150000 ]; then echo 'netlink: Error: Message too long' >&2; exit 1; fi\n\
             exec /usr/sbin/nft -j -f {0}",
            input.display()
        );
        let nft = stand_in(folder.path(), &script);
        let mut backend = start(folder.path(), &[("nft_path", &nft)]).unwrap();
        for _ in 0..2 {
            for n in 0..1000 {
                insert(&mut backend, &format!("10.1.{}.{}", n / 256, n % 256), "cli", now_us() + HOUR)
                    .unwrap();
                insert(&mut backend, &format!("10.{}.{}.0/25", 2 + n / 256, n % 256), "cli", now_us() + HOUR)
                    .unwrap();
            }
            backend.flush().unwrap();
            assert_eq!(told(&mut backend, now_us()).unwrap().len(), 2000);
        }
    });
}

#[test]
fn the_plain_user_is_denied_by_the_real_nft() {
    in_namespace(|_| {
        let ran = Command::new("setpriv")
            .args([
                "--reuid=65534",
                "--clear-groups",
                "--bounding-set=-all",
                "/usr/sbin/nft",
                "list",
                "tables",
            ])
            .output();
        let Ok(output) = ran else { return };
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("Operation not permitted"),
            "what the plugin looks for is what nft says: {said}"
        );
    });
}
