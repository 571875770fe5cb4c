//! `cargo xtask test`: the plugins, then every test.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::build::{self, Profile, cargo, succeed};

/// What the suites need besides Rust and a C compiler: a program, and Debian's package that has it.
const SERVERS: &[(&str, &str)] =
    &[("sqlite3", "sqlite3"), ("c++", "g++"), ("crowdsec", "crowdsec"), ("openssl", "openssl")];

/// Where programs are looked for besides PATH.
const MORE_FOLDERS: [&str; 2] = ["/usr/sbin", "/sbin"];

pub fn run(install_servers: bool, args: &[String]) -> Result<()> {
    if install_servers {
        install()?;
    }
    build::all(Profile::Debug)?;
    succeed(cargo().args(["test", "--workspace", "--exclude", "xtask"]).args(args))
}

/// Installs the missing ones by apt-get, when root on Debian.
fn install() -> Result<()> {
    let missing: Vec<&str> =
        SERVERS.iter().filter(|(program, _)| !is_there(program)).map(|(_, p)| *p).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !Path::new("/etc/debian_version").exists() || !is_there("apt-get") {
        bail!("--install-servers works on Debian only; missing: {}", missing.join(" "));
    }
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-y"]).args(words);
        succeed(&mut command)
    };
    apt(&["update"])?;
    apt(&[["install", "--no-install-recommends"].as_slice(), &missing].concat())
}

/// Whether a program is installed.
fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = MORE_FOLDERS.iter().map(|dir| Path::new(dir).to_owned());
    std::env::split_paths(&path).chain(more).any(|dir| dir.join(program).is_file())
}
