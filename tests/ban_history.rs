//! `ban history`, `ban undo`, and ending bans by what they are, with a plugin that can do all three.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use insta::assert_snapshot;

use crate::common::{Sandbox, compile};

pub fn remembering() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        compile::c(&compile::source("tests/remembering/remembering.c"), "remembering.so", &["-std=gnu11"])
    })
}

/// A backend whose last change was made then, in seconds since the epoch.
fn add(sandbox: &Sandbox, name: &str, at: u64) {
    let plugin = remembering().display();
    let text = format!("name: {name}\npath: {plugin}\nconfig:\n  at: \"{at}\"\n");
    sandbox.write(&format!("backend/{name}.yaml"), text);
}

fn one(at: u64) -> Sandbox {
    let sandbox = Sandbox::empty();
    add(&sandbox, "memory", at);
    sandbox
}

const THREE: u64 = 1_795_489_200;

#[test]
fn a_history_says_how_each_ban_ended_and_by_whom() {
    let sandbox = one(0);
    assert_snapshot!(sandbox.warden("ban history 203.0.113.7"), @r"
    --- stdout
    5 bans of 203.0.113.7:
    +----------------------------+----------------------------+-------------------------------------------+--------+--------+---------------+-------------+
    | FROM                       | UNTIL                      | STATE                                     | SOURCE | ACTION | REASON        | BY          |
    +----------------------------+----------------------------+-------------------------------------------+--------+--------+---------------+-------------+
    | 2026-11-24 02:59:00 +00:00 | 2026-11-24 03:29:00 +00:00 | 29m0s left                                | cli    | ban    | now           | root (anna) |
    | 2026-11-24 01:59:00 +00:00 | 2026-11-24 02:29:00 +00:00 | deleted 2026-11-24 01:59:01 +00:00 by bob | cli    | ban    | deleted, then | root (anna) |
    | 2026-11-24 00:59:00 +00:00 | permanent                  | replaced 2026-11-24 00:59:02 +00:00       | cli    | ban    | replaced      | root (anna) |
    | 2026-11-23 23:59:00 +00:00 | 2026-11-24 00:29:00 +00:00 | expired                                   | api    | ban    | expired       | root (anna) |
    | 2026-11-23 22:59:00 +00:00 | 2026-11-23 23:29:00 +00:00 | expired                                   | cli    | ban    | old           | root (anna) |
    +----------------------------+----------------------------+-------------------------------------------+--------+--------+---------------+-------------+
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban history 203.0.113.7 -o raw"), @r#"
    --- stdout
    iptext,source,action,reason,actor,cn,as,start_at,until_at,state,ended_at,ended_by,backend
    203.0.113.7,cli,ban,now,root (anna),,,2026-11-24T02:59:00Z,2026-11-24T03:29:00Z,active,,,memory
    203.0.113.7,cli,ban,"deleted, then",root (anna),,,2026-11-24T01:59:00Z,2026-11-24T02:29:00Z,deleted,2026-11-24T01:59:01Z,bob,memory
    203.0.113.7,cli,ban,replaced,root (anna),,,2026-11-24T00:59:00Z,,replaced,2026-11-24T00:59:02Z,,memory
    203.0.113.7,api,ban,expired,root (anna),,,2026-11-23T23:59:00Z,2026-11-24T00:29:00Z,expired,,,memory
    203.0.113.7,cli,ban,old,root (anna),,,2026-11-23T22:59:00Z,2026-11-23T23:29:00Z,expired,,,memory
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban history 203.0.113.7 -o jsonl").lines().nth(2).unwrap(), @r#"{"iptext":"203.0.113.7","source":"cli","action":"ban","reason":"deleted, then","actor":"root (anna)","cn":"","as":"","start_at":"2026-11-24T01:59:00Z","until_at":"2026-11-24T02:29:00Z","state":"deleted","ended_at":"2026-11-24T01:59:01Z","ended_by":"bob","backend":"memory"}"#);
    let array = sandbox.stdout(&["ban", "history", "203.0.113.7", "-o", "json"]);
    let array: serde_json::Value = serde_json::from_str(&array).unwrap();
    assert_eq!(array.as_array().unwrap().len(), 5);
}

#[test]
fn a_target_that_never_was_banned_has_no_history() {
    let sandbox = one(0);
    assert_snapshot!(sandbox.warden("ban history 192.0.2.1"), @r"
    --- stdout
    No ban of 192.0.2.1 is on record
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban history 192.0.2.1 -o json"), @r"
    --- stdout
    []
    --- exit 0
    ");
    assert!(sandbox.warden("ban history nonsense").ends_with("exit 2\n"));
}

#[test]
fn a_backend_without_a_history_says_so() {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    assert_snapshot!(sandbox.warden("ban history 192.0.2.1 --warning"), @r"
    --- stderr
    error: no backend keeps the history of a target
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("ban undo --yes --warning"), @r"
    --- stderr
    error: no backend can take a change back
    --- exit 1
    ");
}

#[test]
fn undo_needs_a_yes_where_nobody_can_be_asked() {
    let sandbox = one(THREE);
    assert_snapshot!(sandbox.warden("ban undo"), @r#"
    --- stderr
    backend "memory": `ban flush` by root (anna) at 2026-11-24 03:00:00 +00:00: taking it back ends 1 ban and restores 1,234
    error: nobody can be asked, so nothing was done
    hint: --yes takes the change back
    --- exit 1
    "#);
    assert_snapshot!(sandbox.warden("ban undo --dry-run -o json"), @r#"
    --- stdout
    {
      "command": "ban undo",
      "dry_run": true,
      "enforced": true,
      "backends": [
        {
          "backend": "memory",
          "ok": true,
          "undone": true,
          "of": "ban flush",
          "actor": "root (anna)",
          "at": "2026-11-24T03:00:00Z",
          "ended": 1,
          "restored": 1234
        }
      ]
    }
    --- stderr
    backend "memory": `ban flush` by root (anna) at 2026-11-24 03:00:00 +00:00: taking it back ends 1 ban and restores 1,234
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban undo --yes"), @r#"
    --- stderr
    backend "memory": `ban flush` by root (anna) at 2026-11-24 03:00:00 +00:00: taking it back ends 1 ban and restores 1,234
    info: backend "memory": undo 7
    info: backend "memory": flush
    Taken back
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban undo --yes -o jsonl --warning"), @r#"
    --- stdout
    {"command":"ban undo","enforced":true,"backends":[{"backend":"memory","ok":true,"undone":true,"of":"ban flush","actor":"root (anna)","at":"2026-11-24T03:00:00Z","ended":1,"restored":1234}]}
    --- exit 0
    "#);
}

#[test]
fn only_the_stores_of_the_last_change_are_turned_back() {
    let sandbox = one(THREE);
    add(&sandbox, "older", THREE - 60);
    add(&sandbox, "z-same", THREE);
    sandbox.backend("dummy", "dummy", &[]);
    let said = sandbox.warden("ban undo --yes");
    assert_eq!(said.matches("undo 7").count(), 2, "{said}");
    assert!(!said.contains("backend \"older\": undo"), "{said}");
    assert!(said.contains("backend \"dummy\" cannot take a change back"), "{said}");
}

#[test]
fn without_a_change_there_is_nothing_to_undo() {
    assert_snapshot!(one(0).warden("ban undo --yes"), @r"
    --- stderr
    there is no change to take back
    --- exit 4
    ");
}

#[test]
fn a_filter_is_handed_to_a_plugin_that_can_end_by_it() {
    let sandbox = one(0);
    assert_snapshot!(sandbox.warden("ban del --source list:bad --reason x"), @r#"
    --- stderr
    info: backend "memory": delete where: wanted 36, source `list:bad`, reason `x`, target family 0
    info: backend "memory": flush
    Deleted 1 entries
    --- exit 0
    "#);
}

#[test]
fn a_sync_ends_its_own_ban_alone() {
    let sandbox = one(0);
    sandbox.write("list", "192.0.2.1\n");
    assert_snapshot!(sandbox.warden("ban import --sync bad list"), @r#"
    --- stderr
    info: backend "memory": delete where: wanted 544, source `list:bad`, reason ``, target family 4
    info: backend "memory": flush
    read 1: added 1, removed 1, unchanged 0, skipped 0, refused 0
    --- exit 0
    "#);
}

/// A plugin that only ends all bans of a target must not end those that are to stay.
#[test]
fn what_cannot_be_ended_exactly_is_not_ended() {
    let sandbox = one(0);
    let plugin = remembering().display();
    sandbox.write("backend/memory.yaml", format!("name: memory\npath: {plugin}\nconfig:\n  simple: \"1\"\n"));
    sandbox.write("list", "192.0.2.1\n");
    assert_snapshot!(sandbox.warden("ban del --source list:bad"), @r#"
    --- stderr
    info: backend "memory": discard
    error: backend "memory": 203.0.113.7 has bans that are to stay, and this backend can only end all of a target (during del)
      in [DIR]/backend/memory.yaml
    --- exit 1
    "#);
    assert_snapshot!(sandbox.warden("ban import --sync bad list"), @r#"
    --- stderr
    info: backend "memory": discard
    error: backend "memory": 203.0.113.7 has bans that are to stay, and this backend can only end all of a target (during import)
      in [DIR]/backend/memory.yaml
    --- exit 1
    "#);
    assert_snapshot!(sandbox.warden("ban del --action ban"), @r#"
    --- stderr
    info: backend "memory": delete
    info: backend "memory": flush
    Deleted 1 entries: 203.0.113.7
    --- exit 0
    "#);
}
