//! The command line: global flags, and the table of contents of the commands.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};
use warden_plugin::Level;

use crate::commands::{ban, completions, config, plugin, signal};
use crate::duration::BanDuration;
use crate::output::Output;
use crate::ui::ColorChoice;

/// Who is banned, ban these, unban that: in a database, in the kernel, by plugins
#[derive(Debug, Parser)]
#[command(name = "warden", version, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// What holds for every command
    #[command(flatten)]
    pub global: Global,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List, add and remove bans
    Ban(ban::Ban),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Config),
    /// Feed signals to the backends, as a daemon does
    #[command(subcommand)]
    Signal(signal::Signal),
    /// Look at the backend plugins, check one, begin one
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// Print the completions for a shell
    Completions(completions::Completions),
}

/// What holds for every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The main configuration file; given twice, the last one counts
    #[arg(short, long, global = true, value_name = "FILE", action = ArgAction::Append, help_heading = "Global options")]
    pub config: Vec<PathBuf>,
    /// How results are printed on standard output
    #[arg(short, long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub output: Output,
    /// When to use colour [default: auto; `NO_COLOR` turns it off]
    #[arg(long, global = true, value_enum, value_name = "WHEN", help_heading = "Global options")]
    pub color: Option<ColorChoice>,
    /// Unless every backend is usable, do nothing
    #[arg(long, global = true, help_heading = "Global options")]
    pub strict: bool,
    /// How long one call of a plugin may take, then it is left behind [default: for ever]
    #[arg(long, global = true, value_name = "DURATION", value_parser = finite, help_heading = "Global options")]
    pub timeout: Option<Duration>,
    /// How much is said on standard error
    #[command(flatten)]
    pub verbosity: Verbosity,
}

/// A duration that ends.
fn finite(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(BanDuration::For(duration)) => Ok(duration),
        Ok(BanDuration::Permanent) => Err("leave --timeout out for no limit".into()),
        Err(error) => Err(error.to_string()),
    }
}

impl Global {
    /// The main configuration file, if one is named.
    #[must_use]
    pub fn config_file(&self) -> Option<&Path> {
        self.config.last().map(PathBuf::as_path)
    }
}

/// How much is said on standard error.
#[derive(Clone, Copy, Debug, Args)]
#[group(multiple = false)]
#[allow(clippy::struct_excessive_bools, reason = "v0.3's four flags, of which one may be given")]
pub struct Verbosity {
    /// Say each step
    #[arg(long, global = true, action = ArgAction::SetTrue, help_heading = "Global options")]
    debug: bool,
    /// Say what is done [default]
    #[arg(long, global = true, action = ArgAction::SetTrue, help_heading = "Global options")]
    info: bool,
    /// Say only what is not as it should be
    #[arg(long, global = true, action = ArgAction::SetTrue, help_heading = "Global options")]
    warning: bool,
    /// Say only what failed
    #[arg(long, global = true, action = ArgAction::SetTrue, help_heading = "Global options")]
    error: bool,
}

impl Verbosity {
    /// The level that is asked for.
    #[must_use]
    pub fn level(self) -> Level {
        match self {
            Self { debug: true, .. } => Level::Debug,
            Self { warning: true, .. } => Level::Warn,
            Self { error: true, .. } => Level::Error,
            _ => Level::Info,
        }
    }
}
