//! What goes wrong, and what the user is told.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
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

/// What a probe says when nft would have to be run, since nothing is there yet.
fn probed(script: &str) -> Option<Error> {
    let mut error = None;
    in_namespace(|_| {
        let folder = tempfile::tempdir().unwrap();
        let nft = stand_in(folder.path(), script);
        let mut backend = start(folder.path(), &[("nft_path", &nft), ("timeout", "300ms")]).unwrap();
        error = Some(backend.probe().unwrap_err());
    });
    error
}

#[test]
fn what_nft_refuses_is_told() {
    let Some(error) = probed("echo 'Operation not permitted (you must be root)' >&2; exit 1") else { return };
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(error.message(), "nft: Operation not permitted (you must be root)");
    assert!(error.hint().contains("root"));
}

#[test]
fn an_nft_that_hangs_is_stopped() {
    let began = Instant::now();
    let Some(error) = probed("exec sleep 60") else { return };
    assert_eq!(error.message(), "nft did not finish within 300ms");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn an_nft_that_never_stops_talking_is_stopped() {
    for script in ["exec yes", "exec yes >&2"] {
        let Some(error) = probed(script) else { return };
        let said = error.message();
        assert!(said == "nft did not finish within 300ms" || said.starts_with("nft ended"), "{said}");
    }
    let peak = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = peak.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 256 << 10, "{kib} KiB");
}

#[test]
fn an_nft_that_cannot_be_run_is_named() {
    in_namespace(|_| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nft");
        fs::write(&path, "").unwrap();
        let path = path.to_str().unwrap();
        let error = start(folder.path(), &[("nft_path", path)]).unwrap().probe().unwrap_err();
        assert!(error.message().contains(path), "{error}");
    });
}

#[test]
fn nft_gets_no_environment_and_no_shell() {
    in_namespace(|_| {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let script = format!("{{ echo \"$0 $*\"; /usr/bin/env; }} >> {}; exit 1", seen.display());
        let nft = stand_in(folder.path(), &script);
        let mut backend = start(folder.path(), &[("nft_path", &nft)]).unwrap();
        backend.probe().unwrap_err();
        let seen = fs::read_to_string(seen).unwrap();
        assert!(seen.starts_with(&format!("{nft} -c -f -\n")), "{seen}");
        // What sh itself sets.
        let foreign = seen
            .lines()
            .skip(1)
            .find(|line| !["PWD=", "_=", "SHLVL=", "OLDPWD="].iter().any(|own| line.starts_with(own)));
        assert_eq!(foreign, None);
    });
}

#[test]
fn a_user_who_gives_up_is_obeyed() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.insert("1.2.3.4", HOUR);
        cancel(true);
        let error = warden.backend.flush().unwrap_err();
        cancel(false);
        assert_eq!(error.message(), "given up while nft was running");
        warden.ban("1.2.3.4", HOUR);
        cancel(true);
        let error = told(&mut warden.backend, now_us()).unwrap_err();
        cancel(false);
        assert_eq!(error.message(), "given up while the sets were read");
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
fn a_set_of_another_kind_is_refused_by_its_name() {
    in_namespace(|_| {
        for (set, why) in [
            ("set4 { type ipv4_addr; }", "its flags are not `timeout` alone"),
            ("set6 { type ipv4_addr; flags timeout; }", "it is of another type"),
            ("net4_8 { type ipv4_addr; flags interval, timeout; }", "it holds intervals"),
        ] {
            nft(&format!("add table inet warden; add set inet warden {set}"));
            let mut warden = Warden::new();
            let said =
                format!("set `{}` of table `warden` is not warden's: {why}", &set[..set.find(' ').unwrap()]);
            let error = warden.backend.probe().unwrap_err();
            assert_eq!(
                (error.message(), error.hint()),
                (said.as_str(), "remove the set, or set other names")
            );
            warden.insert("10.0.0.0/8", HOUR);
            assert_eq!(warden.backend.flush().unwrap_err().message(), said);
            nft("delete table inet warden");
        }
    });
}

#[test]
fn a_set_that_is_full_is_told_with_the_element() {
    in_namespace(|_| {
        nft("add table inet warden; add set inet warden set4 { type ipv4_addr; flags timeout; size 1; }");
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        warden.insert("1.2.3.5", HOUR);
        let error = warden.backend.flush().unwrap_err();
        assert_eq!(error.message(), "cannot write the sets, element 1.2.3.5 of set `set4`: the set is full");
        assert_eq!(warden.told(), ["1.2.3.4 cli a test"]);
    });
}

#[test]
fn a_flush_that_fails_changes_nothing() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        nft("delete table inet warden");
        nft("add table inet warden; add set inet warden set6 { type ipv4_addr; }");
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

#[test]
fn the_plain_user_is_told_to_be_root() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        let error = without_privileges(|| warden.backend.probe().unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Denied);
        assert_eq!(error.message(), "cannot read the ruleset: operation not permitted");
        assert!(error.hint().contains("root"));
    });
}

/// Runs something on a thread that may administer nothing.
fn without_privileges<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            let none = CapabilitySets {
                effective: CapabilitySet::empty(),
                permitted: CapabilitySet::empty(),
                inheritable: CapabilitySet::empty(),
            };
            set_capabilities(None, none).unwrap();
            f()
        });
        run.join().unwrap()
    })
}
