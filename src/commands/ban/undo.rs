//! `warden ban undo`: looks for the last change, asks, and undoes it.

use clap::Args;
use serde::Serialize;
use warden_plugin::Change;

use super::report::{self, DryRun};
use super::scope::Scope;
use crate::backends::{Answers, Backends};
use crate::error::{Error, Exit, Kind, Result};
use crate::instant::Instant;
use crate::operation::{self, Report};
use crate::output::{Output, local_second};
use crate::plan::ChangeCounts;
use crate::plugin::Instance;
use crate::session::Session;
use crate::ui::{Ui, can_ask, confirm, counted, number};

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
    let ui = session.ui;
    operation::run(&session, "ban undo", [scope.write(undo.dry_run)], |[backends]| {
        let changes = last_changes(backends, ui)?;
        let change_of = |name: &str| changes.iter().find(|(backend, _)| backend == name).map(|(_, c)| c);
        let answers = if changes.is_empty() {
            let each = backends.each("undo", |_, _| Ok(Undone::of(None)));
            Answers { each, enforced: backends.enforced() }
        } else {
            for (backend, change) in &changes {
                ui.say(format_args!("backend \"{backend}\": {}", shown(change)));
            }
            undo.consent()?;
            let take_back = |name: &str, instance: &mut Instance| {
                let change = change_of(name);
                if let Some(change) = change.filter(|_| !undo.dry_run) {
                    instance.undo(change.id)?;
                }
                Ok(Undone::of(change))
            };
            backends.change_stores("undo", take_back, Undone::brought_in_step)
        };
        Ok(UndoReport { answers, dry_run: undo.dry_run })
    })
}

/// The last change of each store, as far as one command made them: stores that it did not touch are left alone.
fn last_changes(backends: &mut Backends, ui: Ui) -> Result<Vec<(String, Change)>> {
    let answers = backends.each("undo", |_, instance| Instance::last_change(instance));
    let answered: Vec<_> = answers.into_iter().filter_map(|a| Some((a.backend, a.result.ok()?))).collect();
    if !answered.is_empty() && answered.iter().all(|(_, offered)| offered.is_none()) {
        return Err(Error::new(Kind::Backend, "no backend can take a change back"));
    }
    let stays = |name: &str| !backends.members.iter().any(|m| m.name == name && m.is_enforcer());
    for (backend, _) in answered.iter().filter(|(name, offered)| offered.is_none() && stays(name)) {
        ui.say(format_args!("backend \"{backend}\" cannot take a change back: it stays as it is"));
    }
    let mut changes: Vec<_> =
        answered.into_iter().filter_map(|(backend, offered)| Some((backend, offered??))).collect();
    let newest = changes.iter().map(|(_, change)| change.at_us).max();
    changes.retain(|(_, change)| Some(change.at_us) == newest);
    Ok(changes)
}

impl Undo {
    /// Asks before the change is taken back.
    fn consent(self) -> anyhow::Result<()> {
        if self.yes || self.dry_run {
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
}

/// `ban flush` by root (anna) at 2026-11-24 03:00:00 +00:00: taking it back ends 0 bans and restores 34
fn shown(change: &Change) -> String {
    let at = local_second(Instant::from_micros(change.at_us));
    let by = if change.actor.is_empty() { String::new() } else { format!(" by {}", change.actor) };
    let (added, ended) = (counted(change.added, "ban"), number(change.ended));
    format!("`{}`{by} at {at}: taking it back ends {added} and restores {ended}", change.command)
}

/// What came of it in one backend.
#[derive(Serialize)]
struct Undone {
    /// Whether it was undone, or would be.
    undone: bool,
    #[serde(flatten)]
    change: Option<UndoneChange>,
    /// What brought an enforcer in step.
    #[serde(flatten)]
    changed: Option<ChangeCounts>,
}

/// The change that was undone.
#[derive(Serialize)]
struct UndoneChange {
    of: String,
    actor: String,
    at: String,
    ended: u64,
    restored: u64,
}

impl Undone {
    fn of(change: Option<&Change>) -> Self {
        let change = change.map(|change| UndoneChange {
            of: change.command.clone(),
            actor: change.actor.clone(),
            at: Instant::from_micros(change.at_us).rfc3339_utc().to_string(),
            ended: change.added,
            restored: change.ended,
        });
        Self { undone: change.is_some(), change, changed: None }
    }

    fn brought_in_step(counts: ChangeCounts) -> Self {
        Self { undone: false, change: None, changed: Some(counts) }
    }

    /// Whether it changed which bans hold.
    fn has_effect(&self) -> bool {
        self.change.as_ref().is_some_and(|change| change.ended + change.restored > 0)
    }
}

struct UndoReport {
    answers: Answers<Undone>,
    dry_run: bool,
}

impl UndoReport {
    fn is_undone(&self) -> bool {
        self.answers.iter().any(|answer| matches!(&answer.result, Ok(done) if done.undone))
    }

    fn has_effect(&self) -> bool {
        self.answers.iter().any(|answer| matches!(&answer.result, Ok(done) if done.has_effect()))
    }
}

impl Report for UndoReport {
    fn found(&self) -> Exit {
        if self.has_effect() { Exit::Done } else { Exit::NoMatch }
    }

    fn say(&self, ui: Ui) {
        match (self.is_undone(), self.dry_run) {
            (true, _) if !self.has_effect() => ui.say("nothing of this change is left to undo"),
            (true, false) => ui.say("Taken back"),
            (true, true) => {}
            (false, _) => ui.say("there is no change to take back"),
        }
    }

    fn print(&self, output: Output) -> Result {
        report::print(output, "ban undo", DryRun { dry_run: self.dry_run }, &self.answers)
    }
}
