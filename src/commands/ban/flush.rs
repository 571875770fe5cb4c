//! `warden ban flush`.

use clap::Args;
use serde_json::json;
use warden_plugin::Query;

use super::report;
use super::scope::Scope;
use crate::backends::{matching, outcome};
use crate::clock;
use crate::error::{Error, Exit, Kind};
use crate::interrupt;
use crate::plugin::Instance;
use crate::progress::Waiting;
use crate::session::Session;
use crate::ui::{can_ask, confirm, number};

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
    let session = Session::open(scope.global)?;
    if flush.dry_run {
        return rehearse(&session, scope);
    }
    if !flush.yes && can_ask() && !confirm("End all bans of every backend?")? {
        return Err(Error::new(Kind::Refused, "nothing was done").into());
    }
    let mut backends = session.writers(scope.backends, "ban flush")?;
    interrupt::watch();
    let waiting = Waiting::new(session.ui, "ending the bans");
    let answers = backends.write("flush", Instance::delete_all);
    backends.shutdown();
    drop(waiting);
    let exit = outcome(&answers);
    if exit != Exit::Failed {
        session.ui.say("Ban DB flushed");
    }
    report::counts(session.ui, &answers);
    report::document(scope.global.output, "ban flush", json!({}), &answers, |n| json!({ "deleted": n }))?;
    Ok(exit)
}

/// Counts what would end.
fn rehearse(session: &Session, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let mut backends = session.backends(scope.backends, "ban flush")?;
    let query = Query { at_us: clock::now().micros(), ..Query::default() };
    let answers = backends.rehearse("flush", |instance| matching::count(instance, &query));
    backends.shutdown();
    for answer in &answers {
        if let Ok(n) = &answer.result {
            session.ui.say(format_args!("dry run: backend \"{}\": would end {}", answer.backend, number(*n)));
        }
    }
    let asked = json!({ "dry_run": true });
    report::document(scope.global.output, "ban flush", asked, &answers, |n| json!({ "deleted": n }))?;
    Ok(outcome(&answers))
}
