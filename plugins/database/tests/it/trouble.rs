//! What can be wrong with the file: one clear error, and nothing changes.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use warden_plugin::{Backend, Error, ErrorKind, Query};

use crate::common::{HOUR, Mount, NOW, Store, ban, is_root, read, signal};

const ALL: Query<'_> = Query {
    at_us: NOW,
    ip: None,
    range: None,
    reason: None,
    country: None,
    as_text: None,
    source: None,
    action: None,
    not_source: None,
    targets: None,
    limit: None,
    target: None,
};

/// What a list, a write and a probe say.
fn errors(store: &Store) -> [Error; 3] {
    [read(&mut store.open(), &ALL).unwrap_err(), write(store).unwrap_err(), store.open().probe().unwrap_err()]
}

fn write(store: &Store) -> Result<(), Error> {
    let mut backend = store.open_with(&[("busy_timeout", "200ms")]);
    backend.insert(&signal(NOW, &[ban("203.0.113.7", "cli", NOW + HOUR)]))?;
    backend.flush()
}

fn says(error: &Error, kind: ErrorKind, store: &Store, why: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.message().contains(store.path.to_str().unwrap()), "{error}");
    assert!(error.message().contains(why), "{error}");
    assert!(!error.hint().is_empty(), "{error} has no hint");
}

#[test]
fn a_file_that_is_not_there_bans_nobody() {
    let store = Store::new();
    assert_eq!(store.targets(), [""; 0]);
    assert_eq!(
        store.host.heard(),
        [format!("{} does not exist yet: nothing is banned", store.path.display())]
    );
    store.open().probe().unwrap();
    assert!(!store.path.exists());
    store.open().flush().unwrap();
    assert!(!store.path.exists());
}

#[test]
fn an_empty_file_bans_nobody() {
    let store = Store::new();
    fs::write(&store.path, "").unwrap();
    assert_eq!(store.targets(), [""; 0]);
    store.open().probe().unwrap();
    assert_eq!(fs::metadata(&store.path).unwrap().len(), 0);
    write(&store).unwrap();
    assert_eq!(store.targets(), ["203.0.113.7"]);
}

#[test]
fn a_new_file_is_its_owners_and_wal() {
    let mut store = Store::new();
    store.path = store.folder.path().join("some/new folder/bans?mode=memory%41.db");
    store.open().probe().unwrap();
    assert!(!store.path.parent().unwrap().exists());
    write(&store).unwrap();
    assert_eq!(fs::metadata(&store.path).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(store.text("PRAGMA journal_mode"), "wal");
    assert_eq!(store.targets(), ["203.0.113.7"]);
}

#[test]
fn mode_group_and_journal_of_a_new_file_are_configurable() {
    let store = Store::new();
    let more = [("db_mode", "0664"), ("journal_mode", "delete"), ("db_group", "root")];
    let more = if is_root() { &more[..] } else { &more[..2] };
    let mut backend = store.open_with(more);
    backend.delete_all().unwrap();
    backend.flush().unwrap();
    assert_eq!(fs::metadata(&store.path).unwrap().mode() & 0o7777, 0o664);
    assert_eq!(store.text("PRAGMA journal_mode"), "delete");
    let other = Store::new();
    let error = other.open_with(&[("db_group", "no such group")]).delete_all().unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Config, "db_group"));
    assert!(!other.path.exists());
}

#[test]
fn an_existing_file_keeps_what_it_has() {
    let store = Store::of_v03();
    fs::set_permissions(&store.path, Permissions::from_mode(0o640)).unwrap();
    write(&store).unwrap();
    assert_eq!(fs::metadata(&store.path).unwrap().mode() & 0o7777, 0o640);
    assert_eq!(store.text("PRAGMA journal_mode"), "delete");
}

