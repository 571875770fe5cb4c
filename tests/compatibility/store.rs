//! What is in the database file, and who else uses it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use insta::assert_snapshot;
use rusqlite::Connection;

use super::{one_day, rows, targets};
use crate::common::Sandbox;

#[test]
fn times_are_written_in_the_machines_zone_and_compared_as_instants() {
    let sandbox = Sandbox::new();
    let in_zone = |zone: &str, line: &str| {
        let output = sandbox.command(line.split(' ')).env("TZ", zone).output().unwrap();
        sandbox.show(&output)
    };
    in_zone("America/New_York", "ban add ip 203.0.113.1 4h west");
    in_zone("Asia/Kolkata", "ban add ip 203.0.113.2 4h east");
    assert_eq!(
        sandbox.sql("select until from ban_applications"),
        "2026-11-24 02:00:00-05:00\n2026-11-24 12:30:00+05:30\n"
    );
    for zone in ["America/New_York", "Asia/Kolkata", "UTC"] {
        let listed = in_zone(zone, "ban list -o raw --at 2026-11-24T06:59:59Z");
        assert_eq!(listed.matches(",1s\n").count(), 2, "{zone}: {listed}");
        let later = in_zone(zone, "ban list -o raw --at 2026-11-24T07:00:00Z");
        assert!(!later.contains("203.0.113."), "{zone}: {later}");
    }
}

#[test]
fn a_delete_is_soft() {
    let sandbox = one_day();
    sandbox.warden("ban del ip 203.0.113.7");
    let kept =
        "select count(*), count(deleted_at) from ban_applications; select count(*) from signal_occurences";
    assert_eq!(sandbox.sql(kept), "1|1\n1\n");
    sandbox.warden("ban add ip 203.0.113.7 24h again");
    sandbox.warden("ban flush");
    assert_eq!(sandbox.sql(kept), "2|2\n2\n");
}

#[test]
fn a_ban_by_hand_leaves_that_of_another_source() {
    let mut sandbox = Sandbox::of_v03();
    sandbox.set_now("2026-11-24T02:30:00Z");
    sandbox.warden("ban add ip 10.1.0.1 1h by hand");
    let sources = |sandbox: &Sandbox| -> Vec<String> {
        rows(sandbox, "--ip 10.1.0.1").iter().map(|row| row.split(',').next().unwrap().to_owned()).collect()
    };
    assert_eq!(sources(&sandbox), ["cli", "local"]);
    sandbox.warden("ban add ip 10.1.0.1 2h by hand again");
    assert_eq!(sources(&sandbox), ["cli", "local"]);
    assert!(sandbox.warden("ban del ip 10.1.0.1").contains("Deleted 1 entries"));
    assert_eq!(sources(&sandbox), Vec::<String>::new());
}

#[test]
fn what_is_written_is_canonical() {
    let sandbox = Sandbox::new();
    for line in [
        "ban add ip 2001:DB8:0:0:0:0:0:2 1h x",
        "ban add ip ::ffff:1.2.3.4 1h x",
        "ban add range 1.2.3.77/24 1h x",
        "ban add range 9.9.9.9/32 1h x",
        "ban add range 2001:DB8::77/64 1h x",
    ] {
        assert!(sandbox.warden(line).ends_with("--- exit 0\n"), "{line}");
    }
    assert_eq!(
        sandbox.sql("select ip_text, ifnull(start_ip, '-'), ifnull(end_ip, '-') from ban_applications"),
        "2001:db8::2|-|-\n1.2.3.4|16909060|16909060\n1.2.3.0/24|16909056|16909311\n\
         9.9.9.9|151587081|151587081\n2001:db8::/64|-|-\n"
    );
}

#[test]
fn a_ban_of_v03_is_replaced_whatever_its_spelling() {
    let mut sandbox = Sandbox::of_v03();
    sandbox.set_now("2026-11-24T02:30:00Z");
    sandbox.warden("ban add ip 2001:db8::2 1h again");
    assert_eq!(rows(&sandbox, "--reason uncanonical").len(), 0);
    assert_eq!(targets(&sandbox, "--reason again --ip 2001:db8::2"), ["2001:db8::2"]);
}

#[test]
fn an_existing_file_keeps_its_journal_mode_and_permissions() {
    let sandbox = Sandbox::of_v03();
    fs::set_permissions(sandbox.path("warden.db"), fs::Permissions::from_mode(0o640)).unwrap();
    sandbox.warden("ban add ip 203.0.113.7 24h scan");
    assert_eq!(sandbox.sql("pragma journal_mode"), "delete\n");
    assert_eq!(sandbox.path("warden.db").metadata().unwrap().permissions().mode() & 0o777, 0o640);
    let new = one_day();
    assert_eq!(new.sql("pragma journal_mode"), "wal\n");
    assert_eq!(new.path("warden.db").metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

/// Holds the write lock of the database until the guard is dropped.
struct Lock(#[allow(dead_code, reason = "held, not used")] Connection);

impl Lock {
    fn on(sandbox: &Sandbox) -> Self {
        let connection = Connection::open(sandbox.path("warden.db")).unwrap();
        connection.execute_batch("begin immediate").unwrap();
        Self(connection)
    }
}

#[test]
fn a_locked_file_is_waited_for() {
    let sandbox = one_day();
    let lock = Lock::on(&sandbox);
    let release = thread::spawn(move || {
        thread::sleep(Duration::from_millis(700));
        drop(lock);
    });
    assert!(sandbox.warden("ban add ip 203.0.113.8 24h scan").ends_with("--- exit 0\n"));
    release.join().unwrap();
    assert_eq!(targets(&sandbox, ""), ["203.0.113.8", "203.0.113.7"]);
}

#[test]
fn a_file_that_stays_locked_is_an_error_and_nothing_is_written() {
    let sandbox = one_day();
    let pairs =
        [("type", "sqlite"), ("db_path", "./warden.db"), ("flush", "true"), ("busy_timeout", "300ms")];
    sandbox.backend("database", "database", &pairs);
    let lock = Lock::on(&sandbox);
    let shown = sandbox.warden("ban add ip 203.0.113.8 24h scan");
    drop(lock);
    assert_snapshot!(shown, @r#"
    --- stderr
    error: backend "database": could not write the ban: [DIR]/warden.db: locked by another process for 300ms (during add)
      in [DIR]/backend/database.yaml
    hint: try again; `fuser [DIR]/warden.db` names who holds it
    --- exit 1
    "#);
    assert_eq!(targets(&sandbox, ""), ["203.0.113.7"]);
}

#[test]
fn a_databases_error_is_on_stderr_without_colour() {
    let sandbox = Sandbox::new();
    sandbox.write("warden.db", "this is a letter, not a database; ".repeat(100));
    for line in ["ban list", "ban add ip 1.2.3.4 4h x", "ban del ip 1.2.3.4", "ban flush"] {
        let output = sandbox.command(line.split_whitespace()).output().unwrap();
        assert!(output.stdout.is_empty(), "{line}");
        assert!(!output.stderr.contains(&0x1b), "{line}");
        assert_eq!(output.status.code(), Some(1), "{line}");
    }
}
