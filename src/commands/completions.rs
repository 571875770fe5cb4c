//! `warden completions SHELL`: prints the script that `cargo xtask gen` also commits under `completions/`.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::error::Exit;
use crate::output::{finished, stdout};

/// Print the completions for a shell.
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// # Errors
/// When standard output cannot be written.
pub fn run(command: &Completions) -> anyhow::Result<Exit> {
    let mut out = stdout();
    finished(out.write_all(&script(command.shell)).and_then(|()| out.flush()))?;
    Ok(Exit::Done)
}

/// The completions for a shell.
#[must_use]
pub fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "warden", &mut script);
    script
}
