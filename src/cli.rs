//! The command line: the table of contents of the commands.

use clap::{Parser, Subcommand};

use crate::commands::{ban, completions, config, plugin, signal};
use crate::global::Global;

/// Who is banned, ban these, unban that: in a database, in the kernel, by plugins
#[derive(Debug, Parser)]
#[command(name = "warden", version, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// What holds for every command
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List, add and remove bans
    Ban(ban::Ban),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Feed signals to the backends, as a daemon does
    #[command(subcommand)]
    Signal(signal::SignalCommand),
    /// Look at the backend plugins, check one, begin one
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Print the completions for a shell
    Completions(completions::Completions),
}
