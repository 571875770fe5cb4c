//! warden: who is banned, ban these, unban that. The command line of the program, as a library so that its own tools and
//! tests reach the definition.
//!
//! Arrows point down: `commands` use `backends`, `output` and the leaf types; `backends` use `plugin`; nothing points up.

pub mod actor;
pub mod backends;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
mod conformance;
pub mod duration;
pub mod error;
mod filter;
pub mod global;
pub mod import;
pub mod instant;
pub mod interrupt;
pub mod model;
pub mod output;
mod plugin;
pub mod progress;
pub mod protected;
pub mod session;
pub mod signal;
mod spool;
pub mod trust;
pub mod ui;
pub mod yaml;

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue};

use crate::cli::{Cli, Command};
use crate::error::{Error, Exit, Kind};
use crate::ui::{ColorChoice, Ui};

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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Whether to colour, by flag, else by configuration.
fn color(flag: Option<ColorChoice>, config: Option<ColorChoice>) -> ColorChoice {
    flag.or(config).unwrap_or_default()
}
