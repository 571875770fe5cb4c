//! `warden ban sync`: makes one backend hold what another one says.

use clap::Args;
use serde_json::{Value, json};

use super::report::document;
use super::report::list::counts;
use super::scope::Scope;
use crate::backends::{Answer, outcome};
use crate::clock;
use crate::error::{Error, Exit, Kind};
use crate::interrupt;
use crate::plan::{ChangeCounts, Plan, Wanted, snapshot};
use crate::progress::Progress;
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
    interrupt::watch();
    let to = [sync.to.clone()];
    let mut target = match sync.dry_run {
        true => session.backends(&to, "ban sync")?,
        false => session.writers(&to, "ban sync")?,
    };
    let mut source = session.backends(std::slice::from_ref(&sync.from), "ban sync")?;
    let actions = target.applied_actions();
    let wanted = |row: &warden_plugin::Row<'_>| !row.simulation && actions.has(row.action);
    let bans = snapshot(&mut source, &sync.from, now, session.ui, &wanted)?;
    source.shutdown();
    sync.consent(&bans)?;
    let plan = Plan {
        wanted: Wanted { bans: &bans, sources: None, now },
        end_unlisted: sync.delete,
        read_all: true,
        dry_run: sync.dry_run,
        signal_per_ban: false,
    };
    let mut progress = Progress::new(session.ui, "writing", Some(bans.count()));
    let answers = if sync.dry_run {
        target.rehearse("sync", |instance| plan.apply(instance, &mut progress))
    } else {
        target.write("sync", |instance| plan.apply(instance, &mut progress))
    };
    drop(progress);
    target.shutdown();
    sync.say(session.ui, &answers);
    document(scope.global.output, "ban sync", sync.document(), &answers, counts)?;
    Ok(outcome(&answers))
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

    fn say(&self, ui: Ui, answers: &[Answer<ChangeCounts>]) {
        for done in answers.iter().filter_map(|answer| answer.result.as_ref().ok()) {
            let head = if self.dry_run { "dry run, nothing was written: " } else { "" };
            let [added, replaced, removed, unchanged] =
                [done.added, done.replaced, done.removed, done.unchanged].map(number);
            let replaced = if done.replaced == 0 { String::new() } else { format!("replaced {replaced}, ") };
            ui.say(format_args!("{head}added {added}, removed {removed}, {replaced}unchanged {unchanged}"));
        }
    }

    fn document(&self) -> Value {
        json!({ "from": self.from, "to": self.to, "delete": self.delete, "dry_run": self.dry_run })
    }
}
