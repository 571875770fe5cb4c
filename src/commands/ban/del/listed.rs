//! `warden ban del -`: any number of targets from standard input, in flat memory.

use warden_plugin::{Result, Target};

use super::super::report::Ended;
use super::super::scope::Scope;
use super::super::stdin;
use super::{Deleted, DeletedTargets, FoundTargets, How};
use crate::backends::matching;
use crate::clock;
use crate::error::Exit;
use crate::interrupt;
use crate::operation;
use crate::plugin::Instance;
use crate::progress::Progress;
use crate::session::Session;
use crate::spool::pack::{key_target, target_key};
use crate::spool::{Sorted, Sorter};

pub fn run(how: How, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let session = Session::open(scope.global)?;
    let listed = stdin::targets(&session)?;
    operation::run(&session, "ban del", [scope.write(how.dry_run)], |[backends]| {
        let mut progress = Progress::new(session.ui, "deleting", Some(listed.count()));
        let mut targets = Vec::new();
        let answers = backends.change("del", |name, instance| {
            let (mut sum, mut here) = (0, Sorter::default());
            each(&listed, instance, &mut progress, |instance, target| {
                let ended = match how.dry_run {
                    true => matching::count(instance, &matching::of_target(target, clock::now()))?,
                    false => instance.delete(target.text().as_str())?,
                };
                sum += ended;
                match ended {
                    0 => Ok(()),
                    _ => here.push(&target_key(&target), &[]).map_err(|e| matching::of_spool(&e)),
                }
            })?;
            targets.push((name.to_owned(), here));
            Ok(Ended { deleted: sum })
        });
        let targets = DeletedTargets::Found(FoundTargets::of(targets, &answers)?);
        Ok(Deleted { how, read: Some(listed.count()), targets, answers })
    })
}

/// Does something to each target once.
fn each(
    listed: &Sorted,
    instance: &mut Instance,
    progress: &mut Progress,
    mut f: impl FnMut(&mut Instance, Target) -> Result,
) -> Result {
    progress.restart();
    let mut merge = listed.read().map_err(|e| matching::of_spool(&e))?;
    let mut last = None;
    while let Some((key, _)) = merge.next().map_err(|e| matching::of_spool(&e))? {
        let target = key_target(key).map(|(target, _)| target);
        progress.add(1);
        if let Some(new) = target.filter(|_| target != last) {
            interrupt::check()?;
            f(instance, new)?;
        }
        last = target;
    }
    Ok(())
}
