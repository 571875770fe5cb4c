//! `warden ban check`.

use std::collections::BTreeSet;

use clap::Args;
use warden_plugin::{Query, Target};

use super::at::AtFlag;
use super::scope::Scope;
use crate::backends::{Backends, Mode, Question};
use crate::ban_row::BanRow;
use crate::clock;
use crate::error::{Error, Exit, Kind};
use crate::instant::Instant;
use crate::operation::{self, Use};
use crate::output::{Checks, Enforcer};
use crate::session::Session;

/// Is it banned? Exit 0 when every target is, 4 when one is not, 3 when a backend could not tell.
#[derive(Debug, Args)]
pub struct Check {
    /// Addresses, or ranges, which are banned when one ban covers all of them
    #[arg(value_name = "TARGET", value_parser = Target::parse, required = true)]
    targets: Vec<Target>,
    #[command(flatten)]
    when: AtFlag,
    /// Only bans with this action: ban, captcha, slow …
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only bans from this source: cli, api, local …
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// Print nothing: the exit code tells
    #[arg(short, long)]
    quiet: bool,
}

pub fn run(check: &Check, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let now = clock::now();
    let at = check.when.resolve(now)?;
    let session = Session::open(scope.global)?;
    let uses = Use { named: scope.backends, mode: Mode::Check };
    operation::run(&session, "ban check", [uses], |[backends]| {
        let said_at = check.when.is_given().then_some(at);
        let mut checks = Checks::begin((!check.quiet).then_some(session.output), said_at, now);
        let (mut all_answered, mut all_banned) = (true, true);
        for target in &check.targets {
            checks.target(*target);
            let mut actions = BTreeSet::new();
            let query = Query { ip: Some(*target), ..check.query(at) };
            let question = Question { query, selection: scope.selection(at < clock::now()) };
            let answered = backends.read(&question, &mut |ban| {
                if ban.row.simulation {
                    return true;
                }
                if !actions.contains(ban.row.action) {
                    actions.insert(ban.row.action.to_owned());
                }
                checks.ban(*target, ban) && !check.quiet
            });
            let banned = !actions.is_empty();
            let enforcers = match check.compares(scope, said_at) {
                true => backends.enforcers(&query, answered.then_some(&actions)),
                false => Vec::new(),
            };
            enforcers.iter().filter_map(|one| disagreement(*target, one)).for_each(|e| session.ui.warn(&e));
            checks.answer(*target, (banned || answered).then_some(banned), &enforcers);
            all_answered &= answered;
            all_banned &= banned;
        }
        checks.end(all_answered)?;
        Ok(if all_banned { Exit::Done } else { Exit::NoMatch })
    })
}

impl Check {
    fn query(&self, at: Instant) -> Query<'_> {
        let (action, source) = (self.action.as_deref(), self.source.as_deref());
        Query { at_us: at.micros(), action, source, ..Query::default() }
    }

    /// Whether the enforcers are asked, too: they know of now alone, and not which of several bans is meant.
    fn compares(&self, scope: Scope<'_>, at: Option<Instant>) -> bool {
        let narrowed = self.action.is_some() || self.source.is_some();
        !self.quiet && !narrowed && at.is_none() && scope.backends.is_empty()
    }
}

/// What is said of an enforcer that does not do what the stores say.
fn disagreement(target: Target, enforcer: &Enforcer) -> Option<Error> {
    let (name, drops) = (&enforcer.backend, enforcer.drops.filter(|_| enforcer.agrees == Some(false))?);
    let what = match drops {
        true => format!("backend \"{name}\" drops {target}, although no store says so"),
        false => format!("backend \"{name}\" does not drop {target}, which is banned"),
    };
    Some(Error::new(Kind::Backend, what).with_hint("`warden ban sync` repairs it"))
}

/// The bans that cover a target at a time; answers whether every backend answered.
pub(super) fn read(
    backends: &mut Backends,
    target: Target,
    at: Instant,
    scope: Scope<'_>,
    limit: Option<u64>,
    rows: &mut dyn FnMut(&BanRow<'_>) -> bool,
) -> bool {
    let query = Query { at_us: at.micros(), ip: Some(target), limit, ..Query::default() };
    backends.read(&Question { query, selection: scope.selection(at < clock::now()) }, rows)
}
