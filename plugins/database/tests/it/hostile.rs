//! Whatever stands in the file: a list goes on.

use rusqlite::params;
use warden_plugin::{FOREVER_US, UNKNOWN_US};

use crate::common::{HOUR, NOW, Store, at};

/// A row as nobody should write it.
fn row(store: &Store, columns: &str, values: &str) {
    let sql = format!("INSERT INTO ban_applications ({columns}) VALUES ({values})");
    store.sql().execute_batch(&sql).unwrap();
}

fn store() -> Store {
    let store = Store::new();
    store.add("198.51.100.1", "cli");
    assert_eq!(store.delete("198.51.100.1"), 1);
    store
}

#[test]
fn any_text_is_listed_as_it_is() {
    let store = store();
    let times = "'2026-11-24 02:00:00+00:00', '2026-11-24 04:00:00+00:00'";
    for text in [
        "'not a target'",
        "''",
        "NULL",
        "42",
        "1.5",
        "x'ff00'",
        "CAST(x'fffe41' AS TEXT)",
        "'a' || char(0) || 'b'",
        "'1.2.3.4/'",
    ] {
        row(&store, "created_at, until, ip_text, reason", &format!("{times}, {text}, {text}"));
    }
    let targets = store.targets();
    assert_eq!(
        targets,
        ["1.2.3.4/", "a\0b", "\u{fffd}\u{fffd}A", "\u{fffd}\0", "1.5", "42", "", "", "not a target"]
    );
    let repaired = store.host.heard();
    assert_eq!(repaired.len(), 1, "{repaired:?}");
    assert!(repaired[0].contains("not UTF-8"));
    assert_eq!(store.delete("not a target"), 1);
}

#[test]
fn a_row_of_nulls_is_listed() {
    let store = store();
    row(&store, "id", "77");
    let rows = store.list();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].id.as_str(), rows[0].start_us, rows[0].until_us), ("77", UNKNOWN_US, UNKNOWN_US));
    let mut backend = store.open();
    assert_eq!(warden_plugin::Backend::delete_all(&mut backend).unwrap(), 1);
}

#[test]
fn a_time_that_cannot_be_read_counts_for_the_ban() {
    let store = store();
    row(&store, "created_at, until, ip_text", "'2026-11-24 02:00:00+00:00', 'soon', '1.1.1.1'");
    row(&store, "created_at, until, ip_text", "'long ago', '2026-11-24 04:00:00+00:00', '2.2.2.2'");
    row(
        &store,
        "created_at, until, ip_text, deleted_at",
        "'2026-11-24 02:00:00+00:00', '2026-11-24 04:00:00+00:00', '3.3.3.3', 'once'",
    );
    for at in [NOW, at("2026-11-24T02:30:00Z")] {
        assert_eq!(store.targets_at(at), ["1.1.1.1", "2.2.2.2"]);
    }
    assert_eq!(store.delete("1.1.1.1"), 1);
    assert_eq!(store.delete("2.2.2.2"), 1);
}

