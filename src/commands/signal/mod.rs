//! `warden signal`: what the daemon of `CrowdSec` v0.3 did with its plugins.

mod lines;
mod push;

use crate::error::Exit;
use crate::global::Global;

/// Feed signals to the backends.
#[derive(Debug, clap::Subcommand)]
pub enum Signal {
    /// Insert signals that come as JSON lines, as a daemon does: until the end of the input, SIGTERM or SIGINT
    Push(push::Push),
}

pub fn run(signal: &Signal, global: &Global) -> anyhow::Result<Exit> {
    match signal {
        Signal::Push(push) => push::run(push, global),
    }
}
