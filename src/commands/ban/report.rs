//! What a write says when it is done: words on standard error, with `-o json` one document on standard output.

pub mod list;

use serde::Serialize;

use crate::backends::{Answer, Answers};
use crate::error::Result;
use crate::output::{self, Output};
use crate::ui::{Ui, counted};

/// The bans that one backend ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ended {
    pub deleted: u64,
}

/// With several backends: how many bans each of them ended.
pub fn ended(ui: Ui, answers: &[Answer<Ended>], dry_run: bool) {
    if answers.len() > 1 {
        let verb = if dry_run { "would be ended" } else { "ended" };
        for answer in answers {
            if let Ok(done) = &answer.result {
                let bans = counted(done.deleted, "ban");
                ui.say(format_args!("backend \"{}\": {bans} {verb}", answer.backend));
            }
        }
    }
}

/// The document of a write: what was asked, and what each backend did.
#[derive(Serialize)]
struct Document<'a, A, T> {
    command: &'static str,
    #[serde(flatten)]
    asked: A,
    /// Whether bans are applied; null: not known.
    enforced: Option<bool>,
    backends: Vec<BackendAnswer<'a, T>>,
}

/// What one backend did, or why not.
#[derive(Serialize)]
struct BackendAnswer<'a, T> {
    backend: &'a str,
    ok: bool,
    #[serde(flatten)]
    did: Option<&'a T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

/// With `-o json`: what was asked, and what each backend did.
pub fn print<T: Serialize>(
    output: Output,
    command: &'static str,
    asked: impl Serialize,
    answers: &Answers<T>,
) -> Result {
    let enforced = answers.enforced;
    let backends = answers.iter().map(|answer| BackendAnswer {
        backend: &answer.backend,
        ok: answer.result.is_ok(),
        did: answer.result.as_ref().ok(),
        error: answer.result.as_ref().err().map(ToString::to_string),
        hint: answer.result.as_ref().err().and_then(|error| error.hint()),
    });
    output::document(output, &Document { command, asked, enforced, backends: backends.collect() })
}

/// The beginning of what was asked: a dry run says so.
#[derive(Clone, Copy, Serialize)]
pub struct DryRun {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}
