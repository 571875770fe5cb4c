//! `warden ban`: the bans.

mod add;
mod at;
mod check;
mod del;
mod diff;
mod flush;
mod history;
mod import;
mod list;
mod report;
mod scope;
mod stats;
mod stdin;
mod sync;
mod undo;

use clap::{Args, Subcommand};

use crate::action::BAN;
use crate::error::Exit;
use crate::global::Global;
use scope::Scope;

/// List, add and remove bans.
#[derive(Debug, Args)]
pub struct Ban {
    /// As v0.3 took it everywhere; `add` and `import` show it
    #[arg(long, global = true, hide = true, value_name = "ACTION", default_value = BAN)]
    remediation: String,
    /// Only this backend; may be given several times
    #[arg(long = "backend", global = true, value_name = "NAME")]
    backends: Vec<String>,
    #[command(subcommand)]
    verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Ban an address, a range, or what a list names
    Add(add::Add),
    /// Is it banned? Exit 0 when every target is, 4 when one is not, 3 when a backend could not tell
    Check(check::Check),
    /// Take bans back: of an address or a range, of a list, by filter
    #[command(visible_alias = "delete")]
    Del(del::Del),
    /// What one backend has and another one has not; exit 0 when they hold the same bans, 4 when not
    Diff(diff::Diff),
    /// Take all bans back
    Flush(flush::Flush),
    /// Every ban that a target ever had: from when, until when, how it ended, by whom
    History(history::History),
    /// Ban what a list names: one target a line, CSV, JSON or JSON lines
    Import(import::Import),
    /// List the bans that hold, now or at another time
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Count the bans by reason, country, autonomous system, source and action, and over time
    Stats(stats::Stats),
    /// Make one backend hold what another one says
    Sync(sync::Sync),
    /// Take the last change back: a del, a flush, an import
    Undo(undo::Undo),
}

pub fn run(ban: Ban, global: &Global) -> anyhow::Result<Exit> {
    let scope = Scope { global, backends: &ban.backends, remediation: &ban.remediation };
    match ban.verb {
        Verb::Add(add) => add::run(add, scope),
        Verb::Check(check) => check::run(&check, scope),
        Verb::Del(del) => del::run(del, scope),
        Verb::Diff(diff) => diff::run(&diff, scope),
        Verb::Flush(flush) => flush::run(&flush, scope),
        Verb::History(history) => history::run(&history, scope),
        Verb::Import(import) => import::run(&import, scope),
        Verb::List(list) => list::run(&list, scope),
        Verb::Stats(stats) => stats::run(&stats, scope),
        Verb::Sync(sync) => sync::run(&sync, scope),
        Verb::Undo(undo) => undo::run(undo, scope),
    }
}
