//! What is measured, with the ratio that must hold.

use std::cell::Cell;
use std::fs::File;
use std::process::Command;
use std::rc::Rc;

use anyhow::Result;

use super::bulk::Bulk;
use super::measure::Case;
use super::servers::Server;
use super::store::Store;
use crate::build::root;

/// No run of warden takes more memory than this.
pub const PEAK_KIB: u64 = 64 << 10;

/// The stores of one size that are measured.
pub struct Stores {
    /// So many bans from three sources.
    pub full: Store,
    /// None.
    pub empty: Store,
    /// As many, nearly all of them from the API.
    pub api: Store,
    /// What is written in bulk.
    pub bulk: Bulk,
    /// As many on each kind of server that is installed.
    pub servers: Vec<Server>,
}

/// The cases on the stores.
pub fn all(stores: &Stores) -> Vec<Case<'_>> {
    let Stores { full: store, empty, api, bulk, servers } = stores;
    let mut cases = vec![
        start(empty),
        list(store),
        page(api),
        first_row(store, empty),
        grows("add", store, empty, |n| words(&["ban", "add", "ip", &ip(n), "4h", "scan"])),
        grows("del", store, empty, |n| words(&["ban", "del", "ip", &ip(n)])),
        starts("list --ip", store, empty, &["ban", "list", "--ip", "101.0.1.7", "-o", "json"]),
        starts("check", store, empty, &["ban", "check", "101.0.1.7"]),
        flush(store),
        import(bulk, "`ban import`", Bulk::import),
        import(bulk, "`ban import --sync`", Bulk::sync),
        push(bulk),
    ];
    cases.extend(servers.iter().map(list_on));
    cases
}

/// `ban list` on an empty store, beside the start of the sqlite3 shell.
fn start(empty: &Store) -> Case<'_> {
    Case {
        name: "start: `ban list`, nothing banned",
        limit: 3.0,
        before: Box::new(|| Ok(())),
        warden: Box::new(|| warden(empty, &["ban", "list"])),
        peer: Box::new(|| {
            let mut shell = empty.sqlite(&[]);
            shell.arg("select 1");
            shell
        }),
    }
}

/// The whole list as JSON, beside the sqlite3 shell that asks the frozen question.
fn list(store: &Store) -> Case<'_> {
    Case {
        name: "`ban list --all --api -o json`",
        limit: 1.0,
        before: Box::new(|| Ok(std::fs::write(question_file(store), frozen("list.sql")?)?)),
        warden: Box::new(|| warden(store, &["ban", "list", "--all", "--api", "-o", "json"])),
        peer: Box::new(|| asked(store)),
    }
}

/// The whole list of a server as JSON, beside the server's own client that asks the frozen question.
fn list_on(server: &Server) -> Case<'_> {
    Case {
        name: server.case(),
        limit: 2.0,
        before: Box::new(|| Ok(())),
        warden: Box::new(|| {
            let args = ["ban", "list", "--all", "--api", "-o", "json"];
            server.warden(&args).unwrap_or_else(|_| Command::new("false"))
        }),
        peer: Box::new(|| server.asked().unwrap_or_else(|_| Command::new("false"))),
    }
}

/// The table for people, beside the counts that its last line tells.
fn page(api: &Store) -> Case<'_> {
    Case {
        name: "`ban list`, nearly all from the API",
        limit: 2.0,
        before: Box::new(|| Ok(std::fs::write(question_file(api), frozen("counts.sql")?)?)),
        warden: Box::new(|| warden(api, &["ban", "list"])),
        peer: Box::new(|| asked(api)),
    }
}

/// The first row of the whole list, beside the start and 50 ms.
fn first_row<'a>(store: &'a Store, empty: &'a Store) -> Case<'a> {
    let with = |store: &Store, script: &str, args: &[&str]| {
        let warden = warden(store, args);
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh"]).arg(warden.get_program()).args(warden.get_args());
        shell
    };
    Case {
        name: "`ban list -o jsonl \\| head -1`, beside the start and 50 ms",
        limit: 1.0,
        before: Box::new(|| Ok(())),
        warden: Box::new(move || {
            with(store, "\"$@\" | head -1", &["ban", "list", "--all", "--api", "-o", "jsonl"])
        }),
        peer: Box::new(move || with(empty, "\"$@\"; sleep 0.05", &["ban", "list"])),
    }
}

