//! `warden ban del ip TARGET…`.

use std::collections::HashSet;

use warden_plugin::{Query, Target};

use super::super::check;
use super::super::report::Ended;
use super::super::scope::Scope;
use super::{Deleted, DeletedTarget, DeletedTargets, How};
use crate::backends::{Backends, Question, matching};
use crate::clock;
use crate::error::Exit;
use crate::operation;
use crate::output::covering;
use crate::session::Session;
use crate::ui::counted;

pub fn run(mut all: Vec<Target>, how: How, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let mut seen = HashSet::new();
    all.retain(|target| seen.insert(*target));
    let session = Session::open(scope.global)?;
    operation::run(&session, "ban del", [scope.write(how.dry_run)], |[backends]| {
        let now = clock::now();
        let mut each = Vec::new();
        let answers = backends.change("del", |name, instance| {
            let ended = |target: &Target| match how.dry_run {
                true => matching::count(instance, &matching::of_target(*target, now)),
                false => instance.delete(target.text().as_str()),
            };
            let here = all.iter().map(ended).collect::<warden_plugin::Result<Vec<_>>>()?;
            let deleted = here.iter().sum();
            each.push((name.to_owned(), here));
            Ok(Ended { deleted })
        });
        // What a backend did counts when it has flushed.
        each.retain(|(name, _)| answers.iter().any(|a| a.backend == *name && a.result.is_ok()));
        let gone = (0..all.len()).map(|i| each.iter().any(|(_, here)| here[i] > 0)).collect::<Vec<_>>();
        // What keeps no bans is asked when the user named it.
        let is_asked = backends.has_store() || !scope.backends.is_empty();
        let looks = is_asked && answers.iter().any(|answer| answer.result.is_ok());
        let mut targets = Vec::with_capacity(all.len());
        for (target, gone) in all.iter().zip(gone) {
            let (covers, mut lines) =
                if looks { still_covered(*target, backends, how, scope) } else { Default::default() };
            if looks && target.is_range() && has_inside(*target, backends, scope) {
                lines.push(format!(
                    "bans inside {target} stay: `warden ban del --range {target}` takes them back"
                ));
            }
            targets.push(DeletedTarget { target: target.to_string(), deleted: gone, covers, lines });
        }
        Ok(Deleted { how, read: None, targets: DeletedTargets::Named(targets), answers })
    })
}

/// Which ranges cover a target all the same, each once, and the bans in words: its own ban was ended, and it is banned.
pub fn still_covered(
    target: Target,
    backends: &mut Backends,
    how: How,
    scope: Scope<'_>,
) -> (Vec<String>, Vec<String>) {
    let (mut ranges, mut lines, mut more) = (Vec::new(), Vec::new(), 0);
    let verb = if how.dry_run { "would still be" } else { "is still" };
    check::read(backends, target, clock::now(), scope, None, &mut |ban| {
        // In a dry run its own bans are still there.
        if !how.dry_run || Target::of_stored(ban.row.target) != Some(target) {
            if !ranges.iter().any(|range| range == ban.row.target) {
                ranges.push(ban.row.target.to_owned());
            }
            if lines.len() < MOST_COVERING {
                lines.push(format!("{target} {verb} banned by {}", covering(ban)));
            } else {
                more += 1;
            }
        }
        true
    });
    if more > 0 {
        lines.push(format!("{target} {verb} banned by {}", counted(more, "more ban")));
    }
    (ranges, lines)
}

/// Whether there are bans of addresses and ranges inside a range.
fn has_inside(range: Target, backends: &mut Backends, scope: Scope<'_>) -> bool {
    let query = Query { at_us: clock::now().micros(), range: Some(range), ..Query::default() };
    let mut found = false;
    backends.read(&Question { query, selection: scope.selection(false) }, &mut |ban| {
        found |= Target::of_stored(ban.row.target) != Some(range);
        !found
    });
    found
}

/// More bans that cover one target are only counted.
const MOST_COVERING: usize = 10;
