//! `warden ban import`. One reading of the list checks every record and keeps those that count, sorted by target, in a
//! spool; only then is anything written, in one transaction a backend.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;

use super::report::list::ListReport;
use super::scope::Scope;
use crate::action::{Actions, BAN};
use crate::clock;
use crate::commands::parse;
use crate::duration::BanDuration;
use crate::error::{Error, Exit, Kind, Result};
use crate::import::{self, Format, Input};
use crate::operation;
use crate::plan::Plan;
use crate::plan::list::{self, BanList, Defaults, Reading, Rules};
use crate::progress::Progress;
use crate::protected::Protected;
use crate::session::Session;
use crate::ui::{can_ask, confirm};

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
    #[arg(long, value_name = "DURATION", value_parser = parse::duration, allow_hyphen_values = true)]
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
    /// What bans do that do not say so themselves: ban, captcha, slow, or a word that a backend or the main file knows
    #[arg(long, value_name = "ACTION", default_value = BAN)]
    remediation: String,
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
    let list = import.read(&session, scope)?;
    import.consent(&list)?;
    let plan = Plan {
        wanted: list.wanted(),
        end_unlisted: import.sync.is_some(),
        read_all: import.sync.is_some(),
        dry_run: import.dry_run,
        signal_per_ban: false,
    };
    operation::run(&session, "ban import", [scope.write(import.dry_run)], |[backends]| {
        let mut progress = Progress::new(session.ui, "writing", Some(list.bans.count()));
        let answers = backends.change("import", |_, instance| plan.apply(instance, &mut progress));
        let (sync, dry_run) = (import.sync.as_deref(), import.dry_run);
        Ok(ListReport { command: "ban import", list: &list, sync, dry_run, answers })
    })
}

impl Import {
    fn read(&self, session: &Session, scope: Scope<'_>) -> Result<BanList> {
        if let Some(message) = self.reason.as_deref().and_then(import::long_reason) {
            return Err(Error::usage(message));
        }
        let (duration, reason, source) = match &self.sync {
            Some(name) => (BanDuration::Permanent, format!("list {name}"), format!("list:{name}")),
            None => (FOUR_HOURS, "imported".into(), "import".into()),
        };
        let actions = Actions::of(&session.config);
        let defaults = Defaults {
            duration: self.duration.unwrap_or(duration),
            reason: self.reason.clone().unwrap_or(reason),
            action: scope.action(&actions)?,
            source: self.source.clone().unwrap_or(source),
            one_source: self.sync.is_some(),
            now: clock::now(),
        };
        let input = Input::open(&self.file)?;
        let rules = Rules { keep_going: self.keep_going, force: self.force, adding: false };
        let protected = Protected::look(&session.config.allowlist()?);
        list::read(
            input,
            self.format,
            Reading { defaults: &defaults, actions: &actions, rules, protected, ui: session.ui },
        )
    }

    /// A sync with an empty list would free everybody.
    fn consent(&self, list: &BanList) -> anyhow::Result<()> {
        let Some(name) = &self.sync else { return Ok(()) };
        if list.bans.count() > 0 || self.yes || self.dry_run {
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

fn name(text: &str) -> Result<String, String> {
    match text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        true => {
            Err("the name of a list has at least one character, no white space and no control characters"
                .into())
        }
        false => Ok(text.to_owned()),
    }
}
