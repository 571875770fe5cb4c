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

/// The last reason in a chain of errors, as a user reads it: without the system's number, and in lower case unless it
/// begins with a name like SCRAM.
pub fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    match (letters.next(), letters.as_str()) {
        (Some(first), rest) if !rest.starts_with(char::is_uppercase) => {
            first.to_lowercase().to_string() + rest
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Error;

    use super::root_cause;

    #[test]
    fn a_reason_begins_in_lower_case_unless_with_a_name() {
        let said = |text: &str| root_cause(&Error::other(text.to_owned()));
        assert_eq!(said("Connection refused (os error 111)"), "connection refused");
        assert_eq!(said("SCRAM error: no"), "SCRAM error: no");
        assert_eq!([said("É"), said("")], ["é", ""]);
    }
}
