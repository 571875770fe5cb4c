//! `ban sync` and `ban diff`: backends in step.

use insta::assert_snapshot;

use crate::common::Sandbox;

/// Two databases: `database` and `second`.
fn two() -> Sandbox {
    let sandbox = Sandbox::new();
    let pairs = [("type", "sqlite"), ("db_path", "./second.db"), ("flush", "true")];
    sandbox.backend("second", "database", &pairs);
    sandbox
}

/// `database` has two bans, `second` one of them with another end, and one of its own.
fn apart() -> Sandbox {
    let sandbox = two();
    let add = |backend: &str, target: &str, duration: &str| {
        sandbox.stdout(&["ban", "add", "ip", target, duration, "scan", "--backend", backend]);
    };
    add("database", "203.0.113.7", "4h");
    add("database", "2001:db8::7", "permanent");
    add("second", "203.0.113.7", "1h");
    add("second", "203.0.113.9", "4h");
    sandbox
}

#[test]
fn diff_says_what_one_has_and_the_other_has_not() {
    let sandbox = apart();
    assert_snapshot!(sandbox.warden("ban diff database second"), @"
    --- stdout
    different: 203.0.113.7 (cli): ban until 2026-11-24 07:00:00 +00:00 in database, ban until 2026-11-24 04:00:00 +00:00 in second
    only in second: 203.0.113.9 (cli), ban until 2026-11-24 07:00:00 +00:00
    only in database: 2001:db8::7 (cli), ban, permanent
    --- exit 4
    ");
    assert_snapshot!(sandbox.warden("ban diff database second -o raw"), @"
    --- stdout
    difference,ip,source,action,until_at
    different,203.0.113.7,cli,ban,2026-11-24T07:00:00Z
    only in second,203.0.113.9,cli,ban,2026-11-24T07:00:00Z
    only in database,2001:db8::7,cli,ban,
    --- exit 4
    ");
    assert_snapshot!(sandbox.warden("ban diff second database -o jsonl"), @r#"
    --- stdout
    {"difference":"different","iptext":"203.0.113.7","source":"cli","a":{"action":"ban","reason":"scan","until_at":"2026-11-24T04:00:00Z"},"b":{"action":"ban","reason":"scan","until_at":"2026-11-24T07:00:00Z"}}
    {"difference":"only in second","iptext":"203.0.113.9","source":"cli","a":{"action":"ban","reason":"scan","until_at":"2026-11-24T07:00:00Z"},"b":null}
    {"difference":"only in database","iptext":"2001:db8::7","source":"cli","a":null,"b":{"action":"ban","reason":"scan","until_at":null}}
    --- exit 4
    "#);
}

#[test]
fn sync_brings_the_second_in_step_with_the_first() {
    let sandbox = apart();
    assert_snapshot!(sandbox.warden("ban sync --from database --to second --dry-run"), @"
    --- stderr
    dry run, nothing was written: added 1, removed 0, replaced 1, unchanged 0
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban diff database second -o raw").lines().count(), @"6");
    assert_snapshot!(sandbox.warden("ban sync --from database --to second"), @"
    --- stderr
    added 1, removed 0, replaced 1, unchanged 0
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban diff database second"), @"
    --- stdout
    only in second: 203.0.113.9 (cli), ban until 2026-11-24 07:00:00 +00:00
    --- exit 4
    ");
    assert_snapshot!(sandbox.warden("ban sync --from database --to second --delete -o json"), @r#"
    --- stdout
    {
      "command": "ban sync",
      "from": "database",
      "to": "second",
      "delete": true,
      "dry_run": false,
      "enforced": true,
      "backends": [
        {
          "backend": "second",
          "ok": true,
          "added": 0,
          "replaced": 0,
          "unchanged": 2,
          "removed": 1
        }
      ]
    }
    --- stderr
    added 0, removed 1, unchanged 2
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban diff database second"), @"
    --- stdout
    database and second hold the same bans
    --- exit 0
    ");
}

#[test]
fn a_first_one_without_a_ban_or_that_cannot_be_read_frees_nobody() {
    let sandbox = two();
    sandbox.stdout(&["ban", "add", "ip", "203.0.113.9", "4h", "scan", "--backend", "second"]);
    assert_snapshot!(sandbox.warden("ban sync --from database --to second --delete"), @r#"
    --- stderr
    info: backend "database": [DIR]/warden.db does not exist yet: nothing is banned
    error: `database` holds no ban: --delete ends every ban of `second`; nothing was done
    hint: --yes does it
    --- exit 1
    "#);
    sandbox.write("warden.db", "this is a letter, not a database; ".repeat(100));
    assert_snapshot!(sandbox.warden("ban sync --from database --to second --delete --yes"), @r#"
    --- stderr
    error: backend "database": could not read the bans: [DIR]/warden.db: it is not an SQLite database (during list)
      in [DIR]/backend/database.yaml
    hint: set db_path to warden's own file, or to one of CrowdSec v0.3
    error: backend "database" could not be read; nothing was done
    --- exit 1
    "#);
    assert_eq!(sandbox.stdout(&["ban", "list", "-o", "raw", "--backend", "second"]).lines().count(), 2);
    assert_snapshot!(sandbox.warden("ban diff database second -o json"), @r#"
    --- stderr
    error: backend "database": could not read the bans: [DIR]/warden.db: it is not an SQLite database (during list)
      in [DIR]/backend/database.yaml
    hint: set db_path to warden's own file, or to one of CrowdSec v0.3
    error: backend "database" could not be read; nothing was done
    --- exit 1
    "#);
}

#[test]
fn the_two_must_be_there_and_differ() {
    let sandbox = two();
    assert_snapshot!(sandbox.warden("ban sync --from database --to database"), @"
    --- stderr
    error: `database` is both source and destination
    --- exit 2
    ");
    assert_snapshot!(sandbox.warden("ban sync --from database --to nftables"), @"
    --- stderr
    error: there is no backend `nftables`
    hint: configured are database, second
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("ban diff database second --backend second"), @"
    --- stderr
    error: --backend does not go with this command: it names its two backends itself
    --- exit 2
    ");
}
