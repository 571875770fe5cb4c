//! What all commands of `warden ban` are given: the flags that hold for each of them.

use crate::error::{Error, Result};
use crate::global::Global;

/// The flags of `warden` and of `warden ban`.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub global: &'a Global,
    pub backends: &'a [String],
    pub remediation: &'a str,
}

impl Scope<'_> {
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
