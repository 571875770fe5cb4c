//! Which format a text is in, by its beginning.

use super::fields::Name;
use super::{Fault, Format, Position, plain};

/// Looks at the first bytes of an input.
///
/// # Errors
/// When it is no text at all.
pub fn format(head: &[u8]) -> Result<Format, Fault> {
    if let Some(what) = packed(head) {
        let hint = "unpack it first, for example `zcat FILE | warden ban import -`";
        return Err(Fault::new(Position::default(), format!("this is {what}, not text")).with_hint(hint));
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        let hint = "convert it first: `iconv -f UTF-16 -t UTF-8 FILE | warden ban import -`";
        return Err(Fault::new(Position::default(), "this is UTF-16, not UTF-8").with_hint(hint));
    }
    let text = String::from_utf8_lossy(head);
    let first = text.lines().map(plain::value).find(|line| !line.is_empty()).unwrap_or_default();
    Ok(match first.chars().next() {
        Some('[') => Format::Json,
        Some('{') => Format::Jsonl,
        _ if first == "null" => Format::Json,
        _ if first.contains(',') || matches!(Name::find(first.trim_matches('"')), Name::Of(_)) => Format::Csv,
        _ => Format::Plain,
    })
}

/// The name of a compressed format.
fn packed(head: &[u8]) -> Option<&'static str> {
    let magics: [(&[u8], _); 5] = [
        (b"\x1f\x8b", "compressed by gzip"),
        (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
        (b"\xfd7zXZ", "compressed by xz"),
        (b"BZh", "compressed by bzip2"),
        (b"PK\x03\x04", "a zip archive"),
    ];
    magics.into_iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, what)| what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_tells_the_format() {
        for (text, expected) in [
            ("", Format::Plain),
            ("1.2.3.4\n", Format::Plain),
            ("# list, of today\n\n1.2.3.4 # why, who\n", Format::Plain),
            ("2001:db8::/32\n", Format::Plain),
            ("value\n1.2.3.4\n", Format::Csv),
            ("\"ip\"\n1.2.3.4\n", Format::Csv),
            ("# made by x\nduration,value\n", Format::Csv),
            ("1.2.3.4,4h\n", Format::Csv),
            (" \n [\n", Format::Json),
            ("null\n", Format::Json),
            ("{\"value\":\"1.2.3.4\"}\n", Format::Jsonl),
        ] {
            assert_eq!(format(text.as_bytes()), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert!(format(b"\x1f\x8b\x08\x00").unwrap_err().message.contains("gzip"));
        assert!(format(b"\xff\xfe1\x00").unwrap_err().message.contains("UTF-16"));
    }
}
