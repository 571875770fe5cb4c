//! `warden ban del`.

use std::collections::HashSet;

use clap::{Args, Subcommand};
use serde_json::json;
use warden_plugin::Target;

use super::{Scope, report};
use crate::backends::{Answer, outcome};
use crate::error::{Error, Exit};
use crate::session::Session;

/// Take the ban of an address or a range back.
#[derive(Debug, Subcommand)]
pub enum Del {
    /// Take the ban of an address back
    Ip(Targets),
    /// Take the ban of a range back
    Range(Targets),
}

/// Whose ban to take back.
#[derive(Debug, Args)]
pub struct Targets {
    /// The banned addresses or ranges, in any spelling
    #[arg(value_name = "TARGET", value_parser = Target::parse, required_unless_present = "more")]
    targets: Vec<Target>,
    /// One more; may be given several times
    #[arg(short = 't', long = "target", id = "more", value_name = "TARGET", value_parser = Target::parse)]
    more: Vec<Target>,
    /// Exit with 4 when nothing was banned
    #[arg(long)]
    must_exist: bool,
}

/// # Errors
/// When no backend did it.
pub fn run(del: Del, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let (Del::Ip(targets) | Del::Range(targets)) = del;
    let must_exist = targets.must_exist;
    let mut all = targets.targets;
    all.extend(targets.more);
    let mut seen = HashSet::new();
    all.retain(|target| seen.insert(*target));
    let session = Session::open(scope.global)?;
    let mut backends = session.writers(scope.backends, "ban del")?;
    // For each target, how many bans each backend ended.
    let answers = backends.write("del", |instance| {
        all.iter().map(|target| instance.delete(target.text().as_str())).collect::<Result<Vec<u64>, _>>()
    });
    backends.shutdown();
    let (exit, gone) = (outcome(&answers), gone(all.len(), &answers));
    if exit == Exit::Failed {
        report::document(scope.global.output, "ban del", json!({}), &answers, |_| json!({}))?;
        return Ok(exit);
    }
    let deleted = gone.iter().filter(|g| **g).count();
    session.ui.say(format_args!("Deleted {deleted} entries"));
    if answers.len() > 1 {
        report::counts(session.ui, &sums(&answers));
    }
    let targets: Vec<_> =
        all.iter().zip(&gone).map(|(t, gone)| json!({ "target": t.to_string(), "deleted": gone })).collect();
    let asked = json!({ "deleted": deleted, "targets": targets });
    report::document(
        scope.global.output,
        "ban del",
        asked,
        &answers,
        |n| json!({ "deleted": n.iter().sum::<u64>() }),
    )?;
    Ok(if must_exist && deleted == 0 && exit == Exit::Done { Exit::NoMatch } else { exit })
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
