//! One run of nft: waited for with a limit, and stopped when nobody wants it any more.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use warden_plugin::Host;

use super::{Kind, Nft, Refusal, memory};

/// How often a wait looks whether the user gave up.
const SLICE: Duration = Duration::from_millis(100);

/// More of what nft says than this is not read.
const MOST_SAID: u64 = 64 * 1024;

/// nft while it runs. Reading takes what it prints; dropping it stops it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    output: ChildStdout,
    said: File,
    patience: Patience,
    fault: Option<Refusal>,
    is_over: bool,
}

impl Process {
    /// Starts nft with these arguments and this file as its input.
    pub(super) fn start(nft: &Nft, arguments: &[&str], input: Option<File>) -> Result<Self, Refusal> {
        let cannot = |e: io::Error| Refusal::of_io(&format!("cannot run `{}`", nft.path.display()), &e);
        let said = memory().map_err(cannot)?;
        let mut child = Command::new(&nft.path)
            .args(arguments)
            .env_clear()
            // Ctrl-C is for warden, which stops nft itself.
            .process_group(0)
            .stdin(input.map_or_else(Stdio::null, Stdio::from))
            .stdout(Stdio::piped())
            .stderr(said.try_clone().map_err(cannot)?)
            .spawn()
            .map_err(cannot)?;
        let output = child.stdout.take().ok_or_else(|| cannot(io::ErrorKind::BrokenPipe.into()))?;
        let patience = Patience { left: nft.timeout, limit: nft.timeout, host: nft.host };
        Ok(Self { child, output, said, patience, fault: None, is_over: false })
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// What nft said, or why it was stopped.
    pub fn finish(mut self) -> Result<(), Refusal> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        self.drain().map_err(|e| self.fault.take().unwrap_or_else(|| Refusal::of_io("nft", &e)))?;
        let ended = Pid::from_raw(i32::try_from(self.child.id()).unwrap_or_default())
            .ok_or(Errno::SRCH)
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()))
            .map_err(|e| Refusal::of_io("cannot wait for nft", &e.into()))?;
        self.patience.wait(&ended)?;
        let status = self.child.wait().map_err(|e| Refusal::of_io("cannot wait for nft", &e))?;
        self.is_over = true;
        if status.success() { Ok(()) } else { Err(Refusal::of_said(&self.said(), status)) }
    }

    /// Reads what nobody wanted, so that nft can end.
    fn drain(&mut self) -> io::Result<u64> {
        io::copy(self, &mut io::sink())
    }

    fn said(&mut self) -> String {
        let mut said = Vec::new();
        let read = self.said.rewind().and_then(|()| (&self.said).take(MOST_SAID).read_to_end(&mut said));
        read.map(|_| String::from_utf8_lossy(&said).into_owned()).unwrap_or_default()
    }
}

impl Read for Process {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Err(fault) = self.patience.wait(&self.output) {
            self.fault = Some(fault);
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.output.read(buffer)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.is_over {
            // It may have ended by itself: then there is nothing to stop.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// How long nft may still keep us waiting. The time that a slow reader takes does not count.
#[derive(Debug)]
struct Patience {
    left: Duration,
    limit: Duration,
    host: Host,
}

impl Patience {
    fn wait(&mut self, fd: &impl AsFd) -> Result<(), Refusal> {
        while !self.left.is_zero() {
            if self.host.is_cancelled() {
                return Err(Refusal::new(Kind::Stopped, "given up while nft was running"));
            }
            let slice = Timespec::try_from(self.left.min(SLICE)).unwrap_or_default();
            let began = Instant::now();
            match poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&slice)) {
                Ok(0) | Err(Errno::INTR) => self.left = self.left.saturating_sub(began.elapsed()),
                Ok(_) => return Ok(()),
                Err(e) => return Err(Refusal::of_io("cannot wait for nft", &e.into())),
            }
        }
        Err(Refusal::new(Kind::Slow, format!("nft did not finish within {:?}", self.limit)))
    }
}
