//! `ban del` and `ban flush`.

use insta::assert_snapshot;

use crate::common::Sandbox;

fn one() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "scan"]);
    sandbox
}

#[test]
fn it_says_how_many_targets_are_free() {
    let sandbox = one();
    assert_snapshot!(sandbox.warden("ban del ip 203.0.113.7"), @"
    --- stderr
    Deleted 1 entries: 203.0.113.7
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban del ip 203.0.113.7"), @"
    --- stderr
    Deleted 0 entries
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban del ip 203.0.113.7 --must-exist"), @"
    --- stderr
    Deleted 0 entries
    --- exit 4
    ");
}

#[test]
fn it_finds_a_target_in_any_spelling_with_either_verb() {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "2001:db8::2", "4h", "scan"]);
    sandbox.sql("update ban_applications set ip_text = '2001:DB8:0:0:0:0:0:2'");
    assert_snapshot!(sandbox.warden("ban del range 2001:0db8::0:2/128"), @"
    --- stderr
    Deleted 1 entries: 2001:db8::2
    --- exit 0
    ");
    assert_eq!(sandbox.sql("select count(*) from ban_applications where deleted_at is null"), "0\n");
}

#[test]
fn it_ends_the_bans_of_every_source() {
    let sandbox = one();
    sandbox.sql("update ban_applications set measure_source = 'api'");
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "scan"]);
    assert_eq!(sandbox.stdout(&["ban", "list", "-o", "raw"]).lines().count(), 3);
    assert_snapshot!(sandbox.warden("ban del ip 203.0.113.7 -o json"), @r#"
    --- stdout
    {
      "command": "ban del",
      "deleted": 1,
      "targets": [
        {
          "target": "203.0.113.7",
          "deleted": true
        }
      ],
      "enforced": true,
      "backends": [
        {
          "backend": "database",
          "ok": true,
          "deleted": 2
        }
      ]
    }
    --- stderr
    Deleted 1 entries: 203.0.113.7
    --- exit 0
    "#);
    assert_eq!(sandbox.stdout(&["ban", "list", "-o", "raw"]).lines().count(), 1);
}

#[test]
fn flush_ends_all() {
    let sandbox = one();
    assert_snapshot!(sandbox.warden("ban flush"), @"
    --- stderr
    Ban DB flushed
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban flush -o json"), @r#"
    --- stdout
    {
      "command": "ban flush",
      "enforced": true,
      "backends": [
        {
          "backend": "database",
          "ok": true,
          "deleted": 0
        }
      ]
    }
    --- stderr
    Ban DB flushed
    --- exit 0
    "#);
    assert_eq!(sandbox.stdout(&["ban", "list", "-o", "json"]), "[]\n");
}
