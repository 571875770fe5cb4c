//! What an import says when it is done.

use serde_json::{Value, json};

use super::apply::Done;
use super::gather::{Gathered, Tally};
use crate::backends::Answer;
use crate::ui::{Ui, number};

/// What was read, and how it was meant.
pub struct Report<'r> {
    pub gathered: &'r Gathered,
    pub sync: Option<&'r str>,
    pub dry_run: bool,
}

impl Report<'_> {
    /// One line for the list, one for each backend when there are several.
    pub fn say(&self, ui: Ui, answers: &[Answer<Done>]) {
        let tally = &self.gathered.tally;
        let Some(done) = first(answers) else { return };
        match tally.cut {
            0 => {}
            1 => ui.say("1 target had host bits set: its range is banned"),
            n => ui.say(format_args!("{} targets had host bits set: their ranges are banned", number(n))),
        }
        let head = if self.dry_run { "dry run, nothing was written: " } else { "" };
        let read = number(tally.read);
        let left = left_out(tally);
        ui.say(format_args!("{head}read {read}: {}{left}", self.counts(done)));
        if done.sooner > 0 {
            ui.say(format_args!(
                "{} of the replaced bans held longer than their new ones",
                number(done.sooner)
            ));
        }
        if answers.len() > 1 {
            for (answer, done) in answers.iter().filter_map(|a| Some((a, a.result.as_ref().ok()?))) {
                ui.say(format_args!("backend \"{}\": {}", answer.backend, self.counts(done)));
            }
        }
    }

    fn counts(&self, done: &Done) -> String {
        let [added, replaced, unchanged, removed] =
            [done.added, done.replaced, done.unchanged, done.removed].map(number);
        match (self.sync, done.replaced) {
            (Some(_), 0) => format!("added {added}, removed {removed}, unchanged {unchanged}"),
            (Some(_), _) => {
                format!("added {added}, removed {removed}, replaced {replaced}, unchanged {unchanged}")
            }
            (None, _) => format!("added {added}, replaced {replaced}, unchanged {unchanged}"),
        }
    }

    /// The members of the JSON document before those of the backends.
    pub fn document(&self, answers: &[Answer<Done>]) -> Value {
        let tally = &self.gathered.tally;
        let done = first(answers).copied().unwrap_or_default();
        json!({
            "file": self.gathered.file.as_ref().map(|file| file.display().to_string()),
            "format": self.gathered.format.name(),
            "sync": self.sync,
            "dry_run": self.dry_run,
            "read": tally.read,
            "added": done.added,
            "replaced": done.replaced,
            "unchanged": done.unchanged,
            "removed": done.removed,
            "skipped": tally.skipped(),
            "refused": tally.refused,
            "skipped_by_reason": {
                "duplicate": tally.duplicates,
                "allowlisted": tally.allowlisted,
                "protected": tally.protected,
                "expired": tally.expired,
                "simulated": tally.simulated,
            },
        })
    }
}

/// What the first backend did that did it: the list's records are counted once, not for each backend.
fn first(answers: &[Answer<Done>]) -> Option<&Done> {
    answers.iter().find_map(|answer| answer.result.as_ref().ok())
}

/// The records that are not banned, and why.
fn left_out(tally: &Tally) -> String {
    let reasons = [
        (tally.duplicates, "duplicate"),
        (tally.allowlisted, "allowlisted"),
        (tally.protected, "protected"),
        (tally.expired, "expired"),
        (tally.simulated, "simulated"),
    ];
    let named: Vec<_> =
        reasons.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n))).collect();
    let mut text = format!(", skipped {}", number(tally.skipped()));
    if !named.is_empty() {
        text.extend([" (", &named.join(", "), ")"]);
    }
    text.extend([", refused ", &number(tally.refused)]);
    text
}
