//! What `ban add` says when it is done.

use serde::Serialize;
use warden_plugin::Inserted;

use super::super::report::{self, DryRun};
use super::request::Request;
use crate::backends::Answers;
use crate::error::{Error, Exit, Kind, Result};
use crate::instant::Instant;
use crate::operation::Report;
use crate::output::{Output, local_second};
use crate::plan::Skipped;
use crate::ui::{Ui, number};

/// What one backend did for a target, or would do.
pub struct Added {
    pub inserted: u64,
    pub replaced: u64,
    /// Left out, since the backend does not apply the action.
    pub skipped: u64,
    /// The latest end of the bans that the new one replaces.
    pub replaced_until: Option<Instant>,
}

impl Added {
    pub fn of(inserted: Inserted) -> Self {
        let Inserted { inserted, replaced, replaced_until_us, skipped_action, .. } = inserted;
        let replaced_until = (replaced > 0).then(|| Instant::from_micros(replaced_until_us));
        Self { inserted, replaced, skipped: skipped_action, replaced_until }
    }
}

/// What one backend did for all targets.
#[derive(Serialize)]
pub struct AddedAll {
    inserted: u64,
    replaced: u64,
    #[serde(skip_serializing_if = "Skipped::is_none")]
    skipped: Skipped,
    #[serde(skip)]
    replaced_until: Vec<Option<Instant>>,
}

impl AddedAll {
    pub fn of(each: Vec<Added>, action: &str) -> Self {
        Self {
            skipped: Skipped::of(each.iter().map(|added| added.skipped).sum(), action),
            inserted: each.iter().map(|added| added.inserted).sum(),
            replaced: each.iter().map(|added| added.replaced).sum(),
            replaced_until: each.into_iter().map(|added| added.replaced_until).collect(),
        }
    }
}

/// What was asked, and what the backends did.
pub struct AddReport {
    pub request: Request,
    pub action: String,
    pub until: Instant,
    pub dry_run: bool,
    pub answers: Answers<AddedAll>,
}

/// What was asked.
#[derive(Serialize)]
struct AddDocument<'a> {
    #[serde(flatten)]
    dry_run: DryRun,
    action: &'a str,
    reason: &'a str,
    until_at: Option<String>,
    targets: Vec<AddedTarget>,
}

#[derive(Serialize)]
struct AddedTarget {
    target: String,
}

impl AddReport {
    fn done(&self) -> impl Iterator<Item = (&str, &AddedAll)> {
        self.answers.iter().filter_map(|a| Some((a.backend.as_str(), a.result.as_ref().ok()?)))
    }

    /// The targets in a word.
    fn those(&self) -> String {
        match self.request.targets.as_slice() {
            [one] => one.to_string(),
            all => format!("{} targets", number(all.len() as u64)),
        }
    }

    /// Whether there is no backend that applies or keeps such a ban.
    fn is_taken_nowhere(&self) -> bool {
        self.done().next().is_some()
            && self.done().all(|(_, did)| did.inserted == 0 && did.skipped.action > 0)
    }
}

impl Report for AddReport {
    fn found(&self) -> Exit {
        if self.is_taken_nowhere() { Exit::Failed } else { Exit::Done }
    }

    /// For each target v0.3's words, then until when.
    fn say(&self, ui: Ui) {
        let (action, reason) = (&self.action, &self.request.reason);
        if self.is_taken_nowhere() {
            let error = Error::new(Kind::Backend, format!("no backend knows what to do with `{action}`"));
            return ui.error(&error);
        }
        let is_permanent = self.until == Instant::FOREVER;
        let end = local_second(self.until);
        for (i, target) in self.request.targets.iter().enumerate() {
            let old = self.answers.iter().filter_map(|a| a.result.as_ref().ok()?.replaced_until[i]).max();
            let before = old.map(|old| replacing(old, self.until)).unwrap_or_default();
            match (self.dry_run, is_permanent) {
                (true, true) => {
                    ui.say(format_args!("dry run: would {action} {target} permanently ({reason}){before}"));
                }
                (true, false) => {
                    ui.say(format_args!("dry run: would {action} {target} until {end} ({reason}){before}"));
                }
                (false, true) => ui.say(format_args!("{action} {target} permanently ({reason}){before}")),
                (false, false) => {
                    let span = &self.request.typed_duration;
                    ui.say(format_args!("{action} {target} for {span} ({reason}), until {end}{before}"));
                }
            }
        }
        for (backend, _) in self.done().filter(|(_, did)| did.skipped.action > 0) {
            ui.say(format_args!(
                "backend \"{backend}\" does not apply {action}: {} is not blocked there",
                self.those()
            ));
        }
    }

    fn print(&self, output: Output) -> Result {
        let asked = AddDocument {
            dry_run: DryRun { dry_run: self.dry_run },
            action: &self.action,
            reason: &self.request.reason,
            until_at: (self.until != Instant::FOREVER).then(|| self.until.rfc3339_utc().to_string()),
            targets: self.request.targets.iter().map(|t| AddedTarget { target: t.to_string() }).collect(),
        };
        report::print(output, "ban add", asked, &self.answers)
    }
}

fn replacing(old: Instant, until: Instant) -> String {
    let held = if old == Instant::FOREVER {
        "was permanent".to_owned()
    } else {
        format!("held until {}", local_second(old))
    };
    if until < old {
        return format!("; ends sooner than the ban that it replaces, which {held}");
    }
    match old {
        Instant::FOREVER => "; replaces the permanent ban".to_owned(),
        old => format!("; replaces the ban until {}", local_second(old)),
    }
}
