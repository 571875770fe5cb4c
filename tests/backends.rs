//! Several backends, and backends that fail.

use std::fs;

use insta::assert_snapshot;

use crate::common::Sandbox;

fn add(sandbox: &Sandbox, more: &str) -> String {
    sandbox.warden(&format!("ban add ip 203.0.113.7 4h scan {more}"))
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("warden.db", "this is a letter, not a database; ".repeat(100));
    assert_snapshot!(add(&sandbox, ""), @r#"
    --- stderr
    error: backend "database": could not write the ban: [DIR]/warden.db: it is not an SQLite database (during add)
      in [DIR]/backend/database.yaml
    hint: set db_path to warden's own file, or to one of CrowdSec v0.3
    --- exit 1
    "#);
    assert_snapshot!(sandbox.warden("ban list"), @r#"
    --- stderr
    error: backend "database": could not read the bans: [DIR]/warden.db: it is not an SQLite database (during list)
      in [DIR]/backend/database.yaml
    hint: set db_path to warden's own file, or to one of CrowdSec v0.3
    --- exit 1
    "#);
    assert!(fs::read_to_string(sandbox.path("warden.db")).unwrap().starts_with("this is a letter"));
}

#[test]
fn the_others_still_do_it_when_one_fails() {
    let sandbox = Sandbox::new();
    sandbox.write("second.db", "this is a letter, not a database; ".repeat(100));
    let pairs = [("type", "sqlite"), ("db_path", "./second.db"), ("flush", "true")];
    sandbox.backend("second", "database", &pairs);
    assert_snapshot!(add(&sandbox, ""), @r#"
    --- stderr
    error: backend "second": could not write the ban: [DIR]/second.db: it is not an SQLite database (during add)
      in [DIR]/backend/second.yaml
    hint: set db_path to warden's own file, or to one of CrowdSec v0.3
    ban 203.0.113.7 for 4h (scan), until 2026-11-24 07:00:00 +00:00
    --- exit 3
    "#);
    assert_snapshot!(add(&sandbox, "-o json"), @r#"
    --- stdout
    {
      "command": "ban add",
      "action": "ban",
      "reason": "scan",
      "until_at": "2026-11-24T07:00:00Z",
      "targets": [
        {
          "target": "203.0.113.7"
        }
      ],
      "enforced": true,
      "backends": [
        {
          "backend": "database",
          "ok": true,
          "inserted": 1,
          "replaced": 1
        },
        {
          "backend": "second",
          "ok": false,
          "error": "backend \"second\": could not write the ban: [DIR]/second.db: it is not an SQLite database (during add)",
          "hint": "set db_path to warden's own file, or to one of CrowdSec v0.3"
        }
      ]
    }
    --- stderr
    error: backend "second": could not write the ban: [DIR]/second.db: it is not an SQLite database (during add)
      in [DIR]/backend/second.yaml
    hint: set db_path to warden's own file, or to one of CrowdSec v0.3
    ban 203.0.113.7 for 4h (scan), until 2026-11-24 07:00:00 +00:00; replaces the ban until 2026-11-24 07:00:00 +00:00
    --- exit 3
    "#);
    assert_snapshot!(sandbox.warden("ban list -o raw"), @r#"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,203.0.113.7,scan,2,ban,, ,2,4h0m0s
    --- stderr
    error: backend "second": could not read the bans: [DIR]/second.db: it is not an SQLite database (during list)
      in [DIR]/backend/second.yaml
    hint: set db_path to warden's own file, or to one of CrowdSec v0.3
    --- exit 3
    "#);
    assert_snapshot!(sandbox.warden("ban list -o json --backend second"), @r#"
    --- stdout
    [(no end of line)
    --- stderr
    error: backend "second": could not read the bans: [DIR]/second.db: it is not an SQLite database (during list)
      in [DIR]/backend/second.yaml
    hint: set db_path to warden's own file, or to one of CrowdSec v0.3
    --- exit 1
    "#);
}

#[test]
fn strict_does_nothing_unless_all_can() {
    let sandbox = Sandbox::new();
    sandbox.write("second.db", "this is a letter, not a database; ".repeat(100));
    let pairs = [("type", "sqlite"), ("db_path", "./second.db"), ("flush", "true")];
    sandbox.backend("second", "database", &pairs);
    assert_snapshot!(add(&sandbox, "--strict"), @r#"
    --- stderr
    error: backend "second": could not write the bans: [DIR]/second.db: it is not an SQLite database (during probe)
      in [DIR]/backend/second.yaml
    hint: set db_path to warden's own file, or to one of CrowdSec v0.3
    error: backend "second" is not usable, so nothing was done
    hint: without --strict the others would have done it
    --- exit 1
    "#);
    assert!(!sandbox.path("warden.db").exists());
    assert_snapshot!(sandbox.warden("config check"), @r#"
    --- stdout
    backend "database": usable (store)
    backend "second": not usable (store)
    --- stderr
    error: backend "second": could not write the bans: [DIR]/second.db: it is not an SQLite database (during probe)
      in [DIR]/backend/second.yaml
    hint: set db_path to warden's own file, or to one of CrowdSec v0.3
    --- exit 3
    "#);
}

#[test]
fn two_backends_on_one_file_are_refused() {
    let sandbox = Sandbox::new();
    let pairs = [("type", "sqlite"), ("db_path", "./backend/../warden.db"), ("flush", "true")];
    sandbox.backend("second", "database", &pairs);
    assert_snapshot!(add(&sandbox, ""), @r#"
    --- stderr
    warning: backend "second": db_path is that of backend "database"
      in [DIR]/backend/second.yaml
    hint: two copies of SQLite must not open one file
    ban 203.0.113.7 for 4h (scan), until 2026-11-24 07:00:00 +00:00
    --- exit 3
    "#);
}

#[test]
fn two_good_backends_are_told_apart() {
    let sandbox = Sandbox::new();
    let pairs = [("type", "sqlite"), ("db_path", "./second.db"), ("flush", "true")];
    sandbox.backend("second", "database", &pairs);
    add(&sandbox, "");
    assert_snapshot!(sandbox.warden("ban list"), @"
    --- stdout
    2 local decisions:
    +--------+-------------+--------+------+--------+---------+----+--------+------------+----------+
    | SOURCE |      IP     | REASON | BANS | ACTION | COUNTRY | AS | EVENTS | EXPIRATION |  BACKEND |
    +--------+-------------+--------+------+--------+---------+----+--------+------------+----------+
    | cli    | 203.0.113.7 | scan   |    1 | ban    |         |    |      1 | 4h0m0s     | database |
    | cli    | 203.0.113.7 | scan   |    1 | ban    |         |    |      1 | 4h0m0s     | second   |
    +--------+-------------+--------+------+--------+---------+----+--------+------------+----------+
    And 0 records from API, 0 distinct AS, 0 distinct countries
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban del ip 203.0.113.7"), @r#"
    --- stderr
    Deleted 1 entries: 203.0.113.7
    backend "database": 1 ban ended
    backend "second": 1 ban ended
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban list --backend third"), @"
    --- stderr
    error: there is no backend `third`
    hint: configured are database, second
    --- exit 1
    ");
}

#[test]
fn a_wrong_value_of_a_plugin_names_key_and_file() {
    let sandbox = Sandbox::empty();
    sandbox.backend("database", "database", &[("type", "sqlite"), ("flush", "true")]);
    assert_snapshot!(add(&sandbox, ""), @r#"
    --- stderr
    warning: backend "database": db_path is missing
      in [DIR]/backend/database.yaml
    error: no backend is usable
    --- exit 1
    "#);
    sandbox.backend("database", "database", &[("type", "oracle"), ("db_path", "./x.db"), ("flush", "true")]);
    assert_snapshot!(add(&sandbox, ""), @r#"
    --- stderr
    warning: backend "database": config.type: `oracle` is none of `sqlite`, `mysql`, `postgres`
      in [DIR]/backend/database.yaml:4
    error: no backend is usable
    --- exit 1
    "#);
    sandbox.backend("database", "database", &[("type", "sqlite"), ("db_path", "./x.db"), ("flsh", "true")]);
    assert_snapshot!(add(&sandbox, ""), @r#"
    --- stderr
    warning: backend "database": config: unknown key `flsh`; did you mean `flush`?
      in [DIR]/backend/database.yaml:6
    error: no backend is usable
    --- exit 1
    "#);
}
