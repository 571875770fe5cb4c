//! `warden completions SHELL`: prints the script that `cargo xtask gen` also commits under `completions/`.

use std::io::Write as _;

use clap_complete::Shell;

use crate::error::Exit;
use crate::output::{finished, stdout};

/// Print the completions for a shell.
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

pub fn run(completions: &Completions, program: clap::Command) -> anyhow::Result<Exit> {
    let mut out = stdout();
    finished(out.write_all(&script(completions.shell, program)).and_then(|()| out.flush()))?;
    Ok(Exit::Done)
}

/// A program's completions for a shell.
#[must_use]
pub fn script(shell: Shell, mut program: clap::Command) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "warden", &mut script);
    script
}
