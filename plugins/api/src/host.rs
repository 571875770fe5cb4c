//! What a plugin may ask of the host: its log, its clock, whether to give up.

use std::fmt::Display;

use crate::abi;

/// How grave a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    /// Something failed.
    Error = abi::LOG_ERROR,
    /// Something is not as it should be.
    Warn = abi::LOG_WARN,
    /// What happened.
    Info = abi::LOG_INFO,
    /// For whoever looks for a fault.
    Debug = abi::LOG_DEBUG,
    /// Each step.
    Trace = abi::LOG_TRACE,
}

/// The host as a plugin sees it. It may be cloned and used from any thread until the instance is dropped: join your
/// threads in [`Backend::shutdown`](crate::Backend::shutdown).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host(*const abi::Host);

// SAFETY: the header marks every function of the host [any thread]; the struct itself is constant.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

/// The size of the first version: no host's is less.
const FIRST_SIZE: usize = 88;

impl Host {
    /// Wraps the pointer that `init` received; `None` when it is NULL or too short to be a host.
    ///
    /// # Safety
    /// `host`, unless NULL, is as the header says and outlives the instance.
    #[must_use]
    pub unsafe fn from_abi(host: *const abi::Host) -> Option<Self> {
        // SAFETY: not NULL, and the caller promises `struct_size` bytes.
        (!host.is_null() && unsafe { (*host).struct_size } as usize >= FIRST_SIZE).then_some(Self(host))
    }

    /// The C form.
    #[must_use]
    fn abi(&self) -> &abi::Host {
        // SAFETY: checked in `from_abi`; the host outlives the instance.
        unsafe { &*self.0 }
    }

    /// Says something in the host's log, unless its level is above what the user wants to hear.
    pub fn log(&self, level: Level, message: impl Display) {
        let host = self.abi();
        if let Some(log) = host.log.filter(|_| level as i32 <= host.max_log_level) {
            let message = message.to_string();
            // SAFETY: the function and its ctx come from the host; the text lives through the call.
            unsafe { log(host.ctx, level as i32, abi::Str::new(&message)) }
        }
    }

    /// Whether the user pressed Ctrl-C or the time is up: give up soon.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        // SAFETY: the function and its ctx come from the host.
        self.abi().is_cancelled.is_some_and(|f| unsafe { f(self.abi().ctx) } != 0)
    }

    /// The clock to stamp with, microseconds since the epoch, UTC. One command is one instant.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        // SAFETY: the function and its ctx come from the host.
        self.abi().now_us.map_or(0, |f| unsafe { f(self.abi().ctx) })
    }

    /// Who runs the host, for records; may be empty.
    #[must_use]
    pub fn actor(&self) -> &str {
        // SAFETY: valid until `destroy` has returned, as everything of the host.
        unsafe { self.abi().actor.text("actor") }.unwrap_or_default()
    }

    /// What the host was asked to do, for records; may be empty.
    #[must_use]
    pub fn command(&self) -> &str {
        // SAFETY: as for `actor`.
        unsafe { self.abi().command.text("command") }.unwrap_or_default()
    }
}
