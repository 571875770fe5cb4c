//! A table that an older warden made, with interval sets cut into pieces and the bans on ranges in `bans` alone.

use warden_plugin::Backend;

use crate::host::logged;
use crate::namespace::{HOUR, Warden, in_namespace, nft};

/// 10.0.0.0/24 for an hour, in it 10.0.0.16/28 without end by two sources, and an address.
const SETS: &str = r#"
add table inet warden
add set inet warden set4 { type ipv4_addr; flags timeout; }
add set inet warden set6 { type ipv6_addr; flags timeout; }
add set inet warden net4 { type ipv4_addr; flags interval, timeout; }
add set inet warden net6 { type ipv6_addr; flags interval, timeout; }
add set inet warden bans { type ipv6_addr . inet_service . inet_service; flags timeout; }
add element inet warden set4 { 1.2.3.4 timeout 1h comment "ban cli 1 4000000000000000 scan" }
add element inet warden net4 { 10.0.0.0-10.0.0.15 timeout 1h comment "ban cli 1 4000000000000000 spam" }
add element inet warden net4 { 10.0.0.16/28 comment "ban api 2 - flood" }
add element inet warden net4 { 10.0.0.32-10.0.0.255 timeout 1h comment "ban cli 1 4000000000000000 spam" }
add element inet warden net4 { 10.7.0.0-10.7.0.11 comment "by hand" }
add element inet warden net6 { 2001:db8::/32 comment "ban cli 3 - six" }
add element inet warden bans { ::ffff:10.0.0.0 . 120 . 0 timeout 1h comment "ban cli 1 4000000000000000 spam" }
add element inet warden bans { ::ffff:10.0.0.16 . 124 . 0 comment "ban api 2 - flood" }
add element inet warden bans { ::ffff:10.0.0.16 . 124 . 1 timeout 1h comment "ban cli 4 4000000000000000 too" }
add element inet warden bans { 2001:db8:: . 32 . 0 comment "ban cli 3 - six" }
"#;

const RULES: &str = "
add chain inet warden input { type filter hook input priority -10; policy accept; }
add rule inet warden input ip saddr 192.0.2.1 accept
add rule inet warden input ip saddr @set4 counter drop
add rule inet warden input ip saddr @net4 counter drop
add rule inet warden input ip6 saddr @set6 counter drop
add rule inet warden input ip6 saddr @net6 counter drop
";

const TOLD: [&str; 7] = [
    "1.2.3.4 cli scan",
    "10.0.0.0/24 cli spam",
    "10.0.0.16/28 api flood",
    "10.0.0.16/28 cli too",
    "10.7.0.0/29 nft by hand",
    "10.7.0.8/30 nft by hand",
    "2001:db8::/32 cli six",
];

#[test]
fn its_bans_are_told_and_carried_over() {
    in_namespace(|_| {
        nft(&format!("{SETS}{RULES}"));
        let mut warden = Warden::new();
        assert_eq!(warden.told(), TOLD);
        warden.ban("1.2.3.5", HOUR);
        let mut all = TOLD.to_vec();
        all.insert(1, "1.2.3.5 cli a test");
        assert_eq!(warden.told(), all);
        let table = nft("list table inet warden");
        assert!(!table.contains("interval") && !table.contains("@net4 "), "{table}");
        let input = nft("list chain inet warden input");
        assert_eq!(input.matches("drop").count(), 0, "{input}");
        assert!(input.contains("192.0.2.1 accept") && input.contains("jump banned"), "{input}");
        assert!(nft("list set inet warden net4_28").contains("10.0.0.16 comment \"ban api 2 - flood\""));
        assert!(nft("list set inet warden bans").contains("::ffff:10.0.0.16 . 124 . 0"));
        assert_eq!(warden.unban("10.0.0.16/28"), 2);
        assert_eq!(warden.unban("10.7.0.0/29"), 1);
    });
}

#[test]
fn a_flush_of_nothing_carries_over_too() {
    in_namespace(|_| {
        nft(&format!("{SETS}{RULES}"));
        let mut warden = Warden::new();
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), TOLD);
        assert!(!nft("list table inet warden").contains("interval"));
    });
}

#[test]
fn a_flush_of_everything_leaves_nothing_of_it() {
    in_namespace(|_| {
        nft(&format!("{SETS}{RULES}"));
        let mut warden = Warden::new();
        warden.backend.delete_all().unwrap();
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), [""; 0]);
        let table = nft("list table inet warden");
        assert!(!table.contains("interval") && !table.contains("elements"), "{table}");
    });
}

#[test]
fn a_rule_of_ones_own_keeps_its_set_and_is_told_of_the_chain() {
    in_namespace(|_| {
        nft(SETS);
        nft("add chain inet warden own { type filter hook prerouting priority raw; }");
        nft("add rule inet warden own ip saddr @net4 drop");
        let mut warden = Warden::with(&[("create_rules", "false")]);
        warden.backend.flush().unwrap();
        assert!(nft("list set inet warden net4").contains("10.0.0.16"));
        let said = logged();
        assert_eq!(said[0], "no rule of table `warden` jumps to its chain `banned`: bans have no effect");
        assert_eq!(said[1], "a rule looks into `net4`, which warden fills no more: let it jump to `banned`");
        let count = || nft("list table inet warden").matches("comment").count();
        let carried = count();
        for _ in 0..2 {
            warden.ban("1.2.3.4", HOUR);
        }
        assert_eq!(count(), carried, "what stays there is carried over once");
        assert_eq!(warden.told().len(), TOLD.len());
        warden.backend.delete_all().unwrap();
        warden.backend.flush().unwrap();
        assert_eq!(count(), 0);
    });
}
