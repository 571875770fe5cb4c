//! `cargo xtask install`: program, plugins, configuration, man pages, completions, header.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::build::{self, Profile};
use crate::generate;

/// What to do with a configuration file that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    Keep,
    Replace,
}

pub fn run(debug: bool, prefix: &Path, destdir: Option<&Path>) -> Result<()> {
    ensure!(prefix.is_absolute(), "--prefix must be absolute: {}", prefix.display());
    let into = match destdir {
        Some(destdir) => std::path::absolute(destdir)?.join(prefix.strip_prefix("/")?),
        None => prefix.to_owned(),
    };
    let profile = if debug { Profile::Debug } else { Profile::Release };
    build::all(profile)?;
    program(&into, profile)?;
    configuration(&into, "config/warden.yaml", Existing::Keep)?;
    documents(&into)?;
    say(&format!("installed under {}", into.display()));
    Ok(())
}

/// The program and the plugins.
pub fn program(prefix: &Path, profile: Profile) -> Result<()> {
    let built = build::artifacts(profile)?;
    place(&built.join("warden"), &prefix.join("bin/warden"), 0o755)?;
    for (library, name) in build::PLUGINS {
        place(&built.join(library), &prefix.join("lib/warden/plugins/backend").join(name), 0o755)?;
    }
    folder(&prefix.join("var/lib/warden"))
}

/// The configuration files. All backends but the database lie there as examples: warden reads `*.yaml` only.
pub fn configuration(prefix: &Path, main: &str, existing: Existing) -> Result<()> {
    let (from, to) = (build::root(), prefix.join("etc/warden"));
    let files = [
        (main, "warden.yaml"),
        ("config/plugins/backend/database.yaml", "plugins/backend/database.yaml"),
        ("config/plugins/backend/dummy.yaml", "plugins/backend/dummy.yaml.example"),
        ("config/plugins/backend/lapi.yaml", "plugins/backend/lapi.yaml.example"),
        ("config/plugins/backend/nftables.yaml", "plugins/backend/nftables.yaml.example"),
    ];
    for (source, name) in files {
        let path = to.join(name);
        if existing == Existing::Keep && path.exists() {
            say(&format!("kept {}", path.display()));
        } else {
            place(&from.join(source), &path, 0o640)?;
        }
    }
    Ok(())
}

/// Man pages, completions, the header for plugin authors.
fn documents(prefix: &Path) -> Result<()> {
    let root = build::root();
    for page in fs::read_dir(root.join("docs/man"))? {
        let page = page?.path();
        let name = page.file_name().context("a man page without a name")?;
        place(&page, &prefix.join("share/man/man1").join(name), 0o644)?;
    }
    for (shell, name) in generate::COMPLETIONS {
        let to = match *shell {
            clap_complete::Shell::Bash => "share/bash-completion/completions/warden",
            clap_complete::Shell::Zsh => "share/zsh/site-functions/_warden",
            _ => "share/fish/vendor_completions.d/warden.fish",
        };
        place(&root.join("completions").join(name), &prefix.join(to), 0o644)?;
    }
    place(&root.join("plugins/api/include/warden_plugin.h"), &prefix.join("include/warden_plugin.h"), 0o644)
}

/// Copies a file into place in one step, so that a program that runs keeps the old one. The mode does not depend on the
/// umask: as root warden refuses what a group can write.
fn place(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let dir = to.parent().context("a file without a folder")?;
    folder(dir)?;
    let new = PathBuf::from(format!("{}.new", to.display()));
    fs::copy(from, &new).with_context(|| format!("{} to {}", from.display(), new.display()))?;
    fs::set_permissions(&new, Permissions::from_mode(mode))?;
    fs::rename(&new, to).with_context(|| to.display().to_string())
}

/// Makes a folder and those above it; what it makes only its owner can change.
fn folder(dir: &Path) -> Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(above) = dir.parent() {
        folder(above)?;
    }
    fs::create_dir(dir).with_context(|| dir.display().to_string())?;
    Ok(fs::set_permissions(dir, Permissions::from_mode(0o755))?)
}

#[allow(clippy::print_stderr, reason = "a tool for developers")]
fn say(text: &str) {
    eprintln!("{text}");
}
