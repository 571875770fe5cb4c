//! A file of CrowdSec v0.3.7, and v0.3.7 beside warden.

use rusqlite::{Connection, params};
use warden_plugin::{EndKind, UNKNOWN_US};

use crate::common::{HOUR, NOW, SECOND, Store, at};

fn listed(store: &Store, time: &str) -> Vec<(String, String)> {
    store.list_at(at(time)).into_iter().map(|row| (row.target, row.reason)).collect()
}

/// Both ways to read: as v0.3.7 left the file, and after warden's first write.
fn both(check: impl Fn(&Store)) {
    let store = Store::of_v03();
    check(&store);
    assert_eq!(store.delete("198.51.100.1"), 0);
    assert_eq!(store.number("PRAGMA user_version"), 3);
    check(&store);
}

#[test]
fn a_list_shows_what_held_at_that_instant() {
    both(|store| {
        let expected = [
            ("6.6.6.6", "a reason, with \"quotes\", comma"),
            ("2001:db8::/32", "v6range"),
            ("2001:DB8:0:0:0:0:0:2", "v6-uncanonical"),
            ("4.2.3.77/24", "ip command with a cidr"),
            ("1.2.3.4", "again"),
            ("3.3.3.3", "kolkata"),
            ("2.2.2.2", "new york"),
            ("10.5.0.1", "orphan (no signal row)"),
            ("10.3.0.2", "crowdsecurity/http-bad-user-agent"),
            ("10.3.0.1", "crowdsecurity/ssh-bf"),
            ("10.2.0.0/24", "crowdsecurity/ssh-bf"),
            ("10.2.0.1", "crowdsecurity/ssh-bf"),
            ("10.1.0.1", "crowdsecurity/http-probing"),
        ];
        let rows = listed(store, "2026-11-24T02:30:00Z");
        assert_eq!(rows, expected.map(|(target, reason)| (target.to_owned(), reason.to_owned())));
    });
}

#[test]
fn a_list_of_the_past_shows_what_was_replaced_since() {
    both(|store| {
        let rows = store.list_at(at("2026-11-24T02:15:00Z"));
        let row = rows.iter().find(|row| row.target == "1.2.3.4").unwrap();
        assert_eq!((row.reason.as_str(), row.end_kind), ("scan", EndKind::Deleted));
        assert_eq!(row.ended_us, at("2026-11-24T02:20:27.386895Z"));
        assert_eq!((row.bans, row.events), (1, 1));
    });
}

#[test]
fn a_swept_ban_is_shown_while_it_held() {
    both(|store| {
        let rows = store.list_at(at("2026-11-20T03:00:00Z"));
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].target.as_str(), rows[0].end_kind), ("10.4.0.1", EndKind::Expired));
        assert_eq!(rows[0].ended_us, UNKNOWN_US);
        assert_eq!(store.targets_at(at("2026-11-20T05:00:00.499999Z")).len(), 1);
        assert_eq!(store.targets_at(at("2026-11-20T05:00:00.5Z")).len(), 0);
    });
}

#[test]
fn a_row_has_the_values_of_its_signal() {
    both(|store| {
        let rows = store.list_at(at("2026-11-24T02:30:00Z"));
        let row = |target: &str| rows.iter().find(|row| row.target == target).unwrap();
        let local = row("10.1.0.1");
        assert_eq!((local.as_text.as_str(), local.country.as_str()), ("4134 Chinanet", "CN"));
        assert_eq!((local.bans, local.events, local.source.as_str()), (1, 12, "local"));
        assert_eq!(local.scenario, "crowdsecurity/http-probing");
        let again = row("1.2.3.4");
        assert_eq!((again.bans, again.events, again.as_text.as_str()), (2, 2, " "));
        assert_eq!(row("2001:DB8:0:0:0:0:0:2").bans, 1);
        assert_eq!(row("10.2.0.1").action, "captcha");
    });
}

#[test]
fn an_orphan_has_its_own_values() {
    both(|store| {
        let rows = store.list_at(at("2026-11-24T02:30:00Z"));
        let row = rows.iter().find(|row| row.target == "10.5.0.1").unwrap();
        assert!(row.orphan);
        assert_eq!(
            (row.scenario.as_str(), row.as_text.as_str(), row.country.as_str()),
            ("?", "LeaseWeb", "NL")
        );
        assert_eq!((row.bans, row.events), (1, 0));
        assert_eq!(row.start_us, at("2026-11-24T01:05:00.1Z"));
    });
}

#[test]
fn a_ban_is_deleted_in_any_spelling() {
    for (target, text) in
        [("2001:db8::2", "2001:DB8:0:0:0:0:0:2"), ("4.2.3.0/24", "4.2.3.77/24"), ("1.2.3.4", "1.2.3.4")]
    {
        let store = Store::of_v03();
        store.host.set_now(at("2026-11-24T02:30:00Z"));
        assert!(store.targets().contains(&text.to_owned()));
        assert_eq!(store.delete(target), 1, "{target}");
        assert!(!store.targets().contains(&text.to_owned()));
        assert_eq!(store.targets().len(), 12);
    }
}

