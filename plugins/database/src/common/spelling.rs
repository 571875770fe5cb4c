//! How targets are spelled in a store. warden writes one spelling of each; v0.3 kept what was typed:
//! `2001:DB8:0:0:0:0:0:2`, `1.2.3.77/24`.

use std::net::IpAddr;

use warden_plugin::{IpRange, Target};

/// Whether a text is the canonical one of its target. What has neither `/` nor `:` has one spelling only.
pub fn is_canonical(text: &str, target: &Target) -> bool {
    !text.bytes().any(|byte| byte == b'/' || byte == b':') || target.text().as_str() == text
}

/// `start_ip` and `end_ip`. v0.3 cut IPv6 to its last 32 bits; NULL is what it lists and takes for no IPv4 address.
pub fn numbers(target: &Target) -> (Option<u32>, Option<u32>) {
    let number = |addr| match addr {
        IpAddr::V4(addr) => Some(addr.to_bits()),
        IpAddr::V6(_) => None,
    };
    (number(target.first()), number(target.last()))
}

/// The text of a range: a target's, or its two ends where it is none.
pub fn spelled(range: IpRange) -> String {
    range.target().map_or_else(|| format!("{}-{}", range.first, range.last), |target| target.to_string())
}
