//! Many targets, to look one up in.

use std::ops::Deref;

use crate::Target;

/// Targets in ascending order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets(Vec<Target>);

impl From<Vec<Target>> for Targets {
    fn from(mut targets: Vec<Target>) -> Self {
        targets.sort_unstable();
        targets.dedup();
        Self(targets)
    }
}

impl FromIterator<Target> for Targets {
    fn from_iter<I: IntoIterator<Item = Target>>(targets: I) -> Self {
        targets.into_iter().collect::<Vec<_>>().into()
    }
}

impl Targets {
    /// None.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether one of them equals `target` by value.
    #[must_use]
    pub fn has(&self, target: Target) -> bool {
        self.0.binary_search(&target).is_ok()
    }
}

impl Deref for Targets {
    type Target = [Target];

    fn deref(&self) -> &[Target] {
        &self.0
    }
}
