//! Runs nft: by its absolute path, without a shell, with an empty environment. What is asked of it is not known here.

mod process;
mod refusal;

use std::fs::File;
use std::io::{Seek, Write};
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{MemfdFlags, memfd_create};
use warden_plugin::Host;

pub use process::Process;
pub use refusal::{Kind, Refusal};

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

    /// Carries a batch out, all of it or nothing.
    ///
    /// # Errors
    /// What nft or the kernel said against it.
    pub fn apply(&self, batch: &str) -> Result<(), Refusal> {
        self.feed(&["-j", "-f", "-"], batch)
    }

    /// Whether a batch would be carried out now: the kernel tries it and takes it back.
    ///
    /// # Errors
    /// What nft or the kernel would say against it.
    pub fn check(&self, batch: &str) -> Result<(), Refusal> {
        self.feed(&["-c", "-j", "-f", "-"], batch)
    }

    /// Starts `nft -j list …`; what it prints is read from the answer, then [`Process::finish`] says how it ended.
    ///
    /// # Errors
    /// When it could not be started.
    pub fn list(&self, what: &[&str]) -> Result<Process, Refusal> {
        let arguments: Vec<_> = ["-j", "list"].iter().chain(what).copied().collect();
        Process::start(self, &arguments, None)
    }

    /// A file in memory rather than a pipe: nothing has to write while nft reads.
    fn feed(&self, arguments: &[&str], batch: &str) -> Result<(), Refusal> {
        let input = memory().and_then(|mut file| {
            file.write_all(batch.as_bytes())?;
            file.rewind()?;
            Ok(file)
        });
        Process::start(
            self,
            arguments,
            Some(input.map_err(|e| Refusal::of_io("no memory for the batch", &e))?),
        )?
        .finish()
    }
}

/// A file that is nowhere but in memory.
fn memory() -> std::io::Result<File> {
    Ok(File::from(memfd_create("warden-nftables", MemfdFlags::CLOEXEC)?))
}
