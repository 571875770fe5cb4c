//! `ban undo` and `ban history` on the database: what a del, a flush and an import did is taken back.

use insta::assert_snapshot;

use crate::common::Sandbox;

/// Three bans, one of them from a list.
fn three() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.warden("ban add ip 203.0.113.7 2h scan");
    sandbox.set_now("2026-11-24T03:01:00Z");
    sandbox.warden("ban add range 198.51.100.0/24 permanent flood");
    sandbox.set_now("2026-11-24T03:02:00Z");
    sandbox.write("list", "203.0.113.7\n");
    sandbox.warden("ban import list --sync feed");
    sandbox.set_now("2026-11-24T03:03:00Z");
    sandbox
}

/// The bans that hold, a line each.
fn bans(sandbox: &Sandbox) -> String {
    let fields = "ip,source,reason,action,expiration";
    let raw = sandbox.stdout(&["ban", "list", "-o", "raw", "--sort", "ip", "--fields", fields]);
    raw.lines().skip(1).collect::<Vec<_>>().join("\n")
}

/// What is said, whoever runs the tests.
fn said(sandbox: &Sandbox, line: &str) -> String {
    let said = sandbox.warden(line);
    match said.split_once(" by ").and_then(|(before, rest)| Some((before, rest.split_once(" at ")?.1))) {
        Some((before, rest)) => format!("{before} at {rest}"),
        None => said,
    }
}

#[test]
fn a_flush_is_taken_back() {
    let sandbox = three();
    let before = bans(&sandbox);
    sandbox.warden("ban flush");
    assert_eq!(bans(&sandbox), "");
    assert_snapshot!(said(&sandbox, "ban undo --dry-run"), @r#"
    --- stderr
    backend "database": `ban flush` at 2026-11-24 03:03:00 +00:00: taking it back ends 0 bans and restores 3
    --- exit 0
    "#);
    assert_eq!(bans(&sandbox), "");
    let user = warden::actor();
    let told = sandbox.stdout(&["ban", "undo", "--yes", "-o", "json"]);
    assert_snapshot!(told.replace(&format!("\"actor\": \"{user}\""), "\"actor\": \"root\""), @r#"
    {
      "command": "ban undo",
      "enforced": true,
      "backends": [
        {
          "backend": "database",
          "ok": true,
          "undone": true,
          "of": "ban flush",
          "actor": "root",
          "at": "2026-11-24T03:03:00Z",
          "ended": 0,
          "restored": 3
        }
      ]
    }
    "#);
    assert_eq!(bans(&sandbox), before);
}

#[test]
fn a_deletion_by_target_and_one_by_filter_are_taken_back() {
    for del in ["ban del ip 203.0.113.7", "ban del --reason FLOOD --yes", "ban del --source list:feed --yes"]
    {
        let sandbox = three();
        let before = bans(&sandbox);
        sandbox.warden(del);
        assert_ne!(bans(&sandbox), before, "{del}");
        sandbox.warden("ban undo --yes");
        assert_eq!(bans(&sandbox), before, "{del}");
    }
}

#[test]
fn an_import_and_a_sync_are_taken_back() {
    let sandbox = three();
    let before = bans(&sandbox);
    sandbox.write("list", "203.0.113.7\n203.0.113.8\n203.0.113.9\n");
    for import in ["ban import list", "ban import list --sync feed", "ban import list --source cli"] {
        sandbox.warden(import);
        assert_ne!(bans(&sandbox), before, "{import}");
        sandbox.warden("ban undo --yes");
        assert_eq!(bans(&sandbox), before, "{import}");
    }
    sandbox.write("list", "203.0.113.9\n");
    sandbox.warden("ban import list --sync feed");
    assert_snapshot!(said(&sandbox, "ban undo --yes"), @r#"
    --- stderr
    backend "database": `ban import` at 2026-11-24 03:03:00 +00:00: taking it back ends 1 ban and restores 1
    Taken back
    --- exit 0
    "#);
    assert_eq!(bans(&sandbox), before);
}

#[test]
fn undo_goes_back_to_the_beginning_and_the_history_tells_it() {
    let sandbox = three();
    for _ in 0..3 {
        assert!(sandbox.warden("ban undo --yes").ends_with("--- exit 0\n"));
    }
    assert_eq!(bans(&sandbox), "");
    assert_snapshot!(sandbox.warden("ban undo --yes"), @"
    --- stderr
    there is no change to take back
    --- exit 4
    ");
    let told = sandbox.stdout(&["ban", "history", "203.0.113.7", "-o", "raw"]);
    let columns = told.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let told: Vec<_> = columns.map(|columns| [columns[1], columns[9], columns[10]].join(" ")).collect();
    assert_snapshot!(told.join("\n"), @"
    source state ended_at
    list:feed deleted 2026-11-24T03:03:00Z
    cli deleted 2026-11-24T03:03:00Z
    ");
}

#[test]
fn a_stream_of_signals_is_no_change() {
    let sandbox = three();
    sandbox.warden("ban del ip 203.0.113.7");
    sandbox.piped(&["signal", "push"], b"{\"scenario\":\"ssh\",\"source_ip\":\"203.0.113.7\"}\n");
    let held = bans(&sandbox);
    sandbox.warden("ban undo --yes");
    assert_snapshot!(format!("{held}\n--- after undo:\n{}", bans(&sandbox)), @"
    198.51.100.0/24,cli,flood,ban,2562047h47m16s
    203.0.113.7,local,ssh,ban,4h0m0s
    --- after undo:
    198.51.100.0/24,cli,flood,ban,2562047h47m16s
    203.0.113.7,local,ssh,ban,4h0m0s
    203.0.113.7,list:feed,list feed,ban,2562047h47m16s
    203.0.113.7,cli,scan,ban,1h57m0s
    ");
}
