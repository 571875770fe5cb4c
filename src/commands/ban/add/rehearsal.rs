//! `warden ban add --dry-run`.

use serde_json::json;

use super::super::report;
use super::super::scope::Scope;
use super::{Request, replacing};
use crate::backends::outcome;
use crate::clock;
use crate::duration::BanDuration;
use crate::error::{Error, Exit, Kind};
use crate::instant::Instant;
use crate::output::local_second;
use crate::plan::look_up;
use crate::protected::Protected;
use crate::session::Session;

/// Says what a ban would come to.
///
/// # Errors
/// When no backend can be read.
pub fn run(session: &Session, request: &Request, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let protected = Protected::look(&session.config.allowlist()?);
    for target in &request.targets {
        for objection in protected.objections(target) {
            let what = format!("banning {target} is dangerous: {objection}");
            session.ui.warn(&Error::new(Kind::Refused, what));
        }
    }
    let mut backends = session.backends(scope.backends, "ban add")?;
    let now = clock::now();
    let until = now.plus(request.duration);
    // For each target, the end of the ban that its new one replaces.
    let answers = backends.rehearse("add", |instance| {
        let ends = request
            .targets
            .iter()
            .map(|target| Ok(look_up(instance, *target, "cli", now)?.map(|group| group.first.until)));
        ends.collect::<warden_plugin::Result<Vec<Option<Instant>>>>()
    });
    backends.shutdown();
    let end = match request.duration {
        BanDuration::Permanent => "for ever".to_owned(),
        BanDuration::For(_) => format!("until {}", local_second(until)),
    };
    for (i, target) in request.targets.iter().enumerate() {
        let old = answers.iter().filter_map(|a| a.result.as_ref().ok()?[i]).max();
        let before = old.map(|old| replacing(old, until)).unwrap_or_default();
        session.ui.say(format_args!("dry run: would ban {target} {end} ({}){before}", request.reason));
    }
    let targets: Vec<_> = request.targets.iter().map(|t| json!({ "target": t.to_string() })).collect();
    let asked =
        json!({ "dry_run": true, "action": scope.remediation, "reason": request.reason, "targets": targets });
    report::document(
        scope.global.output,
        "ban add",
        asked,
        &answers,
        |ends| json!({ "inserted": ends.len(), "replaced": ends.iter().flatten().count() }),
    )?;
    Ok(outcome(&answers))
}
