//! Taking the last change back.

use database::Database;
use proptest::prelude::*;
use warden_plugin::{Backend, Change, EndKind, ErrorKind, Query, UNKNOWN_US};

use crate::common::undo_model::{Place, live_through, steps};
use crate::common::{HOUR, NOW, SECOND, Store, TestHost, ban, history, read, signal};

fn last(store: &Store) -> Option<Change> {
    store.open().last_change().unwrap()
}

/// As `ban undo` does it.
fn undo(store: &Store) -> (u64, u64) {
    let mut backend = store.open();
    let change = backend.last_change().unwrap().unwrap();
    backend.undo(change.id).unwrap();
    backend.flush().unwrap();
    (change.added, change.ended)
}

fn flush(store: &Store) -> u64 {
    let mut backend = store.open();
    let ended = backend.delete_all().unwrap();
    backend.flush().unwrap();
    ended
}

#[test]
fn a_deletion_is_taken_back_as_if_it_had_not_been() {
    let store = Store::new();
    store.add("1.2.3.4", "cli");
    store.add("1.2.3.4", "api");
    store.host.pass(SECOND);
    store.delete("1.2.3.4");
    let change = last(&store).unwrap();
    assert_eq!((change.at_us, change.added, change.ended), (NOW + SECOND, 0, 2));
    assert_eq!((change.command.as_str(), change.actor.as_str()), ("test", "root (anna)"));
    store.host.pass(SECOND);
    assert_eq!(undo(&store), (0, 2));
    assert_eq!(store.targets(), ["1.2.3.4"; 2]);
    let rows = history(&mut store.open(), "1.2.3.4");
    assert!(rows.iter().all(|row| row.end_kind == EndKind::None && row.ended_us == UNKNOWN_US));
    let extra = r#"SELECT count(*) FROM ban_applications WHERE measure_extra = '{"actor":"root (anna)"}'"#;
    assert_eq!(store.number(extra), 2);
}

#[test]
fn what_was_added_ends_and_what_it_replaced_holds_again() {
    let store = Store::new();
    store.add("1.2.3.4", "cli");
    store.host.pass(SECOND);
    let mut backend = store.open();
    let now = store.host.now();
    let bans = ["1.2.3.4", "5.6.7.8", "5.6.7.8"].map(|target| ban(target, "cli", now + 2 * HOUR));
    backend.insert(&signal(now, &bans)).unwrap();
    backend.flush().unwrap();
    store.host.pass(SECOND);
    // One of the two bans of the second target was replaced by the other, in the same change.
    assert_eq!(undo(&store), (2, 1));
    assert_eq!(store.list().into_iter().map(|row| row.until_us).collect::<Vec<_>>(), [NOW + HOUR]);
    let ends: Vec<_> = history(&mut store.open(), "5.6.7.8")
        .into_iter()
        .map(|row| (row.end_kind, row.ended_us, row.ended_by))
        .collect();
    let by = || "root (anna)".to_owned();
    assert_eq!(ends, [(EndKind::Deleted, now + SECOND, by()), (EndKind::Replaced, now, by())]);
    assert_eq!(
        store.text("SELECT measure_extra FROM ban_applications WHERE id = 2"),
        r#"{"actor":"root (anna)","ended":"undone","ended_by":"root (anna)"}"#
    );
}

