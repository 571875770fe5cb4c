//! A target's canonical text, written digit by digit on the stack: it is printed once a row.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Eight groups of four digits, seven colons, and `/128`.
const LONGEST: usize = 8 * 4 + 7 + 4;

/// The canonical text of a [`Target`](super::Target), on the stack.
#[derive(Clone, Copy)]
pub struct TargetText {
    bytes: [u8; LONGEST],
    len: usize,
}

impl TargetText {
    /// The text of an address, with its prefix length if it is a range.
    pub(super) fn new(addr: IpAddr, prefix_len: Option<u8>) -> TargetText {
        let mut text = TargetText { bytes: [0; LONGEST], len: 0 };
        match addr {
            IpAddr::V4(addr) => text.push_v4(addr),
            IpAddr::V6(addr) => text.push_v6(addr),
        }
        if let Some(prefix_len) = prefix_len {
            text.push(b'/');
            text.push_decimal(prefix_len);
        }
        text
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // It is always ASCII; the default is for the compiler.
        str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    fn push_decimal(&mut self, number: u8) {
        if number >= 100 {
            self.push(b'0' + number / 100);
        }
        if number >= 10 {
            self.push(b'0' + number / 10 % 10);
        }
        self.push(b'0' + number % 10);
    }

    fn push_v4(&mut self, addr: Ipv4Addr) {
        for (index, octet) in addr.octets().into_iter().enumerate() {
            if index > 0 {
                self.push(b'.');
            }
            self.push_decimal(octet);
        }
    }

    fn push_v6(&mut self, addr: Ipv6Addr) {
        let groups = addr.segments();
        let (start, len) = longest_zero_run(groups);
        if len < 2 {
            return self.push_groups(&groups);
        }
        self.push_groups(&groups[..start]);
        self.push(b':');
        self.push(b':');
        self.push_groups(&groups[start + len..]);
    }

    fn push_groups(&mut self, groups: &[u16]) {
        for (index, group) in groups.iter().enumerate() {
            if index > 0 {
                self.push(b':');
            }
            self.push_hex(*group);
        }
    }

    fn push_hex(&mut self, group: u16) {
        let [high, low] = group.to_be_bytes();
        let digits = [high >> 4, high & 0xf, low >> 4, low & 0xf];
        let leading = digits.iter().take(3).take_while(|digit| **digit == 0).count();
        for digit in &digits[leading..] {
            self.push(b"0123456789abcdef"[usize::from(*digit)]);
        }
    }
}

impl AsRef<str> for TargetText {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// RFC 5952, 4.2.3: the longest run of zero groups, the first one of equals. Start and length.
fn longest_zero_run(groups: [u16; 8]) -> (usize, usize) {
    let mut longest = (0, 0);
    let mut current = (0, 0);
    for (index, group) in groups.into_iter().enumerate() {
        current = if group == 0 { (current.0, current.1 + 1) } else { (index + 1, 0) };
        if current.1 > longest.1 {
            longest = current;
        }
    }
    longest
}
