//! Why a step on a server failed, and what that means for the next one.

use std::error::Error as StdError;

use warden_plugin::{Error, ErrorKind};

/// A failure of one step.
#[derive(Debug)]
pub enum Fault {
    /// The connection is gone, or the server does not work at the moment: another one may.
    Lost(Error),
    /// The transaction lost against another writer: the same again may work.
    Conflict(Error),
    /// Final.
    Failed(Error),
    /// The reader of the rows has enough.
    Stopped(Error),
}

impl Fault {
    /// A final failure.
    pub fn failed(kind: ErrorKind, why: impl Into<String>) -> Self {
        Self::Failed(Error::new(kind, why))
    }

    /// A lost connection.
    pub fn lost(why: impl Into<String>) -> Self {
        Self::Lost(Error::unavailable(why))
    }

    /// What happened, without what it means.
    pub fn into_error(self) -> Error {
        match self {
            Self::Lost(error) | Self::Conflict(error) | Self::Failed(error) | Self::Stopped(error) => error,
        }
    }

    /// The same, but final: it came too late for another try.
    pub fn made_final(self) -> Self {
        match self {
            Self::Lost(error) | Self::Conflict(error) => Self::Failed(error),
            other => other,
        }
    }
}

/// The last reason in a chain of errors, as a user reads it: lower case, without the system's number.
pub fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
