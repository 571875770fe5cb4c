//! The marker: a chain without rules, which goes with the table and which every flush leaves behind. Where it stands, the
//! sets hold what warden wrote, and what is not there somebody removed.
//!
//! It is a chain since that is no burden to a packet. Its name tells the boot: a ruleset that was saved and is loaded at
//! the next boot has the bans of then.

use super::Inventory;

const PREFIX: &str = "filled_";

/// The name of the marker since the machine has started.
#[must_use]
pub fn marker() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    PREFIX.chars().chain(boot.chars().filter(char::is_ascii_hexdigit).take(12)).collect()
}

impl Inventory {
    /// Whether the marker stands.
    #[must_use]
    pub fn is_marked(&self, marker: &str) -> bool {
        self.chains.iter().any(|chain| chain.name == marker)
    }

    /// The markers of other boots, unless somebody uses them for something.
    pub fn old_markers<'i>(&'i self, marker: &'i str) -> impl Iterator<Item = &'i str> {
        let is_used = |name: &str| {
            self.rules.iter().any(|rule| rule.chain == name || rule.chains.iter().any(|to| to == name))
        };
        let names = self.chains.iter().map(|chain| chain.name.as_str());
        names.filter(move |name| name.starts_with(PREFIX) && *name != marker && !is_used(name))
    }
}