#[test]
fn a_list_changes_nothing() {
    let store = Store::of_v03();
    let before = fs::read(&store.path).unwrap();
    let modified = fs::metadata(&store.path).unwrap().modified().unwrap();
    store.targets();
    store.open().probe().unwrap();
    assert!(fs::read(&store.path).unwrap() == before);
    assert_eq!(fs::metadata(&store.path).unwrap().modified().unwrap(), modified);
    assert_eq!(fs::read_dir(store.folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_database_is_refused() {
    let store = Store::new();
    fs::write(&store.path, "these are a few words, and no database at all; ".repeat(100)).unwrap();
    let before = fs::read(&store.path).unwrap();
    for error in errors(&store) {
        says(&error, ErrorKind::Config, &store, "it is not an SQLite database");
        assert_eq!(error.key(), "db_path");
    }
    assert!(fs::read(&store.path).unwrap() == before);
}

#[test]
fn a_database_of_others_is_refused() {
    let store = Store::of("CREATE TABLE moz_places (id INTEGER); INSERT INTO moz_places VALUES (1)");
    for error in errors(&store) {
        says(&error, ErrorKind::Config, &store, "no such table: ban_applications");
    }
    assert_eq!(store.number("SELECT count(*) FROM sqlite_master"), 1);
}

#[test]
fn tables_that_lack_a_column_are_refused() {
    let store = Store::of(
        "CREATE TABLE ban_applications (id INTEGER); CREATE TABLE signal_occurences (id INTEGER); CREATE TABLE event_sequences (id INTEGER)",
    );
    for error in [read(&mut store.open(), &ALL).unwrap_err(), write(&store).unwrap_err()] {
        says(&error, ErrorKind::Config, &store, "no such column");
    }
    assert_eq!(store.number("SELECT count(*) FROM sqlite_master"), 3);
}

#[test]
fn a_file_of_a_warden_to_come_is_left_alone() {
    let store = Store::of_v03();
    store.sql().execute_batch("PRAGMA user_version = 1000").unwrap();
    for error in errors(&store) {
        says(&error, ErrorKind::Config, &store, "a newer warden");
    }
    store.sql().execute_batch("PRAGMA user_version = 999").unwrap();
    write(&store).unwrap();
    assert_eq!(store.number("PRAGMA user_version"), 999);
    assert_eq!(store.targets()[0], "203.0.113.7");
}

#[test]
fn a_folder_is_no_database() {
    let store = Store::new();
    fs::create_dir(&store.path).unwrap();
    for error in errors(&store) {
        assert!(error.message().contains("it is a folder"), "{error}");
        assert_eq!((error.kind(), error.key()), (ErrorKind::Config, "db_path"));
    }
}

#[test]
fn a_file_is_no_folder() {
    let mut store = Store::of_v03();
    store.path = store.path.join("bans.db");
    for error in errors(&store) {
        assert!(error.message().ends_with("not a directory"), "{error}");
        assert_eq!((error.kind(), error.key()), (ErrorKind::Config, "db_path"));
    }
}

#[test]
fn a_damaged_file_says_so() {
    let store = Store::of_v03();
    write(&store).unwrap();
    let mut bytes = fs::read(&store.path).unwrap();
    bytes[4096..].fill(0x5a);
    fs::write(&store.path, bytes).unwrap();
    let error = read(&mut store.open(), &ALL).unwrap_err();
    says(&error, ErrorKind::Internal, &store, "it is damaged");
}

#[test]
fn a_locked_store_is_waited_for() {
    for mode in ["delete", "wal"] {
        let store = Store::of_v03();
        store.sql().pragma_update(None, "journal_mode", mode).unwrap();
        let other = store.sql();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut backend = store.open();
                backend
                    .insert(&signal(NOW, &[ban("203.0.113.7", "cli", NOW + HOUR)]))
                    .and_then(|_| backend.flush())
            });
            let reader = scope.spawn(|| store.targets().len());
            std::thread::sleep(Duration::from_millis(500));
            other.execute_batch("COMMIT").unwrap();
            writer.join().unwrap().unwrap();
            assert!(reader.join().unwrap() >= 11);
        });
    }
}

#[test]
fn a_store_that_stays_locked_is_named() {
    let store = Store::of_v03();
    let other = store.sql();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let began = Instant::now();
    let error = write(&store).unwrap_err();
    says(&error, ErrorKind::Unavailable, &store, "could not write the ban");
    assert!(error.message().ends_with("locked by another process for 200ms"), "{error}");
    let error = read(&mut store.open_with(&[("busy_timeout", "1s")]), &ALL).unwrap_err();
    says(&error, ErrorKind::Unavailable, &store, "could not read the bans");
    assert!(error.message().ends_with("locked by another process for 1 s"), "{error}");
    assert!(store.open_with(&[("busy_timeout", "100ms")]).probe().is_err());
    assert!(began.elapsed() < Duration::from_secs(5));
    store.host.cancel();
    let error = read(&mut store.open(), &ALL).unwrap_err();
    assert!(error.message().ends_with("interrupted"), "{error}");
}

#[test]
fn a_journal_of_a_killed_process_is_rolled_back() {
    let store = Store::of_v03();
    let journal = store.path.with_extension("db-journal");
    let other = store.sql();
    other.execute_batch("PRAGMA cache_size = 1; BEGIN IMMEDIATE").unwrap();
    // Enough to be written before the commit.
    other.execute_batch("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) \
        INSERT INTO ban_applications (ip_text) SELECT hex(randomblob(100)) FROM n; UPDATE ban_applications SET until = NULL").unwrap();
    let (torn, hot) = (fs::read(&store.path).unwrap(), fs::read(&journal).unwrap());
    drop(other);
    fs::write(&store.path, torn).unwrap();
    fs::write(&journal, hot).unwrap();
    let at_us = crate::common::at("2026-11-24T02:30:00Z");
    assert_eq!(store.targets_at(at_us).len(), 13);
}

