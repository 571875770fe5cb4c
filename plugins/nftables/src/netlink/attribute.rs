//! Attributes: a length, a type, a value, padded to four bytes; they may be nested.

/// The bits of a type that say how its value is written.
const TYPE: u16 = 0x3fff;

/// The attributes in a row of bytes. What is cut off or claims to be longer than it is ends the row.
pub fn attributes(mut rest: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::from(u16::from_ne_bytes(*rest.first_chunk()?));
        let kind = u16::from_ne_bytes(*rest.get(2..)?.first_chunk()?) & TYPE;
        let value = rest.get(4..length)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    })
}

/// The value of the first attribute of a type.
pub fn attribute(bytes: &[u8], kind: u16) -> Option<&[u8]> {
    attributes(bytes).find_map(|(found, value)| (found == kind).then_some(value))
}

/// A number of `nf_tables`: big-endian.
pub fn number(bytes: &[u8], kind: u16) -> Option<u32> {
    Some(u32::from_be_bytes(attribute(bytes, kind)?.try_into().ok()?))
}

/// A long number of `nf_tables`.
pub fn long_number(bytes: &[u8], kind: u16) -> Option<u64> {
    Some(u64::from_be_bytes(attribute(bytes, kind)?.try_into().ok()?))
}

/// A name, which ends with NUL.
pub fn name(bytes: &[u8], kind: u16) -> Option<&str> {
    let value = attribute(bytes, kind)?;
    str::from_utf8(value.strip_suffix(&[0]).unwrap_or(value)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_attributes_is_read_to_its_last_whole_one() {
        let bytes = [5, 0, 1, 0, 7, 0, 0, 0, 8, 0, 2, 0x80, 0, 0, 1, 2, 9, 0, 3, 0, 1];
        assert_eq!(
            attributes(&bytes).collect::<Vec<_>>(),
            [(1, [7].as_slice()), (2, [0, 0, 1, 2].as_slice())]
        );
        assert_eq!(number(&bytes, 2), Some(258));
        assert_eq!(number(&bytes, 1), None);
        assert_eq!(attributes(&[3, 0, 1, 0]).count(), 0, "shorter than its own head");
    }

    #[test]
    fn a_name_may_lack_its_end() {
        assert_eq!(name(&[7, 0, 1, 0, b'a', b'b', 0], 1), Some("ab"));
        assert_eq!(name(&[6, 0, 1, 0, b'a', b'b'], 1), Some("ab"));
        assert_eq!(name(&[5, 0, 1, 0, 0xff], 1), None);
    }
}
