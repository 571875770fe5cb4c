//! Calls of cargo, and where things lie.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// The plugins: the library that cargo builds, and what it is installed as.
pub const PLUGINS: &[(&str, &str)] = &[
    ("libdatabase.so", "database.so"),
    ("libdummy.so", "dummy.so"),
    ("liblapi.so", "lapi.so"),
    ("libnftables.so", "nftables.so"),
];

/// Which build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Debug,
    Release,
}

/// The top of the source tree.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The folder of what cargo has built: that of this very program is `TARGET/debug`.
pub fn target() -> Result<PathBuf> {
    let exe = std::env::current_exe()?;
    let dir = exe.ancestors().nth(2).context("this program lies in no target folder")?;
    Ok(dir.to_owned())
}

/// The folder of the built programs and libraries.
pub fn artifacts(profile: Profile) -> Result<PathBuf> {
    Ok(target()?.join(if profile == Profile::Debug { "debug" } else { "release" }))
}

/// Builds the program and the plugins.
pub fn all(profile: Profile) -> Result<()> {
    let mut cargo = cargo();
    cargo.args(["build", "--quiet", "--workspace", "--exclude", "xtask"]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    succeed(&mut cargo)
}

/// The cargo that runs us, in the source tree.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs a command that must succeed.
pub fn succeed(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| shown.clone())?;
    ensure!(status.success(), "{shown}: {status}");
    Ok(())
}
