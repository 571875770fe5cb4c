//! Why a call of a plugin failed: a kind, a message, and what the user can do.

use crate::abi;

/// What sort of failure it is; each has one status in the C ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The configuration is wrong; the user can repair it.
    Config,
    /// The storage is out of reach, locked or full; trying again may help.
    Unavailable,
    /// The storage or the system refused permission.
    Denied,
    /// An argument is out of contract, or a value that this storage cannot hold.
    Invalid,
    /// The plugin does not offer this.
    Unsupported,
    /// A defect, or a status that this build does not know.
    Internal,
    /// The plugin panicked; its instance is poisoned.
    Panic,
    /// The reader asked to stop: not a failure. [`Rows::push`](crate::Rows::push) answers it so that `?` ends a read.
    Stopped,
}

impl ErrorKind {
    /// The status that crosses the border.
    #[must_use]
    pub fn status(self) -> abi::Status {
        match self {
            Self::Config => abi::E_CONFIG,
            Self::Unavailable => abi::E_UNAVAILABLE,
            Self::Denied => abi::E_DENIED,
            Self::Invalid => abi::E_INVALID,
            Self::Unsupported => abi::E_UNSUPPORTED,
            Self::Internal => abi::E_INTERNAL,
            Self::Panic => abi::E_PANIC,
            Self::Stopped => abi::STOPPED,
        }
    }

    /// The kind behind a status that is not `WARDEN_OK`; an unknown one is `Internal`.
    #[must_use]
    pub fn from_status(status: abi::Status) -> Self {
        match status {
            abi::E_CONFIG => Self::Config,
            abi::E_UNAVAILABLE => Self::Unavailable,
            abi::E_DENIED => Self::Denied,
            abi::E_INVALID => Self::Invalid,
            abi::E_UNSUPPORTED => Self::Unsupported,
            abi::E_PANIC => Self::Panic,
            abi::STOPPED => Self::Stopped,
            _ => Self::Internal,
        }
    }
}

/// What a call of a plugin answers when it fails. Never put a secret into it: the user reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    key: String,
    hint: String,
}

/// The answer of every call of a plugin.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of a kind. `message` says what failed and on what: lower case, no full stop.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), key: String::new(), hint: String::new() }
    }

    /// The configuration is wrong at `key`.
    #[must_use]
    pub fn config(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), ..Self::new(ErrorKind::Config, message) }
    }

    /// The storage is out of reach, locked or full.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// The storage or the system refused permission.
    #[must_use]
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Denied, message)
    }

    /// A value that this storage cannot hold, or an argument out of contract.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// The plugin does not offer `what`.
    #[must_use]
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, what)
    }

    /// A defect of the plugin or of its storage.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// The reader asked to stop.
    #[must_use]
    pub fn stopped() -> Self {
        Self::new(ErrorKind::Stopped, "stopped by the reader")
    }

    /// Adds the configuration key at fault.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// What sort of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What failed.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The configuration key at fault; empty when there is none.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What the user can do; empty when there is nothing to say.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }
}
