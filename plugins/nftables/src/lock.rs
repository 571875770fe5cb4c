//! One warden writes at a time: what it reads from the sets is still so when its batch arrives.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use warden_plugin::{Error, Host, Result};

/// How often a taken lock is tried again.
const RETRY: Duration = Duration::from_millis(50);

/// The lock, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock on the file `path`, which is created if it is missing.
    ///
    /// # Errors
    /// `Denied` when the file cannot be opened, `Unavailable` when another warden holds it for longer than `timeout`.
    pub fn take(path: &Path, timeout: Duration, host: Host) -> Result<Self> {
        let file = open(path)?;
        let began = Instant::now();
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self { _file: file }),
                Err(Errno::WOULDBLOCK | Errno::INTR) if began.elapsed() < timeout && !host.is_cancelled() => {
                    sleep(RETRY);
                }
                Err(e) => return Err(refused(path, e)),
            }
        }
    }
}

fn open(path: &Path) -> Result<File> {
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    let opened = OpenOptions::new().write(true).create(true).mode(0o600).custom_flags(flags).open(path);
    opened.map_err(|e| {
        let message = format!("cannot open the lock file `{}`: {e}", path.display());
        match e.kind() {
            ErrorKind::PermissionDenied => Error::denied(message).with_hint("run warden as root"),
            _ => Error::unavailable(message).with_key("lock_path"),
        }
    })
}

fn refused(path: &Path, why: Errno) -> Error {
    if why == Errno::WOULDBLOCK {
        return Error::unavailable(format!("another warden is writing: `{}` stays locked", path.display()))
            .with_hint("try again, or set a longer lock_timeout");
    }
    Error::unavailable(format!("cannot lock `{}`: {why}", path.display())).with_key("lock_path")
}
