//! The table, its sets, its chains and their rules: what is missing, and the commands of nft's language that make it.
//! Nothing is run here, and elements are not known.
//!
//! Packets come through the chains `input` and `forward`, or through chains of the administrator's own, and jump to
//! `banned`. From there they go by family, so that forty lengths of IPv6 cost an IPv4 packet nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ipnet::{Ipv4Net, Ipv6Net};
use warden_plugin::{Error, Result};

use crate::netlink::{ChainInfo, RuleInfo, SetInfo};
use crate::sets::{Family, Set};
use crate::settings::{Names, Settings};

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

    /// Whether rules that warden did not write look into a set.
    #[must_use]
    pub fn is_used_by_others(&self, set: &str, names: &Names) -> bool {
        let old: Vec<_> = self.old_rules(names).map(|rule| rule.handle).collect();
        let is_own = |chain: &str| chain.starts_with("banned4") || chain == "banned6";
        self.rules.iter().any(|rule| {
            rule.sets.iter().any(|used| used == set) && !old.contains(&rule.handle) && !is_own(&rule.chain)
        })
    }

    /// Whether any chain leads packets to `banned`.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.rules.iter().any(|rule| rule.chains.iter().any(|chain| chain == BANNED))
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

    /// The commands that make what is missing, for nft: all of it in one transaction. Empty when nothing is.
    #[must_use]
    pub fn missing(&self, settings: &Settings, needed: &BTreeSet<Set>) -> String {
        let names = &settings.names;
        let known: BTreeSet<Set> =
            self.ours(names).map(|(set, _)| set).filter(|set| set.is_used(names)).collect();
        let wanted: BTreeSet<Set> = Set::fixed(names).chain(needed.iter().copied()).collect();
        let mut script = Script { table: &names.table, text: String::new() };
        for set in wanted.difference(&known) {
            script.line(
                "add set",
                format_args!("{} {{ type {}; flags timeout; }}", set.name(names), kind(*set)),
            );
        }
        let mut chains: BTreeSet<String> = wanted.iter().map(|set| chain_of(*set)).collect();
        chains.insert("banned4".to_owned());
        for name in chains.iter().map(String::as_str).chain([BANNED]) {
            if !self.chains.iter().any(|chain| chain.name == name) {
                script.line("add chain", format_args!("{name}"));
            }
        }
        for set in wanted.union(&known).filter(|set| set.family().is_some()) {
            if self.rules_of(*set, names).next().is_none() {
                script.line("add rule", format_args!("{} {}", chain_of(*set), drop_rule(*set, names)));
            }
        }
        self.divide(names, &mut script);
        for (chain, protocol) in [("banned4", "ipv4"), ("banned6", "ipv6")] {
            if !self.jumps(BANNED, chain) {
                script.line("add rule", format_args!("{BANNED} meta nfproto {protocol} jump {chain}"));
            }
        }
        if settings.create_rules {
            for hook in HOOKS {
                self.hook(hook, settings.priority, &mut script);
            }
        }
        if script.text.is_empty() {
            script.text
        } else {
            format!("add table inet {}\n{}", names.table, script.text)
        }
    }

    /// Leads IPv4 packets to the chain of the set that their address may stand in.
    fn divide(&self, names: &Names, script: &mut Script<'_>) {
        let (map, last) = (map_of(names, names.shards), names.shards - 1);
        if last == 0 {
            return;
        }
        if !self.sets.iter().any(|info| info.name == map) {
            let ways: Vec<_> = (0..=last)
                .map(|number| format!("0.0.0.{number} : jump banned4_{}_{number}", names.shards))
                .collect();
            let ways = ways.join(", ");
            script.line(
                "add map",
                format_args!("{map} {{ type ipv4_addr : verdict; elements = {{ {ways} }}; }}"),
            );
        }
        if !self.rules.iter().any(|rule| rule.chain == "banned4" && rule.sets.contains(&map)) {
            script.line("add rule", format_args!("banned4 ip saddr & 0.0.0.{last} vmap @{map}"));
        }
    }

    /// The chain of a hook. Its hook and priority cannot be changed: then it is made anew.
    fn hook(&self, (name, number): (&str, u32), priority: i32, script: &mut Script<'_>) {
        let found = self.chains.iter().find(|chain| chain.name == name);
        let is_wanted =
            found.is_some_and(|chain| chain.hook == Some((number, priority)) && chain.kind == "filter");
        if found.is_some() && !is_wanted {
            script.line("flush chain", format_args!("{name}"));
            script.line("delete chain", format_args!("{name}"));
        }
        if !is_wanted {
            let hook =
                format_args!("{name} {{ type filter hook {name} priority {priority}; policy accept; }}");
            script.line("add chain", hook);
        }
        if !is_wanted || !self.jumps(name, BANNED) {
            script.line("add rule", format_args!("{name} jump {BANNED}"));
        }
    }

    fn jumps(&self, from: &str, to: &str) -> bool {
        self.rules.iter().any(|rule| rule.chain == from && rule.chains.iter().any(|chain| chain == to))
    }
}

