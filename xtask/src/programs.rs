//! What is installed on this machine.

use std::io::Result;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where programs and libraries are looked for besides PATH.
const MORE_FOLDERS: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/lib/galera"];

/// Where Debian keeps PostgreSQL's programs, in a folder a version.
const POSTGRESQL: &str = "/usr/lib/postgresql";

/// Where a program or a library is installed.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = MORE_FOLDERS.iter().map(|dir| Path::new(dir).to_owned());
    let versions = std::fs::read_dir(POSTGRESQL).into_iter().flatten().flatten();
    let versions = versions.map(|version| version.path().join("bin"));
    let folders = std::env::split_paths(&path).chain(more).chain(versions);
    folders.map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// Whether root runs this.
pub fn is_root() -> Result<bool> {
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}

/// Whether the machine has a user.
pub fn has_user(name: &str) -> bool {
    Command::new("id").args(["-u", name]).output().is_ok_and(|output| output.status.success())
}
