//! Many writers at once, and writers that are killed: nothing is lost, nothing is half done.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{Sandbox, sqlite};

const PROCESSES: u32 = 8;
const ADDS: u32 = 100;

#[test]
fn eight_processes_lose_nothing_and_double_nothing() {
    let sandbox = Sandbox::new();
    thread::scope(|scope| {
        for process in 0..PROCESSES {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for add in 0..ADDS {
                    let target = format!("198.18.{process}.{add}");
                    sandbox.stdout(&["ban", "add", "ip", &target, "4h", "scan"]);
                }
            });
        }
    });
    let active = sandbox
        .sql("select count(*), count(distinct ip_text) from ban_applications where deleted_at is null");
    assert_eq!(active, "800|800\n");
    assert_eq!(sandbox.stdout(&["ban", "list", "-o", "raw"]).lines().count(), 801);
}

#[test]
fn a_list_beside_writers_that_come_and_go_never_fails() {
    let sandbox = Sandbox::new();
    sandbox.stdout(&["ban", "add", "ip", "198.18.9.9", "4h", "scan"]);
    thread::scope(|scope| {
        for process in 0..3 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for add in 0..60 {
                    sandbox.stdout(&["ban", "add", "ip", &format!("198.18.{process}.{add}"), "4h", "scan"]);
                }
            });
            scope.spawn(move || {
                for _ in 0..120 {
                    assert!(sandbox.stdout(&["ban", "list", "-o", "raw"]).lines().count() >= 2);
                }
            });
        }
    });
}

/// How many kills are spread over the run of a command.
const KILLS: u32 = 200;

/// Kills `args` after a part of the time that it usually takes; answers whether it had ended well before.
fn killed(sandbox: &Sandbox, args: &[&str], usual: Duration, part: u32) -> bool {
    let mut child = sandbox.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // A little beyond the usual end, so that some of them finish.
    thread::sleep(usual * 6 * part / (5 * KILLS));
    child.kill().unwrap();
    child.wait().unwrap().success()
}

/// How long a command takes here.
fn usual(sandbox: &Sandbox, args: &[&str]) -> Duration {
    let start = Instant::now();
    for _ in 0..5 {
        sandbox.stdout(args);
    }
    start.elapsed() / 5
}

/// The file opens, and holds no half of a ban.
fn assert_whole(sandbox: &Sandbox) {
    let checked = sandbox.sql(
        "pragma integrity_check; select count(*) from ban_applications b left join signal_occurences s \
         on s.id = b.signal_occurence_id where s.id is null; select count(*) from signal_occurences s \
         left join ban_applications b on s.id = b.signal_occurence_id where b.id is null",
    );
    assert_eq!(checked, "ok\n0\n0\n");
}

#[test]
fn an_add_that_is_killed_is_done_or_not_done() {
    let sandbox = Sandbox::new();
    let usual = usual(&sandbox, &["ban", "add", "ip", "203.0.113.1", "4h", "scan"]);
    for part in 0..KILLS {
        let target = format!("198.18.0.{part}");
        let done = killed(&sandbox, &["ban", "add", "ip", &target, "4h", "scan"], usual, part);
        let count = sandbox.sql(&format!(
            "select count(*) from ban_applications where deleted_at is null and ip_text = '{target}'"
        ));
        assert!(count == "1\n" || (count == "0\n" && !done), "{target}: {count}, success: {done}");
    }
    assert_whole(&sandbox);
}

#[test]
fn a_target_that_is_banned_again_is_never_free() {
    let sandbox = Sandbox::new();
    let args = ["ban", "add", "ip", "203.0.113.1", "4h", "scan"];
    let usual = usual(&sandbox, &args);
    for part in 0..KILLS {
        let before = sandbox.sql("select max(id) from ban_applications");
        let done = killed(&sandbox, &args, usual, part);
        let active = sandbox.sql("select count(*), max(id) from ban_applications where deleted_at is null");
        let (count, id) = active.trim().split_once('|').unwrap();
        assert_eq!(count, "1");
        assert!(!done || id != before.trim(), "a ban that was reported is not there");
    }
    assert_whole(&sandbox);
}

