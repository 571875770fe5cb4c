//! What a case comes to.

use serde::{Deserialize, Serialize};
use warden_plugin::{Error, ErrorKind};

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "lowercase")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// The plugin says that this is not its business.
    Skipped(String),
    /// It does not hold.
    Failed(String),
}

/// Why a case ends early.
#[derive(Debug)]
pub enum Stop {
    /// The plugin says that this is not its business.
    Skip(String),
    /// It does not hold.
    Fail(String),
}

/// What a case answers.
pub type Verdict<T = ()> = Result<T, Stop>;

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Ok(()) => Self::Passed,
            Err(Stop::Skip(why)) => Self::Skipped(why),
            Err(Stop::Fail(why)) => Self::Failed(why),
        }
    }
}

/// A plugin's error, as the call's that failed.
pub trait During<T> {
    /// Fails the case with the call's name.
    ///
    /// # Errors
    /// When the call failed.
    fn during(self, call: &str) -> Verdict<T>;
}

impl<T> During<T> for warden_plugin::Result<T> {
    fn during(self, call: &str) -> Verdict<T> {
        self.map_err(|error| Stop::Fail(format!("{call}: {}", words(&error))))
    }
}

/// An error in a line.
pub fn words(error: &Error) -> String {
    let kind = match error.kind() {
        ErrorKind::Config => "configuration",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Denied => "denied",
        ErrorKind::Invalid => "invalid",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::Internal => "internal",
        ErrorKind::Panic => "panic",
        ErrorKind::Stopped => "stopped",
    };
    format!("{} ({kind})", error.message())
}

/// Fails a case, with words as of `format!`.
macro_rules! fail {
    ($($words:tt)*) => {
        return Err($crate::conformance::verdict::Stop::Fail(format!($($words)*)))
    };
}

/// Skips a case.
macro_rules! skip {
    ($($words:tt)*) => {
        return Err($crate::conformance::verdict::Stop::Skip(format!($($words)*)))
    };
}

/// Fails a case unless something holds.
macro_rules! ensure {
    ($holds:expr, $($words:tt)*) => {
        if !$holds {
            fail!($($words)*);
        }
    };
}

/// Fails a case unless two values are equal.
macro_rules! ensure_eq {
    ($found:expr, $wanted:expr, $what:expr) => {
        match (&$found, &$wanted) {
            (found, wanted) => ensure!(found == wanted, "{}: {found:?} in place of {wanted:?}", $what),
        }
    };
}
pub(super) use {ensure, ensure_eq, fail, skip};
