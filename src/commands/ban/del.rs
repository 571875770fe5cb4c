//! `warden ban del`: by target, by a list of targets on standard input, or by filter.

mod filtered;
mod listed;
mod targets;

use clap::{Args, Subcommand};
use warden_plugin::Target;

use super::scope::Scope;
use crate::error::{Error, Exit};
use crate::filter::Filter;

/// Take bans back.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct Del {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// `-`: whose bans to take back is read from standard input, one target a line, or in any format of `ban import`
    #[arg(value_name = "-", value_parser = super::stdin::dash, allow_hyphen_values = true)]
    listed: Option<()>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    how: How,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// What holds for each way to name the bans.
#[derive(Clone, Copy, Debug, Args)]
struct How {
    /// Exit with 4 when nothing was banned
    #[arg(long)]
    must_exist: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl How {
    /// Flags may stand before `ip` and after it.
    fn or(self, other: Self) -> Self {
        Self { must_exist: self.must_exist || other.must_exist, dry_run: self.dry_run || other.dry_run }
    }
}

/// How the bans are named.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Take the ban of an address back
    Ip(Targets),
    /// Take the ban of a range back
    Range(Targets),
}

/// Whose ban to take back.
#[derive(Debug, Args)]
struct Targets {
    /// The banned addresses or ranges, in any spelling
    #[arg(value_name = "TARGET", value_parser = Target::parse, required_unless_present = "more")]
    targets: Vec<Target>,
    /// One more; may be given several times
    #[arg(short = 't', long = "target", id = "more", value_name = "TARGET", value_parser = Target::parse)]
    more: Vec<Target>,
    #[command(flatten)]
    how: How,
}

pub fn run(del: Del, scope: Scope<'_>) -> anyhow::Result<Exit> {
    match (del.verb, del.listed) {
        (Some(_), _) if del.filter != Filter::default() => {
            Err(Error::usage("either targets end or what a filter finds, not both at once").into())
        }
        (Some(Verb::Ip(targets) | Verb::Range(targets)), _) => {
            let all = targets.targets.into_iter().chain(targets.more).collect();
            targets::run(all, targets.how.or(del.how), scope)
        }
        (None, Some(())) if del.filter == Filter::default() => listed::run(del.how, scope),
        (None, Some(())) => Err(Error::usage("a list of targets cannot be filtered").into()),
        (None, None) if del.filter == Filter::default() => {
            Err(Error::usage("which bans are to end is missing")
                .with_hint("`ban del ip TARGET`, a filter such as `--reason TEXT`, or `ban flush` for all")
                .into())
        }
        (None, None) => filtered::run(&del.filter, del.yes, del.how, scope),
    }
}

/// The exit code, when nothing had to be there, or had to.
fn exit(exit: Exit, how: How, deleted: u64) -> Exit {
    if how.must_exist && deleted == 0 && exit == Exit::Done { Exit::NoMatch } else { exit }
}

/// `Deleted 3 entries`, as v0.3 said it.
fn said(how: How, deleted: u64) -> String {
    match how.dry_run {
        true => format!("dry run: would delete {deleted} entries"),
        false => format!("Deleted {deleted} entries"),
    }
}
