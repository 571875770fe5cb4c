//! What other spellings of targets (`2001:DB8:0:0:0:0:0:2`, `1.2.3.77/24`) add to the counts of a list.

use std::collections::HashMap;

use warden_plugin::Target;

use super::record::Record;
use crate::common::spelling::is_canonical;
use crate::common::tally::Tally;

/// The counts that the rows of a list lack.
///
/// Memory: a few words for each target that is spelled in another way; warden writes none.
#[derive(Debug, Default)]
pub struct Spellings {
    others: HashMap<(Target, TallyKind), Tally>,
    canonical: HashMap<(Target, TallyKind), Tally>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TallyKind {
    /// Signals and their events.
    Signals,
    /// Active bans, for orphans.
    Bans,
}

impl Spellings {
    /// Counts what was found under a text, unless that is a canonical one: the server finds more than it needs to.
    pub fn add(&mut self, text: &str, kind: TallyKind, tally: Tally) {
        if let Some(target) = Target::of_stored(text).filter(|target| !is_canonical(text, target)) {
            let sum = self.others.entry((target, kind)).or_default();
            *sum = sum.plus(tally);
        }
    }

    /// Counts what was found under a canonical text.
    pub fn add_canonical(&mut self, text: &str, kind: TallyKind, tally: Tally) {
        if let Some(target) = Target::of_stored(text).filter(|target| target.text().as_str() == text) {
            self.canonical.insert((target, kind), tally);
        }
    }

    /// The canonical texts of which a row in another spelling needs the counts.
    pub fn wanted(&self) -> Vec<String> {
        let mut targets: Vec<_> = self
            .others
            .keys()
            .filter(|(_, kind)| *kind == TallyKind::Bans)
            .map(|(target, _)| *target)
            .collect();
        targets.sort_unstable();
        targets.iter().map(ToString::to_string).collect()
    }

    /// Completes a row, whose tally is that of its own spelling.
    pub fn complete(&self, record: &mut Record<'_>) {
        if self.others.is_empty() {
            return;
        }
        let Some(target) = record.meaning() else { return };
        let key = (target, if record.orphan { TallyKind::Bans } else { TallyKind::Signals });
        let canonical = if is_canonical(&record.target, &target) {
            record.tally
        } else {
            self.canonical.get(&key).copied().unwrap_or_default()
        };
        record.tally = canonical.plus(self.others.get(&key).copied().unwrap_or_default());
    }
}
