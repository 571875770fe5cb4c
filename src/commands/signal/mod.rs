//! `warden signal`: what the daemon of `CrowdSec` v0.3 did with its plugins.

mod lines;
mod push;

use crate::error::Exit;
use crate::global::Global;

/// Feed signals to the backends.
#[derive(Debug, clap::Subcommand)]
pub enum SignalCommand {
    /// Insert signals that come as JSON lines, as a daemon does: until the end of the input, SIGTERM or SIGINT
    Push(push::Push),
}

pub fn run(signal: &SignalCommand, global: &Global) -> anyhow::Result<Exit> {
    match signal {
        SignalCommand::Push(push) => push::run(push, global),
    }
}
