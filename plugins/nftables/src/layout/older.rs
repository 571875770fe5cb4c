//! What older wardens, or another number of shards, made: bans that stand elsewhere than today, and what led to them.

use super::{HOOKS, INTERVAL, Inventory, MAP, map_of};
use crate::netlink::{RuleInfo, SetInfo};
use crate::sets::{Family, Set};
use crate::settings::Names;

impl Inventory {
    /// The sets in which bans stand elsewhere than today's layout has them.
    pub fn displaced<'i>(&'i self, names: &'i Names) -> impl Iterator<Item = &'i SetInfo> {
        self.sets.iter().filter(|info| is_displaced(info, names))
    }

    /// The rules of warden's own chains that look into such sets, or lead to them.
    pub fn displaced_rules<'i>(&'i self, names: &'i Names) -> impl Iterator<Item = &'i RuleInfo> {
        let sets = self.displaced(names).filter_map(|info| Set::named(&info.name, names));
        let maps = self.old_maps(names).flat_map(|map| {
            let leads = |rule: &&RuleInfo| rule.chain == "banned4" && rule.sets.contains(&map.name);
            self.rules.iter().filter(leads)
        });
        sets.flat_map(|set| self.rules_of(set, names)).chain(maps)
    }

    /// The maps by which addresses were divided among another number of sets.
    pub fn old_maps<'i>(&'i self, names: &'i Names) -> impl Iterator<Item = &'i SetInfo> {
        let prefix = map_of(names, "");
        let current = map_of(names, names.shards);
        let is_old = move |name: &str| name != current && name.starts_with(&prefix);
        self.sets.iter().filter(move |info| info.flags & MAP != 0 && is_old(&info.name))
    }

    /// The chains of these sets.
    pub fn old_chains<'i>(&'i self, names: &'i Names) -> impl Iterator<Item = &'i str> {
        let current = format!("banned4_{}_", names.shards);
        let is_old = move |name: &str| name.starts_with("banned4_") && !name.starts_with(&current);
        self.chains.iter().map(|chain| chain.name.as_str()).filter(move |name| is_old(name))
    }

    /// The drop rules that an older warden put right into the chains of the hooks.
    pub fn old_rules<'i>(&'i self, names: &'i Names) -> impl Iterator<Item = &'i RuleInfo> {
        let old = [&names.set4, &names.set6, &names.net4, &names.net6];
        let is_old = move |rule: &RuleInfo| {
            HOOKS.iter().any(|(chain, _)| rule.chain == *chain)
                && rule.drops
                && rule.sets.iter().any(|set| old.contains(&set))
        };
        self.rules.iter().filter(move |rule| is_old(rule))
    }
}

/// Whether bans stand in a set that today's layout has no use for: an older warden's interval set, or addresses that are
/// divided among another number of sets.
#[must_use]
pub fn is_displaced(info: &SetInfo, names: &Names) -> bool {
    let is_old = |name: &str| Family::ALL.iter().any(|family| family.ranges(names) == name);
    (info.flags & INTERVAL != 0 && is_old(&info.name))
        || Set::named(&info.name, names).is_some_and(|set| !set.is_used(names))
}
