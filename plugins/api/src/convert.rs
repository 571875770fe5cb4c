//! Between the C structs and the safe model, both ways. Reading a foreign struct is `unsafe` once, at the border;
//! what comes out is checked: no NULL where forbidden, no field beyond the sender's size, text that is UTF-8.

mod change;
mod enforcement;
mod keys;
mod query;
mod row;
mod signal;

use std::mem::{MaybeUninit, size_of};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use crate::abi;
use crate::model::IpRange;
pub use change::change_of;
pub use keys::schema_of;
pub use query::with_query;
pub use row::with_row;
pub use signal::signal_of;

/// Longer text in one field is taken for garbage and not read.
pub const MAX_TEXT: usize = 64 << 20;
/// More elements in one array are taken for garbage and not read.
pub const MAX_COUNT: usize = 1 << 24;

/// How a struct from the other side breaks the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A pointer is NULL where the header forbids it.
    #[error("`{0}` is a null pointer")]
    Null(&'static str),
    /// Text that is not UTF-8.
    #[error("`{0}` is not UTF-8")]
    NotUtf8(&'static str),
    /// A length that no honest value has.
    #[error("`{0}` claims an impossible length")]
    Length(&'static str),
    /// A struct that is shorter than its first version.
    #[error("`{0}` is shorter than the first version of its struct")]
    Short(&'static str),
}

/// A struct that carries its size first and may grow at its end.
///
/// # Safety
/// `repr(C)`, the first field is `struct_size: u32`, and all bits zero are a valid value.
pub unsafe trait Growing: Copy {
    /// The struct's name in the header, without `warden_`.
    const NAME: &'static str;
    /// `sizeof` in the first version: no honest sender's is less.
    const FIRST_SIZE: usize;
}

/// Declares which structs grow.
macro_rules! growing {
    ($($type:ident $name:literal $size:expr;)*) => {$(
        // SAFETY: repr(C) in abi.rs, `struct_size` first, and only numbers, pointers and optional functions in it.
        unsafe impl Growing for abi::$type {
            const NAME: &'static str = $name;
            const FIRST_SIZE: usize = $size;
        }
    )*
        /// Name, first size, size.
        #[cfg(test)]
        const SIZES: &[(&str, usize, usize)] = &[$(($name, $size, size_of::<abi::$type>())),*];
    };
}

// Literals: `size_of` would grow with the struct, and then refuse what an older build sends.
growing! {
    Source "source" 168;
    Ban "ban" 200;
    Event "event" 40;
    Signal "signal" 328;
    Inserted "inserted" 48;
    Row "row" 272;
    Query "query" 256;
    Backend "backend" 104;
    Key "key" 72;
    Change "change" 72;
    Enforcement "enforcement" 16;
    ExtQuery "ext_query" 16;
    ExtSummary "ext_summary" 16;
    ExtDeleteWhere "ext_delete_where" 16;
    ExtHistory "ext_history" 16;
    ExtUndo "ext_undo" 24;
    ExtEnforce "ext_enforce" 24;
}

/// `sizeof` as `struct_size` carries it.
///
/// # Panics
/// At compile time, for a struct of 4 GiB.
#[must_use]
pub const fn size<T>() -> u32 {
    assert!(size_of::<T>() < u32::MAX as usize);
    #[allow(clippy::cast_possible_truncation, reason = "asserted on the line above")]
    {
        size_of::<T>() as u32
    }
}

/// Copies a struct of either a shorter or a longer build; fields that the sender does not have are zero.
///
/// # Safety
/// `from`, unless NULL, points to at least the `struct_size` bytes that stand at its beginning.
///
/// # Errors
/// When it is NULL or shorter than its first version.
pub unsafe fn read_sized<T: Growing>(from: *const T) -> Result<T, Violation> {
    if from.is_null() {
        return Err(Violation::Null(T::NAME));
    }
    // SAFETY: the caller promises the bytes; a Growing struct starts with its size. Unaligned: from a foreign array.
    let claimed = unsafe { ptr::read_unaligned(from.cast::<u32>()) } as usize;
    if claimed < T::FIRST_SIZE {
        return Err(Violation::Short(T::NAME));
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: the source has `claimed` bytes (the caller), the destination size_of::<T>(); all zero is valid (Growing).
    unsafe {
        let bytes = claimed.min(size_of::<T>());
        ptr::copy_nonoverlapping(from.cast::<u8>(), value.as_mut_ptr().cast::<u8>(), bytes);
        Ok(value.assume_init())
    }
}

impl abi::Str {
    /// Borrows `text`; whoever sends it keeps `text` alive for the call.
    #[must_use]
    pub const fn new(text: &str) -> Self {
        Self { ptr: text.as_ptr().cast(), len: text.len() }
    }

    /// The text, as bytes.
    ///
    /// # Safety
    /// A non-NULL `ptr` points to `len` bytes that live for `'a`, unless `len` is beyond [`MAX_TEXT`].
    ///
    /// # Errors
    /// When it is NULL with a length, or longer than [`MAX_TEXT`].
    pub unsafe fn bytes<'a>(self, field: &'static str) -> Result<&'a [u8], Violation> {
        match (self.ptr.is_null(), self.len) {
            (_, 0) => Ok(&[]),
            (true, _) => Err(Violation::Null(field)),
            (_, len) if len > MAX_TEXT => Err(Violation::Length(field)),
            // SAFETY: not NULL, not absurd, and the caller promises the bytes.
            (_, len) => Ok(unsafe { std::slice::from_raw_parts(self.ptr.cast(), len) }),
        }
    }

    /// The text.
    ///
    /// # Safety
    /// As [`Self::bytes`].
    ///
    /// # Errors
    /// As [`Self::bytes`], and when it is not UTF-8.
    pub unsafe fn text<'a>(self, field: &'static str) -> Result<&'a str, Violation> {
        // SAFETY: the caller's promise is that of `bytes`.
        std::str::from_utf8(unsafe { self.bytes(field) }?).map_err(|_| Violation::NotUtf8(field))
    }
}

