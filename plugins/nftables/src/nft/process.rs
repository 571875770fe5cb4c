//! One run of nft: waited for with a limit, and stopped when nobody wants it any more.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use warden_plugin::Host;

use super::{Failure, Nft};

/// How often a wait looks whether the user gave up.
const SLICE: Duration = Duration::from_millis(100);

/// Of what nft says no more than this is remembered; the rest is read and forgotten.
const MOST_SAID: usize = 64 << 10;

/// Runs nft with these arguments and this input to its end.
pub(super) fn run(nft: &Nft, arguments: &[&str], input: File) -> Result<(), Failure> {
    let cannot = |e: io::Error| Failure::of_io(&format!("cannot run `{}`", nft.path.display()), &e);
    let child = Command::new(&nft.path)
        .args(arguments)
        .env_clear()
        // Ctrl-C is for warden, which stops nft itself.
        .process_group(0)
        .stdin(input)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    let mut running = Running(child);
    let limit = Limit { began: Instant::now(), whole: nft.timeout, host: nft.host };
    let said = running.listen(&limit)?;
    let pid = i32::try_from(running.0.id()).unwrap_or_default();
    let ended = Pid::from_raw(pid)
        .ok_or(Errno::SRCH)
        .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()))
        .map_err(|e| Failure::of_io("cannot wait for nft", &e.into()))?;
    limit.wait(&ended)?;
    let status = running.0.wait().map_err(|e| Failure::of_io("cannot wait for nft", &e))?;
    if status.success() { Ok(()) } else { Err(Failure::of_said(&said, status)) }
}

/// A child that is stopped when the value goes.
struct Running(Child);

impl Running {
    /// What nft says, up to the end of it.
    fn listen(&mut self, limit: &Limit) -> Result<String, Failure> {
        let (mut said, mut buffer) = (Vec::new(), [0; 4096]);
        if let Some(mut stderr) = self.0.stderr.take() {
            loop {
                limit.wait(&stderr)?;
                match stderr.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(n) => said.extend_from_slice(&buffer[..n.min(MOST_SAID.saturating_sub(said.len()))]),
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(Failure::of_io("cannot hear nft", &e)),
                }
            }
        }
        Ok(String::from_utf8_lossy(&said).into_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, and been waited for: then there is nothing to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// When nft must have ended: a clock that runs on also while a program never stops talking.
struct Limit {
    began: Instant,
    whole: Duration,
    host: Host,
}

impl Limit {
    /// Waits until something can be read.
    fn wait(&self, fd: &impl AsFd) -> Result<(), Failure> {
        loop {
            let left = self.whole.saturating_sub(self.began.elapsed());
            if left.is_zero() {
                let said = format!("nft did not finish within {:?}", self.whole);
                return Err(Failure::new(said, "set a longer timeout"));
            }
            if self.host.is_cancelled() {
                return Err(Failure::new("given up while nft was running", ""));
            }
            let slice = Timespec::try_from(left.min(SLICE)).unwrap_or_default();
            match poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&slice)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(e) => return Err(Failure::of_io("cannot wait for nft", &e.into())),
            }
        }
    }
}
