//! `warden ban add`.

mod listed;
mod report;
mod request;

use clap::{Args, Subcommand};
use warden_plugin::{Ban, IpRange, Signal, Source, Target};

use super::scope::Scope;
use crate::action::{Actions, BAN};
use crate::actor;
use crate::clock;
use crate::error::{Error, Exit, Kind};
use crate::instant::Instant;
use crate::operation;
use crate::plan::look_up;
use crate::plugin::Instance;
use crate::protected::Protected;
use crate::session::Session;
use crate::ui::{can_ask, confirm};
use report::{AddReport, Added, AddedAll};
use request::{Request, TargetKind};

/// Ban an address, a range, or what a list names.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct Add {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    listed: Words,
}

/// What is banned.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Ban an address: TARGET DURATION REASON…
    Ip(Words),
    /// Ban a range: CIDR DURATION REASON…
    Range(Words),
}

/// What to ban, for how long, and why.
#[derive(Debug, Args)]
pub struct Words {
    /// TARGET unless given by -t, DURATION unless given by --duration, and the words of the reason. Without `ip` or
    /// `range` TARGET is `-`: targets are read from standard input, one a line
    #[arg(value_name = "TARGET DURATION REASON")]
    words: Vec<String>,
    /// What to ban; may be given several times
    #[arg(short = 't', long = "target", value_name = "TARGET")]
    targets: Vec<String>,
    /// For how long: `4h`, `1h30m`, `7d`, `2weeks`, `permanent`
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    duration: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// What the ban does to its target: ban, captcha, slow, or a word that a backend or the main file knows
    #[arg(long, value_name = "ACTION", default_value = BAN)]
    remediation: String,
    /// Ban even what covers your own address, loopback, this machine, the allowlist, or a very wide range
    #[arg(long)]
    force: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Answer the question with yes
    #[arg(short, long)]
    yes: bool,
    /// Words of the reason that begin with a hyphen, after `--`
    #[arg(last = true, value_name = "REASON")]
    rest: Vec<String>,
}

impl Words {
    /// Flags may stand before `ip` and after it.
    fn after(mut self, before: Self) -> Self {
        self.targets.extend(before.targets);
        self.duration = self.duration.or(before.duration);
        self.reason = self.reason.or(before.reason);
        self.force |= before.force;
        self.yes |= before.yes;
        self.dry_run |= before.dry_run;
        self
    }
}

pub fn run(add: Add, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let (kind, words) = match add.verb {
        Some(Verb::Ip(words)) => (TargetKind::Address, words.after(add.listed)),
        Some(Verb::Range(words)) => (TargetKind::Range, words.after(add.listed)),
        None => return listed::run(add.listed, scope),
    };
    let (force, yes, dry_run) = (words.force, words.yes, words.dry_run);
    let request = Request::read(kind, words)?;
    let session = Session::open(scope.global)?;
    let action = scope.action(&Actions::of(&session.config))?;
    for (typed, target) in &request.cut {
        session.ui.say(format_args!("`{typed}` has host bits set: banning {target}"));
    }
    if dry_run || !force {
        let protected = Protected::look(&session.config.allowlist()?);
        match dry_run {
            true => warn(&session, &request, &protected),
            false => consent(&request, &protected, yes)?,
        }
    }
    operation::run(&session, "ban add", [scope.write(dry_run)], |[backends]| {
        let now = clock::now();
        let until = now.plus(request.duration);
        let actor = actor::name();
        let add = |instance: &mut Instance, target: Target| {
            if dry_run {
                return rehearse(instance, target, &action, now);
            }
            let text = target.to_string();
            let range = Some(IpRange::from(target));
            let ban = Ban {
                source: "cli",
                action: &action,
                target: &text,
                reason: &request.reason,
                actor: &actor,
                until_us: until.micros(),
                range,
                ..Ban::default()
            };
            Ok(Added::of(instance.insert(&signal(&request, &text, range, ban, now))?))
        };
        let answers = backends.change("add", |_, instance| {
            let added: warden_plugin::Result<Vec<_>> =
                request.targets.iter().map(|target| add(instance, *target)).collect();
            Ok(AddedAll::of(added?, &action))
        });
        Ok(AddReport { request, action: action.clone(), until, dry_run, answers })
    })
}

/// What a ban would come to.
fn rehearse(
    instance: &mut Instance,
    target: Target,
    action: &str,
    now: Instant,
) -> warden_plugin::Result<Added> {
    let found = look_up(instance, target, "cli", now)?;
    let actions = instance.plugin().actions();
    if !actions.is_empty() && !actions.iter().any(|known| known == action) {
        return Ok(Added { inserted: 0, replaced: 0, skipped: 1, replaced_until: None });
    }
    let replaced = found.as_ref().map_or(0, |group| group.count);
    Ok(Added { inserted: 1, replaced, skipped: 0, replaced_until: found.map(|group| group.ban.until) })
}

/// The signal behind a ban by hand, as v0.3's command line made it.
fn signal<'a>(
    request: &'a Request,
    target: &'a str,
    range: Option<IpRange>,
    ban: Ban<'a>,
    now: Instant,
) -> Signal<'a> {
    Signal {
        scenario: &request.reason,
        source_ip: target,
        events_count: 1,
        created_us: now.micros(),
        start_us: now.micros(),
        stop_us: now.micros(),
        source: Some(Source { ip: range, ..Source::default() }),
        bans: vec![ban],
        ..Signal::default()
    }
}

/// Asks before a ban that a person would regret.
fn consent(request: &Request, protected: &Protected, yes: bool) -> anyhow::Result<()> {
    for target in &request.targets {
        let objections = protected.objections(target);
        if objections.is_empty() {
            continue;
        }
        let why = format!("banning {target} is dangerous: {}", objections.join("; "));
        if !can_ask() {
            return Err(Error::new(Kind::Refused, why).with_hint("--force bans it all the same").into());
        }
        if !yes && !confirm(&format!("{why}. Ban it?"))? {
            return Err(Error::new(Kind::Refused, "nothing was done").into());
        }
    }
    Ok(())
}

/// Says what would be asked about.
fn warn(session: &Session, request: &Request, protected: &Protected) {
    for target in &request.targets {
        for objection in protected.objections(target) {
            let what = format!("banning {target} is dangerous: {objection}");
            session.ui.warn(&Error::new(Kind::Refused, what));
        }
    }
}
