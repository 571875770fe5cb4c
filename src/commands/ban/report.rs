//! What a write says when it is done: words on standard error, with `-o json` one document on standard output.

pub mod list;

use serde_json::{Map, Value, json};

use crate::backends::Answer;
use crate::error::Result;
use crate::output::{self, Output};
use crate::ui::Ui;

/// With several backends: how many bans each of them ended.
pub fn counts(ui: Ui, answers: &[Answer<u64>]) {
    if answers.len() > 1 {
        for answer in answers {
            if let Ok(n) = &answer.result {
                ui.say(format_args!("backend \"{}\": {n} ended", answer.backend));
            }
        }
    }
}

/// With `-o json`: what was asked, and what each backend did.
pub fn document<T>(
    output: Output,
    command: &str,
    asked: Value,
    answers: &[Answer<T>],
    did: impl Fn(&T) -> Value,
) -> Result {
    if !output.is_json() {
        return Ok(());
    }
    let backends: Vec<Value> = answers.iter().map(|answer| backend(answer, &did)).collect();
    let mut all = Map::new();
    all.insert("command".into(), command.into());
    all.extend(members(asked));
    all.insert("backends".into(), backends.into());
    output::document(output, &all.into())
}

/// The beginning of what was asked: a dry run says so.
pub fn asked(dry_run: bool) -> Value {
    if dry_run { json!({ "dry_run": true }) } else { json!({}) }
}

fn backend<T>(answer: &Answer<T>, did: impl Fn(&T) -> Value) -> Value {
    let mut all = members(json!({ "backend": answer.backend, "ok": answer.result.is_ok() }));
    match &answer.result {
        Ok(done) => all.extend(members(did(done))),
        Err(error) => {
            all.insert("error".into(), error.to_string().into());
            all.extend(error.hint().map(|hint| ("hint".into(), hint.into())));
        }
    }
    all.into()
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
