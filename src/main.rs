//! The program: parse, run, map to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    match warden::parse() {
        Ok(cli) => warden::run(cli).into(),
        Err(error) => warden::refuse(&error).into(),
    }
}
