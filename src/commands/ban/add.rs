//! `warden ban add`.

mod listed;
mod rehearsal;
mod request;

use clap::{Args, Subcommand};
use serde_json::json;
use warden_plugin::{Ban, Inserted, IpRange, Signal, Source};

use super::report;
use super::scope::Scope;
use crate::actor;
use crate::backends::{Answer, outcome};
use crate::clock;
use crate::duration::BanDuration;
use crate::error::{Error, Exit, Kind};
use crate::instant::Instant;
use crate::output::local_second;
use crate::protected::Protected;
use crate::session::Session;
use crate::ui::{can_ask, confirm};
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
    for (typed, target) in &request.cut {
        session.ui.say(format_args!("`{typed}` has host bits set: banning {target}"));
    }
    if dry_run {
        return rehearsal::run(&session, &request, scope);
    }
    consent(&session, &request, force, yes)?;
    let mut backends = session.writers(scope.backends, "ban add")?;
    let now = clock::now();
    let until = now.plus(request.duration);
    let actor = actor::name();
    let texts: Vec<String> = request.targets.iter().map(ToString::to_string).collect();
    let answers = backends.write("add", |instance| {
        let mut done = Vec::with_capacity(texts.len());
        for (target, text) in request.targets.iter().zip(&texts) {
            let range = Some(IpRange::from(*target));
            let ban = Ban {
                source: "cli",
                action: scope.remediation,
                target: text,
                reason: &request.reason,
                actor: &actor,
                until_us: until.micros(),
                range,
                ..Ban::default()
            };
            done.push(instance.insert(&signal(&request, text, range, ban, now))?);
        }
        Ok(done)
    });
    backends.shutdown();
    let exit = outcome(&answers);
    if exit != Exit::Failed {
        echo(&session, &request, until, &answers);
    }
    let targets: Vec<_> = texts.iter().map(|t| json!({ "target": t })).collect();
    let until = (request.duration != BanDuration::Permanent).then(|| until.rfc3339_utc().to_string());
    let asked = json!({ "action": scope.remediation, "reason": request.reason, "until_at": until, "targets": targets });
    report::document(scope.global.output, "ban add", asked, &answers, |done: &Vec<Inserted>| {
        let sum = |f: fn(&Inserted) -> u64| done.iter().map(f).sum::<u64>();
        json!({ "inserted": sum(|i| i.inserted), "replaced": sum(|i| i.replaced) })
    })?;
    Ok(exit)
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
fn consent(session: &Session, request: &Request, force: bool, yes: bool) -> anyhow::Result<()> {
    if force {
        return Ok(());
    }
    let protected = Protected::look(&session.config.allowlist()?);
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

/// Says what was done, for each target: v0.3's words, then until when.
fn echo(session: &Session, request: &Request, until: Instant, answers: &[Answer<Vec<Inserted>>]) {
    let (span, end) = match request.duration {
        BanDuration::Permanent => ("ever", String::new()),
        BanDuration::For(_) => (request.typed_duration.as_str(), format!(", until {}", local_second(until))),
    };
    for (i, target) in request.targets.iter().enumerate() {
        let reason = &request.reason;
        let before = replaced(i, answers).map(|old| replacing(old, until)).unwrap_or_default();
        session.ui.say(format_args!("ban {target} for {span} ({reason}){end}{before}"));
    }
}

/// The latest end of the bans that a target's new one replaces.
fn replaced(target: usize, answers: &[Answer<Vec<Inserted>>]) -> Option<Instant> {
    let done = answers.iter().filter_map(|a| a.result.as_ref().ok()).map(|done| done[target]);
    done.filter(|d| d.replaced > 0).map(|d| Instant::from_micros(d.replaced_until_us)).max()
}

fn replacing(old: Instant, until: Instant) -> String {
    let end = if old == Instant::FOREVER { "for ever".to_owned() } else { local_second(old).to_string() };
    if until < old {
        format!("; ends sooner than the ban that it replaces, which held until {end}")
    } else {
        format!("; replaces the ban until {end}")
    }
}
