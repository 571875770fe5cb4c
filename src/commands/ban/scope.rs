//! What all commands of `warden ban` are given: the flags that hold for each of them.

use crate::action::{Actions, BAN};
use crate::backends::{Mode, Selection};
use crate::error::{Error, Result};
use crate::global::Global;
use crate::operation::Use;

/// The flags of `warden` and of `warden ban`.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub global: &'a Global,
    pub backends: &'a [String],
    pub remediation: &'a str,
}

impl<'a> Scope<'a> {
    /// The backends, for a command that reads.
    pub fn read(self) -> Use<'a> {
        Use { named: self.backends, mode: Mode::Read }
    }

    /// The backends, for a command that writes, or says what it would write.
    pub fn write(self, dry_run: bool) -> Use<'a> {
        Use { named: self.backends, mode: Mode::write(dry_run) }
    }

    /// What a new ban does.
    ///
    /// # Errors
    /// `Usage` when nobody knows the word of `--remediation`.
    pub fn action(self, actions: &Actions<'_>) -> Result<String> {
        Ok(actions.read(self.remediation)?.into_owned())
    }

    /// Refuses `--remediation`, which would read like a filter of the bans that are taken back.
    pub fn refuse_remediation(self, hint: &str) -> Result {
        match self.remediation {
            BAN => Ok(()),
            other => {
                Err(Error::usage(format!("--remediation {other} says what a new ban does")).with_hint(hint))
            }
        }
    }

    /// Which backends a question goes to.
    pub fn selection(self, past: bool) -> Selection {
        Selection { named: !self.backends.is_empty(), past }
    }

    /// Refuses `--backend`, for a command whose own words name its backends.
    pub fn refuse_backends(self) -> Result {
        match self.backends {
            [] => Ok(()),
            _ => {
                Err(Error::usage("--backend does not go with this command: it names its two backends itself"))
            }
        }
    }
}
