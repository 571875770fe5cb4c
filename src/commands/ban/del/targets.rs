//! `warden ban del ip TARGET…`.

use std::collections::HashSet;

use serde_json::{Value, json};
use warden_plugin::Target;

use super::super::scope::Scope;
use super::super::{check, report};
use super::{How, exit, said};
use crate::backends::{Answer, Backends, matching, outcome};
use crate::clock;
use crate::error::{Error, Exit};
use crate::output::covering;
use crate::session::Session;
use crate::ui::Ui;

/// Of more targets it is not looked up what covers them still.
const LOOKED_UP: usize = 100;

pub fn run(mut all: Vec<Target>, how: How, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let mut seen = HashSet::new();
    all.retain(|target| seen.insert(*target));
    let session = Session::open(scope.global)?;
    let (mut backends, answers) = delete(&session, &all, how, scope)?;
    let (done, gone) = (outcome(&answers), gone(all.len(), &answers));
    if done == Exit::Failed {
        backends.shutdown();
        report::document(scope.global.output, "ban del", json!({}), &answers, |_| json!({}))?;
        return Ok(done);
    }
    let deleted = gone.iter().filter(|g| **g).count() as u64;
    session.ui.say(said(how, deleted));
    if answers.len() > 1 {
        report::counts(session.ui, &sums(&answers));
    }
    let named = !scope.backends.is_empty();
    let mut targets = Vec::with_capacity(all.len());
    for (target, gone) in all.iter().zip(&gone) {
        let mut said = json!({ "target": target.to_string(), "deleted": gone });
        if all.len() <= LOOKED_UP && !how.dry_run && backends.has_store() {
            let ranges = still_covered(*target, &mut backends, named, session.ui);
            if !ranges.is_empty() {
                said["still_covered_by"] = ranges.into();
            }
        }
        targets.push(said);
    }
    backends.shutdown();
    let mut asked = report::asked(how.dry_run);
    asked["deleted"] = deleted.into();
    asked["targets"] = targets.into();
    report::document(
        scope.global.output,
        "ban del",
        asked,
        &answers,
        |n| json!({ "deleted": n.iter().sum::<u64>() }),
    )?;
    Ok(exit(done, how, deleted))
}

/// For each target, how many bans each backend ended, or would end.
fn delete(
    session: &Session,
    all: &[Target],
    how: How,
    scope: Scope<'_>,
) -> crate::error::Result<(Backends, Vec<Answer<Vec<u64>>>)> {
    if how.dry_run {
        let mut backends = session.backends(scope.backends, "ban del")?;
        let now = clock::now();
        let answers = backends.rehearse("del", |instance| {
            all.iter().map(|target| matching::count(instance, &matching::of_target(*target, now))).collect()
        });
        return Ok((backends, answers));
    }
    let mut backends = session.writers(scope.backends, "ban del")?;
    let answers = backends
        .write("del", |instance| all.iter().map(|target| instance.delete(target.text().as_str())).collect());
    Ok((backends, answers))
}

/// Says which bans cover a target all the same: its ban was ended, and it is banned.
fn still_covered(target: Target, backends: &mut Backends, named: bool, ui: Ui) -> Vec<Value> {
    let mut ranges = Vec::new();
    check::read(backends, target, (None, named), Some(10), &mut |ban| {
        ui.say(format_args!("{target} is still banned by {}", covering(ban)));
        ranges.push(Value::from(ban.row.target));
        true
    });
    ranges
}

/// Which targets were banned somewhere.
fn gone(targets: usize, answers: &[Answer<Vec<u64>>]) -> Vec<bool> {
    let counts = || answers.iter().filter_map(|a| a.result.as_ref().ok());
    (0..targets).map(|i| counts().any(|c| c[i] > 0)).collect()
}

fn sums(answers: &[Answer<Vec<u64>>]) -> Vec<Answer<u64>> {
    let sum = |answer: &Answer<Vec<u64>>| Answer {
        backend: answer.backend.clone(),
        result: match &answer.result {
            Ok(counts) => Ok(counts.iter().sum()),
            Err(error) => Err(Error::config(error.to_string())),
        },
    };
    answers.iter().map(sum).collect()
}
