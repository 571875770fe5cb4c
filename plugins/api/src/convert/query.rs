//! What a list asks for.

use super::{Violation, bit, read_sized, size};
use crate::abi;
use crate::model::{IpRange, Query};

impl Query<'_> {
    /// The C form; it borrows from `self`.
    #[must_use]
    pub fn to_abi(&self) -> abi::Query {
        let text = |t: Option<&str>| {
            t.map_or(abi::Str::new(""), |t| abi::Str { ptr: t.as_ptr().cast(), len: t.len() })
        };
        abi::Query {
            struct_size: size::<abi::Query>(),
            wanted: self.wanted(),
            at_us: self.at_us,
            ip: self.ip.map(IpRange::from).into(),
            range: self.range.map(IpRange::from).into(),
            reason: text(self.reason),
            country: text(self.country),
            as_text: text(self.as_text),
            source: text(self.source),
            action: text(self.action),
            not_source: text(self.not_source),
            limit: self.limit.unwrap_or(0),
            target: self.target.map(IpRange::from).into(),
        }
    }

    /// The filters that are set, as `WARDEN_Q_*`.
    #[must_use]
    pub fn wanted(&self) -> u32 {
        bit(self.ip.is_some(), abi::Q_IP)
            | bit(self.range.is_some(), abi::Q_RANGE)
            | bit(self.reason.is_some(), abi::Q_REASON)
            | bit(self.country.is_some(), abi::Q_COUNTRY)
            | bit(self.as_text.is_some(), abi::Q_AS)
            | bit(self.source.is_some(), abi::Q_SOURCE)
            | bit(self.action.is_some(), abi::Q_ACTION)
            | bit(self.not_source.is_some(), abi::Q_NOT_SOURCE)
            | bit(self.target.is_some(), abi::Q_TARGET)
            | bit(self.limit.is_some(), abi::Q_LIMIT)
    }
}

/// The safe form of a foreign query. A wanted filter whose value is no target counts as not asked for: it is then not
/// applied, and the host does it.
///
/// # Safety
/// `query`, unless NULL, points to its `struct_size` bytes, and its texts live for `'a`.
///
/// # Errors
/// When it breaks the contract.
pub unsafe fn query_of<'a>(query: *const abi::Query) -> Result<Query<'a>, Violation> {
    // SAFETY: the caller promises `struct_size` bytes.
    let raw = unsafe { read_sized(query) }?;
    let wants = |bit| raw.wanted & bit != 0;
    let range = |bit, range: abi::Range| {
        wants(bit).then(|| Option::<IpRange>::from(range).and_then(IpRange::target)).flatten()
    };
    let text = |bit, text: abi::Str, name| match wants(bit) {
        // SAFETY: the caller promises the texts for 'a.
        true => unsafe { text.text(name) }.map(Some),
        false => Ok(None),
    };
    Ok(Query {
        at_us: raw.at_us,
        ip: range(abi::Q_IP, raw.ip),
        range: range(abi::Q_RANGE, raw.range),
        reason: text(abi::Q_REASON, raw.reason, "reason")?,
        country: text(abi::Q_COUNTRY, raw.country, "country")?,
        as_text: text(abi::Q_AS, raw.as_text, "as_text")?,
        source: text(abi::Q_SOURCE, raw.source, "source")?,
        action: text(abi::Q_ACTION, raw.action, "action")?,
        not_source: text(abi::Q_NOT_SOURCE, raw.not_source, "not_source")?,
        target: range(abi::Q_TARGET, raw.target),
        limit: wants(abi::Q_LIMIT).then_some(raw.limit),
    })
}
