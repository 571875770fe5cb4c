//! warden, the command line of the program, as a library so that its own tools and tests reach the definition.
//!
//! Arrows point down: `commands` use `plan`, `backends`, `output` and the leaf types; `backends` use `plugin`; nothing
//! points up.
//!
//! Every module is private, so that the compiler finds what nobody uses: only what another package needs is exported here.

mod action;
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
mod operation;
mod output;
mod plan;
mod plugin;
mod progress;
mod protected;
mod secret;
mod session;
mod signal;
mod spool;
mod trust;
mod ui;
mod yaml;

use std::io::Write as _;
use std::sync::Arc;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, Parser as _};
use warden_plugin::duration;

pub use crate::actor::name as actor;
pub use crate::cli::Cli;
pub use crate::commands::completions::script as completions;
pub use crate::error::Exit;

use crate::cli::Command;
use crate::error::Error;
use crate::ui::{ColorChoice, Escaped, Ui};

/// What the fuzz targets read texts with.
#[cfg(feature = "fuzzing")]
pub mod fuzzing {
    pub use crate::backends::config::BackendConfig;
    pub use crate::config::Config;
    pub use crate::duration::{BanDuration, go_duration};
    pub use crate::import::{Format, digest};
    pub use crate::instant::{AtExpr, Instant};
    pub use crate::plugin::loader::probe_bytes as probe_library;
    pub use crate::protected::remotes;
    pub use crate::signal::{SignalRecord, profile};
    pub use crate::spool::{Sorter, pack};
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
    result.unwrap_or_else(|error| fail(ui, &error))
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

/// Reads the command line. What is wrong with it is told with its control characters escaped.
///
/// # Errors
/// When it is wrong, or asks for help.
pub fn parse() -> Result<Cli, clap::Error> {
    if trust::runs_with_more_rights() {
        plugin::forget_environment();
    }
    // A write beyond the limit of a file is then an error like another one.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
    Cli::try_parse().map_err(|error| {
        // Parsed once more, the words that clap repeats are harmless, and its own colours stay.
        let words = std::env::args_os().map(|word| Escaped(&word.to_string_lossy()).to_string());
        // Where only the raw words are wrong, the message goes without colours.
        Cli::try_parse_from(words).err().filter(|escaped| escaped.kind() == error.kind()).unwrap_or_else(
            || {
                let text = error.render().to_string();
                let lines: Vec<_> = text.lines().map(|line| Escaped(line).to_string()).collect();
                let text = lines.join("\n");
                clap::Error::raw(error.kind(), format!("{}\n", text.strip_prefix("error: ").unwrap_or(&text)))
            },
        )
    })
}

/// Answers a command line that was not understood, or asks for help.
#[must_use]
pub fn refuse(error: &clap::Error) -> Exit {
    let ui = Ui::new(warden_plugin::Level::Info, ColorChoice::Auto);
    if let Some(word) = negative(error) {
        ui.error(&Error::usage(format!("`{word}` is negative")).with_hint("to end a ban, use `ban del`"));
        return Exit::Usage;
    }
    if error.use_stderr() {
        // What cannot be printed has no reader.
        let _ = error.print();
        return Exit::Usage;
    }
    let printed = output::is_open().and_then(|()| error.print()).and_then(|()| std::io::stdout().flush());
    match output::finished(printed) {
        Ok(()) => Exit::Done,
        Err(error) => {
            ui.error(&error);
            error.exit()
        }
    }
}

/// A word such as `-1h`, which the parser takes for a flag, and the user for a duration.
fn negative(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let digit = flag.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let words: Vec<_> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let at = words.iter().position(|word| word.starts_with(flag.as_str()))?;
    let is_value = at > 0 && words[at - 1].starts_with("--");
    words
        .get(at)
        .cloned()
        .filter(|_| !is_value)
        .filter(|_| digit && error.kind() == clap::error::ErrorKind::UnknownArgument)
}
