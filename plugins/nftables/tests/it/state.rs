//! What an enforcer tells of itself: whether it lost its bans, whether packets come to it, how many it dropped; and the
//! lock that it holds while the host reads its stores.

use std::net::UdpSocket;

use warden_plugin::Backend;

use crate::host::now_us;
use crate::namespace::{HOUR, Warden, in_namespace, insert, nft};

fn is_lost(warden: &mut Warden) -> bool {
    let looked = warden.backend.look().unwrap();
    assert_eq!(warden.backend.begin().unwrap(), looked);
    warden.backend.discard().unwrap();
    looked.lost
}

/// The chain that says that the sets hold what was written.
fn marker() -> String {
    let chains = nft("list chains inet");
    let names = chains.lines().filter_map(|line| line.trim().strip_prefix("chain ")?.strip_suffix(" {"));
    let mut markers = names.filter(|name| name.starts_with("filled_"));
    let marker = markers.next().unwrap().to_owned();
    assert_eq!(markers.next(), None, "{chains}");
    marker
}

#[test]
fn bans_are_lost_with_the_ruleset_until_a_flush() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        assert!(is_lost(&mut warden), "never filled");
        warden.ban("1.2.3.4", HOUR);
        for ruin in ["flush ruleset", "delete table inet warden"] {
            assert!(!is_lost(&mut warden));
            nft(ruin);
            assert!(is_lost(&mut warden), "{ruin}");
            assert!(is_lost(&mut warden), "{ruin}: to look changes nothing");
            assert!(warden.backend.begin().unwrap().lost);
            warden.ban("1.2.3.4", HOUR);
        }
        nft("flush ruleset");
        warden.backend.begin().unwrap();
        warden.backend.flush().unwrap();
        assert!(!is_lost(&mut warden), "nothing was to be refilled");
    });
}

#[test]
fn what_somebody_emptied_is_not_lost() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        nft("flush set inet warden set4");
        assert!(!is_lost(&mut warden));
        warden.ban("10.0.0.0/8", HOUR);
        warden.backend.delete_all().unwrap();
        warden.backend.flush().unwrap();
        assert!(!is_lost(&mut warden));
        nft("flush chain inet warden banned4");
        assert!(!is_lost(&mut warden));
    });
}

#[test]
fn a_ruleset_saved_before_a_reboot_counts_as_lost() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        let current = marker();
        nft(&format!("rename chain inet warden {current} filled_0123456789ab"));
        assert!(is_lost(&mut warden));
        warden.backend.flush().unwrap();
        assert!(!is_lost(&mut warden));
        assert_eq!(marker(), current, "the old one is gone");
    });
}

#[test]
fn a_chain_that_nothing_leads_to_is_told() {
    in_namespace(|_| {
        let mut warden = Warden::with(&[("create_rules", "false")]);
        assert!(warden.backend.look().unwrap().unhooked);
        warden.ban("1.2.3.4", HOUR);
        assert!(warden.backend.look().unwrap().unhooked);
        nft("add chain inet warden early { type filter hook prerouting priority raw; }");
        nft("add rule inet warden early jump banned");
        assert!(!warden.backend.begin().unwrap().unhooked);
        warden.backend.flush().unwrap();
    });
    in_namespace(|_| {
        let mut warden = Warden::new();
        assert!(!warden.backend.look().unwrap().unhooked, "the first flush makes the chains");
        warden.ban("1.2.3.4", HOUR);
        assert!(!warden.backend.look().unwrap().unhooked);
        nft("delete chain inet warden input");
        nft("flush chain inet warden forward");
        assert!(warden.backend.look().unwrap().unhooked);
        warden.backend.flush().unwrap();
        nft("flush chain inet warden banned");
        assert!(warden.backend.look().unwrap().unhooked, "what comes there goes no further");
    });
}

#[test]
fn dropped_packets_are_counted() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("127.0.0.9", HOUR);
        assert_eq!(warden.backend.look().unwrap().dropped_packets, Some(0));
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let [banned, free] = ["127.0.0.9:0", "127.0.0.8:0"].map(|from| UdpSocket::bind(from).unwrap());
        for _ in 0..3 {
            banned.send_to(b"x", receiver.local_addr().unwrap()).unwrap();
            free.send_to(b"x", receiver.local_addr().unwrap()).unwrap();
        }
        assert_eq!(warden.backend.look().unwrap().dropped_packets, Some(3));
    });
}

#[test]
fn nobody_else_writes_between_begin_and_the_end_of_a_write() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        let mut other = warden.again(&[("lock_timeout", "0s")]);
        let ends: [fn(&mut Warden); 3] = [
            |warden| warden.backend.flush().unwrap(),
            |warden| warden.backend.discard().unwrap(),
            |warden| warden.backend.shutdown().unwrap(),
        ];
        for end in ends {
            warden.backend.begin().unwrap();
            assert!(other.begin().unwrap_err().message().contains("another warden is writing"));
            assert!(insert(&mut other, "1.2.3.4", "cli", now_us() + HOUR).is_err());
            other.look().unwrap();
            warden.insert("1.2.3.5", HOUR);
            end(&mut warden);
            other.begin().unwrap();
            other.discard().unwrap();
        }
    });
}
