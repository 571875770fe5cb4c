//! Sets, chains and rules, as far as the layout of a table asks for them.

use super::attribute::{attribute, attributes, long_number, name, number};
use super::message::Message;

/// A set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetInfo {
    /// Its name.
    pub name: String,
    /// `NFT_SET_*`.
    pub flags: u32,
    /// The type of its key, by nft's own numbers.
    pub key_type: u32,
    /// How many elements stand in it, expired ones that the kernel has not swept yet too. `None`: an older kernel
    /// does not tell.
    pub count: Option<u32>,
}

/// A chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainInfo {
    /// Its name.
    pub name: String,
    /// The hook and its priority, unless other chains have to jump there.
    pub hook: Option<(u32, i32)>,
    /// `filter`, `nat`, `route`; empty without a hook.
    pub kind: String,
}

/// A rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleInfo {
    /// The chain that it stands in.
    pub chain: String,
    /// Its number in the table.
    pub handle: u64,
    /// The sets that it looks into.
    pub sets: Vec<String>,
    /// The chains that it jumps or goes to.
    pub chains: Vec<String>,
    /// Whether it ends in a drop.
    pub drops: bool,
    /// How many packets its counter has seen.
    pub packets: u64,
}

/// `NF_DROP` as the code of a verdict.
const DROP: u32 = 0;

impl SetInfo {
    /// The set that a message tells of, when it is of this table.
    #[must_use]
    pub fn read(message: &Message<'_>, table: &str) -> Option<Self> {
        let bytes = message.attributes();
        Some(Self {
            name: name(bytes, 2).filter(|_| name(bytes, 1) == Some(table))?.to_owned(),
            flags: number(bytes, 3).unwrap_or_default(),
            key_type: number(bytes, 4).unwrap_or_default(),
            count: number(bytes, 20),
        })
    }
}

impl ChainInfo {
    /// The chain that a message tells of, when it is of this table.
    #[must_use]
    pub fn read(message: &Message<'_>, table: &str) -> Option<Self> {
        let bytes = message.attributes();
        let hook =
            attribute(bytes, 4).and_then(|hook| Some((number(hook, 1)?, number(hook, 2)?.cast_signed())));
        Some(Self {
            name: name(bytes, 3).filter(|_| name(bytes, 1) == Some(table))?.to_owned(),
            hook,
            kind: name(bytes, 7).unwrap_or_default().to_owned(),
        })
    }
}

impl RuleInfo {
    /// The rule that a message tells of, when it is of this table.
    #[must_use]
    pub fn read(message: &Message<'_>, table: &str) -> Option<Self> {
        let bytes = message.attributes();
        let handle = u64::from_be_bytes(attribute(bytes, 3)?.try_into().ok()?);
        let chain = name(bytes, 2).filter(|_| name(bytes, 1) == Some(table))?.to_owned();
        let mut rule = Self { chain, handle, ..Self::default() };
        for (_, expression) in attribute(bytes, 4).into_iter().flat_map(attributes) {
            let data = attribute(expression, 2).unwrap_or_default();
            match name(expression, 1) {
                Some("lookup") => rule.sets.extend(name(data, 1).map(str::to_owned)),
                Some("immediate") => rule.verdict(data),
                Some("counter") => rule.packets = long_number(data, 2).unwrap_or_default(),
                _ => {}
            }
        }
        Some(rule)
    }

    fn verdict(&mut self, immediate: &[u8]) {
        let Some(verdict) = attribute(immediate, 2).and_then(|data| attribute(data, 2)) else { return };
        self.drops |= number(verdict, 1) == Some(DROP);
        self.chains.extend(name(verdict, 2).map(str::to_owned));
    }
}
