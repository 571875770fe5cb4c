//! Runs nft, which makes tables, sets, chains and rules: by its absolute path, without a shell, with an empty
//! environment. What is asked of it is not known here.

mod failure;
mod process;

use std::fs::File;
use std::io::{Seek, Write};
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{MemfdFlags, memfd_create};
use warden_plugin::Host;

pub use failure::Failure;

/// How to run nft.
#[derive(Clone, Debug)]
pub struct Nft {
    path: PathBuf,
    timeout: Duration,
    host: Host,
}

impl Nft {
    /// The program at `path`, which is stopped when it takes longer than `timeout` or the user gives up.
    #[must_use]
    pub fn new(path: PathBuf, timeout: Duration, host: Host) -> Self {
        Self { path, timeout, host }
    }

    /// Carries a script out, all of it or nothing.
    ///
    /// # Errors
    /// What nft or the kernel said against it.
    pub fn apply(&self, script: &str) -> Result<(), Failure> {
        process::run(self, &["-f", "-"], input(script)?)
    }

    /// Whether a script would be carried out now: the kernel tries it and takes it back.
    ///
    /// # Errors
    /// What nft or the kernel would say against it.
    pub fn check(&self, script: &str) -> Result<(), Failure> {
        process::run(self, &["-c", "-f", "-"], input(script)?)
    }
}

/// A file that is nowhere but in memory, rather than a pipe: nothing has to write while nft reads.
fn input(script: &str) -> Result<File, Failure> {
    let file = memfd_create("warden-nftables", MemfdFlags::CLOEXEC).map_err(std::io::Error::from);
    let written = file.and_then(|file| {
        let mut file = File::from(file);
        file.write_all(script.as_bytes())?;
        file.rewind()?;
        Ok(file)
    });
    written.map_err(|e| Failure::of_io("no memory for nft's input", &e))
}
