//! `--dry-run`: what would be done is said, and nothing is.

use insta::assert_snapshot;

use crate::common::Sandbox;

#[test]
fn add_del_and_flush_only_say_what_they_would_do() {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "8h", "scan"]);
    let before = sandbox.dump();
    assert_snapshot!(sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "scan", "--dry-run"]), @r"
    --- stderr
    dry run: would ban 203.0.113.7 until 2026-11-24 07:00:00 +00:00 (scan); ends sooner than the ban that it replaces, which held until 2026-11-24 11:00:00 +00:00
    --- exit 0
    ");
    assert_snapshot!(sandbox.run(&["ban", "add", "range", "127.0.0.0/8", "permanent", "x", "--dry-run", "-o", "json"]), @r#"
    --- stdout
    {
      "command": "ban add",
      "dry_run": true,
      "action": "ban",
      "reason": "x",
      "until_at": null,
      "targets": [
        {
          "target": "127.0.0.0/8"
        }
      ],
      "enforced": true,
      "backends": [
        {
          "backend": "database",
          "ok": true,
          "inserted": 1,
          "replaced": 0
        }
      ]
    }
    --- stderr
    warning: banning 127.0.0.0/8 is dangerous: it covers loopback
    dry run: would ban 127.0.0.0/8 permanently (x)
    --- exit 0
    "#);
    assert_snapshot!(sandbox.run(&["ban", "del", "ip", "203.0.113.7", "203.0.113.8", "--dry-run"]), @"
    --- stderr
    dry run: would delete 1 entries: 203.0.113.7
    --- exit 0
    ");
    assert_snapshot!(sandbox.run(&["ban", "flush", "--dry-run"]), @r#"
    --- stderr
    dry run: backend "database": would end 1 ban
    --- exit 0
    "#);
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_dry_run_creates_no_database() {
    let sandbox = Sandbox::new();
    for line in
        ["ban add ip 203.0.113.7 4h x --dry-run", "ban flush --dry-run", "ban del --reason x --dry-run"]
    {
        let said = sandbox.warden(line);
        assert!(said.ends_with("exit 0\n"), "{said}");
    }
    assert!(!sandbox.path("warden.db").exists());
}
