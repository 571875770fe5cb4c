//! What `ban add` says when it is done.

use serde::Serialize;
use warden_plugin::Inserted;

use super::super::report::{self, DryRun};
use super::request::Request;
use crate::backends::Answer;
use crate::error::Result;
use crate::instant::Instant;
use crate::operation::Report;
use crate::output::{Output, local_second};
use crate::ui::Ui;

/// What one backend did for a target, or would do.
pub struct Added {
    pub inserted: u64,
    pub replaced: u64,
    /// The latest end of the bans that the new one replaces.
    pub replaced_until: Option<Instant>,
}

impl Added {
    pub fn of(inserted: Inserted) -> Self {
        let Inserted { inserted, replaced, replaced_until_us, .. } = inserted;
        let replaced_until = (replaced > 0).then(|| Instant::from_micros(replaced_until_us));
        Self { inserted, replaced, replaced_until }
    }
}

/// What one backend did for all targets.
#[derive(Serialize)]
pub struct AddedAll {
    inserted: u64,
    replaced: u64,
    #[serde(skip)]
    replaced_until: Vec<Option<Instant>>,
}

impl AddedAll {
    pub fn of(each: Vec<Added>) -> Self {
        Self {
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
    pub answers: Vec<Answer<AddedAll>>,
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

impl Report for AddReport {
    /// For each target v0.3's words, then until when.
    fn say(&self, ui: Ui) {
        let (action, reason) = (&self.action, &self.request.reason);
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
