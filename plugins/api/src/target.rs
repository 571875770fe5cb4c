//! What is banned: an address or a CIDR range, parsed once, canonical for ever after.
//! Here are its text forms and its arithmetic; what a ban on it means is not.

use std::fmt;
use std::iter;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

pub use self::text::TargetText;

mod text;

const V4_BITS: u8 = 32;
const V6_BITS: u8 = 128;
/// The length of `::ffff:0:0/96`, where IPv6 keeps the IPv4 addresses.
const MAPPED_BITS: u8 = 96;

/// An address or a CIDR range in canonical form, so that equal targets are equal values.
///
/// Host bits are cut, `::ffff:a.b.c.d` is the IPv4 address (a range of at least 96 bits likewise),
/// and an address is the range that holds it alone: `1.2.3.4/32` is `1.2.3.4`.
/// IPv4 sorts before IPv6, then by address, then the wider range first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(IpNet);

/// A target, and what was lost between the text and its canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// The canonical target.
    pub target: Target,
    /// Whether the text had bits set behind its prefix: `1.2.3.77/24`.
    pub host_bits_cut: bool,
}

/// A text that is not a target, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an address or a CIDR range: {fault}")]
pub struct TargetError {
    text: String,
    fault: Fault,
}

/// Why a text is not a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing was written.
    #[error("it is empty")]
    Empty,
    /// White space, at either end or inside.
    #[error("it contains white space")]
    WhiteSpace,
    /// `fe80::1%eth0`: a zone is a name on one machine, not part of an address.
    #[error("a zone (`%`) cannot be banned")]
    Zone,
    /// `01.02.03.04`: some programs read that as octal.
    #[error("a number starts with a zero")]
    LeadingZero,
    /// Neither an IPv4 nor an IPv6 address.
    #[error("it is neither IPv4 nor IPv6")]
    Address,
    /// What follows the slash is not a prefix length.
    #[error("what follows the `/` must be a number from 0 to {max}")]
    Prefix {
        /// The longest prefix of that family: 32 or 128 bits.
        max: u8,
    },
}

impl TargetError {
    /// Why the text was refused.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.fault
    }
}

impl Target {
    /// Reads an address or a CIDR range as strictly as the standard library reads addresses.
    ///
    /// # Errors
    /// The text and the first [`Fault`] found in it.
    pub fn parse(text: &str) -> Result<Target, TargetError> {
        Target::parse_noting(text).map(|noted| noted.target)
    }

    /// As [`Target::parse`], and says whether host bits were cut, for whoever should be told.
    ///
    /// # Errors
    /// As [`Target::parse`].
    pub fn parse_noting(text: &str) -> Result<Noted, TargetError> {
        read(text).map_err(|fault| TargetError { text: text.to_owned(), fault })
    }

    /// The target meant by a spelling that somebody else wrote into a store (`2001:DB8:0:0:0:0:0:2`,
    /// `1.2.3.77/24`; reference/crowdsec-v0.3.md, "Storage"). `None` if it is none; never allocates.
    #[must_use]
    pub fn of_stored(text: &str) -> Option<Target> {
        read(text).ok().map(|noted| noted.target)
    }

    /// Whether a text is exactly what [`Target`] prints, so that equal targets have equal texts.
    #[must_use]
    pub fn is_canonical(text: &str) -> bool {
        Target::of_stored(text).is_some_and(|target| target.text().as_str() == text)
    }