/// A question about one address on the full store, beside the start.
fn starts<'a>(
    name: &'static str,
    store: &'a Store,
    empty: &'a Store,
    args: &'static [&'static str],
) -> Case<'a> {
    Case {
        name,
        limit: 1.5,
        before: Box::new(|| Ok(())),
        warden: Box::new(|| warden(store, args)),
        peer: Box::new(|| warden(empty, &["ban", "list"])),
    }
}

/// A command on the full store, beside the same on an empty one.
fn grows<'a>(
    name: &'static str,
    store: &'a Store,
    empty: &'a Store,
    args: impl Fn(u32) -> Vec<String> + Clone + 'a,
) -> Case<'a> {
    let peer_args = args.clone();
    let count = Rc::new(Cell::new(0));
    let (mine, theirs) = (count.clone(), count.clone());
    let run = |store: &Store, args: Vec<String>| {
        warden(store, &args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    Case {
        name,
        limit: 1.5,
        before: Box::new(move || {
            count.set(count.get() + 1);
            Ok(())
        }),
        warden: Box::new(move || run(store, args(mine.get()))),
        peer: Box::new(move || run(empty, peer_args(theirs.get()))),
    }
}

/// The end of all bans, beside the plain update.
fn flush(store: &Store) -> Case<'_> {
    Case {
        name: "`ban flush`",
        limit: 1.5,
        before: Box::new(|| store.sql("update ban_applications set deleted_at = null, measure_extra = ''")),
        warden: Box::new(|| warden(store, &["ban", "flush"])),
        peer: Box::new(move || {
            let mut shell = store.sqlite(&[]);
            shell.arg("update ban_applications set deleted_at = '2026-11-24 03:00:00+00:00' where deleted_at is null");
            shell
        }),
    }
}

/// Plain addresses into an empty store, beside the sqlite3 shell that imports the same rows into the same indexes.
fn import<'a>(bulk: &'a Bulk, name: &'static str, command: fn(&Bulk) -> Result<Command>) -> Case<'a> {
    Case {
        name,
        limit: 3.0,
        before: Box::new(|| bulk.reset()),
        warden: Box::new(move || command(bulk).unwrap_or_else(|_| Command::new("false"))),
        peer: Box::new(|| bulk.peer()),
    }
}

/// Signals as JSON lines into an empty store: 50,000 a second, which is how long the peer sleeps.
fn push(bulk: &Bulk) -> Case<'_> {
    Case {
        name: "`signal push`, beside 50,000 a second",
        limit: 1.0,
        before: Box::new(|| bulk.reset()),
        warden: Box::new(|| bulk.push().unwrap_or_else(|_| Command::new("false"))),
        peer: Box::new(|| {
            let mut sleep = Command::new("sleep");
            sleep.arg(format!("{}.{:03}", bulk.size() / 50_000, bulk.size() % 50_000 / 50));
            sleep
        }),
    }
}

fn warden(store: &Store, args: &[&str]) -> Command {
    store.warden(args).unwrap_or_else(|_| Command::new("false"))
}

/// A peer's question.
pub fn frozen(name: &str) -> Result<String> {
    let question = std::fs::read_to_string(root().join("xtask/bench").join(name))?;
    Ok(question.replace(":now", "'2026-11-24 03:00:00'"))
}

/// The sqlite3 shell that asks the store's question.
fn asked(store: &Store) -> Command {
    let mut shell = store.sqlite(&["-json"]);
    if let Ok(question) = File::open(question_file(store)) {
        shell.stdin(question);
    }
    shell
}

fn question_file(store: &Store) -> std::path::PathBuf {
    store.file().with_extension("sql")
}

/// An address that nobody else in the store has.
fn ip(n: u32) -> String {
    format!("198.18.{}.{}", n / 256, n % 256)
}

fn words(args: &[&str]) -> Vec<String> {
    args.iter().map(ToString::to_string).collect()
}
