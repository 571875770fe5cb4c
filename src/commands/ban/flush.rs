//! `warden ban flush`.

use clap::Args;
use warden_plugin::Query;

use super::report::{self, DryRun, Ended};
use super::scope::Scope;
use crate::backends::{Answers, matching};
use crate::clock;
use crate::error::{Error, Exit, Kind, Result};
use crate::operation::{self, Report};
use crate::output::Output;
use crate::session::Session;
use crate::ui::{Ui, can_ask, confirm, counted};

/// Take all bans back.
#[derive(Debug, Args)]
pub struct Flush {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub fn run(flush: &Flush, scope: Scope<'_>) -> anyhow::Result<Exit> {
    scope.refuse_remediation("`ban del --action ACTION` takes the bans of an action back")?;
    let session = Session::open(scope.global)?;
    let dry_run = flush.dry_run;
    if !dry_run && !flush.yes && can_ask() && !confirm("End all bans of every backend?")? {
        return Err(Error::new(Kind::Refused, "nothing was done").into());
    }
    operation::run(&session, "ban flush", [scope.write(dry_run)], |[backends]| {
        let everything = Query { at_us: clock::now().micros(), ..Query::default() };
        let answers = backends.change("flush", |_, instance| {
            let deleted =
                if dry_run { matching::count(instance, &everything)? } else { instance.delete_all()? };
            Ok(Ended { deleted })
        });
        Ok(Flushed { answers, dry_run })
    })
}

struct Flushed {
    answers: Answers<Ended>,
    dry_run: bool,
}

impl Report for Flushed {
    fn say(&self, ui: Ui) {
        if !self.dry_run {
            ui.say("Ban DB flushed");
            return report::ended(ui, &self.answers, false);
        }
        for answer in &*self.answers {
            if let Ok(done) = &answer.result {
                let bans = counted(done.deleted, "ban");
                ui.say(format_args!("dry run: backend \"{}\": would end {bans}", answer.backend));
            }
        }
    }

    fn print(&self, output: Output) -> Result {
        report::print(output, "ban flush", DryRun { dry_run: self.dry_run }, &self.answers)
    }
}