    /// The CIDR range from `first` to `last`, both included; `None` if no single one is exactly that.
    #[must_use]
    pub fn from_range(first: IpAddr, last: IpAddr) -> Option<Target> {
        let prefix_len = match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                let host = host_bits(first.to_bits().into(), last.to_bits().into())?;
                V4_BITS.checked_sub(host)?
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                let host = host_bits(first.to_bits(), last.to_bits())?;
                V6_BITS.checked_sub(host)?
            }
            _ => return None,
        };
        IpNet::new(first, prefix_len).ok().map(Target::from)
    }

    /// The address, or the first one of the range.
    #[must_use]
    pub fn addr(&self) -> IpAddr {
        self.0.addr()
    }

    /// The length of the prefix in bits: 0 to 32 for IPv4, 0 to 128 for IPv6.
    #[must_use]
    pub fn prefix_len(&self) -> u8 {
        self.0.prefix_len()
    }

    /// Whether this is one address alone.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.0.prefix_len() == self.0.max_prefix_len()
    }

    /// Whether this is more than one address.
    #[must_use]
    pub fn is_range(&self) -> bool {
        !self.is_address()
    }

    /// Whether this is IPv6. IPv4 written as IPv6 is not.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        matches!(self.0, IpNet::V6(_))
    }

    /// The first address of the range; the address itself if it is one.
    #[must_use]
    pub fn first(&self) -> IpAddr {
        self.addr()
    }

    /// The last address of the range; the address itself if it is one.
    #[must_use]
    pub fn last(&self) -> IpAddr {
        self.0.broadcast()
    }

    /// Whether every address of `other` is in this target. The families never contain one another:
    /// `::/0` does not hold `1.2.3.4`.
    #[must_use]
    pub fn contains(&self, other: &Target) -> bool {
        self.0.contains(&other.0)
    }

    /// Every target that contains this one, the longest prefix (this one itself) first:
    /// 33 for an IPv4 address, 129 for an IPv6 one.
    pub fn covering(&self) -> impl Iterator<Item = Target> + Clone + use<> {
        iter::successors(Some(self.0), IpNet::supernet).map(Target)
    }

    /// The canonical text without an allocation, for a comparison or a bound parameter.
    #[must_use]
    pub fn text(&self) -> TargetText {
        TargetText::new(self.addr(), self.is_range().then(|| self.prefix_len()))
    }
}

impl From<IpNet> for Target {
    fn from(net: IpNet) -> Target {
        Target(unmapped(net).trunc())
    }
}

impl From<IpAddr> for Target {
    fn from(addr: IpAddr) -> Target {
        Target(IpNet::from(addr.to_canonical()))
    }
}

