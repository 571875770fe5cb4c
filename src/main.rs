//! The program: parse, run, map to an exit code.

use std::process::ExitCode;

use clap::Parser as _;
use warden::Cli;

fn main() -> ExitCode {
    warden::prepare();
    match Cli::try_parse() {
        Ok(cli) => warden::run(cli).into(),
        Err(error) => warden::refuse(&error).into(),
    }
}
