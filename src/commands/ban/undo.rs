//! `warden ban undo`.

use clap::Args;
use serde_json::{Value, json};
use warden_plugin::Change;

use super::report;
use super::scope::Scope;
use crate::backends::{Backends, outcome};
use crate::error::{Error, Exit, Kind};
use crate::instant::Instant;
use crate::interrupt;
use crate::output::{document, local_second};
use crate::plugin::Instance;
use crate::progress::Waiting;
use crate::session::Session;
use crate::ui::{Ui, can_ask, confirm, number};

/// Take the last change back: a del, a flush, an import.
#[derive(Clone, Copy, Debug, Args)]
pub struct Undo {
    /// Do not ask; needed where nobody can be asked
    #[arg(short, long)]
    yes: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub fn run(undo: Undo, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let session = Session::open(scope.global)?;
    let mut backends = match undo.dry_run {
        true => session.backends(scope.backends, "ban undo")?,
        false => session.writers(scope.backends, "ban undo")?,
    };
    let Some(changes) = last_changes(&mut backends, session.ui)? else { return Ok(Exit::Failed) };
    if changes.is_empty() {
        session.ui.say("there is no change to take back");
        let asked = json!({ "command": "ban undo", "changes": [] });
        document(scope.global.output, &asked)?;
        return Ok(Exit::NoMatch);
    }
    for (backend, change) in &changes {
        session.ui.say(format_args!("backend \"{backend}\": {}", shown(change)));
    }
    if undo.dry_run {
        let changes: Vec<_> = changes.iter().map(|(backend, change)| json_of(backend, change)).collect();
        document(
            scope.global.output,
            &json!({ "command": "ban undo", "dry_run": true, "changes": changes }),
        )?;
        return Ok(Exit::Done);
    }
    consent(undo)?;
    interrupt::watch();
    let waiting = Waiting::new(session.ui, "taking it back");
    let answers = backends.write_named("undo", |name, instance| {
        match changes.iter().find(|(backend, _)| backend == name) {
            Some((_, change)) => instance.undo(change.id).map(|()| Some(change.clone())),
            None => Ok(None),
        }
    });
    backends.shutdown();
    drop(waiting);
    let exit = outcome(&answers);
    if answers.iter().any(|answer| matches!(answer.result, Ok(Some(_)))) {
        session.ui.say("Taken back");
    }
    report::document(scope.global.output, "ban undo", json!({}), &answers, |change| {
        change.as_ref().map_or_else(|| json!({ "undone": false }), |change| {
            json!({ "undone": true, "of": change.command, "ended": change.added, "restored": change.ended })
        })
    })?;
    Ok(exit)
}

/// The last change of each store, as far as one command made them: stores that it did not touch are left alone. `None`:
/// every backend failed, and has said so.
fn last_changes(backends: &mut Backends, ui: Ui) -> crate::error::Result<Option<Vec<(String, Change)>>> {
    let waiting = Waiting::new(ui, "looking for the last change");
    let answers = backends.each("undo", Instance::last_change);
    drop(waiting);
    let failed = answers.iter().filter(|a| a.result.is_err()).count();
    let answered = answers.into_iter().filter_map(|a| Some((a.backend, a.result.ok()?))).collect::<Vec<_>>();
    if answered.is_empty() && failed > 0 {
        return Ok(None);
    }
    if answered.iter().all(|(_, offered)| offered.is_none()) {
        return Err(Error::new(Kind::Backend, "no backend can take a change back"));
    }
    for (backend, _) in answered.iter().filter(|(_, offered)| offered.is_none()) {
        ui.say(format_args!("backend \"{backend}\" cannot take a change back: it stays as it is"));
    }
    let mut changes: Vec<_> =
        answered.into_iter().filter_map(|(backend, offered)| Some((backend, offered??))).collect();
    let newest = changes.iter().map(|(_, change)| change.at_us).max();
    changes.retain(|(_, change)| Some(change.at_us) == newest);
    Ok(Some(changes))
}

/// Asks before the change is taken back.
fn consent(undo: Undo) -> anyhow::Result<()> {
    if undo.yes {
        return Ok(());
    }
    if !can_ask() {
        let error = Error::new(Kind::Refused, "nobody can be asked, so nothing was done");
        return Err(error.with_hint("--yes takes the change back").into());
    }
    match confirm("Take it back?")? {
        true => Ok(()),
        false => Err(Error::new(Kind::Refused, "nothing was done").into()),
    }
}

/// `ban flush` by root (anna) at 2026-11-24 03:00:00 +00:00: taking it back ends 0 bans and restores 34
fn shown(change: &Change) -> String {
    let at = local_second(Instant::from_micros(change.at_us));
    let by = if change.actor.is_empty() { String::new() } else { format!(" by {}", change.actor) };
    let (added, ended) = (number(change.added), number(change.ended));
    format!("`{}`{by} at {at}: taking it back ends {added} bans and restores {ended}", change.command)
}

fn json_of(backend: &str, change: &Change) -> Value {
    json!({
        "backend": backend,
        "of": change.command,
        "actor": change.actor,
        "at": Instant::from_micros(change.at_us).rfc3339_utc().as_str(),
        "ended": change.added,
        "restored": change.ended,
    })
}
