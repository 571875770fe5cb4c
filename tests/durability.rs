//! Many writers at once, and writers that are killed: nothing is lost, nothing is half done.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::Sandbox;
use crate::common::store::Store;

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

/// The store opens, and holds no half of a ban.
fn assert_whole(store: &Store) {
    if store.engine() == "sqlite" {
        assert_eq!(store.sandbox.sql("pragma integrity_check"), "ok\n");
    }
    for halves in [
        "select count(*) from ban_applications b left join signal_occurences s on s.id = b.signal_occurence_id \
         where s.id is null",
        "select count(*) from signal_occurences s left join ban_applications b on s.id = b.signal_occurence_id \
         where b.id is null",
    ] {
        assert_eq!(store.number(halves), 0, "{}: {halves}", store.engine());
    }
}

#[test]
fn an_add_that_is_killed_is_done_or_not_done() {
    for store in Store::all() {
        let usual = usual(&store.sandbox, &["ban", "add", "ip", "203.0.113.1", "4h", "scan"]);
        for part in 0..KILLS {
            let target = format!("198.18.0.{part}");
            let done = killed(&store.sandbox, &["ban", "add", "ip", &target, "4h", "scan"], usual, part);
            let count = store.number(&format!(
                "select count(*) from ban_applications where deleted_at is null and ip_text = '{target}'"
            ));
            assert!(
                count == 1 || (count == 0 && !done),
                "{}: {target}: {count}, success: {done}",
                store.engine()
            );
        }
        assert_whole(&store);
    }
}

#[test]
fn a_target_that_is_banned_again_is_never_free() {
    for store in Store::all() {
        let args = ["ban", "add", "ip", "203.0.113.1", "4h", "scan"];
        let usual = usual(&store.sandbox, &args);
        for part in 0..KILLS {
            let before = store.number("select max(id) from ban_applications");
            let done = killed(&store.sandbox, &args, usual, part);
            let active = "from ban_applications where deleted_at is null";
            assert_eq!(store.number(&format!("select count(*) {active}")), 1, "{}", store.engine());
            let id = store.number(&format!("select max(id) {active}"));
            assert!(!done || id != before, "{}: a ban that was reported is not there", store.engine());
        }
        assert_whole(&store);
    }
}

#[test]
fn the_first_use_that_is_killed_leaves_a_store_that_opens() {
    for mut store in Store::all() {
        let args = ["ban", "add", "ip", "203.0.113.1", "4h", "scan"];
        let start = Instant::now();
        store.sandbox.stdout(&args);
        let usual = start.elapsed();
        // A server takes its time for a new database.
        let step = if store.engine() == "sqlite" { 1 } else { 5 };
        for part in (0..KILLS).step_by(step) {
            store.renew();
            let done = killed(&store.sandbox, &args, usual, part);
            let listed = || store.sandbox.stdout(&["ban", "list", "-o", "raw"]).lines().count() - 1;
            let before = listed();
            assert!(
                before == usize::from(done) || before == 1,
                "{}: {before} bans, success: {done}",
                store.engine()
            );
            store.sandbox.stdout(&["ban", "add", "ip", "203.0.113.2", "4h", "scan"]);
            assert_whole(&store);
            assert_eq!(listed(), before + 1, "{}", store.engine());
        }
    }
}

/// How many bans a list has that is imported and killed.
const LISTED: usize = 4000;

#[test]
fn an_import_that_is_killed_is_done_or_not_done() {
    for store in Store::all() {
        let sandbox = &store.sandbox;
        sandbox.stdout(&["ban", "add", "ip", "203.0.113.1", "4h", "scan"]);
        let list: String = (0..LISTED).map(|n| format!("198.18.{}.{}\n", n / 256, n % 256)).collect();
        sandbox.write("list", list);
        let held = || {
            let count = store.number("select count(*) from ban_applications where deleted_at is null");
            usize::try_from(count).unwrap()
        };
        let (import, undo) = (["ban", "import", "list"], ["ban", "undo", "--yes"]);
        let start = Instant::now();
        sandbox.stdout(&import);
        let usual = start.elapsed();
        assert_eq!(held(), LISTED + 1);
        for part in (0..KILLS).step_by(4) {
            // From one state to the other and back, one of the two killed.
            let (args, before, after) = match held() {
                1 => (&import[..], 1, LISTED + 1),
                _ => (&undo[..], LISTED + 1, 1),
            };
            let done = killed(sandbox, args, usual, part);
            let now = held();
            assert!(
                now == after || (now == before && !done),
                "{}: {args:?}: {now}, success: {done}",
                store.engine()
            );
            // The log says the same as the bans.
            let last = sandbox.run(&["ban", "undo", "--dry-run"]);
            let command = if now == 1 { "`ban add`" } else { "`ban import`" };
            assert!(last.contains(command), "{}: {last}", store.engine());
        }
        if store.engine() == "sqlite" {
            assert_eq!(sandbox.sql("pragma integrity_check"), "ok\n");
        }
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