impl From<Target> for IpNet {
    fn from(target: Target) -> IpNet {
        target.0
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Target, TargetError> {
        Target::parse(text)
    }
}

/// The canonical text: RFC 5952 for IPv6, a range with its `/length`, an address without.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text().as_str())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

fn read(text: &str) -> Result<Noted, Fault> {
    let (addr, length) = match text.split_once('/') {
        Some((addr, length)) => (addr, Some(length)),
        None => (text, None),
    };
    let addr = addr.parse::<IpAddr>().map_err(|_| address_fault(text, addr))?;
    let typed = match length {
        Some(length) => range(addr, length)?,
        None => IpNet::from(addr),
    };
    let target = Target::from(typed);
    Ok(Noted { target, host_bits_cut: unmapped(typed).addr() != target.addr() })
}

fn address_fault(text: &str, addr: &str) -> Fault {
    if text.is_empty() {
        Fault::Empty
    } else if text.contains(char::is_whitespace) {
        Fault::WhiteSpace
    } else if addr.contains('%') {
        Fault::Zone
    } else if is_v4_with_leading_zero(addr) {
        Fault::LeadingZero
    } else {
        Fault::Address
    }
}

fn is_v4_with_leading_zero(addr: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    addr.split('.').count() == 4
        && addr.split('.').all(is_number)
        && addr.split('.').any(|part| part.len() > 1 && part.starts_with('0'))
}

fn range(addr: IpAddr, length: &str) -> Result<IpNet, Fault> {
    let max = if addr.is_ipv6() { V6_BITS } else { V4_BITS };
    prefix_length(length).and_then(|length| IpNet::new(addr, length).ok()).ok_or(Fault::Prefix { max })
}

/// Digits only: the standard library would take `+24`, and `024` looks octal.
fn prefix_length(text: &str) -> Option<u8> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

fn unmapped(net: IpNet) -> IpNet {
    mapped_v4(net).map_or(net, IpNet::V4)
}

fn mapped_v4(net: IpNet) -> Option<Ipv4Net> {
    let IpNet::V6(net) = net else { return None };
    let prefix_len = net.prefix_len().checked_sub(MAPPED_BITS)?;
    Ipv4Net::new(net.addr().to_ipv4_mapped()?, prefix_len).ok()
}

/// How many low bits run from all zero in `first` to all one in `last`, the others being equal.
fn host_bits(first: u128, last: u128) -> Option<u8> {
    let differing = first ^ last;
    let is_run_of_ones = differing & differing.wrapping_add(1) == 0;
    let is_cidr = is_run_of_ones && first & differing == 0;
    if is_cidr { u8::try_from(differing.trailing_ones()).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    fn target(text: &str) -> Target {
        Target::parse(text).unwrap()
    }

    fn fault(text: &str) -> Fault {
        Target::parse(text).unwrap_err().fault()
    }

    #[test]
    fn one_target_has_one_text() {
        for (typed, canonical) in [
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.3.4/32", "1.2.3.4"),
            ("1.2.3.77/24", "1.2.3.0/24"),
            ("255.255.255.255/0", "0.0.0.0/0"),
            ("2001:DB8:0:0:0:0:0:2", "2001:db8::2"),
            ("2001:db8::2/128", "2001:db8::2"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("::/0", "::/0"),
            ("fe80::1/10", "fe80::/10"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("::ffff:102:304", "1.2.3.4"),
            ("::ffff:1.2.3.4/128", "1.2.3.4"),
            ("::ffff:1.2.3.4/120", "1.2.3.0/24"),
            ("::ffff:1.2.3.4/96", "0.0.0.0/0"),
            ("::ffff:1.2.3.4/95", "::fffe:0:0/95"),
            ("::1.2.3.4", "::102:304"),
        ] {
            assert_eq!(target(typed).to_string(), canonical, "{typed}");
            assert!(Target::is_canonical(canonical), "{canonical}");
            assert_eq!(Target::is_canonical(typed), typed == canonical, "{typed}");
        }
    }

    #[test]
    fn a_cut_of_host_bits_is_noted() {
        for (text, cut) in [
            ("1.2.3.77/24", true),
            ("1.2.3.0/24", false),
            ("1.2.3.77/32", false),
            ("1.2.3.77", false),
            ("::ffff:1.2.3.0/120", false),
            ("::ffff:1.2.3.4/120", true),
            ("2001:db8::1/64", true),
            ("2001:DB8::/64", false),
        ] {
            assert_eq!(Target::parse_noting(text).unwrap().host_bits_cut, cut, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_target_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", Fault::Empty),
            (" 1.2.3.4", Fault::WhiteSpace),
            ("1.2.3.4\n", Fault::WhiteSpace),
            ("fe80::1%eth0", Fault::Zone),
            ("fe80::1%eth0/64", Fault::Zone),
            ("01.02.03.04", Fault::LeadingZero),
            ("1.2.3.04/24", Fault::LeadingZero),
            ("1.2.3", Fault::Address),
            ("1.2.3.4.5", Fault::Address),
            ("1.2.3.256", Fault::Address),
            ("1.2.3.0-1.2.3.255", Fault::Address),
            ("[::1]", Fault::Address),
            ("1::2::3", Fault::Address),
            ("example.org", Fault::Address),
            ("/24", Fault::Address),
            ("1.2.3.0/99", Fault::Prefix { max: 32 }),
            ("1.2.3.0/33", Fault::Prefix { max: 32 }),
            ("1.2.3.0/+24", Fault::Prefix { max: 32 }),
            ("1.2.3.0/024", Fault::Prefix { max: 32 }),
            ("1.2.3.0/-1", Fault::Prefix { max: 32 }),
            ("1.2.3.4/", Fault::Prefix { max: 32 }),
            ("1.2.3.4/24/8", Fault::Prefix { max: 32 }),
            ("1.2.3.4/255.255.255.0", Fault::Prefix { max: 32 }),
            ("::/129", Fault::Prefix { max: 128 }),
            ("::/1000", Fault::Prefix { max: 128 }),
        ] {
            assert_eq!(fault(text), reason, "{text}");
            assert_eq!(Target::of_stored(text), None, "{text}");
            assert!(!Target::is_canonical(text), "{text}");
        }
    }

    #[test]
    fn an_error_names_the_text_and_the_reason() {
        let error = Target::parse("1.2.3.0/99").unwrap_err().to_string();
        assert_eq!(
            error,
            "`1.2.3.0/99` is not an address or a CIDR range: what follows the `/` must be a number from 0 to 32"
        );
    }

    #[test]
    fn an_address_has_a_covering_prefix_of_every_length() {
        assert_eq!(target("1.2.3.4").covering().count(), 33);
        assert_eq!(target("2001:db8::1").covering().count(), 129);
        assert_eq!(target("1.2.3.0/24").covering().count(), 25);
        let four: Vec<_> = target("1.2.3.7").covering().take(4).map(|each| each.to_string()).collect();
        assert_eq!(four, ["1.2.3.7", "1.2.3.6/31", "1.2.3.4/30", "1.2.3.0/29"]);
    }

    #[test]
    fn the_families_do_not_contain_one_another() {
        assert!(!target("::/0").contains(&target("1.2.3.4")));
        assert!(!target("0.0.0.0/0").contains(&target("::1")));
    }

    #[test]
    fn a_range_that_is_no_prefix_is_none() {
        let range = |first: &str, last: &str| {
            Target::from_range(first.parse().unwrap(), last.parse().unwrap()).map(|target| target.to_string())
        };
        assert_eq!(range("1.2.3.0", "1.2.3.255").as_deref(), Some("1.2.3.0/24"));
        assert_eq!(range("0.0.0.0", "255.255.255.255").as_deref(), Some("0.0.0.0/0"));
        assert_eq!(range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").as_deref(), Some("::/0"));
        assert_eq!(range("::ffff:1.2.3.0", "::ffff:1.2.3.255").as_deref(), Some("1.2.3.0/24"));
        // The last address of ::/80 happens to be an IPv4-mapped one.
        assert_eq!(range("::", "::ffff:ffff:ffff").as_deref(), Some("::/80"));
        assert_eq!(range("1.2.3.1", "1.2.3.2"), None);
        assert_eq!(range("1.2.3.0", "1.2.3.254"), None);
        assert_eq!(range("1.2.3.255", "1.2.3.0"), None);
        assert_eq!(range("1.2.3.128", "1.2.4.127"), None);
        assert_eq!(range("1.2.3.0", "::1"), None);
    }

    #[test]
    fn a_wider_range_sorts_before_what_it_holds() {
        let sorted = ["0.0.0.0/0", "1.2.3.0/24", "1.2.3.0", "1.2.3.4", "::/0", "::"].map(target);
        assert!(sorted.is_sorted());
    }

    #[test]
    fn a_width_pads_the_text() {
        assert_eq!(format!("{:>9}|{:<9}", target("1.2.3.4"), target("::1")), "  1.2.3.4|::1      ");
    }

    prop_compose! {
        /// Groups are often zero, so that runs of them are met.
        fn address()(v4: bool, bits: u32, groups: [u16; 8], zero: u8, mapped: bool) -> IpAddr {
            let kept = |index: usize| if zero >> index & 1 == 0 { groups[index] } else { 0 };
            match (v4, mapped) {
                (true, false) => Ipv4Addr::from(bits).into(),
                (true, true) => Ipv4Addr::from(bits).to_ipv6_mapped().into(),
                (false, _) => Ipv6Addr::from(std::array::from_fn::<u16, 8, _>(kept)).into(),
            }
        }
    }

    prop_compose! {
        fn any_net()(addr in address(), length in 0..=V6_BITS) -> IpNet {
            let max = if addr.is_ipv6() { V6_BITS } else { V4_BITS };
            IpNet::new(addr, length % (max + 1)).unwrap()
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(net in any_net()) {
            let target = Target::from(net);
            let text = target.to_string();
            prop_assert_eq!(Target::parse(&text), Ok(target));
            prop_assert!(Target::is_canonical(&text));
            prop_assert_eq!(Target::of_stored(&net.to_string()), Some(target));
        }

        #[test]
        fn it_prints_as_the_standard_library_does(addr in address()) {
            prop_assert_eq!(Target::from(addr).to_string(), addr.to_canonical().to_string());
        }

        #[test]
        fn its_ends_give_it_back(net in any_net()) {
            let target = Target::from(net);
            prop_assert_eq!(Target::from_range(target.first(), target.last()), Some(target));
        }

        #[test]
        fn all_that_covers_it_contains_it(net in any_net(), other in any_net()) {
            let (target, other) = (Target::from(net), Target::from(other));
            prop_assert!(target.covering().all(|wider| wider.contains(&target)));
            prop_assert_eq!(target.covering().next(), Some(target));
            prop_assert_eq!(target.covering().count(), usize::from(target.prefix_len()) + 1);
            prop_assert_eq!(target.covering().any(|wider| wider == other), other.contains(&target));
        }

        #[test]
        fn it_contains_what_lies_between_its_ends(net in any_net(), addr in address()) {
            let (target, addr) = (Target::from(net), Target::from(addr));
            let between = target.is_ipv6() == addr.is_ipv6()
                && target.first() <= addr.addr() && addr.addr() <= target.last();
            prop_assert_eq!(target.contains(&addr), between);
        }

        #[test]
        fn no_text_panics(text in ".*", near in "[0-9a-f:./% ]{0,24}") {
            for text in [text, near] {
                prop_assert_eq!(Target::parse(&text).ok(), Target::of_stored(&text));
            }
        }
    }
}
