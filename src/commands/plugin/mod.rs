//! `warden plugin`: the backend plugins themselves, not what they keep.

mod check;
mod describe;
mod list;
mod new;

use std::path::{Path, PathBuf};

use crate::backends::config::{Head, files};
use crate::error::{Error, Exit, Result};
use crate::global::Global;
use crate::session::Session;

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
    /// Show what a plugin says of itself, and the keys of its configuration, without starting it
    Describe(describe::Describe),
    /// Begin a plugin: a folder that builds and passes the check as it stands
    New(new::New),
}

pub fn run(command: PluginCommand, global: &Global) -> anyhow::Result<Exit> {
    match command {
        PluginCommand::List => list::run(global),
        PluginCommand::Check(check) => check::run(check, global),
        PluginCommand::Describe(describe) => describe::run(&describe, global),
        PluginCommand::New(new) => new::run(&new, global),
    }
}

/// The file of a plugin: a path, or the name of a backend whose plugin it is.
fn path_of(plugin: &str, global: &Global) -> Result<PathBuf> {
    let path = Path::new(plugin);
    if plugin.contains('/') || path.exists() {
        return Ok(path.to_owned());
    }
    let session = Session::open(global)?;
    let mut names = Vec::new();
    for file in files(&session.config, &mut |_| {})? {
        match Head::read(&file, &session.config, &mut String::new()) {
            Ok(backend) if backend.name == plugin => return Ok(backend.path),
            Ok(backend) => names.push(backend.name),
            Err(error) => session.ui.warn(&error),
        }
    }
    Err(Error::config(format!("there is neither a file nor a backend `{plugin}`"))
        .with_hint(format!("configured are {}", names.join(", "))))
}
