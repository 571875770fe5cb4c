//! `warden ban add - DURATION REASON`: any number of targets from standard input, in flat memory.

use super::super::report::list::ListReport;
use super::super::scope::Scope;
use super::super::stdin;
use super::{Words, request};
use crate::action::Actions;
use crate::clock;
use crate::error::{Error, Exit};
use crate::operation;
use crate::plan::Plan;
use crate::plan::list::{self, Defaults, Reading, Rules};
use crate::progress::Progress;
use crate::protected::Protected;
use crate::session::Session;

pub fn run(words: Words, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let (force, dry_run) = (words.force, words.dry_run);
    let session = Session::open(scope.global)?;
    let actions = Actions::of(&session.config);
    let defaults = defaults(words, scope.action(&actions)?)?;
    let rules = Rules { keep_going: false, force, adding: true };
    let input = stdin::input()?;
    let protected = Protected::look(&session.config.allowlist()?);
    let list = list::read(
        input,
        None,
        Reading { defaults: &defaults, actions: &actions, rules, protected, ui: session.ui },
    )?;
    let plan =
        Plan { wanted: list.wanted(), end_unlisted: false, read_all: false, dry_run, signal_per_ban: true };
    operation::run(&session, "ban add", [scope.write(dry_run)], |[backends]| {
        let mut progress = Progress::new(session.ui, "writing", Some(list.bans.count()));
        let answers = backends.change("add", |_, instance| plan.apply(instance, &mut progress));
        Ok(ListReport { command: "ban add", list: &list, sync: None, dry_run, answers })
    })
}

/// What holds for each target.
fn defaults(words: Words, action: String) -> crate::error::Result<Defaults> {
    let mut left = words.words.into_iter();
    match left.next() {
        _ if !words.targets.is_empty() => {
            return Err(Error::usage("-t needs `ban add ip` or `ban add range`"));
        }
        Some(dash) if dash == "-" => {}
        Some(other) => {
            return Err(Error::usage(format!("`{other}` is none of `ip`, `range` and `-`"))
                .with_hint("`warden ban add ip TARGET DURATION REASON`"));
        }
        None => return Err(request::missing("TARGET", "what to ban")),
    }
    let duration = match words.duration {
        Some(duration) => duration,
        None => left.next().ok_or_else(|| request::missing("DURATION", "for how long, such as `4h`"))?,
    };
    Ok(Defaults {
        duration: request::duration(&duration)?,
        reason: request::reason(words.reason, left, words.rest)?,
        action,
        source: "cli".into(),
        one_source: true,
        now: clock::now(),
    })
}
