//! `warden config`: what the configuration says, and whether it works.

mod check;
mod show;

use crate::error::Exit;
use crate::global::Global;

/// Look at the configuration.
#[derive(Debug, clap::Subcommand)]
pub enum ConfigCommand {
    /// Print what is in force: files, overrides, allowlist; secrets masked
    Show,
    /// Check every file and every backend; changes nothing
    Check,
}

pub fn run(command: &ConfigCommand, global: &Global) -> anyhow::Result<Exit> {
    match command {
        ConfigCommand::Show => show::run(global),
        ConfigCommand::Check => check::run(global),
    }
}
