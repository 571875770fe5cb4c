//! What nobody should ban by accident: the address that the caller came from, loopback, the machine's own addresses,
//! the allowlist, and half the internet.

mod caller;

use std::net::IpAddr;

use warden_plugin::Target;

/// Wider ranges than these are asked about.
const WIDEST: (u8, u8) = (8, 32);

/// Why a target should not be banned without a second thought; empty: no reason.
#[must_use]
pub fn objections(target: &Target, allowlist: &[Target]) -> Vec<String> {
    let mut found = Vec::new();
    let (limit, family) = if target.is_ipv6() { (WIDEST.1, "IPv6") } else { (WIDEST.0, "IPv4") };
    if target.prefix_len() < limit {
        found.push(format!("it is wider than an {family} /{limit}"));
    }
    for address in caller::ssh_addresses().into_iter().filter(|a| covers(target, *a)) {
        found.push(format!("it covers {address}, from where you are logged in"));
    }
    if LOOPBACK.iter().filter_map(|text| Target::of_stored(text)).any(|l| overlap(target, &l)) {
        found.push("it covers loopback".into());
    }
    for (name, address) in interfaces().into_iter().filter(|(_, a)| covers(target, *a) && !a.is_loopback()) {
        found.push(format!("it covers {address}, this machine's own on {name}"));
    }
    for entry in allowlist.iter().filter(|entry| overlap(target, entry)) {
        found.push(format!("the allowlist has {entry}"));
    }
    found
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
