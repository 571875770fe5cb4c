//! `warden ban del`: by target, by a list of targets on standard input, or by filter.

mod filtered;
mod listed;
mod targets;

use std::io;

use clap::{Args, Subcommand};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use warden_plugin::Target;

use super::report::{self, DryRun, Ended};
use super::scope::Scope;
use crate::backends::{Answer, Answers};
use crate::error::{Error, Exit};
use crate::filter::Filter;
use crate::operation::Report;
use crate::output::Output;
use crate::spool::pack::key_target;
use crate::spool::{self, Sorted, Sorter};
use crate::ui::{Escaped, Ui, number};

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
    /// With --ip: also the ranges around the address
    #[arg(long, requires = "ip")]
    covering: bool,
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
        (None, None) => filtered::run(&del.filter, del.covering, del.yes, del.how, scope),
    }
}

/// What was deleted, or would be.
struct Deleted {
    how: How,
    /// Of a list: so many targets were read.
    read: Option<u64>,
    targets: DeletedTargets,
    answers: Answers<Ended>,
}

/// The targets whose bans were ended.
enum DeletedTargets {
    /// Those that were named, also where there was no ban.
    Named(Vec<DeletedTarget>),
    /// Those that were found.
    Found(FoundTargets),
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

impl DeletedTargets {
    fn deleted(&self) -> u64 {
        match self {
            Self::Named(named) => named.iter().filter(|target| target.deleted).count() as u64,
            Self::Found(found) => found.count,
        }
    }

    /// `: 203.0.113.7, 198.51.100.0/24 and 12 more`; empty when there are none.
    fn words(&self) -> String {
        let mut first = Vec::with_capacity(MOST_NAMED);
        let mut take = |target: &str| {
            first.push(Escaped(target).to_string());
            Ok::<_, io::Error>(first.len() < MOST_NAMED)
        };
        // What cannot be read from the temporary file is not named.
        let _ = match self {
            Self::Named(named) => named
                .iter()
                .filter(|target| target.deleted)
                .take(MOST_NAMED)
                .try_for_each(|one| take(&one.target).map(drop)),
            Self::Found(found) => found.each(take),
        };
        let more = self.deleted().saturating_sub(first.len() as u64);
        match (first.is_empty(), more) {
            (true, _) => String::new(),
            (false, 0) => format!(": {}", first.join(", ")),
            (false, more) => format!(": {} and {} more", first.join(", "), number(more)),
        }
    }
}

impl Serialize for DeletedTargets {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let found = match self {
            Self::Named(named) => return named.serialize(to),
            Self::Found(found) => found,
        };
        let (mut list, mut failed) = (to.serialize_seq(None)?, None);
        let read = found.each(|target| {
            let one =
                DeletedTarget { target: target.into(), deleted: true, covers: Vec::new(), lines: Vec::new() };
            failed = list.serialize_element(&one).err();
            Ok(failed.is_none())
        });
        match (failed, read) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(serde::ser::Error::custom(error)),
            (None, Ok(())) => list.end(),
        }
    }
}

/// More targets are only counted for people.
const MOST_NAMED: usize = 10;

/// The targets that several backends ended bans of, each once, however many.
struct FoundTargets {
    sorted: Sorted,
    count: u64,
}

impl FoundTargets {
    /// Those of the backends that succeeded; `found` has each backend's.
    fn of(found: Vec<(String, Sorter)>, answers: &[Answer<Ended>]) -> crate::error::Result<Self> {
        let is_ok = |name: &String| answers.iter().any(|a| a.backend == *name && a.result.is_ok());
        let mut done: Vec<_> =
            found.into_iter().filter(|(name, _)| is_ok(name)).map(|(_, one)| one).collect();
        let mut all = done.pop().unwrap_or_default();
        let union = move || {
            for one in done {
                let one = one.finish()?;
                let mut merge = one.read()?;
                while let Some((key, _)) = merge.next()? {
                    all.push(key, &[])?;
                }
            }
            let sorted = all.finish()?;
            let count = sorted.distinct()?;
            Ok(Self { sorted, count })
        };
        let mut all = union().map_err(|e| spool::failed(&e))?;
        // A backend may end bans that it does not show.
        let any = answers.iter().any(|a| a.result.as_ref().is_ok_and(|done| done.deleted > 0));
        all.count = all.count.max(u64::from(any));
        Ok(all)
    }

    /// Hands each on as text, while more are wanted.
    fn each(&self, mut f: impl FnMut(&str) -> io::Result<bool>) -> io::Result<()> {
        let (mut merge, mut last) = (self.sorted.read()?, Vec::new());
        while let Some((key, _)) = merge.next()? {
            if key == last {
                continue;
            }
            key.clone_into(&mut last);
            let is_wanted = match key_target(key) {
                Some((target, _)) => f(target.text().as_str())?,
                None => f(&String::from_utf8_lossy(&key[1..]))?,
            };
            if !is_wanted {
                break;
            }
        }
        Ok(())
    }
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
    targets: Option<&'d DeletedTargets>,
}

impl Report for Deleted {
    fn found(&self) -> Exit {
        if self.how.must_exist && self.targets.deleted() == 0 { Exit::NoMatch } else { Exit::Done }
    }

    /// `Deleted 3 entries`, as v0.3 said it.
    fn say(&self, ui: Ui) {
        let (deleted, words) = (self.targets.deleted(), self.targets.words());
        match self.how.dry_run {
            true => ui.say(format_args!("dry run: would delete {deleted} entries{words}")),
            false => ui.say(format_args!("Deleted {deleted} entries{words}")),
        }
        report::ended(ui, &self.answers, self.how.dry_run);
        if let DeletedTargets::Named(named) = &self.targets {
            named.iter().flat_map(|target| &target.lines).for_each(|line| ui.say(line));
        }
    }

    fn print(&self, output: Output) -> crate::error::Result {
        // Where every backend failed, nobody knows.
        let known = self.answers.iter().any(|answer| answer.result.is_ok());
        let asked = DeletedDocument {
            dry_run: DryRun { dry_run: self.how.dry_run },
            read: self.read,
            deleted: known.then(|| self.targets.deleted()),
            targets: known.then_some(&self.targets),
        };
        report::print(output, "ban del", asked, &self.answers)
    }
}