#[test]
fn an_undo_is_done_once_and_the_next_goes_further_back() {
    let store = Store::new();
    for target in ["1.1.1.1", "2.2.2.2", "3.3.3.3"] {
        store.add(target, "cli");
    }
    assert_eq!(flush(&store), 3);
    let change = last(&store).unwrap();
    undo(&store);
    let mut backend = store.open();
    for id in [change.id, change.id + 1, 0, u64::MAX] {
        let error = backend.undo(id).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    backend.flush().unwrap();
    assert_eq!(store.targets(), ["3.3.3.3", "2.2.2.2", "1.1.1.1"]);
    for left in [2, 1, 0] {
        assert_eq!(undo(&store), (1, 0));
        assert_eq!(store.targets().len(), left);
    }
    assert_eq!(last(&store), None);
}

#[test]
fn a_change_of_nothing_is_none() {
    let store = Store::new();
    assert_eq!(last(&store), None);
    assert!(!store.path.exists());
    assert_eq!(store.delete("1.2.3.4"), 0);
    assert_eq!(flush(&store), 0);
    assert_eq!(last(&store), None);
    let store = Store::of_v03();
    assert_eq!(last(&store), None, "a file of v0.3.7 has no changes");
}

#[test]
fn it_is_pending_until_flush() {
    let store = Store::new();
    store.add("1.2.3.4", "cli");
    store.delete("1.2.3.4");
    let mut backend = store.open();
    let change = backend.last_change().unwrap().unwrap();
    backend.undo(change.id).unwrap();
    assert_eq!(read(&mut backend, &Query { at_us: NOW, ..Query::default() }).unwrap().len(), 1);
    assert_eq!(backend.last_change().unwrap().unwrap().id, change.id - 1);
    assert_eq!(store.targets(), [""; 0]);
    backend.discard().unwrap();
    assert_eq!(last(&store).unwrap().id, change.id);
    assert_eq!(undo(&store), (0, 1));
    assert_eq!(store.targets(), ["1.2.3.4"]);
}

#[test]
fn what_is_pending_is_the_last_change() {
    let store = Store::new();
    store.add("1.1.1.1", "cli");
    let first = last(&store).unwrap();
    let mut backend: Database = store.open();
    backend.insert(&signal(NOW, &[ban("2.2.2.2", "cli", NOW + HOUR)])).unwrap();
    assert_eq!(backend.undo(first.id).unwrap_err().kind(), ErrorKind::Invalid);
    let second = backend.last_change().unwrap().unwrap();
    assert!(second.id > first.id && (second.added, second.ended) == (1, 0));
    backend.undo(second.id).unwrap();
    backend.insert(&signal(NOW, &[ban("3.3.3.3", "cli", NOW + HOUR)])).unwrap();
    backend.flush().unwrap();
    assert_eq!(store.targets(), ["3.3.3.3", "1.1.1.1"]);
    assert_eq!(undo(&store), (1, 0));
    assert_eq!(undo(&store), (1, 0));
    assert_eq!(store.targets(), [""; 0]);
}

#[test]
fn what_a_stream_made_since_stays_and_is_no_change() {
    let store = Store::new();
    store.add("1.1.1.1", "cli");
    store.add("2.2.2.2", "cli");
    store.add("2001:db8::3", "cli");
    store.add("1.1.1.1", "api");
    assert_eq!(flush(&store), 4);
    let change = last(&store).unwrap();
    let mut stream = store.open();
    stream.start_auto_commit().unwrap();
    stream.insert(&signal(NOW, &[ban("1.1.1.1", "cli", NOW + 2 * HOUR)])).unwrap();
    stream.flush().unwrap();
    // v0.3.7, in a spelling of its own.
    store
        .sql()
        .execute_batch(
            "INSERT INTO ban_applications (created_at, measure_source, until, ip_text) \
         VALUES ('2026-11-24 03:00:00+00:00', 'cli', '2026-11-25 03:00:00+00:00', '2001:DB8:0:0:0:0:0:3')",
        )
        .unwrap();
    let told = last(&store).unwrap();
    assert_eq!((told.id, told.added, told.ended), (change.id, 0, 2));
    assert_eq!(undo(&store), (0, 2));
    let mut held: Vec<_> = store.list().into_iter().map(|row| (row.target, row.source)).collect();
    held.sort();
    let expected =
        [("1.1.1.1", "api"), ("1.1.1.1", "cli"), ("2.2.2.2", "cli"), ("2001:DB8:0:0:0:0:0:3", "cli")];
    assert_eq!(held, expected.map(|(target, source)| (target.to_owned(), source.to_owned())));
}

#[test]
fn what_retention_removed_or_time_ended_is_not_counted() {
    let store = Store::new();
    let mut backend = store.open();
    let bans = [1, 2, 3]
        .map(|hours| ban("1.1.1.1", ["", "a", "b", "c"][hours], NOW + i64::try_from(hours).unwrap() * HOUR));
    backend.insert(&signal(NOW, &bans)).unwrap();
    backend.flush().unwrap();
    flush(&store);
    store.host.pass(HOUR);
    store.sql().execute_batch("DELETE FROM ban_applications WHERE measure_source = 'b'").unwrap();
    assert_eq!(undo(&store), (0, 1));
    assert_eq!(store.list().into_iter().map(|row| row.source).collect::<Vec<_>>(), ["c"]);
    let ended = history(&mut store.open(), "1.1.1.1");
    assert_eq!(
        ended.iter().map(|row| (row.source.as_str(), row.end_kind)).collect::<Vec<_>>(),
        [("c", EndKind::None), ("a", EndKind::Deleted),]
    );
}

#[test]
fn text_beside_the_action_stays_through_an_undo() {
    let store = Store::new();
    let extras = ["hands off", "", r#"{"actor":"x\",\"ended\":\"y"}"#, r#"{"a":1}"#];
    let mut backend = store.open();
    for (number, extra) in extras.into_iter().enumerate() {
        let target = format!("10.0.0.{number}");
        backend
            .insert(&signal(NOW, &[warden_plugin::Ban { extra, ..ban(&target, "cli", NOW + HOUR) }]))
            .unwrap();
    }
    backend.flush().unwrap();
    store.sql().execute_batch("UPDATE ban_applications SET measure_extra = '' WHERE id = 2").unwrap();
    assert_eq!(flush(&store), 4);
    assert_eq!(
        store.number(r#"SELECT count(*) FROM ban_applications WHERE measure_extra GLOB '*"ended":*'"#),
        2
    );
    undo(&store);
    for (extra, id) in extras.iter().zip(1..) {
        assert_eq!(
            store.text(&format!("SELECT measure_extra FROM ban_applications WHERE id = {id}")),
            *extra
        );
    }
}

#[test]
fn changes_of_one_instant_are_told_apart() {
    let store = Store::new();
    // More than there are nanoseconds in a microsecond.
    for number in 0..1010 {
        let target = format!("10.0.{}.{}", number / 256, number % 256);
        store.add(&target, "cli");
        store.delete(&target);
    }
    assert_eq!(
        store.number("SELECT count(DISTINCT deleted_at) FROM ban_applications"),
        store.number("SELECT count(*) FROM ban_applications")
    );
    assert_eq!(undo(&store), (0, 1));
    assert_eq!(store.targets_at(NOW + 2), ["10.0.3.241"]);
    assert_eq!(store.number("SELECT count(*) FROM warden_changes"), 900, "the log does not grow for ever");
}

impl Place for Store {
    fn host(&self) -> &'static TestHost {
        self.host
    }

    fn open(&self) -> Database {
        Store::open(self)
    }

    fn run(&self, sql: &str) {
        self.sql().execute_batch(sql).unwrap();
    }

    fn numbers(&self, sql: &str) -> Vec<i64> {
        let sqlite = self.sql();
        let mut statement = sqlite.prepare(sql).unwrap();
        let numbers = statement.query_map([], |row| row.get(0)).unwrap();
        numbers.map(std::result::Result::unwrap).collect()
    }

    fn instant(&self, us: i64) -> String {
        let time = chrono::DateTime::from_timestamp_micros(us).unwrap();
        time.format("'%Y-%m-%d %H:%M:%S%.f+00:00'").to_string()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_command_can_be_taken_back(v03: bool, steps in steps()) {
        let store = if v03 {
            Store::of(include_str!("../../migrations/sqlite/0001_tables.sql"))
        } else {
            Store::new()
        };
        live_through(&store, &steps);
        if store.path.exists() {
            prop_assert_eq!(store.text("PRAGMA integrity_check"), "ok");
        }
    }
}
