//! `warden ban del --reason TEXT`: counted first, asked about on a terminal.

use serde_json::json;

use super::super::report;
use super::super::scope::Scope;
use super::{How, exit, said};
use crate::backends::{Answer, Backends, matching, outcome};
use crate::clock;
use crate::error::{Error, Exit, Kind};
use crate::filter::Filter;
use crate::interrupt;
use crate::progress::Waiting;
use crate::session::Session;
use crate::ui::{can_ask, confirm, number};

pub fn run(filter: &Filter, yes: bool, how: How, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let session = Session::open(scope.global)?;
    let query = filter.query(clock::now(), None);
    let asks = can_ask() && !yes && !how.dry_run;
    let mut backends = match how.dry_run {
        true => session.backends(scope.backends, "ban del")?,
        false => session.writers(scope.backends, "ban del")?,
    };
    if (asks || how.must_exist) && !how.dry_run {
        let waiting = Waiting::new(session.ui, "counting");
        let counts = backends.rehearse("del", |instance| matching::count(instance, &query));
        drop(waiting);
        let found = most(&counts);
        if outcome(&counts) == Exit::Failed {
            return ended(&session, backends, &counts, how, scope);
        }
        if asks && found > 0 && !confirm(&format!("End {} bans?", number(found)))? {
            return Err(Error::new(Kind::Refused, "nothing was done").into());
        }
    }
    interrupt::watch();
    let waiting = Waiting::new(session.ui, "ending the bans");
    let answers = if how.dry_run {
        backends.rehearse("del", |instance| matching::count(instance, &query))
    } else {
        backends.write("del", |instance| matching::end_where(instance, &query))
    };
    drop(waiting);
    ended(&session, backends, &answers, how, scope)
}

/// Says what was done.
fn ended(
    session: &Session,
    backends: Backends,
    answers: &[Answer<u64>],
    how: How,
    scope: Scope<'_>,
) -> anyhow::Result<Exit> {
    backends.shutdown();
    let (done, deleted) = (outcome(answers), most(answers));
    if done != Exit::Failed {
        session.ui.say(said(how, deleted));
        report::counts(session.ui, answers);
    }
    let mut asked = report::asked(how.dry_run);
    asked["deleted"] = deleted.into();
    report::document(scope.global.output, "ban del", asked, answers, |n| json!({ "deleted": n }))?;
    Ok(exit(done, how, deleted))
}

/// The same bans may lie in several backends: they are counted once.
pub fn most(answers: &[Answer<u64>]) -> u64 {
    answers.iter().filter_map(|a| a.result.as_ref().ok()).copied().max().unwrap_or(0)
}
