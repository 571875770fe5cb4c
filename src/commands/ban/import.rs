//! `warden ban import`. One reading of the list checks every record and keeps those that count, sorted by target, in a
//! spool; only then is anything written, in one transaction a backend.

pub(super) mod apply;
pub(super) mod existing;
pub(super) mod gather;
pub(super) mod orders;
pub(super) mod report;

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;

use super::{Scope, report::document};
use crate::backends::outcome;
use crate::clock;
use crate::duration::BanDuration;
use crate::error::{Error, Exit, Kind, Result};
use crate::import::{Format, Input};
use crate::interrupt;
use crate::progress::Progress;
use crate::session::Session;
use crate::ui::{can_ask, confirm};
use apply::{Apply, Done};
use gather::{Defaults, Gathered};

/// Ban what a list names: one target a line, CSV, JSON or JSON lines.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Import {
    /// The list; `-`: standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// The format of the list [default: told by its content]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// How long bans hold that do not say so themselves [default: 4h; with --sync `permanent`]
    #[arg(long, value_name = "DURATION", value_parser = duration, allow_hyphen_values = true)]
    duration: Option<BanDuration>,
    /// The reason of bans that do not say so themselves [default: `imported`; with --sync `list NAME`]
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The source of bans that do not say so themselves [default: import]
    #[arg(long, value_name = "SOURCE", conflicts_with = "sync")]
    source: Option<String>,
    /// The list is all of the list NAME: end its bans that are not in it any more, leave those that are
    #[arg(long, value_name = "NAME", value_parser = name)]
    sync: Option<String>,
    /// Leave out what is wrong, and import the rest
    #[arg(long)]
    keep_going: bool,
    /// Ban even what covers your own address, loopback, this machine, the allowlist, or a very wide range
    #[arg(long)]
    force: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Sync even with an empty list
    #[arg(short, long)]
    yes: bool,
}

pub fn run(import: &Import, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let session = Session::open(scope.global)?;
    if import.file.as_os_str() == "-" && io::stdin().is_terminal() {
        return Err(Error::usage("FILE is missing: which list to import")
            .with_hint("`warden ban import FILE`, or `… | warden ban import -`")
            .into());
    }
    let gathered = import.gather(&session, scope)?;
    import.consent(&gathered)?;
    let mut backends = match import.dry_run {
        true => session.backends(scope.backends, "ban import")?,
        false => session.writers(scope.backends, "ban import")?,
    };
    let (sync, write) = (import.sync.is_some(), !import.dry_run);
    let apply = Apply { wanted: gathered.wanted(), sync, whole: sync, write, signals: false };
    let mut progress = Progress::new(session.ui, "writing", Some(gathered.orders.count()));
    interrupt::watch();
    let answers = if import.dry_run {
        backends.rehearse("import", |instance| apply.to(instance, &mut progress))
    } else {
        backends.write("import", |instance| apply.to(instance, &mut progress))
    };
    drop(progress);
    backends.shutdown();
    let said = report::Report { gathered: &gathered, sync: import.sync.as_deref(), dry_run: import.dry_run };
    let exit = outcome(&answers);
    said.say(session.ui, &answers);
    document(scope.global.output, "ban import", said.document(&answers), &answers, Done::document)?;
    // What was left out on request is not done: a script must be able to tell.
    Ok(if exit == Exit::Done && gathered.tally.refused > 0 { Exit::Partial } else { exit })
}

impl Import {
    fn gather(&self, session: &Session, scope: Scope<'_>) -> Result<Gathered> {
        let (duration, reason, source) = match &self.sync {
            Some(name) => (BanDuration::Permanent, format!("list {name}"), format!("list:{name}")),
            None => (FOUR_HOURS, "imported".into(), "import".into()),
        };
        let defaults = Defaults {
            duration: self.duration.unwrap_or(duration),
            reason: self.reason.clone().unwrap_or(reason),
            action: scope.remediation.to_owned(),
            source: self.source.clone().unwrap_or(source),
            one_source: self.sync.is_some(),
            now: clock::now(),
        };
        let input = Input::open(&self.file)?;
        let rules = gather::Rules { keep_going: self.keep_going, force: self.force, adding: false };
        gather::gather(input, self.format, &defaults, rules, session)
    }

    /// A sync with an empty list would free everybody.
    fn consent(&self, gathered: &Gathered) -> anyhow::Result<()> {
        let Some(name) = &self.sync else { return Ok(()) };
        if gathered.orders.count() > 0 || self.yes || self.dry_run {
            return Ok(());
        }
        let what = format!("the list is empty: to sync with it ends every ban of `list:{name}`");
        if can_ask() && confirm(&format!("{what}. Sync?"))? {
            return Ok(());
        }
        Err(Error::new(Kind::Refused, format!("{what}; nothing was done")).with_hint("--yes does it").into())
    }
}

const FOUR_HOURS: BanDuration = BanDuration::For(std::time::Duration::new(4 * 60 * 60, 0));

/// Reads a duration for clap.
pub(super) fn duration(text: &str) -> Result<BanDuration, String> {
    text.parse().map_err(|e: crate::duration::DurationError| format!("{e}\n\nhint: {}", e.hint()))
}

fn name(text: &str) -> Result<String, String> {
    match text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        true => Err("the name of a list has no white space in it".into()),
        false => Ok(text.to_owned()),
    }
}
