//! What a list asks for.

use std::mem::size_of;
use std::ptr;

use super::{Violation, bit, each, read_sized, size};
use crate::model::{IpRange, Query};
use crate::{Target, Targets, abi};

impl Query<'_> {
    /// Hands the C form to `f`; it is dead when this returns.
    pub fn with_abi<R>(&self, f: impl FnOnce(&abi::Query) -> R) -> R {
        let targets: Vec<abi::Range> = self
            .targets
            .iter()
            .flat_map(|t| t.iter())
            .map(|target| Some(IpRange::from(*target)).into())
            .collect();
        let text = |t: Option<&str>| {
            t.map_or(abi::Str::new(""), |t| abi::Str { ptr: t.as_ptr().cast(), len: t.len() })
        };
        f(&abi::Query {
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
            targets: targets.as_ptr(),
            target_count: targets.len(),
        })
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
            | bit(self.targets.is_some(), abi::Q_TARGETS)
            | bit(self.limit.is_some(), abi::Q_LIMIT)
    }
}

/// Hands a foreign query to `f` as safe Rust. A wanted filter whose value is no target counts as not asked for: it is then
/// not applied, and the host does it.
///
/// # Safety
/// `query`, unless NULL, points to its `struct_size` bytes, and what it points to lives until this returns.
///
/// # Errors
/// When it breaks the contract; `f` is not called then.
pub unsafe fn with_query<R>(
    query: *const abi::Query,
    f: impl FnOnce(&Query<'_>) -> R,
) -> Result<R, Violation> {
    // SAFETY: the caller promises `struct_size` bytes.
    let raw = unsafe { read_sized(query) }?;
    let wants = |bit| raw.wanted & bit != 0;
    let range = |bit, range: abi::Range| wants(bit).then(|| target_of(range)).flatten();
    let text = |bit, text: abi::Str, name| match wants(bit) {
        // SAFETY: the caller promises the texts; they do not outlive this function.
        true => unsafe { text.text(name) }.map(Some),
        false => Ok(None),
    };
    let targets = match wants(abi::Q_TARGETS) {
        // SAFETY: the caller promises the array.
        true => Some(unsafe { targets_of(&raw) }?),
        false => None,
    };
    Ok(f(&Query {
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
        targets: targets.as_ref(),
        limit: wants(abi::Q_LIMIT).then_some(raw.limit),
    }))
}

fn target_of(range: abi::Range) -> Option<Target> {
    Option::<IpRange>::from(range).and_then(IpRange::target)
}

/// The targets of a query. A span that is none equals no ban's target, so it is left out.
///
/// # Safety
/// As [`with_query`].
unsafe fn targets_of(raw: &abi::Query) -> Result<Targets, Violation> {
    // SAFETY: `each` hands out elements of the array that the caller promises.
    let read = |range: *const abi::Range| Ok(target_of(unsafe { ptr::read_unaligned(range) }));
    // SAFETY: the caller's promise.
    let found = unsafe { each(raw.targets, raw.target_count, size_of::<abi::Range>(), "targets", read) }?;
    Ok(found.into_iter().flatten().collect())
}
