//! What is missing of the table, and the commands of nft's language that make it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ipnet::{Ipv4Net, Ipv6Net};

use super::{BANNED, HOOKS, Inventory, chain_of, map_of};
use crate::sets::{Family, Set};
use crate::settings::{Names, Settings};

impl Inventory {
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

#[cfg(test)]
pub mod tests {
    use std::time::Duration;

    use super::*;

    pub fn settings(create_rules: bool) -> Settings {
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
}
