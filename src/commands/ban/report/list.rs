//! What `ban import` and `ban add -` say when they are done.

use serde_json::{Value, json};

use crate::backends::Answer;
use crate::plan::ChangeCounts;
use crate::plan::list::{BanList, RecordCounts};
use crate::ui::{Ui, number};

/// What was read, and how it was meant.
pub struct ListReport<'r> {
    pub list: &'r BanList,
    pub sync: Option<&'r str>,
    pub dry_run: bool,
}

impl ListReport<'_> {
    /// One line for the list, one for each backend when there are several.
    pub fn say(&self, ui: Ui, answers: &[Answer<ChangeCounts>]) {
        let counts = &self.list.counts;
        let Some(done) = first(answers) else { return };
        match counts.host_bits_cut {
            0 => {}
            1 => ui.say("1 target had host bits set: its range is banned"),
            n => ui.say(format_args!("{} targets had host bits set: their ranges are banned", number(n))),
        }
        let head = if self.dry_run { "dry run, nothing was written: " } else { "" };
        let read = number(counts.read);
        let left = left_out(counts);
        ui.say(format_args!("{head}read {read}: {}{left}", self.changes(done)));
        if done.sooner > 0 {
            ui.say(format_args!(
                "{} of the replaced bans held longer than their new ones",
                number(done.sooner)
            ));
        }
        if answers.len() > 1 {
            for (answer, done) in answers.iter().filter_map(|a| Some((a, a.result.as_ref().ok()?))) {
                ui.say(format_args!("backend \"{}\": {}", answer.backend, self.changes(done)));
            }
        }
    }

    fn changes(&self, done: &ChangeCounts) -> String {
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
    pub fn document(&self, answers: &[Answer<ChangeCounts>]) -> Value {
        let counts = &self.list.counts;
        let done = first(answers).copied().unwrap_or_default();
        json!({
            "file": self.list.file.as_ref().map(|file| file.display().to_string()),
            "format": self.list.format.name(),
            "sync": self.sync,
            "dry_run": self.dry_run,
            "read": counts.read,
            "added": done.added,
            "replaced": done.replaced,
            "unchanged": done.unchanged,
            "removed": done.removed,
            "skipped": counts.skipped(),
            "refused": counts.refused,
            "skipped_by_reason": {
                "duplicate": counts.duplicates,
                "allowlisted": counts.allowlisted,
                "protected": counts.protected,
                "expired": counts.expired,
                "simulated": counts.simulated,
            },
        })
    }
}

/// The members of the JSON document for one backend.
pub fn counts(done: &ChangeCounts) -> Value {
    let ChangeCounts { added, replaced, unchanged, removed, .. } = done;
    json!({ "added": added, "replaced": replaced, "unchanged": unchanged, "removed": removed })
}

/// What the first backend did that did it: the list's records are counted once, not for each backend.
fn first(answers: &[Answer<ChangeCounts>]) -> Option<&ChangeCounts> {
    answers.iter().find_map(|answer| answer.result.as_ref().ok())
}

/// The records that are not banned, and why.
fn left_out(counts: &RecordCounts) -> String {
    let reasons = [
        (counts.duplicates, "duplicate"),
        (counts.allowlisted, "allowlisted"),
        (counts.protected, "protected"),
        (counts.expired, "expired"),
        (counts.simulated, "simulated"),
    ];
    let named: Vec<_> =
        reasons.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n))).collect();
    let mut text = format!(", skipped {}", number(counts.skipped()));
    if !named.is_empty() {
        text.extend([" (", &named.join(", "), ")"]);
    }
    text.extend([", refused ", &number(counts.refused)]);
    text
}
