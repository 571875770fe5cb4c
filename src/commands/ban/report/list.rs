//! What `ban import` and `ban add -` say when they are done.

use serde::Serialize;

use crate::backends::Answers;
use crate::error::{Exit, Result};
use crate::operation::Report;
use crate::output::Output;
use crate::plan::ChangeCounts;
use crate::plan::list::{BanList, RecordCounts};
use crate::ui::{Ui, number};

/// What was read, how it was meant, and what the backends did.
pub struct ListReport<'r> {
    pub command: &'static str,
    pub list: &'r BanList,
    pub sync: Option<&'r str>,
    pub dry_run: bool,
    pub answers: Answers<ChangeCounts>,
}

/// What is said of the list itself.
#[derive(Serialize)]
struct ListDocument<'d> {
    file: Option<String>,
    format: &'static str,
    sync: Option<&'d str>,
    dry_run: bool,
    read: u64,
    #[serde(flatten)]
    done: Done,
    skipped: u64,
    refused: u64,
    skipped_by_reason: SkippedByReason,
}

/// What was done to the first backend.
#[derive(Default, Serialize)]
struct Done {
    added: u64,
    replaced: u64,
    unchanged: u64,
    removed: u64,
}

impl Done {
    fn of(counts: &ChangeCounts) -> Self {
        let ChangeCounts { added, replaced, unchanged, removed, .. } = *counts;
        Self { added, replaced, unchanged, removed }
    }
}

#[derive(Serialize)]
struct SkippedByReason {
    duplicate: u64,
    allowlisted: u64,
    protected: u64,
    expired: u64,
    simulated: u64,
}

impl Report for ListReport<'_> {
    /// What was left out on request is not done: a script must be able to tell.
    fn found(&self) -> Exit {
        let mut done = self.answers.iter().filter_map(|answer| answer.result.as_ref().ok()).peekable();
        let is_taken = |did: &ChangeCounts| did.skipped.is_none() || did.unchanged > 0 || !did.is_none();
        if done.peek().is_some() && !done.any(is_taken) {
            return Exit::Failed;
        }
        if self.list.counts.refused > 0 { Exit::Partial } else { Exit::Done }
    }

    /// One line for the list, one for each backend when there are several.
    fn say(&self, ui: Ui) {
        let counts = &self.list.counts;
        let Some(done) = self.first() else { return };
        match counts.host_bits_cut {
            0 => {}
            1 => ui.say("1 target had host bits set: its range is banned"),
            n => ui.say(format_args!("{} targets had host bits set: their ranges are banned", number(n))),
        }
        let head = if self.dry_run { "dry run, nothing was written: " } else { "" };
        let read = number(counts.read);
        let left = left_out(counts);
        ui.say(format_args!("{head}read {read}: {}{left}", self.changes(done)));
        match done.sooner {
            0 => {}
            1 => ui.say("1 of the replaced bans held longer than its new one"),
            n => ui.say(format_args!("{} of the replaced bans held longer than their new ones", number(n))),
        }
        if self.answers.len() > 1 || !done.skipped.is_none() {
            for (answer, done) in self.answers.iter().filter_map(|a| Some((a, a.result.as_ref().ok()?))) {
                let changes = self.changes(done);
                let skipped = done.skipped.words();
                let comma = if skipped.is_empty() { "" } else { ", " };
                ui.say(format_args!("backend \"{}\": {changes}{comma}{skipped}", answer.backend));
            }
        }
    }

    fn print(&self, output: Output) -> Result {
        super::print(output, self.command, self.document(), &self.answers)
    }
}

impl ListReport<'_> {
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

    fn document(&self) -> ListDocument<'_> {
        let counts = &self.list.counts;
        ListDocument {
            file: self.list.file.as_ref().map(|file| file.display().to_string()),
            format: self.list.format.name(),
            sync: self.sync,
            dry_run: self.dry_run,
            read: counts.read,
            done: self.first().map_or_else(Default::default, Done::of),
            skipped: counts.skipped(),
            refused: counts.refused,
            skipped_by_reason: SkippedByReason {
                duplicate: counts.duplicates,
                allowlisted: counts.allowlisted,
                protected: counts.protected,
                expired: counts.expired,
                simulated: counts.simulated,
            },
        }
    }

    /// What the first backend did that did it: the list's records are counted once, not for each backend.
    fn first(&self) -> Option<&ChangeCounts> {
        self.answers.iter().find_map(|answer| answer.result.as_ref().ok())
    }
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
