//! `warden plugin`: the backend plugins themselves, not what they keep.

mod check;
mod list;
mod new;

use crate::error::Exit;
use crate::global::Global;

/// Look at the backend plugins, check one, begin one.
#[derive(Debug, clap::Subcommand)]
pub enum PluginCommand {
    /// List the configured backends with their plugins
    List,
    /// Run the conformance suite on a plugin
    ///
    /// Each case runs in a process of its own, so a plugin that crashes or hangs fails one case and the others still
    /// run. The suite deletes all bans of the storage that it is given: never name a storage in use.
    Check(check::Check),
    /// Begin a plugin: a folder that builds and passes the check as it stands
    New(new::New),
}

pub fn run(command: PluginCommand, global: &Global) -> anyhow::Result<Exit> {
    match command {
        PluginCommand::List => list::run(global),
        PluginCommand::Check(check) => check::run(check, global),
        PluginCommand::New(new) => new::run(&new, global),
    }
}
