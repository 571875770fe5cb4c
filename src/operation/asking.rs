//! Questions that are no list: each backend that a list would read is asked.

use warden_plugin::{Capabilities, Result};

use crate::backends::{Backends, Selection, asked};
use crate::plugin::Instance;
use crate::progress::Waiting;

impl Backends {
    /// Asks each selected backend, of a past only those that keep history. Told each backend's name. Answers whether every
    /// backend answered.
    pub fn ask(
        &mut self,
        what: &str,
        selection: Selection,
        mut f: impl FnMut(&str, &mut Instance) -> Result,
    ) -> bool {
        let _waiting = Waiting::new(self.ui, what);
        let mut complete = self.discarded.is_empty();
        for member in asked(&mut self.members, selection) {
            if selection.past && !member.has(Capabilities::HISTORY) {
                self.ui.say(format_args!("backend \"{}\" keeps no history: left out", member.name));
                continue;
            }
            match f(&member.name, &mut member.instance) {
                Ok(()) => member.replied = true,
                Err(error) => {
                    self.ui.error(&member.failed(what, &error));
                    complete = false;
                }
            }
        }
        complete
    }
}