impl From<Option<IpRange>> for abi::Range {
    fn from(range: Option<IpRange>) -> Self {
        let mut out = Self::default();
        match range.map(|r| (r.first, r.last)) {
            Some((IpAddr::V4(first), IpAddr::V4(last))) => {
                out.family = 4;
                out.first[..4].copy_from_slice(&first.octets());
                out.last[..4].copy_from_slice(&last.octets());
            }
            Some((IpAddr::V6(first), IpAddr::V6(last))) => {
                out.family = 6;
                out.first = first.octets();
                out.last = last.octets();
            }
            _ => {}
        }
        out
    }
}

impl From<abi::Range> for Option<IpRange> {
    fn from(range: abi::Range) -> Self {
        let v4 = |o: [u8; 16]| IpAddr::V4(Ipv4Addr::new(o[0], o[1], o[2], o[3]));
        match range.family {
            4 => Some(IpRange { first: v4(range.first), last: v4(range.last) }),
            6 => Some(IpRange {
                first: Ipv6Addr::from(range.first).into(),
                last: Ipv6Addr::from(range.last).into(),
            }),
            _ => None,
        }
    }
}

/// Walks a foreign array by its stride.
///
/// # Safety
/// A non-NULL `first` points to `count` elements of `stride` bytes each.
unsafe fn each<T, R>(
    first: *const T,
    count: usize,
    stride: usize,
    name: &'static str,
    f: impl Fn(*const T) -> Result<R, Violation>,
) -> Result<Vec<R>, Violation> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if first.is_null() {
        return Err(Violation::Null(name));
    }
    if count > MAX_COUNT || stride < size_of::<u32>() || stride > 1 << 20 {
        return Err(Violation::Length(name));
    }
    // SAFETY: `i` stays below `count`, so the element is inside the array that the caller promises.
    (0..count).map(|i| f(unsafe { first.byte_add(i * stride) })).collect()
}

/// `mask` when `set`.
fn bit(set: bool, mask: u32) -> u32 {
    if set { mask } else { 0 }
}

/// A pointer that is NULL for `None`.
fn pointer<T>(value: Option<&T>) -> *const T {
    value.map_or(ptr::null(), ptr::from_ref)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sizes_are_those_of_1_0() {
        for (name, first, size) in SIZES {
            assert!(first <= size, "{name}");
            // In 1.0 nothing has grown. From 1.1 on this is no longer so.
            assert!(first == size || abi::ABI_MINOR != 0, "{name}: {first} in place of {size}");
        }
    }

    /// A struct that grew in a minor.
    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Grown {
        struct_size: u32,
        old: u32,
        new: u64,
    }

    // SAFETY: repr(C), `struct_size` first, and numbers alone.
    unsafe impl Growing for Grown {
        const NAME: &'static str = "grown";
        const FIRST_SIZE: usize = 8;
    }

    #[test]
    fn what_a_shorter_sender_does_not_have_is_zero_and_what_a_longer_one_has_is_left_alone() {
        let read = |struct_size| {
            // What lies behind the struct of a shorter sender is not the struct's.
            let sent = [Grown { struct_size, old: 7, new: u64::MAX }; 2];
            // SAFETY: at least `struct_size` bytes, as far as they are claimed.
            unsafe { read_sized(sent.as_ptr()) }
        };
        assert_eq!(read(8), Ok(Grown { struct_size: 8, old: 7, new: 0 }));
        assert_eq!(read(12).map(|grown| grown.new), Ok(u64::from_ne_bytes([255, 255, 255, 255, 0, 0, 0, 0])));
        assert_eq!(read(32), Ok(Grown { struct_size: 32, old: 7, new: u64::MAX }));
        assert_eq!(read(7), Err(Violation::Short("grown")));
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { read_sized::<Grown>(ptr::null()) }, Err(Violation::Null("grown")));
    }
}
