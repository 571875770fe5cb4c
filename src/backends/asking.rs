//! Questions that are no list: each backend that a list would read is asked, and how they did is the exit code.

use warden_plugin::{Capabilities, Result};

use super::{Backends, Selection, answered, asked};
use crate::error::Exit;
use crate::plugin::Instance;

impl Backends {
    /// Asks each selected backend, of a past only those that keep history. Told each backend's name.
    pub fn ask(
        &mut self,
        what: &str,
        selection: Selection,
        mut f: impl FnMut(&str, &mut Instance) -> Result,
    ) -> Exit {
        let (mut failed, mut done) = (self.discarded.len(), 0);
        for member in asked(&mut self.members, selection) {
            if selection.past && !member.has(Capabilities::HISTORY) {
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
