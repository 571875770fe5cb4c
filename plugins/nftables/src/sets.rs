//! The sets of the table: which one a target stands in, under which key.
//!
//! A target stands with its longest ban in a set of its own prefix length, which a rule looks into. Its other bans stand
//! in the set of further bans, numbered from 0, longest first: whoever asks for numbers in turn finds all of them.

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;
use warden_plugin::Target;

use crate::settings::Names;

/// IPv4 or IPv6: each has its own sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4
    V4,
    /// IPv6
    V6,
}

/// A set of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Set {
    /// Single addresses.
    Addresses(Family),
    /// Single IPv4 addresses that end with this number, out of so many.
    Shard { number: u8, of: u16 },
    /// Ranges of one prefix length.
    Ranges(Family, u8),
    /// Further bans of targets that have one already.
    Further,
}

/// How many bytes the longest key has: that of a further ban.
const LONGEST: usize = 24;

/// In front of an IPv4 prefix, where IPv6 keeps IPv4.
const MAPPED_BITS: u8 = 96;

/// The bytes of an element's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Family {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// The family of a target.
    #[must_use]
    pub fn of(target: Target) -> Self {
        if target.is_ipv6() { Self::V6 } else { Self::V4 }
    }

    /// The number of bits of an address.
    #[must_use]
    pub fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// What the names of its sets of ranges begin with. An interval set of this very name is an older warden's.
    #[must_use]
    pub fn ranges(self, names: &Names) -> &str {
        match self {
            Self::V4 => &names.net4,
            Self::V6 => &names.net6,
        }
    }
}

impl Set {
    /// The set that a target stands in with its longest ban.
    #[must_use]
    pub fn of(target: Target, names: &Names) -> Self {
        let family = Family::of(target);
        match target.addr() {
            _ if target.is_range() => Self::Ranges(family, target.prefix_len()),
            IpAddr::V4(addr) if names.shards > 1 => {
                let [.., last] = addr.octets();
                Self::Shard {
                    number: last & u8::try_from(names.shards - 1).unwrap_or(u8::MAX),
                    of: names.shards,
                }
            }
            _ => Self::Addresses(family),
        }
    }

    /// The sets that are there whatever is banned.
    pub fn fixed(names: &Names) -> impl Iterator<Item = Self> {
        let of = names.shards;
        let undivided = (of == 1).then_some(Self::Addresses(Family::V4));
        let numbers = 0..=u8::try_from(of - 1).unwrap_or(u8::MAX);
        let shards = numbers.filter(move |_| of > 1).map(move |number| Self::Shard { number, of });
        undivided.into_iter().chain(shards).chain([Self::Addresses(Family::V6), Self::Further])
    }

    /// Whether bans are written there, and not only carried over from there.
    #[must_use]
    pub fn is_used(self, names: &Names) -> bool {
        match self {
            Self::Addresses(Family::V4) => names.shards == 1,
            Self::Shard { of, .. } => of == names.shards,
            _ => true,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self, names: &Names) -> Cow<'_, str> {
        match self {
            Self::Addresses(Family::V4) => Cow::Borrowed(&names.set4),
            Self::Addresses(Family::V6) => Cow::Borrowed(&names.set6),
            Self::Shard { number, of } => Cow::Owned(format!("{}_{of}_{number}", names.set4)),
            Self::Ranges(family, length) => Cow::Owned(format!("{}_{length}", family.ranges(names))),
            Self::Further => Cow::Borrowed(&names.bans),
        }
    }

    /// The set of a name; `None` if it is none of warden's.
    #[must_use]
    pub fn named(name: &str, names: &Names) -> Option<Self> {
        let range = |family: Family| {
            let length = name.strip_prefix(family.ranges(names))?.strip_prefix('_')?;
            let set = Self::Ranges(family, length.parse().ok().filter(|length| *length < family.bits())?);
            (set.name(names) == name).then_some(set)
        };
        let shard = || {
            let (of, number) = name.strip_prefix(&names.set4)?.strip_prefix('_')?.split_once('_')?;
            let set = Self::Shard { number: number.parse().ok()?, of: of.parse().ok()? };
            (set.name(names) == name).then_some(set)
        };
        let fixed = [Self::Addresses(Family::V4), Self::Addresses(Family::V6), Self::Further];
        let fixed = fixed.into_iter().find(|set| set.name(names) == name);
        fixed.or_else(shard).or_else(|| Family::ALL.into_iter().find_map(range))
    }

    /// Whether a rule looks into it, and for which family.
    #[must_use]
    pub fn family(self) -> Option<Family> {
        match self {
            Self::Addresses(family) | Self::Ranges(family, _) => Some(family),
            Self::Shard { .. } => Some(Family::V4),
            Self::Further => None,
        }
    }

    /// The target that a key of this set names, and its number among the further bans. `None` for what means nothing:
    /// somebody may have put bits behind a prefix, which no packet will match.
    #[must_use]
    pub fn target(self, key: &[u8]) -> Option<(Target, Option<u16>)> {
        let (net, number) = match self {
            Self::Addresses(_) | Self::Shard { .. } => (IpNet::from(address(key)?), None),
            Self::Ranges(_, length) => (IpNet::new(address(key)?, length).ok()?, None),
            Self::Further => {
                let (addr, rest) = key.split_at_checked(16)?;
                let &[0, length, _, _, high, low, ..] = rest else { return None };
                (IpNet::new(address(addr)?, length).ok()?, Some(u16::from_be_bytes([high, low])))
            }
        };
        (net.trunc() == net).then(|| (Target::from(net), number))
    }
}

