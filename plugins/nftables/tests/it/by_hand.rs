//! What people do with nft beside warden: it is told, kept and repaired.

use warden_plugin::{Backend, Ban, FOREVER_US, Signal};

use crate::host::now_us;
use crate::namespace::{HOUR, Warden, in_namespace, insert, nft};

#[test]
fn a_table_that_somebody_removed_is_made_again() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        for ruin in ["flush ruleset", "delete table inet warden", "delete chain inet warden forward"] {
            warden.ban("1.2.3.4", HOUR);
            nft(ruin);
            warden.ban("10.0.0.0/8", HOUR);
            assert!(nft("list chain inet warden forward").contains("@net4"), "{ruin}");
            assert!(warden.told().contains(&"10.0.0.0/8 cli a test".to_owned()), "{ruin}");
        }
    });
}

#[test]
fn a_set_that_somebody_emptied_is_filled_again() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("10.0.0.0/8", HOUR);
        nft("flush set inet warden net4");
        warden.ban("10.0.0.0/8", HOUR);
        assert!(nft("list set inet warden net4").contains("10.0.0.0/8"));
    });
}

#[test]
fn what_stands_in_the_sets_by_hand_is_told() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        nft("add element inet warden set4 { 5.6.7.8 timeout 1h comment \"office\" }");
        nft("add element inet warden net4 { 10.0.0.0-10.0.0.11 }");
        nft("add set inet warden other { type ipv4_addr; elements = { 9.9.9.9 } }");
        assert_eq!(
            warden.told(),
            ["1.2.3.4 cli a test", "10.0.0.0/29 nft ", "10.0.0.8/30 nft ", "5.6.7.8 nft office"]
        );
        assert_eq!(warden.unban("5.6.7.8"), 1);
        assert_eq!(warden.told().len(), 3);
    });
}

#[test]
fn what_stands_between_the_pieces_by_hand_is_kept() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("10.9.0.0/24", HOUR);
        nft("add element inet warden net4 { 10.0.0.0/24 comment \"office\", 10.7.7.7 }");
        warden.ban("10.0.0.0/16", HOUR);
        let told =
            ["10.0.0.0/16 cli a test", "10.0.0.0/24 nft office", "10.7.7.7 nft ", "10.9.0.0/24 cli a test"];
        assert_eq!(warden.told(), told);
        assert_eq!(warden.unban("10.0.0.0/16"), 1);
        assert!(nft("list set inet warden net4").contains("10.0.0.0/24 comment"));
        assert_eq!(warden.unban("10.0.0.0/24"), 1);
        assert_eq!(warden.unban("10.7.7.7"), 1);
        assert!(!nft("list set inet warden net4").contains("10.0.0.0"));
    });
}

#[test]
fn an_address_between_the_pieces_by_hand_moves_to_its_set() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.backend.flush().unwrap();
        nft("add element inet warden net4 { 10.7.7.7 }");
        assert_eq!(warden.unban("10.0.0.0/8"), 0);
        assert_eq!(warden.told(), ["10.7.7.7 nft "]);
        assert_eq!(warden.unban("10.7.7.7"), 1);
        assert!(!nft("list table inet warden").contains("10.7.7.7"));
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
        assert!(listing.contains("set bad {") && !listing.contains("chain"), "{listing}");
    });
}

#[test]
fn a_rule_that_somebody_removed_comes_back() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        nft("flush table inet warden; add rule inet warden input ip saddr @set4 drop");
        warden.ban("1.2.3.5", HOUR);
        for chain in ["input", "forward"] {
            assert_eq!(nft(&format!("list chain inet warden {chain}")).matches("drop").count(), 4, "{chain}");
        }
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
        assert_eq!(chain.matches("drop").count(), 4);
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
