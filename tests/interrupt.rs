//! Ctrl-C in the middle of a write: everything is discarded, and that is said.

use std::fs;
use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::Sandbox;

/// How many bans there are: more than SQLite writes without a look at the user.
const BANS: u32 = 200_000;

/// With bans of one source.
fn crowded() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.warden("ban add ip 203.0.113.1 4h scan");
    sandbox.sql(&format!(
        "insert into ban_applications (created_at, measure_source, measure_type, measure_extra, until, ip_text, reason) \
         with recursive n(i) as (select 1 union all select i + 1 from n where i < {BANS}) \
         select '2026-11-24 01:00:00+00:00', 'crowd', 'ban', '', '2036-11-24 01:00:00+00:00', \
           printf('11.%d.%d.%d', i >> 16, i >> 8 & 255, i & 255), 'many' from n; \
         pragma wal_checkpoint(truncate)"
    ));
    sandbox
}

/// What a user sees who presses Ctrl-C when something was written.
fn interrupted(sandbox: &Sandbox, args: &[&str]) -> Output {
    let mut child = sandbox.command(args).stderr(Stdio::piped()).spawn().unwrap();
    let wal = sandbox.path("warden.db-wal");
    let written = || fs::metadata(&wal).map_or(0, |meta| meta.len());
    let start = Instant::now();
    while written() < 200_000 && child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_mins(1));
        thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    child.wait_with_output().unwrap()
}

fn is_discarded(sandbox: &Sandbox, args: &[&str]) {
    let state = "select count(*), count(deleted_at) from ban_applications";
    let before = sandbox.sql(state);
    let output = interrupted(sandbox, args);
    let said = sandbox.show(&output);
    assert_eq!(output.status.code(), Some(130), "{args:?}: {said}");
    assert!(said.contains("error: interrupted: nothing was done"), "{args:?}: {said}");
    assert_eq!(sandbox.sql(state), before, "{args:?}");
}

#[test]
fn an_import_is_discarded() {
    let sandbox = Sandbox::new();
    sandbox.warden("ban add ip 203.0.113.1 4h scan");
    let list: String =
        (0..100_000_u32).map(|i| std::net::Ipv4Addr::from(0x0b00_0000 + i).to_string() + "\n").collect();
    sandbox.write("list", list);
    is_discarded(&sandbox, &["ban", "import", "list", "--debug"]);
}

#[test]
fn one_statement_that_ends_many_bans_is_discarded() {
    let sandbox = crowded();
    is_discarded(&sandbox, &["ban", "flush"]);
    is_discarded(&sandbox, &["ban", "del", "--source", "crowd", "--yes"]);
    sandbox.stdout(&["ban", "flush"]);
    is_discarded(&sandbox, &["ban", "undo", "--yes"]);
}

/// A database, and after it a plugin that does something in a call.
fn beside(what: &str, call: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let text = format!(
        "name: slow\npath: {}\nconfig:\n  do: {what}\n  at: {call}\n",
        crate::hostile::hostile().display()
    );
    sandbox.write("backend/slow.yaml", text);
    sandbox
}

/// What a user sees who presses Ctrl-C while the second backend is at work, when the first one is done.
fn pressed_at_the_second(sandbox: &Sandbox, line: &str, done: &str) -> String {
    let args: Vec<_> = line.split(' ').collect();
    let child = sandbox.command(args).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while sandbox.sql(done) != "1\n" {
        assert!(start.elapsed() < Duration::from_mins(1));
        thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    sandbox.show(&child.wait_with_output().unwrap())
}

#[test]
fn what_is_done_what_is_not_and_what_is_unknown_is_said() {
    let added = "select count(*) from ban_applications where ip_text = '203.0.113.7'";
    let deleted = "select count(deleted_at) from ban_applications";
    for (what, said) in [
        ("hang", "error: interrupted: done: \"database\"; unknown, no answer: \"slow\"\n--- exit 130\n"),
        (
            "hang-until-cancelled",
            "error: interrupted: done: \"database\"; not done: \"slow\"\n--- exit 130\n",
        ),
    ] {
        let sandbox = beside(what, "insert");
        sandbox.warden("ban add ip 203.0.113.1 4h scan --backend database");
        let shown = pressed_at_the_second(&sandbox, "ban add ip 203.0.113.7 4h scan --error", added);
        assert!(shown.ends_with(said), "{shown}");
        let sandbox = beside(what, "delete_target");
        sandbox.warden("ban add ip 203.0.113.7 4h scan --backend database");
        let shown = pressed_at_the_second(&sandbox, "ban del ip 203.0.113.7 --error", deleted);
        assert!(shown.ends_with(said), "{shown}");
    }
}
