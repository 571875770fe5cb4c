//! `warden ban`: the bans.

mod add;
mod del;
mod flush;
mod list;
mod report;

use clap::{Args, Subcommand};

use crate::error::Exit;
use crate::global::Global;

/// List, add and remove bans.
#[derive(Debug, Args)]
pub struct Ban {
    /// What a ban does to its target: ban, slow, captcha, or a word that a backend knows
    #[arg(long, global = true, value_name = "ACTION", default_value = "ban")]
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
    /// Ban an address or a range
    #[command(subcommand)]
    Add(add::Add),
    /// Take the ban of an address or a range back
    #[command(subcommand, visible_alias = "delete")]
    Del(del::Del),
    /// Take all bans back
    Flush(flush::Flush),
    /// List the bans that hold, now or at another time
    #[command(visible_alias = "ls")]
    List(list::List),
}

/// # Errors
/// As the verb.
pub fn run(ban: Ban, global: &Global) -> anyhow::Result<Exit> {
    let scope = Scope { global, backends: &ban.backends, remediation: &ban.remediation };
    match ban.verb {
        Verb::Add(add) => add::run(add, scope),
        Verb::Del(del) => del::run(del, scope),
        Verb::Flush(flush) => flush::run(&flush, scope),
        Verb::List(list) => list::run(&list, scope),
    }
}

/// What all verbs share.
#[derive(Clone, Copy)]
struct Scope<'a> {
    global: &'a Global,
    backends: &'a [String],
    remediation: &'a str,
}
