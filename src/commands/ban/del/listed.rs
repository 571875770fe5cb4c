//! `warden ban del -`: any number of targets from standard input, in flat memory.

use serde_json::json;
use warden_plugin::Result;

use super::super::scope::Scope;
use super::super::{report, stdin};
use super::filtered::most;
use super::{How, exit, said};
use crate::backends::{matching, outcome};
use crate::clock;
use crate::error::Exit;
use crate::interrupt;
use crate::plugin::Instance;
use crate::progress::Progress;
use crate::session::Session;
use crate::spool::Sorted;
use crate::spool::pack::key_target;

pub fn run(how: How, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let session = Session::open(scope.global)?;
    let listed = stdin::targets(&session)?;
    let mut progress = Progress::new(session.ui, "deleting", Some(listed.count()));
    interrupt::watch();
    let (backends, answers) = if how.dry_run {
        let mut backends = session.backends(scope.backends, "ban del")?;
        let answers = backends.rehearse("del", |instance| {
            each(&listed, instance, &mut progress, |instance, target| {
                matching::count(instance, &matching::of_target(target, clock::now()))
            })
        });
        (backends, answers)
    } else {
        let mut backends = session.writers(scope.backends, "ban del")?;
        let answers = backends.write("del", |instance| {
            each(&listed, instance, &mut progress, |instance, target| instance.delete(target.text().as_str()))
        });
        (backends, answers)
    };
    drop(progress);
    backends.shutdown();
    let (done, deleted) = (outcome(&answers), most(&answers));
    if done != Exit::Failed {
        session.ui.say(said(how, deleted));
        report::counts(session.ui, &answers);
    }
    let mut asked = report::asked(how.dry_run);
    asked["read"] = listed.count().into();
    asked["deleted"] = deleted.into();
    report::document(scope.global.output, "ban del", asked, &answers, |n| json!({ "deleted": n }))?;
    Ok(exit(done, how, deleted))
}

/// Does something to each target once; answers of how many it ended a ban.
fn each(
    listed: &Sorted,
    instance: &mut Instance,
    progress: &mut Progress,
    mut f: impl FnMut(&mut Instance, warden_plugin::Target) -> Result<u64>,
) -> Result<u64> {
    progress.restart();
    let mut merge = listed.read().map_err(|e| matching::of_spool(&e))?;
    let (mut last, mut gone) = (None, 0);
    while let Some((key, _)) = merge.next().map_err(|e| matching::of_spool(&e))? {
        let target = key_target(key).map(|(target, _)| target);
        progress.add(1);
        if let Some(new) = target.filter(|_| target != last) {
            interrupt::check()?;
            gone += u64::from(f(instance, new)? > 0);
        }
        last = target;
    }
    Ok(gone)
}
