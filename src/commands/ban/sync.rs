//! `warden ban sync`: makes one backend hold what another one says.

use clap::Args;
use serde::Serialize;

use super::report;
use super::scope::Scope;
use crate::backends::{Answer, Mode};
use crate::clock;
use crate::error::{Error, Exit, Kind, Result};
use crate::progress::Progress;
use crate::operation::{self, Report, Use};
use crate::output::Output;
use crate::plan::{ChangeCounts, Plan, Wanted, snapshot};
use crate::session::Session;
use crate::spool::Sorted;
use crate::ui::{Ui, can_ask, confirm, number};

/// Make one backend hold what another one says.
#[derive(Debug, Args)]
pub struct Sync {
    /// The backend that is right
    #[arg(long, value_name = "NAME")]
    from: String,
    /// The backend that is brought in step
    #[arg(long, value_name = "NAME")]
    to: String,
    /// Also end the bans that only the second one has
    #[arg(long)]
    delete: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask, even when the first one holds no ban at all
    #[arg(short, long)]
    yes: bool,
}

pub fn run(sync: &Sync, scope: Scope<'_>) -> anyhow::Result<Exit> {
    scope.refuse_backends()?;
    if sync.from == sync.to {
        return Err(Error::usage(format!("`{}` is both --from and --to", sync.from)).into());
    }
    let session = Session::open(scope.global)?;
    let now = clock::now();
    let (from, to) = ([sync.from.clone()], [sync.to.clone()]);
    let uses = [Use { named: &from, mode: Mode::Read }, Use { named: &to, mode: Mode::write(sync.dry_run) }];
    operation::run(&session, "ban sync", uses, |[source, target]| {
        let actions = target.applied_actions();
        let wanted = |row: &warden_plugin::Row<'_>| !row.simulation && actions.has(row.action);
        let bans = snapshot(source, &sync.from, now, session.ui, &wanted)?;
        sync.consent(&bans)?;
        let plan = Plan {
            wanted: Wanted { bans: &bans, sources: None, now },
            end_unlisted: sync.delete,
            read_all: true,
            dry_run: sync.dry_run,
            signal_per_ban: false,
        };
        let mut progress = Progress::new(session.ui, "writing", Some(bans.count()));
        let answers = target.change("sync", |_, instance| plan.apply(instance, &mut progress));
        Ok(SyncReport { sync, answers })
    })
}

impl Sync {
    /// A list of nothing would free everybody.
    fn consent(&self, bans: &Sorted) -> anyhow::Result<()> {
        if !self.delete || self.dry_run || self.yes || bans.count() > 0 {
            return Ok(());
        }
        let what = format!("`{}` holds no ban: --delete ends every ban of `{}`", self.from, self.to);
        if can_ask() && confirm(&format!("{what}. Sync?"))? {
            return Ok(());
        }
        Err(Error::new(Kind::Refused, format!("{what}; nothing was done")).with_hint("--yes does it").into())
    }
}

struct SyncReport<'s> {
    sync: &'s Sync,
    answers: Vec<Answer<ChangeCounts>>,
}

/// What was asked.
#[derive(Serialize)]
struct SyncDocument<'s> {
    from: &'s str,
    to: &'s str,
    delete: bool,
    dry_run: bool,
}

impl Report for SyncReport<'_> {
    fn say(&self, ui: Ui) {
        for done in self.answers.iter().filter_map(|answer| answer.result.as_ref().ok()) {
            let head = if self.sync.dry_run { "dry run, nothing was written: " } else { "" };
            let [added, replaced, removed, unchanged] =
                [done.added, done.replaced, done.removed, done.unchanged].map(number);
            let replaced = if done.replaced == 0 { String::new() } else { format!("replaced {replaced}, ") };
            ui.say(format_args!("{head}added {added}, removed {removed}, {replaced}unchanged {unchanged}"));
        }
    }

    fn print(&self, output: Output) -> Result {
        let Sync { from, to, delete, dry_run, .. } = self.sync;
        let asked = SyncDocument { from, to, delete: *delete, dry_run: *dry_run };
        report::print(output, "ban sync", asked, &self.answers)
    }
}
