//! warden, the command line of the program, as a library so that its own tools and tests reach the definition.
//!
//! Arrows point down: `commands` use `plan`, `backends`, `output` and the leaf types; `backends` use `plugin`; nothing
//! points up.
//!
//! Every module is private, so that the compiler finds what nobody uses: only what another package needs is exported here.

mod actor;
mod backends;
mod ban_row;
mod cli;
mod clock;
mod commands;
mod config;
mod conformance;
mod error;
mod filter;
mod global;
mod import;
mod instant;
mod interrupt;
mod output;
mod plan;
mod plugin;
mod progress;
mod protected;
mod session;
mod signal;
mod spool;
mod trust;
mod ui;
mod yaml;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue};
use warden_plugin::duration;

pub use crate::actor::name as actor;
pub use crate::cli::Cli;
pub use crate::commands::completions::script as completions;
pub use crate::error::Exit;

use crate::cli::Command;
use crate::error::{Error, Kind};
use crate::ui::{ColorChoice, Ui};

/// What comes before the first look at the command line.
pub fn prepare() {
    if trust::runs_with_more_rights() {
        plugin::forget_environment();
    }
}

/// What the fuzz targets read texts with.
#[cfg(feature = "fuzzing")]
pub mod fuzzing {
    pub use crate::backends::config::BackendConfig;
    pub use crate::config::Config;
    pub use crate::duration::{BanDuration, go_duration};
    pub use crate::import::{Format, digest};
    pub use crate::instant::{AtExpr, Instant};
    pub use crate::ui::{ColorChoice, Ui};
}

/// Runs a command line that was understood.
#[must_use]
pub fn run(cli: Cli) -> Exit {
    let Cli { global, command } = cli;
    let ui = Ui::new(global.verbosity.level(), global.color.unwrap_or_default());
    let result = match command {
        Command::Ban(ban) => commands::ban::run(ban, &global),
        Command::Config(config) => commands::config::run(&config, &global),
        Command::Signal(signal) => commands::signal::run(&signal, &global),
        Command::Plugin(plugin) => commands::plugin::run(plugin, &global),
        Command::Completions(completions) => commands::completions::run(&completions, Cli::command()),
    };
    let exit = result.unwrap_or_else(|error| fail(ui, &error));
    if exit == Exit::Failed && interrupt::pressed() {
        ui.error(&Error::new(Kind::Refused, "interrupted: nothing was done"));
        return Exit::Interrupted;
    }
    exit
}

/// Says what went wrong; anyhow's chain is for what no table foresees.
fn fail(ui: Ui, error: &anyhow::Error) -> Exit {
    if let Some(known) = error.downcast_ref::<Error>() {
        ui.error(known);
        known.exit()
    } else {
        ui.log(warden_plugin::Level::Error, format_args!("{error:#}"));
        Exit::Failed
    }
}

/// Answers a command line that was not understood, or asks for help.
#[must_use]
pub fn refuse(error: &clap::Error) -> Exit {
    if let Some(word) = negative(error) {
        let ui = Ui::new(warden_plugin::Level::Info, ColorChoice::Auto);
        ui.error(&Error::usage(format!("`{word}` is negative")).with_hint("to end a ban, use `ban del`"));
        return Exit::Usage;
    }
    // What cannot be printed has no reader.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// A word such as `-1h`, which the parser takes for a flag, and the user for a duration.
fn negative(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let digit = flag.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let words: Vec<String> = std::env::args().collect();
    let at = words.iter().position(|word| word.starts_with(flag.as_str()))?;
    let is_value = at > 0 && words[at - 1].starts_with("--");
    words
        .get(at)
        .cloned()
        .filter(|_| !is_value)
        .filter(|_| digit && error.kind() == clap::error::ErrorKind::UnknownArgument)
}
