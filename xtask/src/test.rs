//! `cargo xtask test`: the plugins, then every test.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::build::{self, Profile, cargo, succeed};

/// What the suites need besides Rust and a C compiler: a program, and Debian's package that has it.
const SERVERS: &[(&str, &str)] = &[
    ("sqlite3", "sqlite3"),
    ("c++", "g++"),
    ("go", "golang-go"),
    ("nft", "nftables"),
    ("ip", "iproute2"),
    ("mariadbd", "mariadb-server"),
    ("libgalera_smm.so", "galera-4"),
    ("rsync", "rsync"),
    ("initdb", "postgresql"),
    ("openssl", "openssl"),
    ("setpriv", "util-linux"),
];

/// Where programs are looked for besides PATH.
const MORE_FOLDERS: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/lib/galera"];

/// Where Debian keeps PostgreSQL's programs, in a folder a version.
const POSTGRESQL: &str = "/usr/lib/postgresql";

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
    let install = [["install", "--no-install-recommends"].as_slice(), &missing].concat();
    apt(&install).or_else(|_| {
        // Images for containers remove what was downloaded after each run of dpkg: an update of Perl on the way takes
        // two, and the second finds nothing to unpack.
        succeed(Command::new("dpkg").args(["--configure", "-a"]))?;
        apt(&install)
    })
}

/// Whether a program is installed.
fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = MORE_FOLDERS.iter().map(|dir| Path::new(dir).to_owned());
    let versions = std::fs::read_dir(POSTGRESQL).into_iter().flatten().flatten();
    let versions = versions.map(|version| version.path().join("bin"));
    std::env::split_paths(&path).chain(more).chain(versions).any(|dir| dir.join(program).is_file())
}
