//! Values as bytes, for a [`Sorter`](super::Sorter). What is read was written by the same program a moment ago.

use std::net::IpAddr;

use ipnet::IpNet;
use warden_plugin::Target;

/// The length of a target's key.
pub const TARGET: usize = 18;

/// Bytes that sort as targets do: family, address, length of the prefix.
#[must_use]
pub fn target_key(target: &Target) -> [u8; TARGET] {
    let mut key = [0; TARGET];
    match target.first() {
        IpAddr::V4(addr) => key[1..5].copy_from_slice(&addr.octets()),
        IpAddr::V6(addr) => {
            key[0] = 1;
            key[1..17].copy_from_slice(&addr.octets());
        }
    }
    key[17] = target.prefix_len();
    key
}

/// The target of a key, and what follows it.
#[must_use]
pub fn key_target(key: &[u8]) -> Option<(Target, &[u8])> {
    let (head, rest) = key.split_first_chunk::<TARGET>()?;
    let addr = match head[0] {
        0 => IpAddr::from(<[u8; 4]>::try_from(&head[1..5]).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(&head[1..17]).ok()?),
    };
    Some((Target::from(IpNet::new(addr, head[17]).ok()?), rest))
}

/// Appends a number.
pub fn put(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// Appends a text with its length.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, i64::try_from(text.len()).unwrap_or(i64::MAX));
    out.extend_from_slice(text.as_bytes());
}

/// Takes values off the front of bytes; beyond their end come zeros and empty texts.
#[derive(Clone, Copy)]
pub struct Unpack<'b>(pub &'b [u8]);

impl<'b> Unpack<'b> {
    /// A number.
    pub fn number(&mut self) -> i64 {
        let Some((head, rest)) = self.0.split_first_chunk() else { return 0 };
        self.0 = rest;
        i64::from_le_bytes(*head)
    }

    /// A number that is not negative.
    pub fn count(&mut self) -> u64 {
        u64::try_from(self.number()).unwrap_or(0)
    }

    /// A text.
    pub fn text(&mut self) -> &'b str {
        let len = usize::try_from(self.number()).unwrap_or(0).min(self.0.len());
        let (text, rest) = self.0.split_at(len);
        self.0 = rest;
        str::from_utf8(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_sort_as_targets_do_and_come_back(a: [u8; 16], b: u32, length in 0_u8..=128, v4: bool) {
            let net = |addr: IpAddr, length| Target::from(IpNet::new(addr, length).unwrap());
            let one = net(a.into(), length);
            let two = if v4 { net(b.to_be_bytes().into(), length % 33) } else { net(a.into(), length / 2) };
            prop_assert_eq!(target_key(&one).cmp(&target_key(&two)), one.cmp(&two));
            let key = target_key(&two);
            prop_assert_eq!(key_target(&key), Some((two, [].as_slice())));
        }

        #[test]
        fn what_is_put_is_taken(number: i64, text: String, other: String) {
            let mut out = Vec::new();
            put_text(&mut out, &text);
            put(&mut out, number);
            put_text(&mut out, &other);
            let mut unpack = Unpack(&out);
            prop_assert_eq!((unpack.text(), unpack.number(), unpack.text()), (text.as_str(), number, other.as_str()));
            prop_assert_eq!((unpack.number(), unpack.text()), (0, ""));
        }
    }
}
