//! `warden ban check`.

use clap::Args;
use warden_plugin::{Query, Target};

use super::at::AtFlag;
use super::scope::Scope;
use crate::backends::{Backends, Mode, Question};
use crate::ban_row::BanRow;
use crate::clock;
use crate::error::Exit;
use crate::instant::Instant;
use crate::operation::{self, Use};
use crate::output::Checks;
use crate::session::Session;

/// Is it banned? Exit 0 when every target is, 4 when one is not, 3 when a backend could not tell.
#[derive(Debug, Args)]
pub struct Check {
    /// Addresses, or ranges, which are banned when one ban covers all of them
    #[arg(value_name = "TARGET", value_parser = Target::parse, required = true)]
    targets: Vec<Target>,
    #[command(flatten)]
    when: AtFlag,
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
            let mut banned = false;
            let answered = read(backends, *target, at, scope, check.quiet.then_some(1), &mut |ban| {
                banned = true;
                checks.ban(*target, ban)
            });
            checks.answer(*target, (banned || answered).then_some(banned));
            all_answered &= answered;
            all_banned &= banned;
        }
        checks.end(all_answered)?;
        Ok(if all_banned { Exit::Done } else { Exit::NoMatch })
    })
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
