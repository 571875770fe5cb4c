//! What nobody should ban by accident: the address that the caller came from, loopback, the machine's own addresses,
//! the allowlist, and half the internet.

mod caller;

use std::net::IpAddr;

#[cfg(feature = "fuzzing")]
pub use caller::remotes;

use warden_plugin::Target;

/// Wider ranges than these are asked about.
const WIDEST: (u8, u8) = (8, 32);

/// What must not be banned by accident, looked up once for any number of targets.
pub struct Protected {
    /// Addresses, with what is said of a target that covers one.
    own: Vec<(IpAddr, String)>,
    loopback: Vec<Target>,
    allowlist: Allowlist,
}

impl Protected {
    /// Looks at the machine, the caller's session and the allowlist.
    pub fn look(allowlist: &[Target]) -> Self {
        let mut own: Vec<_> = (caller::ssh_addresses().into_iter())
            .map(|a| (a, format!("it covers {a}, from where you are logged in")))
            .collect();
        for (name, address) in interfaces().into_iter().filter(|(_, a)| !a.is_loopback()) {
            own.push((address, format!("it covers {address}, this machine's own on {name}")));
        }
        let loopback = LOOPBACK.iter().filter_map(|text| Target::of_stored(text)).collect();
        Self { own, loopback, allowlist: Allowlist::new(allowlist) }
    }

    /// Why a target should not be banned without a second thought; empty: no reason.
    pub fn objections(&self, target: &Target) -> Vec<String> {
        let mut found = self.dangers(target);
        found.extend(self.allowlisted(target).map(|entry| format!("the allowlist has {entry}")));
        found
    }

    /// The same without the allowlist.
    pub fn dangers(&self, target: &Target) -> Vec<String> {
        let mut found = Vec::new();
        let (limit, family) = if target.is_ipv6() { (WIDEST.1, "IPv6") } else { (WIDEST.0, "IPv4") };
        if target.prefix_len() < limit {
            found.push(format!("it is wider than an {family} /{limit}"));
        }
        if self.loopback.iter().any(|l| overlap(target, l)) {
            found.push("it covers loopback".into());
        }
        found.extend(self.own.iter().filter(|(a, _)| covers(target, *a)).map(|(_, why)| why.clone()));
        found
    }

    /// The first entry of the allowlist that has an address in common with a target.
    pub fn allowlisted(&self, target: &Target) -> Option<Target> {
        self.allowlist.overlapping(target)
    }
}

/// An allowlist of any length, in which a look-up takes as long as in a short one.
struct Allowlist {
    /// In the order of their first addresses.
    sorted: Vec<Target>,
    /// The lengths of its prefixes, a bit each.
    lengths: [u128; 2],
}

impl Allowlist {
    fn new(entries: &[Target]) -> Self {
        let mut sorted = entries.to_vec();
        sorted.sort_unstable();
        let mut lengths = [0; 2];
        for entry in &sorted {
            // Length 128 shares the bit of 0: it costs a look-up at most.
            lengths[usize::from(entry.is_ipv6())] |= 1_u128 << (entry.prefix_len() % 128);
        }
        Self { sorted, lengths }
    }

    /// Two prefixes that overlap contain one another: so either one around the target is there, or one inside it.
    fn overlapping(&self, target: &Target) -> Option<Target> {
        let lengths = self.lengths[usize::from(target.is_ipv6())];
        if lengths == 0 {
            return None;
        }
        let listed = |wider: &Target| {
            lengths >> (wider.prefix_len() % 128) & 1 == 1 && self.sorted.binary_search(wider).is_ok()
        };
        target.covering().find(listed).or_else(|| {
            let next = self.sorted.partition_point(|entry| entry < target);
            self.sorted.get(next).filter(|entry| target.contains(entry)).copied()
        })
    }
}

const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1"];

fn covers(target: &Target, address: IpAddr) -> bool {
    target.contains(&Target::from(address))
}

fn overlap(a: &Target, b: &Target) -> bool {
    a.contains(b) || b.contains(a)
}

/// The machine's own addresses, with the names of their interfaces; none when the system does not tell.
fn interfaces() -> Vec<(String, IpAddr)> {
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    all.into_iter().map(|i| (i.name.clone(), i.ip())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn target(text: &str) -> Target {
        Target::parse(text).unwrap()
    }

    #[test]
    fn what_overlaps_the_allowlist_is_found_whichever_is_wider() {
        let list = Allowlist::new(&["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"].map(target));
        let found = |text: &str| list.overlapping(&target(text)).map(|t| t.to_string());
        assert_eq!(found("10.1.2.3").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(found("192.0.0.0/16").as_deref(), Some("192.0.2.7"));
        assert_eq!(found("2001:db8::1").as_deref(), Some("2001:db8::/32"));
        assert_eq!(found("192.0.2.8"), None);
        assert_eq!(found("::/0").as_deref(), Some("2001:db8::/32"));
    }

    proptest! {
        #[test]
        fn it_finds_what_a_walk_over_the_list_finds(
            entries in prop::collection::vec((0_u32..4096, 20_u8..=32), 0..20),
            bits in 0_u32..4096, length in 18_u8..=32,
        ) {
            let net = |bits: u32, length| {
                Target::from(ipnet::IpNet::new(std::net::Ipv4Addr::from(bits).into(), length).unwrap())
            };
            let entries: Vec<_> = entries.into_iter().map(|(b, l)| net(b, l)).collect();
            let target = net(bits, length);
            let expected = entries.iter().any(|entry| overlap(entry, &target));
            prop_assert_eq!(Allowlist::new(&entries).overlapping(&target).is_some(), expected);
        }
    }
}
