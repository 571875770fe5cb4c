//! Elements of a set, as the kernel sends them and as it takes them.

use super::attribute::{attribute, attributes, long_number, number};

/// The list of a message's elements.
pub const LIST: u16 = 3;
/// One entry of a list.
pub const ENTRY: u16 = 1;
/// The key of an element.
pub const KEY: u16 = 1;
/// The bytes of a key.
pub const VALUE: u16 = 1;
/// Its flags: the end of an interval.
const FLAGS: u16 = 3;
/// How long it stands in all, in milliseconds.
pub const TIMEOUT: u16 = 4;
/// How long it still stands.
const EXPIRATION: u16 = 5;
/// What user space noted on it.
pub const USER_DATA: u16 = 6;

/// The type of a comment in the user data, by the convention of nft.
pub const COMMENT: u8 = 0;

/// The flag of an element that ends an interval.
const IS_END: u32 = 1;

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The bytes of its key.
    pub key: &'a [u8],
    /// Whether it is the end of an interval: the first key behind it.
    pub is_end: bool,
    /// How long it stands or stands still, in milliseconds; `None`: until somebody removes it.
    pub timeout_ms: Option<u64>,
    /// What somebody noted on it.
    pub comment: Option<&'a str>,
}

/// The elements of a message, given its attributes.
pub fn elements(message: &[u8]) -> impl Iterator<Item = Element<'_>> {
    attribute(message, LIST).into_iter().flat_map(attributes).filter_map(|(_, bytes)| read(bytes))
}

/// The element that an offset into a message's attributes lies in.
pub fn element_at(message: &[u8], offset: usize) -> Option<Element<'_>> {
    let start = message.as_ptr().addr();
    let list = attribute(message, LIST)?;
    let (_, bytes) = attributes(list).find(|(_, bytes)| {
        // The head of the entry, four bytes before, may be what is named.
        let at = bytes.as_ptr().addr() - start;
        (at.saturating_sub(4)..at + bytes.len()).contains(&offset)
    })?;
    read(bytes)
}

fn read(bytes: &[u8]) -> Option<Element<'_>> {
    let key = attribute(attribute(bytes, KEY)?, VALUE)?;
    Some(Element {
        key,
        is_end: number(bytes, FLAGS).is_some_and(|flags| flags & IS_END != 0),
        timeout_ms: long_number(bytes, EXPIRATION).or_else(|| long_number(bytes, TIMEOUT)),
        comment: attribute(bytes, USER_DATA).and_then(comment),
    })
}

/// The comment in the user data: a type, a length, the text with a NUL behind it.
fn comment(mut rest: &[u8]) -> Option<&str> {
    loop {
        let [kind, length, ..] = *rest else { return None };
        let value = rest.get(2..2 + usize::from(length))?;
        if kind == COMMENT {
            return str::from_utf8(value.strip_suffix(&[0]).unwrap_or(value)).ok();
        }
        rest = rest.get(2 + usize::from(length)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_stands_behind_what_else_is_noted() {
        assert_eq!(comment(&[1, 2, 9, 9, 0, 3, b'h', b'i', 0]), Some("hi"));
        assert_eq!(comment(&[0, 1, 0]), Some(""));
        for cut in [&[][..], &[0], &[0, 3, b'h'], &[1, 0], &[0, 1, 0xff]] {
            assert_eq!(comment(cut), None, "{cut:?}");
        }
    }
}
