//! `cargo xtask test`: the plugins, then every test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::build::{self, Profile, cargo, succeed};
use crate::programs;
use crate::summary::Summary;

/// The users that root starts the servers as. Debian's packages make them; programs that came otherwise may lack them.
const USERS: [&str; 2] = ["mysql", "postgres"];

/// What the suites need besides Rust and a C compiler: a program, or a library, and Debian's package that has it.
const SERVERS: &[(&str, &str)] = &[
    ("c++", "g++"),
    ("go", "golang-go"),
    ("make", "make"),
    ("nft", "nftables"),
    ("ip", "iproute2"),
    ("strace", "strace"),
    ("setfacl", "acl"),
    ("mariadbd", "mariadb-server"),
    ("libgalera_smm.so", "galera-4"),
    ("rsync", "rsync"),
    ("initdb", "postgresql"),
    ("mount", "mount"),
    ("openssl", "openssl"),
    ("script", "bsdutils"),
    ("setpriv", "util-linux"),
];

pub fn run(install_servers: bool, args: &[String]) -> Result<()> {
    if install_servers {
        install()?;
        unpack_crowdsec()?;
    }
    build::all(Profile::Debug)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([crowdsec()?.join("usr/bin")]);
    let mut cargo = cargo();
    cargo.args(["test", "--workspace"]);
    // cargo takes it once.
    if !args.iter().any(|arg| arg == "--no-fail-fast") {
        cargo.arg("--no-fail-fast");
    }
    cargo.args(args);
    run_tests(cargo.env("PATH", std::env::join_paths(folders)?))
}

/// Runs `cargo test`, shows what it prints as it comes, and sums up at the end.
fn run_tests(cargo: &mut Command) -> Result<()> {
    let skipped = build::target()?.join(format!("skipped-tests.{}", std::process::id()));
    File::create(&skipped).with_context(|| skipped.display().to_string())?;
    let shown = format!("{cargo:?}");
    let tests = cargo.env("WARDEN_SKIPPED_TESTS", &skipped).stdout(Stdio::piped()).spawn();
    let mut tests = tests.with_context(|| shown.clone())?;
    let mut summary = Summary::default();
    if let Some(mut output) = tests.stdout.take() {
        summary.read(&mut output, &mut std::io::stdout())?;
    }
    let status = tests.wait()?;
    summary.skipped_tests(&fs::read_to_string(&skipped)?);
    fs::remove_file(&skipped)?;
    summary.print();
    ensure!(status.success(), "{shown}: {status}");
    Ok(())
}

/// Installs the missing ones by apt-get and makes the servers' users, when root on Debian.
fn install() -> Result<()> {
    let missing: Vec<&str> =
        SERVERS.iter().filter(|(program, _)| programs::find(program).is_none()).map(|(_, p)| *p).collect();
    if !missing.is_empty() {
        install_packages(&missing)?;
    }
    if programs::is_root()? {
        for user in USERS.iter().filter(|user| !programs::has_user(user)) {
            succeed(Command::new("useradd").args(["--system", "--no-create-home", "--user-group", user]))?;
        }
    }
    Ok(())
}

fn install_packages(missing: &[&str]) -> Result<()> {
    let named = missing.join(" ");
    let is_debian = Path::new("/etc/debian_version").exists() && programs::find("apt-get").is_some();
    ensure!(is_debian, "--install-servers works on Debian only; missing: {named}");
    ensure!(programs::is_root()?, "--install-servers must be run by root; missing: {named}");
    apt(&["update"], Path::new("/"))?;
    let install = [["install", "--no-install-recommends"].as_slice(), missing].concat();
    apt(&install, Path::new("/")).or_else(|_| {
        // Images for containers remove what was downloaded after each run of dpkg: an update of Perl on the way takes
        // two, and the second finds nothing to unpack.
        succeed(Command::new("dpkg").args(["--configure", "-a"]))?;
        apt(&install, Path::new("/"))
    })
}

/// CrowdSec is unpacked, not installed: its package would set up an agent on this machine.
fn unpack_crowdsec() -> Result<()> {
    let folder = crowdsec()?;
    if programs::find("crowdsec").is_some() || folder.join("usr/bin/crowdsec").exists() {
        return Ok(());
    }
    std::fs::create_dir_all(&folder)?;
    apt(&["update"], &folder)?;
    apt(&["download", "crowdsec"], &folder)?;
    let package = std::fs::read_dir(&folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|e| e == "deb"))
        .context("apt-get brought no package of crowdsec")?;
    succeed(Command::new("dpkg-deb").arg("-x").arg(package).arg(&folder))
}

fn crowdsec() -> Result<PathBuf> {
    Ok(build::target()?.join("servers/crowdsec"))
}

/// Asks nothing, and starts no service of what it installs.
fn apt(words: &[&str], folder: &Path) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.current_dir(folder).env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    succeed(command.args(["-q", "-y"]).args(words))
}
