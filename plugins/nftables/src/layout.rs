//! The table, its sets, its chains and their rules. Nothing is run here, and elements are not known.
//!
//! Packets come through the chains `input` and `forward`, or through chains of the administrator's own, and jump to
//! `banned`. From there they go by family, so that forty lengths of IPv6 cost an IPv4 packet nothing.

mod marker;
mod missing;
mod older;

use warden_plugin::{Error, Result};

use crate::netlink::{ChainInfo, RuleInfo, SetInfo};
use crate::sets::{Family, Set};
use crate::settings::Names;

pub use marker::marker;
pub use older::is_displaced;

/// The hooks that a packet from a banned address may pass, each with a chain of the same name, and its number.
const HOOKS: [(&str, u32); 2] = [("input", 1), ("forward", 2)];

/// The chain that every packet to be looked at jumps to.
pub const BANNED: &str = "banned";

/// `NFT_SET_INTERVAL`.
pub const INTERVAL: u32 = 4;
/// `NFT_SET_MAP`.
const MAP: u32 = 8;
/// `NFT_SET_TIMEOUT`.
const TIMEOUT: u32 = 16;
/// `NFT_SET_CONCAT`: newer kernels add it to sets of several fields.
const CONCAT: u32 = 128;

/// What stands in the kernel of the table, without its elements.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The ruleset's, before anything was read.
    pub generation: u32,
    /// Sets of any name.
    pub sets: Vec<SetInfo>,
    /// Chains of any name.
    pub chains: Vec<ChainInfo>,
    /// Rules of every chain.
    pub rules: Vec<RuleInfo>,
}

impl Inventory {
    /// Warden's sets, with what is known of them.
    pub fn ours<'i>(&'i self, names: &'i Names) -> impl Iterator<Item = (Set, &'i SetInfo)> {
        self.sets.iter().filter_map(|info| Some((Set::named(&info.name, names)?, info)))
    }

    /// How many elements stand in warden's sets, unless the kernel does not tell. Expired ones count until the kernel
    /// has swept them, within a second.
    #[must_use]
    pub fn count(&self, names: &Names) -> Option<u64> {
        self.ours(names).map(|(_, info)| info.count.map(u64::from)).sum()
    }

    /// Whether rules that warden did not write look into a set.
    #[must_use]
    pub fn is_used_by_others(&self, set: &str, names: &Names) -> bool {
        let old: Vec<_> = self.old_rules(names).map(|rule| rule.handle).collect();
        self.rules.iter().any(|rule| {
            rule.sets.iter().any(|used| used == set) && !old.contains(&rule.handle) && !is_own(&rule.chain)
        })
    }

    /// Whether any chain leads packets to `banned`, and from there to the sets.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        let reaches = |to: &str| self.rules.iter().any(|rule| rule.chains.iter().any(|chain| chain == to));
        reaches(BANNED) && self.jumps(BANNED, "banned4") && self.jumps(BANNED, "banned6")
    }

    /// How many packets the rules of warden's own chains have dropped, since each of them was made.
    #[must_use]
    pub fn dropped_packets(&self) -> u64 {
        self.rules.iter().filter(|rule| rule.drops && is_own(&rule.chain)).map(|rule| rule.packets).sum()
    }

    /// The rules of warden's own chains that look into a set.
    pub fn rules_of<'i>(&'i self, set: Set, names: &Names) -> impl Iterator<Item = &'i RuleInfo> {
        let name = set.name(names).into_owned();
        let chain = set.family().map(|_| chain_of(set));
        self.rules
            .iter()
            .filter(move |rule| Some(rule.chain.as_str()) == chain.as_deref() && rule.sets.contains(&name))
    }

    /// Refuses a set of one of warden's names that cannot hold what warden puts there.
    ///
    /// # Errors
    /// `Unavailable`, with the name of the set.
    pub fn refuse_foreign(&self, names: &Names) -> Result {
        for (set, info) in self.ours(names) {
            if info.key_type != key_type(set) {
                return Err(foreign(names, info, "it is of another type"));
            }
            if info.flags & !CONCAT != TIMEOUT {
                let has = |bit, word| if info.flags & bit == 0 { "" } else { word };
                let which = [has(INTERVAL, "it holds intervals"), has(MAP, "it is a map")];
                let which = which.into_iter().find(|word| !word.is_empty());
                return Err(foreign(names, info, which.unwrap_or("its flags are not `timeout` alone")));
            }
        }
        Ok(())
    }

    fn jumps(&self, from: &str, to: &str) -> bool {
        self.rules.iter().any(|rule| rule.chain == from && rule.chains.iter().any(|chain| chain == to))
    }
}

/// The map by which addresses are divided among so many sets.
fn map_of(names: &Names, shards: impl std::fmt::Display) -> String {
    format!("{}_map_{shards}", names.set4)
}

/// Whether a chain is one of those that look into warden's sets.
fn is_own(chain: &str) -> bool {
    chain.starts_with("banned4") || chain == "banned6"
}

/// The chain that looks into a set.
fn chain_of(set: Set) -> String {
    match (set, set.family()) {
        (Set::Shard { number, of }, _) => format!("banned4_{of}_{number}"),
        (_, Some(Family::V4)) => "banned4".to_owned(),
        _ => "banned6".to_owned(),
    }
}

/// nft's own number of a type: six bits a field.
fn key_type(set: Set) -> u32 {
    let (ipv4, ipv6, service) = (7, 8, 13);
    match set.family() {
        Some(Family::V4) => ipv4,
        Some(Family::V6) => ipv6,
        None => ((ipv6 << 6 | service) << 6) | service,
    }
}

fn foreign(names: &Names, info: &SetInfo, why: &str) -> Error {
    let message = format!("set `{}` of table `{}` is not warden's: {why}", info.name, names.table);
    Error::unavailable(message).with_hint("remove the set, or set other names")
}

#[cfg(test)]
mod tests {
    use super::missing::tests::settings;
    use super::*;

    #[test]
    fn a_set_that_cannot_hold_bans_is_named() {
        let set = SetInfo { name: "net4_24".into(), flags: TIMEOUT | INTERVAL, key_type: 7, count: None };
        let refused = |set: SetInfo| {
            let inventory = Inventory { sets: vec![set], ..Inventory::default() };
            inventory.refuse_foreign(&settings(true).names).map_err(|e| e.message().to_owned())
        };
        assert_eq!(
            refused(set.clone()).unwrap_err(),
            "set `net4_24` of table `warden` is not warden's: it holds intervals"
        );
        assert!(refused(SetInfo { key_type: 8, ..set.clone() }).unwrap_err().contains("another type"));
        assert!(refused(SetInfo { flags: TIMEOUT, ..set.clone() }).is_ok());
        assert!(refused(SetInfo { name: "mine".into(), ..set }).is_ok(), "no name of warden's");
    }
}
