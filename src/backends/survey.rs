//! Questions that are no list: each backend that a list would read is asked, and how they did is the exit code.

use warden_plugin::{Capabilities, Result};

use super::{Backends, answered, asked};
use crate::error::Exit;
use crate::plugin::Instance;

impl Backends {
    /// Asks the backends that keep bans; those that the user named; all of them when none keeps bans. `past`: only those
    /// with a history can answer. Told each backend's name.
    pub fn survey(
        &mut self,
        what: &str,
        (named, past): (bool, bool),
        mut f: impl FnMut(&str, &mut Instance) -> Result,
    ) -> Exit {
        let (mut failed, mut done) = (self.lost.len(), 0);
        for member in asked(&mut self.members, named) {
            if past && !member.has(Capabilities::HISTORY) {
                self.ui.say(format_args!("backend \"{}\" keeps no history: left out", member.name));
                continue;
            }
            match f(&member.name, &mut member.instance) {
                Ok(()) => done += 1,
                Err(error) => {
                    self.ui.error(&member.failed(what, &error));
                    failed += 1;
                }
            }
        }
        answered(failed, done)
    }
}
