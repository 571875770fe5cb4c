//! Questions that are no list: each backend that a list would read is asked, and how they did is the exit code.

use warden_plugin::{Capabilities, Result};

use super::{Backends, Member};
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
        let store = |member: &Member| member.has(Capabilities::STORE);
        let all = named || !self.members.iter().any(store);
        let (mut failed, mut answered) = (self.lost.len(), 0);
        for member in self.members.iter_mut().filter(|m| all || store(m)) {
            if past && !member.has(Capabilities::HISTORY) {
                self.ui.say(format_args!("backend \"{}\" keeps no history: left out", member.name));
                continue;
            }
            match f(&member.name, &mut member.instance) {
                Ok(()) => answered += 1,
                Err(error) => {
                    self.ui.error(&member.failed(what, &error));
                    failed += 1;
                }
            }
        }
        match (failed, answered) {
            (0, _) => Exit::Done,
            (_, 0) => Exit::Failed,
            _ => Exit::Partial,
        }
    }
}
