//! `warden ban del`: by target, by a list of targets on standard input, or by filter.

mod filtered;
mod listed;
mod targets;

use clap::{Args, Subcommand};
use serde::Serialize;
use warden_plugin::Target;

use super::report::{self, DryRun, Ended};
use super::scope::Scope;
use crate::backends::Answer;
use crate::error::{Error, Exit, Result};
use crate::filter::Filter;
use crate::operation::Report;
use crate::output::Output;
use crate::spool::{self, Sorter};
use crate::ui::Ui;

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
    scope.refuse_remediation("--action takes the bans of an action back")?;
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

/// What was deleted, or would be.
struct Deleted {
    how: How,
    /// Of a list: so many targets were read.
    read: Option<u64>,
    /// So many targets had a ban that was ended, each counted once.
    deleted: u64,
    /// The targets, where they were named.
    targets: Option<Vec<DeletedTarget>>,
    answers: Vec<Answer<Ended>>,
}

/// One of the targets that were named.
#[derive(Serialize)]
struct DeletedTarget {
    target: String,
    deleted: bool,
    /// The banned ranges that still cover it.
    #[serde(rename = "still_covered_by", skip_serializing_if = "Vec::is_empty")]
    covers: Vec<String>,
    /// The same in words.
    #[serde(skip)]
    lines: Vec<String>,
}

/// How many targets the backends that succeeded ended bans of, each counted once; `found` has each backend's.
fn distinct(found: Vec<(String, Sorter)>, answers: &[Answer<Ended>]) -> Result<u64> {
    let is_ok = |name: &String| answers.iter().any(|a| a.backend == *name && a.result.is_ok());
    let mut done: Vec<_> = found.into_iter().filter(|(name, _)| is_ok(name)).map(|(_, one)| one).collect();
    let mut all = done.pop().unwrap_or_default();
    let union = move || {
        for one in done {
            let one = one.finish()?;
            let mut merge = one.read()?;
            while let Some((key, _)) = merge.next()? {
                all.push(key, &[])?;
            }
        }
        all.finish()?.distinct()
    };
    let targets = union().map_err(|e| spool::failed(&e))?;
    // A backend may end bans that it does not show.
    let any = answers.iter().any(|a| a.result.as_ref().is_ok_and(|done| done.deleted > 0));
    Ok(targets.max(u64::from(any)))
}

/// What was asked, and what came of it.
#[derive(Serialize)]
struct DeletedDocument<'d> {
    #[serde(flatten)]
    dry_run: DryRun,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    targets: Option<&'d [DeletedTarget]>,
}

impl Report for Deleted {
    fn found(&self) -> Exit {
        if self.how.must_exist && self.deleted == 0 { Exit::NoMatch } else { Exit::Done }
    }

    /// `Deleted 3 entries`, as v0.3 said it.
    fn say(&self, ui: Ui) {
        match self.how.dry_run {
            true => ui.say(format_args!("dry run: would delete {} entries", self.deleted)),
            false => ui.say(format_args!("Deleted {} entries", self.deleted)),
        }
        report::ended(ui, &self.answers, self.how.dry_run);
        self.targets.iter().flatten().flat_map(|target| &target.lines).for_each(|line| ui.say(line));
    }

    fn print(&self, output: Output) -> Result {
        // Where every backend failed, nobody knows.
        let known = self.answers.iter().any(|answer| answer.result.is_ok());
        let asked = DeletedDocument {
            dry_run: DryRun { dry_run: self.how.dry_run },
            read: self.read,
            deleted: known.then_some(self.deleted),
            targets: self.targets.as_deref().filter(|_| known),
        };
        report::print(output, "ban del", asked, &self.answers)
    }
}