/// Lines of nft's language about one table.
struct Script<'t> {
    table: &'t str,
    text: String,
}

impl Script<'_> {
    fn line(&mut self, verb: &str, what: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{verb} inet {} {what}", self.table);
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

/// The map by which addresses are divided among so many sets.
fn map_of(names: &Names, shards: impl std::fmt::Display) -> String {
    format!("{}_map_{shards}", names.set4)
}

/// The chain that looks into a set.
fn chain_of(set: Set) -> String {
    match (set, set.family()) {
        (Set::Shard { number, of }, _) => format!("banned4_{of}_{number}"),
        (_, Some(Family::V4)) => "banned4".to_owned(),
        _ => "banned6".to_owned(),
    }
}

/// A packet whose prefix stands in the set is counted and dropped.
fn drop_rule(set: Set, names: &Names) -> String {
    let name = set.name(names);
    let part = match set {
        Set::Addresses(Family::V4) | Set::Shard { .. } => "ip saddr".to_owned(),
        Set::Addresses(Family::V6) | Set::Further => "ip6 saddr".to_owned(),
        Set::Ranges(Family::V4, length) => {
            format!("ip saddr & {}", Ipv4Net::new([0; 4].into(), length).unwrap_or_default().netmask())
        }
        Set::Ranges(Family::V6, length) => {
            format!("ip6 saddr & {}", Ipv6Net::new([0; 16].into(), length).unwrap_or_default().netmask())
        }
    };
    format!("{part} @{name} counter drop")
}

fn kind(set: Set) -> &'static str {
    match set.family() {
        Some(Family::V4) => "ipv4_addr",
        Some(Family::V6) => "ipv6_addr",
        None => "ipv6_addr . inet_service . inet_service",
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
    use std::time::Duration;

    use super::*;

    fn settings(create_rules: bool) -> Settings {
        let [table, set4, set6, net4, net6, bans] =
            ["warden", "set4", "set6", "net4", "net6", "bans"].map(ToOwned::to_owned);
        Settings {
            names: Names { table, set4, set6, net4, net6, bans, shards: 1 },
            nft_path: "/nft".into(),
            timeout: Duration::ZERO,
            create_rules,
            priority: -10,
            lock_path: "/lock".into(),
            lock_timeout: Duration::ZERO,
        }
    }

    #[test]
    fn a_table_of_nothing_is_made_whole() {
        let needed = BTreeSet::from([Set::Ranges(Family::V4, 24), Set::Ranges(Family::V6, 33)]);
        let script = Inventory::default().missing(&settings(true), &needed);
        assert_eq!(
            script.lines().collect::<Vec<_>>(),
            [
                "add table inet warden",
                "add set inet warden set4 { type ipv4_addr; flags timeout; }",
                "add set inet warden set6 { type ipv6_addr; flags timeout; }",
                "add set inet warden net4_24 { type ipv4_addr; flags timeout; }",
                "add set inet warden net6_33 { type ipv6_addr; flags timeout; }",
                "add set inet warden bans { type ipv6_addr . inet_service . inet_service; flags timeout; }",
                "add chain inet warden banned4",
                "add chain inet warden banned6",
                "add chain inet warden banned",
                "add rule inet warden banned4 ip saddr @set4 counter drop",
                "add rule inet warden banned6 ip6 saddr @set6 counter drop",
                "add rule inet warden banned4 ip saddr & 255.255.255.0 @net4_24 counter drop",
                "add rule inet warden banned6 ip6 saddr & ffff:ffff:8000:: @net6_33 counter drop",
                "add rule inet warden banned meta nfproto ipv4 jump banned4",
                "add rule inet warden banned meta nfproto ipv6 jump banned6",
                "add chain inet warden input { type filter hook input priority -10; policy accept; }",
                "add rule inet warden input jump banned",
                "add chain inet warden forward { type filter hook forward priority -10; policy accept; }",
                "add rule inet warden forward jump banned",
            ]
        );
        assert!(!Inventory::default().missing(&settings(false), &needed).contains("hook"));
    }

    #[test]
    fn addresses_may_be_divided_among_several_sets() {
        let mut settings = settings(false);
        settings.names.shards = 2;
        let script = Inventory::default().missing(&settings, &BTreeSet::new());
        for line in [
            "add set inet warden set4_2_1 { type ipv4_addr; flags timeout; }",
            "add chain inet warden banned4_2_1",
            "add rule inet warden banned4_2_1 ip saddr @set4_2_1 counter drop",
            "add map inet warden set4_map_2 { type ipv4_addr : verdict; elements = { 0.0.0.0 : jump banned4_2_0, \
             0.0.0.1 : jump banned4_2_1 }; }",
            "add rule inet warden banned4 ip saddr & 0.0.0.1 vmap @set4_map_2",
        ] {
            assert!(script.lines().any(|each| each == line), "{line}: {script}");
        }
        assert!(!script.contains("set4 "), "{script}");
    }

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