#[test]
fn signals_are_counted_by_target() {
    let store = Store::of_v03();
    store.host.set_now(at("2026-11-24T02:30:00Z"));
    store.host.pass(SECOND);
    let done = store.add("2001:db8::2", "cli");
    assert_eq!((done.inserted, done.replaced, done.replaced_until_us), (1, 1, at("2036-11-25T02:22:00Z")));
    let rows = store.list();
    assert_eq!(
        rows.iter()
            .filter(|row| row.target.to_lowercase().starts_with("2001:db8:0") || row.target == "2001:db8::2")
            .count(),
        1
    );
    assert_eq!((rows[0].target.as_str(), rows[0].bans, rows[0].events), ("2001:db8::2", 2, 2));
    // The other way round: the row is spelled as v0.3 did, one signal is not.
    let past = store.list_at(at("2026-11-24T02:30:00Z"));
    let row = past.iter().find(|row| row.target == "2001:DB8:0:0:0:0:0:2").unwrap();
    assert_eq!((row.bans, row.end_kind), (1, EndKind::Replaced));
}

/// What v0.3.7 asks when it lists: text is compared, in the zone of the machine.
fn v03_lists(connection: &Connection) -> Vec<String> {
    let now = chrono::DateTime::from_timestamp_micros(NOW + SECOND).unwrap().with_timezone(&chrono::Local);
    let now = now.format("%Y-%m-%d %H:%M:%S%.9f%:z").to_string();
    let mut statement = connection
        .prepare(
            "SELECT ip_text FROM ban_applications WHERE deleted_at IS NULL AND until >= ? ORDER BY id DESC",
        )
        .unwrap();
    statement.query_map([now], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// As GORM inserts a ban: only the columns that it knows.
fn v03_adds(connection: &Connection, target: &str) {
    connection
        .execute(
            "INSERT INTO ban_applications (created_at, updated_at, deleted_at, measure_source, measure_type, measure_extra, \
             until, start_ip, end_ip, target_cn, target_as, target_as_name, ip_text, reason, scenario, signal_occurence_id) \
             VALUES (?1, ?1, NULL, 'cli', 'ban', '', '2026-11-25 02:14:27.34078734+00:00', 0, 0, '', 0, '', ?2, 'v0.3', '', 0)",
            params!["2026-11-24 02:14:27.340981023+00:00", target],
        )
        .unwrap();
}

#[test]
fn v03_reads_and_writes_beside_warden() {
    let store = Store::new();
    store.add("1.2.3.4", "cli");
    store.add("2001:db8::1", "cli");
    store.host.pass(SECOND);
    store.add("5.6.7.8", "cli");
    store.delete("5.6.7.8");
    let v03 = store.sql();
    assert_eq!(v03_lists(&v03), ["2001:db8::1", "1.2.3.4"]);
    v03_adds(&v03, "9.9.9.9");
    v03_adds(&v03, "2001:DB8::00:9");
    assert_eq!(store.targets(), ["2001:db8::1", "1.2.3.4", "2001:DB8::00:9", "9.9.9.9"]);
    v03.execute(
        "UPDATE ban_applications SET until = '2026-11-24 03:00:00+00:00' WHERE ip_text = '9.9.9.9'",
        [],
    )
    .unwrap();
    assert_eq!(store.targets(), ["2001:db8::1", "1.2.3.4", "2001:DB8::00:9"]);
    assert_eq!(store.delete("2001:db8::9"), 1);
    v03.execute(
        "UPDATE ban_applications SET deleted_at = '2026-11-24 03:00:00.1+00:00' WHERE ip_text = '1.2.3.4'",
        [],
    )
    .unwrap();
    assert_eq!(store.targets(), ["2001:db8::1"]);
    assert_eq!(store.text("PRAGMA integrity_check"), "ok");
}

#[test]
fn the_file_holds_what_v03_would_write() {
    let store = Store::new();
    store.add("1.2.3.0/24", "cli");
    store.add("2001:db8::1", "cli");
    let row = "SELECT measure_source || '|' || measure_type || '|' || measure_extra || '|' || ifnull(start_ip, '-') || '|' || \
               ifnull(end_ip, '-') || '|' || ip_text || '|' || reason || '|' || scenario || '|' || target_as || '|' || signal_occurence_id \
               FROM ban_applications WHERE id = ";
    assert_eq!(
        store.text(&format!("{row}1")),
        r#"cli|ban|{"actor":"root (anna)"}|16909056|16909311|1.2.3.0/24|scan||0|1"#
    );
    assert_eq!(
        store.text(&format!("{row}2")),
        r#"cli|ban|{"actor":"root (anna)"}|-|-|2001:db8::1|scan||0|2"#
    );
    let local = chrono::DateTime::from_timestamp_micros(NOW + HOUR).unwrap().with_timezone(&chrono::Local);
    assert_eq!(
        store.text("SELECT until FROM ban_applications"),
        local.format("%Y-%m-%d %H:%M:%S%:z").to_string()
    );
}

/// The part of the test below that runs in another zone; by itself it is no test.
#[test]
#[ignore = "part of another test"]
fn writer() {
    let Ok(path) = std::env::var("WARDEN_TEST_FILE") else { return };
    Store { path: path.into(), ..Store::new() }.add("1.2.3.4", "cli");
}

#[test]
fn times_are_written_in_the_machines_zone() {
    let store = Store::new();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "v03::writer", "--quiet", "--ignored"])
        .env("WARDEN_TEST_FILE", &store.path)
        .env("TZ", "XXX3:30")
        // As in together.rs.
        .stdout(std::io::stderr())
        .status();
    assert!(status.unwrap().success());
    for (column, table) in [("created_at", "ban_applications"), ("stop_at", "signal_occurences")] {
        assert_eq!(store.text(&format!("SELECT {column} FROM {table}")), "2026-11-23 23:30:00-03:30");
    }
    assert_eq!(store.text("SELECT until FROM ban_applications"), "2026-11-24 00:30:00-03:30");
    assert_eq!(store.targets_at(NOW), ["1.2.3.4"]);
    assert_eq!(store.targets_at(NOW + HOUR), [""; 0]);
}
