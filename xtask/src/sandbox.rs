//! `cargo xtask run`: an installation of the debug build under the target folder, with its own configuration and
//! database.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::build::{self, Profile};
use crate::install;

pub fn run(args: &[String]) -> Result<ExitCode> {
    build::all(Profile::Debug)?;
    let prefix = build::target()?.join("sandbox");
    install::program(&prefix, Profile::Debug)?;
    install::configuration(&prefix, "config/dev.yaml", install::Existing::Replace)?;
    let program = prefix.join("bin/warden");
    let status = Command::new(&program)
        .args(args)
        .env_remove("WARDEN_CONFIG")
        .env("WARDEN_CONFIG", prefix.join("etc/warden/warden.yaml"))
        .status()
        .with_context(|| program.display().to_string())?;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}
