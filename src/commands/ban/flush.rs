//! `warden ban flush`.

use clap::Args;
use serde_json::json;

use super::{Scope, report};
use crate::backends::outcome;
use crate::error::{Error, Exit, Kind};
use crate::plugin::Instance;
use crate::session::Session;
use crate::ui::can_ask;

/// Take all bans back.
#[derive(Debug, Args)]
pub struct Flush {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// # Errors
/// When the answer is no, or no backend did it.
pub fn run(flush: &Flush, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let session = Session::open(scope.global)?;
    if !flush.yes && can_ask() && !session.ui.confirm("End all bans of every backend?")? {
        return Err(Error::new(Kind::Refused, "nothing was done").into());
    }
    let mut backends = session.writers(scope.backends, "ban flush")?;
    let answers = backends.write("flush", Instance::delete_all);
    backends.shutdown();
    let exit = outcome(&answers);
    if exit != Exit::Failed {
        session.ui.say("Ban DB flushed");
    }
    report::counts(session.ui, &answers);
    report::document(scope.global.output, "ban flush", json!({}), &answers, |n| json!({ "deleted": n }))?;
    Ok(exit)
}