#[test]
fn times_of_every_zone_and_form_are_instants() {
    let store = store();
    for (target, created, until) in [
        ("1.1.1.1", "'2026-11-24 02:00:00'", "'2026-11-24 04:00:00'"),
        ("2.2.2.2", "'2026-11-24T02:00:01Z'", "'2026-11-24T04:00:00Z'"),
        ("3.3.3.3", "'2026-11-24 15:30:00.5+13:30'", "'2026-11-23 18:00:00.000001-09:00'"),
        ("4.4.4.4", "1795485600", "1795489201"),
        ("5.5.5.5", "'2026-11-24 02:00:00 +0000 UTC'", "'2026-11-24 03:00:00.0000011 +0000 UTC m=+1'"),
        ("6.6.6.6", "'2026-11-24 02:00:00+00:00'", "'2026-11-24 03:00:00+00:00'"),
    ] {
        row(&store, "created_at, until, ip_text", &format!("{created}, {until}, '{target}'"));
    }
    let mut targets = store.targets_at(NOW);
    targets.sort();
    assert_eq!(targets, ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4", "5.5.5.5"]);
}

#[test]
fn huge_numbers_do_not_stop_a_list() {
    let store = store();
    let sql = store.sql();
    for count in ["9223372036854775807", "9223372036854775807", "-5", "'many'", "1e300", "NULL"] {
        sql.execute_batch(&format!(
            "INSERT INTO signal_occurences (source_ip, events_count) VALUES ('1.2.3.4', {count})"
        ))
        .unwrap();
    }
    row(&store, "created_at, until, ip_text, signal_occurence_id, target_as", "'', '', '1.2.3.4', 2, 1e99");
    let rows = store.list();
    assert_eq!((rows[0].bans, rows[0].events), (6, u64::try_from(i64::MAX).unwrap() * 2));
}

#[test]
fn text_goes_in_and_comes_out() {
    let store = Store::new();
    let long = "x".repeat(10_000);
    for (reason, second) in
        ["it's \"quoted\"; DROP TABLE", "line\nfeed\ttab", "\u{1b}[31mred", "🐝 Zoë", &long].iter().zip(1..)
    {
        let mut backend = store.open();
        let mut order = crate::common::ban("1.2.3.4", "cli", NOW + HOUR);
        order.reason = reason;
        store.host.set_now(NOW + second);
        warden_plugin::Backend::insert(&mut backend, &crate::common::signal(NOW + second, &[order])).unwrap();
        warden_plugin::Backend::flush(&mut backend).unwrap();
        assert_eq!(store.list()[0].reason, *reason);
    }
}

#[test]
fn a_wrong_clock_loses_no_ban() {
    let store = store();
    let sql = store.sql();
    // The signal is later than the record, and later rows have earlier records.
    sql.execute_batch("INSERT INTO signal_occurences (id, stop_at, source_ip) VALUES (50, '2026-11-24 02:59:00+00:00', '1.1.1.1')").unwrap();
    for (id, created) in [(10, "02:30"), (11, "02:10"), (12, "02:20")] {
        sql.execute(
            "INSERT INTO ban_applications (id, created_at, until, ip_text, signal_occurence_id) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, format!("2026-11-24 {created}:00+00:00"), "9999-12-31 00:00:00+00:00", format!("1.1.1.{id}"), if id == 11 { 50 } else { 0 }],
        )
        .unwrap();
    }
    assert_eq!(
        store.targets(),
        ["1.1.1.10", "1.1.1.12", "1.1.1.11"],
        "by its record, for its start cannot be"
    );
    assert_eq!(store.list()[0].until_us, FOREVER_US);
}

/// The bans that hold, by a connection that no setting of warden's holds back.
fn standing(store: &Store) -> i64 {
    store.number("SELECT count(*) FROM ban_applications WHERE deleted_at IS NULL AND ip_text = '1.2.3.4'")
}

#[test]
fn no_trigger_of_the_file_runs() {
    let lies = [
        "UPDATE ban_applications SET deleted_at = created_at",
        "DELETE FROM ban_applications",
        "INSERT INTO ban_applications (ip_text) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "SELECT RAISE(IGNORE)",
        "SELECT RAISE(ABORT, 'no')",
    ];
    for lie in lies {
        for when in ["BEFORE INSERT", "AFTER INSERT", "AFTER UPDATE"] {
            let store = store();
            let sql = format!("CREATE TRIGGER lie {when} ON ban_applications BEGIN {lie}; END");
            store.sql().execute_batch(&sql).unwrap();
            assert_eq!(store.add("1.2.3.4", "cli").inserted, 1, "{when}: {lie}");
            assert_eq!(standing(&store), 1, "{when}: {lie}");
            assert_eq!(store.targets(), ["1.2.3.4"]);
            assert_eq!(store.delete("1.2.3.4"), 1, "{when}: {lie}");
            assert_eq!(standing(&store), 0, "{when}: {lie}");
        }
    }
}

#[test]
fn a_view_in_the_place_of_a_table_is_refused() {
    for table in ["ban_applications", "signal_occurences"] {
        let store = store();
        store
            .sql()
            .execute_batch(&format!(
                "ALTER TABLE {table} RENAME TO real; CREATE VIEW {table} AS SELECT * FROM real WHERE 0;
                 CREATE TRIGGER into_view INSTEAD OF INSERT ON {table} BEGIN SELECT 1; END"
            ))
            .unwrap();
        let mut backend = store.open();
        let bans = [crate::common::ban("1.2.3.4", "cli", NOW + HOUR)];
        let written = warden_plugin::Backend::insert(&mut backend, &crate::common::signal(NOW, &bans));
        let query = warden_plugin::Query { at_us: NOW, ..warden_plugin::Query::default() };
        for error in [written.unwrap_err(), crate::common::read(&mut store.open(), &query).unwrap_err()] {
            assert_eq!(error.kind(), warden_plugin::ErrorKind::Config, "{error}");
            assert!(error.message().ends_with(&format!("no such table: {table}")), "{error}");
        }
    }
}

#[test]
fn no_row_of_another_table_goes_with_a_ban() {
    let store = store();
    store
        .sql()
        .execute_batch(
            "CREATE TABLE theirs (ban integer REFERENCES ban_applications(id) ON DELETE CASCADE);
             INSERT INTO theirs SELECT id FROM ban_applications",
        )
        .unwrap();
    store.host.pass(HOUR);
    let mut backend =
        store.open_with(&[("flush", "true"), ("max_records_age", "1s"), ("retention_after_flush", "true")]);
    warden_plugin::Backend::insert(
        &mut backend,
        &crate::common::signal(NOW + HOUR, &[crate::common::ban("1.2.3.4", "cli", NOW + 2 * HOUR)]),
    )
    .unwrap();
    warden_plugin::Backend::flush(&mut backend).unwrap();
    assert_eq!(store.number("SELECT count(*) FROM ban_applications WHERE ip_text <> '1.2.3.4'"), 0);
    assert_eq!(store.number("SELECT count(*) FROM theirs"), 1);
}

#[test]
fn a_link_where_sqlite_keeps_its_log_is_refused_by_name() {
    for suffix in ["-wal", "-shm", "-journal"] {
        let store = store();
        let beside = store.folder.path().join(format!("bans.db{suffix}"));
        let elsewhere = store.folder.path().join("elsewhere");
        std::fs::write(&elsewhere, "kept").unwrap();
        for hard in [false, true] {
            let _ = std::fs::remove_file(&beside);
            let made = if hard {
                std::fs::hard_link(&elsewhere, &beside)
            } else {
                std::os::unix::fs::symlink(&elsewhere, &beside)
            };
            made.unwrap();
            let query = warden_plugin::Query { at_us: NOW, ..warden_plugin::Query::default() };
            let error = crate::common::read(&mut store.open(), &query).unwrap_err();
            assert_eq!(error.kind(), warden_plugin::ErrorKind::Denied, "{error}");
            let said = format!("bans.db{suffix} is not a plain file of its own");
            assert!(error.message().ends_with(&said), "{error}");
            let bans = [crate::common::ban("1.2.3.4", "cli", NOW + HOUR)];
            let mut backend = store.open();
            let signal = crate::common::signal(NOW, &bans);
            assert!(warden_plugin::Backend::insert(&mut backend, &signal).is_err());
            assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "kept");
        }
    }
}
