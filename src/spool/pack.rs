//! Keys and values as bytes, for a [`Sorter`](super::Sorter).

use std::net::IpAddr;

use ipnet::IpNet;
use warden_plugin::Target;
pub use warden_plugin::pack::{Unpack, put, put_text};

/// The length of a target's key.
pub const TARGET: usize = 18;

/// Bytes that sort as targets do: family, address, length of the prefix.
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
pub fn key_target(key: &[u8]) -> Option<(Target, &[u8])> {
    let (head, rest) = key.split_first_chunk::<TARGET>()?;
    let addr = match head[0] {
        0 => IpAddr::from(<[u8; 4]>::try_from(&head[1..5]).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(&head[1..17]).ok()?),
    };
    Some((Target::from(IpNet::new(addr, head[17]).ok()?), rest))
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
    }
}