impl Key {
    /// The key of a target in its own set.
    #[must_use]
    pub fn of(target: Target) -> Self {
        match target.addr() {
            IpAddr::V4(addr) => Self::new(&[&addr.octets()]),
            IpAddr::V6(addr) => Self::new(&[&addr.octets()]),
        }
    }

    /// The key of one of its further bans: the address, where IPv4 stands as `::ffff:0:0/96`, the length of the prefix
    /// in 128 bits and the number, these two padded to four bytes.
    #[must_use]
    pub fn further(target: Target, number: u16) -> Self {
        let (addr, length) = match target.addr() {
            IpAddr::V4(addr) => (addr.to_ipv6_mapped(), target.prefix_len() + MAPPED_BITS),
            IpAddr::V6(addr) => (addr, target.prefix_len()),
        };
        Self::new(&[&addr.octets(), &[0, length, 0, 0], &number.to_be_bytes(), &[0, 0]])
    }

    fn new(parts: &[&[u8]]) -> Self {
        let mut key = Self { bytes: [0; LONGEST], length: 0 };
        for part in parts {
            key.bytes[key.length..key.length + part.len()].copy_from_slice(part);
            key.length += part.len();
        }
        key
    }

    /// Its bytes, as the kernel compares them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// An address of either family, by its length.
#[must_use]
pub fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => Some(IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => Some(IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?)),
        _ => None,
    }
}

/// A key for people, whatever set it is of.
#[must_use]
pub fn shown(key: &[u8]) -> String {
    let further = || Set::Further.target(key).map(|(target, _)| target.to_string());
    address(key).map(|addr| addr.to_string()).or_else(further).unwrap_or_else(|| format!("{key:02x?}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names() -> Names {
        let [table, set4, set6, net4, net6, bans] =
            ["warden", "set4", "set6", "net4", "net6", "bans"].map(ToOwned::to_owned);
        Names { table, set4, set6, net4, net6, bans, shards: 1 }
    }

    fn any_target() -> impl Strategy<Value = Target> {
        (any::<bool>(), any::<u128>(), 0..=128_u8).prop_map(|(is_v4, bits, length)| {
            let addr: IpAddr = if is_v4 {
                IpAddr::from(((bits >> 96) as u32).to_be_bytes())
            } else {
                bits.to_be_bytes().into()
            };
            Target::from(IpNet::new(addr, if is_v4 { length % 33 } else { length }).unwrap())
        })
    }

    #[test]
    fn a_set_is_known_by_its_name() {
        let of = |text| Set::of(Target::parse(text).unwrap(), &names()).name(&names()).into_owned();
        assert_eq!(["1.2.3.4", "10.0.0.0/8", "::1", "::/0"].map(of), ["set4", "net4_8", "set6", "net6_0"]);
        for name in [
            "net4",
            "net4_",
            "net4_32",
            "net4_08",
            "net4_+8",
            "net6_128",
            "set",
            "bans4",
            "set4_8",
            "set4_8_08",
        ] {
            assert_eq!(Set::named(name, &names()), None, "{name}");
        }
    }

    #[test]
    fn addresses_are_divided_by_their_ends() {
        let names = Names { shards: 256, ..names() };
        let of = |text| Set::of(Target::parse(text).unwrap(), &names).name(&names).into_owned();
        assert_eq!(["1.2.3.255", "1.2.3.0/25", "::ff"].map(of), ["set4_256_255", "net4_25", "set6"]);
        assert_eq!(Set::fixed(&names).count(), 258);
        let few = Names { shards: 4, ..names };
        assert_eq!(Set::of(Target::parse("1.2.3.6").unwrap(), &few), Set::Shard { number: 2, of: 4 });
        let is_used = |name| Set::named(name, &few).map(|set| set.is_used(&few));
        assert_eq!(
            ["set4_4_2", "set4_8_2", "set4", "set6"].map(is_used),
            [true, false, false, true].map(Some)
        );
    }

    #[test]
    fn a_key_is_what_nft_writes() {
        let target = Target::parse("1.2.3.0/24").unwrap();
        assert_eq!(Key::of(target).bytes(), [1, 2, 3, 0]);
        let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 0, 0, 120, 0, 0, 0, 7, 0, 0];
        assert_eq!(Key::further(target, 7).bytes(), mapped);
        assert_eq!(shown(&mapped), "1.2.3.0/24");
        assert_eq!(shown(&[1, 2, 3, 4]), "1.2.3.4");
    }

    #[test]
    fn bits_behind_a_prefix_are_no_ban() {
        assert_eq!(Set::Ranges(Family::V4, 24).target(&[1, 2, 3, 4]), None);
    }

    proptest! {
        #[test]
        fn a_key_gives_its_target_back(target in any_target(), number: u16, shards in 0..9_u32) {
            let names = Names { shards: 1 << shards, ..names() };
            let set = Set::of(target, &names);
            prop_assert!(set.is_used(&names) && (target.is_range() || Set::fixed(&names).any(|fixed| fixed == set)));
            prop_assert_eq!(Set::named(&set.name(&names), &names), Some(set));
            prop_assert_eq!(set.target(Key::of(target).bytes()), Some((target, None)));
            let further = Key::further(target, number);
            prop_assert_eq!(Set::Further.target(further.bytes()), Some((target, Some(number))));
        }

        #[test]
        fn no_key_panics(key in prop::collection::vec(any::<u8>(), 0..30)) {
            for set in [Set::Further, Set::Addresses(Family::V4), Set::Ranges(Family::V6, 64)] {
                let _ = set.target(&key);
            }
            let _ = shown(&key);
        }
    }
}