#[test]
fn a_read_only_file_system_is_read() {
    for mode in ["delete", "wal"] {
        let mut store = Store::new();
        let Some(mount) = Mount::tmpfs(store.folder.path(), "size=4m") else { return };
        store.path = store.folder.path().join("odd #?% name.db");
        let sql = Connection::open(&store.path).unwrap();
        sql.pragma_update(None, "journal_mode", mode).unwrap();
        sql.execute_batch(include_str!("../fixtures/crowdsec-v0.3.7.sqlite.sql")).unwrap();
        drop(sql);
        mount.remount("ro");
        assert_eq!(store.targets_at(crate::common::at("2026-11-24T02:30:00Z")).len(), 13);
        says(&write(&store).unwrap_err(), ErrorKind::Denied, &store, "read-only");
        says(&store.open().probe().unwrap_err(), ErrorKind::Denied, &store, "read-only");
        store.path = store.folder.path().join("new.db");
        says(
            &store.open().probe().unwrap_err(),
            ErrorKind::Denied,
            &Store { path: store.folder.path().into(), ..Store::new() },
            "read-only",
        );
        says(&write(&store).unwrap_err(), ErrorKind::Denied, &store, "read-only");
        assert_eq!(store.targets(), [""; 0]);
    }
}

#[test]
fn a_list_without_locks_notices_a_change() {
    let mut store = Store::new();
    let Some(mount) = Mount::tmpfs(store.folder.path(), "size=4m") else { return };
    store.path = store.folder.path().join("bans.db");
    write(&store).unwrap();
    mount.remount("ro");
    let mut backend = store.open();
    let mut sink = |_: &warden_plugin::Row<'_>| {
        mount.remount("rw");
        store.sql().execute_batch("UPDATE ban_applications SET until = NULL").unwrap();
        true
    };
    let error = backend.read_at(NOW, &mut warden_plugin::Rows::new(&mut sink)).unwrap_err();
    says(&error, ErrorKind::Unavailable, &store, "it was changed meanwhile");
}

#[test]
fn a_full_disk_takes_nothing() {
    let store = Store::new();
    let Some(_mount) = Mount::tmpfs(store.folder.path(), "size=1m") else { return };
    write(&store).unwrap();
    let ballast = store.folder.path().join("ballast");
    let _ = fs::write(&ballast, vec![0; 4 << 20]);
    let error = write(&store).unwrap_err();
    says(&error, ErrorKind::Unavailable, &store, "the disk is full");
    let mut backend = store.open();
    let long = "x".repeat(1 << 20);
    let mut order = ban("198.51.100.1", "cli", NOW + HOUR);
    order.reason = &long;
    let failed = backend.insert(&signal(NOW, &[order])).and_then(|_| backend.flush());
    says(&failed.unwrap_err(), ErrorKind::Unavailable, &store, "the disk is full");
    fs::remove_file(ballast).unwrap();
    assert_eq!(store.targets(), ["203.0.113.7"]);
    assert_eq!(store.text("PRAGMA integrity_check"), "ok");
    write(&store).unwrap();
    let other = Store::new();
    let Some(_mount) = Mount::tmpfs(other.folder.path(), "size=4k") else { return };
    says(&write(&other).unwrap_err(), ErrorKind::Unavailable, &other, "the disk is full");
    assert_eq!(other.targets(), [""; 0]);
}

#[test]
fn after_a_failed_write_nothing_is_committed() {
    let store = Store::new();
    write(&store).unwrap();
    // A second row of this target is refused, as on a schema of somebody's own.
    let mut backend = store.open();
    backend.insert(&signal(NOW, &[ban("6.6.6.6", "cli", NOW + HOUR)])).unwrap();
    backend.delete("6.6.6.6").unwrap();
    backend.flush().unwrap();
    drop(backend);
    let index = "CREATE UNIQUE INDEX once ON ban_applications (ip_text) WHERE ip_text = '6.6.6.6'";
    store.sql().execute_batch(index).unwrap();
    let mut backend = store.open();
    backend.insert(&signal(NOW, &[ban("1.1.1.1", "cli", NOW + HOUR)])).unwrap();
    assert!(backend.insert(&signal(NOW, &[ban("6.6.6.6", "cli", NOW + HOUR)])).is_err());
    assert!(backend.insert(&signal(NOW, &[ban("2.2.2.2", "cli", NOW + HOUR)])).is_err());
    assert!(backend.flush().is_err());
    assert_eq!(store.targets(), ["203.0.113.7"]);
    backend.insert(&signal(NOW, &[ban("3.3.3.3", "cli", NOW + HOUR)])).unwrap();
    backend.flush().unwrap();
    assert_eq!(store.targets(), ["3.3.3.3", "203.0.113.7"]);
}