#[test]
fn the_first_use_that_is_killed_leaves_a_file_that_opens() {
    let sandbox = Sandbox::new();
    let args = ["ban", "add", "ip", "203.0.113.1", "4h", "scan"];
    let fresh = || {
        for name in ["warden.db", "warden.db-wal", "warden.db-shm", "warden.db-journal"] {
            let _ = fs::remove_file(sandbox.path(name));
        }
    };
    let start = Instant::now();
    sandbox.stdout(&args);
    let usual = start.elapsed();
    for part in 0..KILLS {
        fresh();
        let done = killed(&sandbox, &args, usual, part);
        let listed = sandbox.stdout(&["ban", "list", "-o", "raw"]).lines().count() - 1;
        assert!(listed == usize::from(done) || listed == 1, "{listed} bans, success: {done}");
        sandbox.stdout(&["ban", "add", "ip", "203.0.113.2", "4h", "scan"]);
        let file = sandbox.path("warden.db");
        assert_eq!(sqlite(&file, "pragma integrity_check"), "ok\n");
        assert_eq!(sandbox.stdout(&["ban", "list", "-o", "raw"]).lines().count(), listed + 2);
    }
}

/// How many bans a list has that is imported and killed.
const LISTED: usize = 4000;

#[test]
fn an_import_that_is_killed_is_done_or_not_done() {
    let sandbox = Sandbox::new();
    sandbox.stdout(&["ban", "add", "ip", "203.0.113.1", "4h", "scan"]);
    let list: String = (0..LISTED).map(|n| format!("198.18.{}.{}\n", n / 256, n % 256)).collect();
    sandbox.write("list", list);
    let held = || sandbox.sql("select count(*) from ban_applications where deleted_at is null");
    let (import, undo) = (["ban", "import", "list"], ["ban", "undo", "--yes"]);
    let start = Instant::now();
    sandbox.stdout(&import);
    let usual = start.elapsed();
    assert_eq!(held(), format!("{}\n", LISTED + 1));
    for part in (0..KILLS).step_by(4) {
        // From one state to the other and back, one of the two killed.
        let (args, before, after) = match held().trim() {
            "1" => (&import[..], 1, LISTED + 1),
            _ => (&undo[..], LISTED + 1, 1),
        };
        let done = killed(&sandbox, args, usual, part);
        let now: usize = held().trim().parse().unwrap();
        assert!(now == after || (now == before && !done), "{args:?}: {now}, success: {done}");
        // The log says the same as the bans.
        let last = sandbox.run(&["ban", "undo", "--dry-run"]);
        let command = if now == 1 { "`ban add`" } else { "`ban import`" };
        assert!(last.contains(command), "{last}");
        assert_eq!(sandbox.sql("pragma integrity_check"), "ok\n");
    }
}

#[test]
fn an_import_and_adds_at_the_same_time_lose_nothing() {
    let sandbox = Sandbox::new();
    let list: String = (0..LISTED).map(|n| format!("198.18.{}.{}\n", n / 256, n % 256)).collect();
    sandbox.write("list", list);
    thread::scope(|scope| {
        let import = scope.spawn(|| sandbox.stdout(&["ban", "import", "list", "--source", "cli"]));
        for add in 0..20 {
            sandbox.stdout(&["ban", "add", "ip", &format!("198.18.0.{add}"), "8h", "scan"]);
        }
        import.join().unwrap();
    });
    let active = sandbox
        .sql("select count(*), count(distinct ip_text) from ban_applications where deleted_at is null");
    assert_eq!(active, format!("{LISTED}|{LISTED}\n"));
    // All of it within one instant, and yet each can be taken back.
    for _ in 0..21 {
        sandbox.stdout(&["ban", "undo", "--yes"]);
    }
    assert_eq!(sandbox.sql("select count(*) from ban_applications where deleted_at is null"), "0\n");
    assert!(sandbox.run(&["ban", "undo", "--yes"]).contains("there is no change to take back"));
}
