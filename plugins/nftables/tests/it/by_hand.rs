//! What people do with nft beside warden: it is told, kept and repaired.

use warden_plugin::{Backend, Ban, FOREVER_US, Signal};

use crate::host::{logged, now_us};
use crate::namespace::{HOUR, Warden, in_namespace, insert, nft};

#[test]
fn a_table_that_somebody_removed_is_made_again() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        for ruin in ["flush ruleset", "delete table inet warden", "delete chain inet warden forward"] {
            warden.ban("1.2.3.4", HOUR);
            nft(ruin);
            warden.ban("10.0.0.0/8", HOUR);
            assert!(nft("list chain inet warden forward").contains("jump banned"), "{ruin}");
            assert!(nft("list chain inet warden banned4").contains("@net4_8"), "{ruin}");
            assert!(warden.told().contains(&"10.0.0.0/8 cli a test".to_owned()), "{ruin}");
        }
    });
}

#[test]
fn what_somebody_removed_between_a_write_and_its_flush_is_made_again() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        warden.insert("10.0.0.0/8", HOUR);
        warden.insert("1.2.3.4", 2 * HOUR);
        nft("delete table inet warden");
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), ["1.2.3.4 cli a test", "10.0.0.0/8 cli a test"]);
    });
}

#[test]
fn a_set_that_somebody_emptied_is_filled_again() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("10.0.0.0/8", HOUR);
        nft("flush set inet warden net4_8");
        warden.ban("10.0.0.0/8", HOUR);
        assert!(nft("list set inet warden net4_8").contains("10.0.0.0"));
    });
}

#[test]
fn a_rule_that_somebody_removed_comes_back_with_the_next_flush() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("10.0.0.0/8", HOUR);
        let rules = nft("list table inet warden");
        for chain in ["banned4", "banned", "input"] {
            nft(&format!("flush chain inet warden {chain}"));
            warden.backend.flush().unwrap();
            assert_eq!(nft("list table inet warden").lines().count(), rules.lines().count(), "{chain}");
        }
    });
}

#[test]
fn what_stands_in_the_sets_by_hand_is_told() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        warden.ban("10.0.0.0/29", HOUR);
        nft("add element inet warden set4 { 5.6.7.8 timeout 1h comment \"office\" }");
        nft("add element inet warden net4_29 { 10.0.0.8, 10.0.0.17 }");
        nft("add set inet warden other { type ipv4_addr; elements = { 9.9.9.9 } }");
        let told = ["1.2.3.4 cli a test", "10.0.0.0/29 cli a test", "10.0.0.8/29 nft ", "5.6.7.8 nft office"];
        assert_eq!(warden.told(), told, "10.0.0.17 has bits behind the prefix: no packet matches");
        assert_eq!(warden.unban("5.6.7.8"), 1);
        assert_eq!(warden.unban("10.0.0.8/29"), 1);
        assert_eq!(warden.told(), told[..2]);
    });
}

#[test]
fn what_somebody_adds_between_a_write_and_its_flush_stays() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        warden.insert("5.6.7.8", HOUR);
        assert_eq!(warden.backend.delete("9.9.9.9").unwrap(), 0);
        nft("add element inet warden set4 { 5.6.7.8 comment \"office\" }");
        nft("delete element inet warden set4 { 1.2.3.4 }");
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), ["5.6.7.8 cli a test", "5.6.7.8 nft office"]);
    });
}

#[test]
fn what_somebody_adds_beside_a_long_write_stays() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.backend.flush().unwrap();
        for n in 0..2000_u32 {
            warden.insert(&std::net::Ipv4Addr::from_bits(0x0a00_0000 + n).to_string(), HOUR);
        }
        nft("add element inet warden set4 { 10.0.0.7 comment \"office\" }");
        warden.backend.flush().unwrap();
        let told = warden.told();
        assert_eq!(told.len(), 2001);
        assert!(
            told.contains(&"10.0.0.7 nft office".to_owned())
                && told.contains(&"10.0.0.7 cli a test".to_owned())
        );
    });
}

#[test]
fn a_second_source_beside_a_hand_made_element_keeps_it() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.backend.flush().unwrap();
        nft("add element inet warden set4 { 5.6.7.8 comment \"office\" }");
        insert(&mut warden.backend, "5.6.7.8", "cli", now_us() + HOUR).unwrap();
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), ["5.6.7.8 cli a test", "5.6.7.8 nft office"]);
        assert!(!nft("list set inet warden set4").contains("timeout 1h"), "the one without end still blocks");
    });
}

#[test]
fn rules_of_ones_own_stay_ones_own() {
    in_namespace(|_| {
        let mut warden = Warden::with(&[("create_rules", "false"), ("table", "mine"), ("set4", "bad")]);
        warden.ban("1.2.3.4", HOUR);
        let listing = nft("list table inet mine");
        assert!(listing.contains("set bad {") && !listing.contains("hook"), "{listing}");
        let warning = "no rule of table `mine` jumps to its chain `banned`: bans have no effect";
        assert_eq!(logged(), [warning]);
        nft("add chain inet mine own { type filter hook prerouting priority raw; }");
        nft("add rule inet mine own jump banned");
        warden.ban("1.2.3.5", HOUR);
        assert_eq!(logged(), [""; 0]);
    });
}

#[test]
fn a_rule_that_somebody_added_stays() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        nft("insert rule inet warden input ip saddr 192.0.2.1 accept");
        warden.ban("1.2.3.5", HOUR);
        assert!(nft("list chain inet warden input").contains("192.0.2.1 accept"));
    });
}

#[test]
fn a_new_priority_makes_the_chains_anew() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        let mut earlier = warden.again(&[("priority", "-300")]);
        earlier.flush().unwrap();
        let chain = nft("list chain inet warden input");
        assert!(chain.contains("-300") || chain.contains("raw"), "{chain}");
        assert_eq!(chain.matches("jump banned").count(), 1);
        assert_eq!(warden.told(), ["1.2.3.4 cli a test"]);
    });
}

#[test]
fn a_saved_ruleset_is_restored_by_nft_itself() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        let (source, reason) = (&"s".repeat(200), &"r".repeat(200));
        let ban = Ban {
            action: "ban",
            target: "10.0.0.0/8",
            source,
            reason,
            until_us: FOREVER_US,
            ..Ban::default()
        };
        warden.backend.insert(&Signal { bans: vec![ban], ..Signal::default() }).unwrap();
        warden.insert("1.2.3.4", HOUR);
        warden.ban("2001:db8::/32", HOUR);
        let told = warden.told();
        let saved = nft("list ruleset");
        nft("flush ruleset");
        nft(&saved);
        assert_eq!(warden.told(), told);
        assert_eq!(told.len(), 3);
    });
}
