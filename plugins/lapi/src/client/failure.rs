//! Why a request failed, in the words of a user, and what the caller may conclude about the server's state.

use std::io;

use ureq::Timeout;
use warden_plugin::{Error, ErrorKind};

use super::bounds::TooMuch;

/// A failed request.
#[derive(Debug)]
pub struct Failure {
    /// What the user reads.
    pub error: Error,
    /// What is known about the server.
    pub state: ServerState,
}

/// What a failed request says about the server's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// It was not reached, or it refused before it did anything.
    NothingDone,
    /// Its database was locked: something may have been done, and trying again may help.
    Locked,
    /// It failed in the middle: something may have been done.
    Failed,
    /// The connection broke: something may have been done.
    Disconnected,
    /// It did not answer in time: it may be at it still.
    TimedOut,
    /// What was to be ended is not there, or could not be ended: 1.4.6 says the same of both.
    NotFound,
}

pub type Outcome<T = ()> = std::result::Result<T, Failure>;

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl Failure {
    pub fn new(state: ServerState, error: Error) -> Self {
        Self { error, state }
    }

    /// The user wants the command to end.
    pub fn cancelled() -> Self {
        Self::new(ServerState::NothingDone, Error::unavailable("interrupted"))
    }
}

/// What messages about a request name: the server, and what was asked of it.
#[derive(Clone, Copy)]
pub struct RequestContext<'a> {
    /// The server as the configuration names it.
    pub server: &'a str,
    /// `POST /v1/alerts`
    pub what: &'a str,
}

impl RequestContext<'_> {
    /// A request without an answer.
    pub fn transport(self, error: &ureq::Error) -> Failure {
        match error {
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                self.unreachable("no connection in time")
            }
            ureq::Error::Timeout(_) => self.timed_out(),
            ureq::Error::HostNotFound => self.unreachable("there is no such host"),
            ureq::Error::Io(e) => self.io(e),
            ureq::Error::Rustls(e) => self.tls(&e.to_string()),
            other => self.disconnected(&other.to_string()),
        }
    }

    /// An answer that broke off.
    pub fn io(self, error: &io::Error) -> Failure {
        if let Some(inner) = error.get_ref() {
            if let Some(error) = inner.downcast_ref::<ureq::Error>() {
                return self.transport(error);
            }
            if let Some(error) = inner.downcast_ref::<rustls::Error>() {
                return self.tls(&error.to_string());
            }
            if let Some(too_much) = inner.downcast_ref::<TooMuch>() {
                return self.unexpected(&too_much.to_string());
            }
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => self.unreachable("connection refused"),
            io::ErrorKind::NotFound => self.unreachable("there is no such socket"),
            io::ErrorKind::PermissionDenied => {
                let error =
                    Error::denied(format!("cannot reach the LAPI at {}: permission denied", self.server));
                Failure::new(ServerState::NothingDone, error)
            }
            io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable => self.unreachable(&error.to_string()),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => self.timed_out(),
            _ => self.disconnected(&cause(error)),
        }
    }

    fn unreachable(self, why: &str) -> Failure {
        let error = Error::unavailable(format!("cannot reach the LAPI at {}: {why}", self.server));
        Failure::new(ServerState::NothingDone, error.with_hint("is crowdsec running there? `url` says where"))
    }

    fn timed_out(self) -> Failure {
        let message = format!("the LAPI at {} does not answer to `{}`", self.server, self.what);
        let hint = "`timeout` says how long it may be silent; many alerts take long";
        Failure::new(ServerState::TimedOut, Error::unavailable(message).with_hint(hint))
    }

    fn tls(self, why: &str) -> Failure {
        let error = Error::unavailable(format!("no TLS with the LAPI at {}: {why}", self.server));
        let error = error.with_key("tls_ca").with_hint("`tls_ca` is the file of its certificate's authority");
        Failure::new(ServerState::NothingDone, error)
    }

    fn disconnected(self, why: &str) -> Failure {
        let message = format!("the LAPI at {} broke off during `{}`: {why}", self.server, self.what);
        Failure::new(ServerState::Disconnected, Error::unavailable(message))
    }

    /// An answer that is not what the LAPI answers.
    pub fn unexpected(self, why: &str) -> Failure {
        let message = format!("what {} answers to `{}` is not a LAPI's: {why}", self.server, self.what);
        let error = Error::internal(message).with_hint("does `url` name CrowdSec's Local API?");
        Failure::new(ServerState::Failed, error)
    }

    /// An answer that says yes to what was not done.
    pub fn not_stored(self) -> Failure {
        let text = format!("the LAPI at {} says that it stored an alert, and did not", self.server);
        let hint = "its own log may say why: a full disk, a damaged database";
        Failure::new(ServerState::Failed, Error::unavailable(text).with_hint(hint))
    }

    /// An answer that says no.
    pub fn refused(self, status: u16, message: &str) -> Failure {
        let said = if message.is_empty() { String::new() } else { format!(": {message}") };
        let text = format!("the LAPI at {} answers {status} to `{}`{said}", self.server, self.what);
        let (kind, state) = match status {
            401 | 403 => (ErrorKind::Denied, ServerState::NothingDone),
            // 1.4.6 answers 500 where 404 is meant.
            404 | 500 if message.contains("doesn't exist: unable to delete") => {
                (ErrorKind::Internal, ServerState::NotFound)
            }
            500..=599 if is_locked(message) => (ErrorKind::Unavailable, ServerState::Locked),
            500..=599 => (ErrorKind::Unavailable, ServerState::Failed),
            300..=399 | 404 | 405 => return self.unexpected(&format!("{status}{said}")),
            _ => (ErrorKind::Internal, ServerState::NothingDone),
        };
        Failure::new(state, Error::new(kind, text))
    }
}

/// What SQLite, MariaDB and PostgreSQL say when another writer is in the way; of an end that failed for whatever
/// reason 1.4.6 says only that.
fn is_locked(message: &str) -> bool {
    ["is locked", "lock wait timeout", "deadlock", "could not serialize", "unable to delete"]
        .iter()
        .any(|words| message.to_ascii_lowercase().contains(words))
}

/// The innermost reason.
fn cause(error: &io::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}
