//! Several at once: connections, threads, processes.

use std::env;
use std::process::{Child, Command};

use warden_plugin::{Backend, Rows};

use crate::common::{HOUR, NOW, Store, ban, signal};

const FILE: &str = "WARDEN_TEST_FILE";
const NUMBER: &str = "WARDEN_TEST_NUMBER";

/// What a process of the tests below does; by itself it is no test.
#[test]
#[ignore = "part of another test"]
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
        .args(["--exact", "together::child", "--quiet", "--ignored"])
        .env(FILE, &store.path)
        .env(NUMBER, number.to_string())
        // Its result is not one of the suite's, which are counted by what is on standard output.
        .stdout(std::io::stderr())
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
fn changes_of_several_processes_at_one_instant_are_told_apart() {
    let store = Store::new();
    let children: Vec<_> = (0..8).map(|number| spawn(&store, number)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(store.number("SELECT count(*) FROM warden_changes"), 8 * 40);
    // Each ban belongs to the change that made it, and to the one that ended it.
    let odd = "SELECT count(*) FROM warden_changes c WHERE \
        (SELECT count(*) FROM ban_applications WHERE id BETWEEN c.first_ban AND c.last_ban) <> c.added \
        OR (SELECT count(*) FROM ban_applications WHERE deleted_at = c.ended_at) <> c.ended";
    assert_eq!(store.number(odd), 0);
    for left in (0..8 * 40).rev() {
        let mut backend = store.open();
        let change = backend.last_change().unwrap().unwrap();
        backend.undo(change.id).unwrap();
        backend.flush().unwrap();
        let held = i64::from(left > 0);
        if left % 64 == 0 {
            let again =
                "SELECT count(*) FROM ban_applications WHERE deleted_at IS NULL AND ip_text = '203.0.113.7'";
            assert!(store.number(again) <= held, "{left} changes left");
        }
    }
    assert_eq!(store.number("SELECT count(*) FROM ban_applications WHERE deleted_at IS NULL"), 0);
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

#[test]
fn a_stream_sees_what_others_did_between_its_transactions() {
    let store = Store::new();
    let mut stream = store.open();
    stream.start_auto_commit().unwrap();
    let push = |stream: &mut database::Database, target: &str| {
        let done = stream.insert(&signal(NOW, &[ban(target, "cli", NOW + HOUR)])).unwrap();
        stream.flush().unwrap();
        done.replaced
    };
    assert_eq!(push(&mut stream, "2001:db8::2"), 0);
    assert_eq!(push(&mut stream, "2001:db8::2"), 1);
    store
        .sql()
        .execute_batch(
            "INSERT INTO ban_applications (created_at, measure_source, until, ip_text) \
         VALUES ('2026-11-24 03:00:00+00:00', 'cli', '2026-11-25 03:00:00+00:00', '2001:DB8:0:0:0:0:0:2'); \
         DROP INDEX warden_bans_by_target; DROP TABLE warden_changes; PRAGMA user_version = 1",
        )
        .unwrap();
    assert_eq!(push(&mut stream, "2001:db8::2"), 2);
    assert_eq!(store.targets(), ["2001:db8::2"]);
    assert_eq!(
        store.number(
            "SELECT count(*) FROM sqlite_master WHERE name IN ('warden_bans_by_target', 'warden_changes')"
        ),
        2
    );
    // What is discarded was not written.
    assert_eq!(stream.delete_all().unwrap(), 1);
    stream.discard().unwrap();
    assert_eq!(push(&mut stream, "2001:db8::2"), 1);
    store.sql().execute_batch("DROP TABLE event_sequences").unwrap();
    assert!(stream.delete_all().is_err(), "somebody else's database now");
}
