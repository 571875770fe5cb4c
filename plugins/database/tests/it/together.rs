//! Several at once: connections, threads, processes.

use std::env;
use std::process::{Child, Command};

use warden_plugin::{Backend, Rows};

use crate::common::{HOUR, NOW, Store, ban, signal};

const FILE: &str = "WARDEN_TEST_FILE";
const NUMBER: &str = "WARDEN_TEST_NUMBER";

/// What a process of the tests below does; by itself it is no test.
#[test]
fn child() {
    let Ok(path) = env::var(FILE) else { return };
    let number = env::var(NUMBER).unwrap();
    let store = Store { path: path.into(), ..Store::new() };
    for count in 0..20 {
        assert_eq!(store.add(&format!("10.0.{number}.{count}"), "cli").replaced, 0);
        store.add("203.0.113.7", "cli");
    }
}

fn spawn(store: &Store, number: u32) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "together::child", "--quiet"])
        .env(FILE, &store.path)
        .env(NUMBER, number.to_string())
        .spawn()
        .unwrap()
}

#[test]
fn processes_that_meet_a_new_store_lose_nothing() {
    let store = Store::new();
    let children: Vec<_> = (0..8).map(|number| spawn(&store, number)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let targets = store.targets();
    assert_eq!(targets.len(), 8 * 20 + 1);
    assert_eq!(targets.iter().filter(|target| *target == "203.0.113.7").count(), 1);
    assert_eq!(store.number("SELECT count(*) FROM ban_applications"), 8 * 20 * 2);
    assert_eq!(store.text("PRAGMA journal_mode"), "wal");
}

#[test]
fn threads_that_meet_an_old_store_lose_nothing() {
    for _ in 0..5 {
        let store = Store::of_v03();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let store = &store;
                scope.spawn(move || store.add(&format!("10.0.0.{number}"), "cli"));
            }
        });
        assert_eq!(store.number("SELECT count(*) FROM ban_applications WHERE ip_text GLOB '10.0.0.*'"), 8);
        assert_eq!(store.text("PRAGMA journal_mode"), "delete");
    }
}

#[test]
fn a_list_shows_one_state() {
    let store = Store::new();
    let mut writer = store.open();
    for number in 0..50 {
        writer.insert(&signal(NOW, &[ban(&format!("10.0.0.{number}"), "cli", NOW + HOUR)])).unwrap();
    }
    writer.flush().unwrap();
    let mut seen = 0;
    let mut sink = |_: &warden_plugin::Row<'_>| {
        if seen == 10 {
            writer.delete_all().unwrap();
            writer.flush().unwrap();
        }
        seen += 1;
        true
    };
    store.open().read_at(NOW, &mut Rows::new(&mut sink)).unwrap();
    assert_eq!(seen, 50);
    assert_eq!(store.targets(), [""; 0]);
}

#[test]
fn a_killed_process_leaves_whole_bans() {
    let store = Store::new();
    for round in 0..20 {
        let mut child = spawn(&store, round);
        std::thread::sleep(std::time::Duration::from_millis(u64::from(round) * 6));
        child.kill().unwrap();
        child.wait().unwrap();
        let _ = store.targets();
        if store.path.exists() {
            store.add(&format!("192.0.2.{round}"), "cli");
            assert_eq!(store.text("PRAGMA integrity_check"), "ok");
            assert_eq!(
                store.number("SELECT count(*) FROM ban_applications"),
                store.number("SELECT count(*) FROM signal_occurences")
            );
        }
    }
    let again = store.targets().into_iter().filter(|target| target == "203.0.113.7").count();
    assert!(again <= 1);
    assert!(
        store.number("SELECT count(*) FROM ban_applications WHERE ip_text = '203.0.113.7'") == 0
            || again == 1
    );
}
