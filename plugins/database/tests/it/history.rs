//! Every ban that a target ever had.

use warden_plugin::{Backend, EndKind, UNKNOWN_US};

use crate::common::{HOUR, NOW, SECOND, Store, at, ban, history, signal};

#[test]
fn each_ban_says_how_it_ended_and_by_whom() {
    let store = Store::new();
    store.add("1.2.3.4", "cli");
    store.host.pass(SECOND);
    store.add("1.2.3.4", "cli");
    store.host.pass(SECOND);
    store.delete("1.2.3.4");
    store.add("1.2.3.4", "api");
    store.host.pass(2 * HOUR);
    store.add("1.2.3.4", "cli");
    store.add("1.2.3.0/24", "cli");
    let rows = history(&mut store.open(), "::ffff:1.2.3.4");
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (row.source.as_str(), row.start_us - NOW, row.end_kind, row.ended_us, row.ended_by.as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("cli", 2 * HOUR + 2 * SECOND, EndKind::None, UNKNOWN_US, ""),
            ("api", 2 * SECOND, EndKind::Expired, UNKNOWN_US, ""),
            ("cli", SECOND, EndKind::Deleted, NOW + 2 * SECOND, "root (anna)"),
            ("cli", 0, EndKind::Replaced, NOW + SECOND, "root (anna)"),
        ]
    );
    assert!(rows.iter().all(|row| row.actor == "root (anna)" && row.until_us == row.start_us + HOUR));
}

#[test]
fn other_spellings_and_files_without_indexes_tell_the_same() {
    let store = Store::of_v03();
    store.host.set_now(at("2026-11-24T02:30:00Z"));
    let told = || {
        ["1.2.3.4", "2001:db8::2", "4.2.3.0/24", "4.2.3.77", "2001:db8::/32", "10.4.0.1", "192.0.2.1"].map(
            |target| {
                let rows = history(&mut store.open(), target);
                rows.into_iter().map(|row| row.id).collect::<Vec<_>>().join(" ")
            },
        )
    };
    let expected = ["11 10", "13", "12", "", "14", "6", ""];
    assert_eq!(told(), expected);
    store.add("198.51.100.1", "cli");
    assert_eq!(told(), expected);
    assert_eq!(store.delete("2001:db8::2"), 1);
    assert_eq!(told(), expected);
}

#[test]
fn what_is_pending_is_told_to_its_writer() {
    let store = Store::new();
    assert_eq!(history(&mut store.open(), "1.2.3.4"), []);
    let mut backend = store.open();
    backend.insert(&signal(NOW, &[ban("1.2.3.4", "cli", NOW + HOUR)])).unwrap();
    assert_eq!(history(&mut backend, "1.2.3.4").len(), 1);
    assert_eq!(history(&mut store.open(), "1.2.3.4"), []);
}
