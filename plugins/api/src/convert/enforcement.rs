//! The state of an enforcer.

use super::bit;
use crate::abi;
use crate::model::Enforcement;

impl Enforcement {
    /// `WARDEN_ENFORCE_*`.
    #[must_use]
    pub fn flags(&self) -> u32 {
        bit(self.lost, abi::ENFORCE_LOST)
            | bit(self.unhooked, abi::ENFORCE_UNHOOKED)
            | bit(self.dropped_packets.is_some(), abi::ENFORCE_COUNTED)
    }

    /// The state that a plugin has told.
    #[must_use]
    pub fn from_abi(raw: &abi::Enforcement) -> Self {
        let has = |bit| raw.flags & bit != 0;
        Self {
            lost: has(abi::ENFORCE_LOST),
            unhooked: has(abi::ENFORCE_UNHOOKED),
            dropped_packets: has(abi::ENFORCE_COUNTED).then_some(raw.dropped_packets),
        }
    }
}
