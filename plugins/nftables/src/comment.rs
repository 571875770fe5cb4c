//! A ban as the comment of an element: `ban cli 1722945690123456 1722949290123456 too many logins`, which is the
//! remediation, the source, the start and the end in microseconds since the epoch (`-`: not known, no end), the reason.

use std::fmt::Write;

use warden_plugin::{FOREVER_US, UNKNOWN_US};

use crate::held::{ACTION, Held};

/// What nft reads back from a listing; through JSON it would take more.
const MAX_LEN: usize = 128;

/// What a source may take of it.
const MAX_SOURCE: usize = 40;

/// What stands in place of a time that is not one, and of no source.
const NONE: &str = "-";

/// What a reason that was cut ends with.
const CUT: &str = "…";

/// The comment that tells a ban. A reason that does not fit is cut.
#[must_use]
pub fn write(held: &Held) -> String {
    let source = written_source(&held.source);
    let mut text = [ACTION, &source, &time(held.start_us), &time(held.until_us)].join(" ");
    if !held.reason.is_empty() {
        text.push(' ');
        push_cut(&mut text, &held.reason);
    }
    text
}

/// The ban that a comment tells; `None` if warden did not write it.
#[must_use]
pub fn read(text: &str) -> Option<Held> {
    let mut words = text.splitn(5, ' ');
    words.next().filter(|word| *word == ACTION)?;
    let source = words.next()?;
    Some(Held {
        source: if source == NONE { String::new() } else { unescaped(source) },
        start_us: parse_time(words.next()?, UNKNOWN_US)?,
        until_us: parse_time(words.next()?, FOREVER_US)?,
        reason: unescaped(words.next().unwrap_or_default()),
    })
}

/// The source as it is kept: itself, unless it is too long. Then a number made of all of it stands for its end, so that
/// two long names stay two.
#[must_use]
pub fn kept_source(source: &str) -> String {
    if escaped(source, true).len() <= MAX_SOURCE {
        return source.to_owned();
    }
    let mut room = MAX_SOURCE - "~01234567".len();
    let fits = |c: &char| {
        let left = room.checked_sub(escaped(c.encode_utf8(&mut [0; 4]), true).len());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let kept: String = source.chars().take_while(fits).collect();
    format!("{kept}~{:08x}", fingerprint(source))
}

fn written_source(source: &str) -> String {
    match source {
        "" => NONE.to_owned(),
        NONE => "%2d".to_owned(),
        _ => escaped(source, true),
    }
}

/// FNV-1a: the same in every build and on every machine.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn time(us: i64) -> String {
    if us == FOREVER_US || us == UNKNOWN_US { NONE.to_owned() } else { us.to_string() }
}

fn parse_time(word: &str, none: i64) -> Option<i64> {
    if word == NONE { Some(none) } else { word.parse().ok() }
}

/// `%22` for what nft cannot quote or a terminal would obey, and for a space where it would end the word.
fn escaped(text: &str, is_word: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '"' || c == '%' || c.is_control() || (is_word && c == ' ') {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "%{byte:02x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = (first == b'%').then(|| after.get(..2)).flatten();
        let byte = escape.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Appends a reason, or as many whole characters of it as fit.
fn push_cut(text: &mut String, reason: &str) {
    let whole = escaped(reason, false);
    if text.len() + whole.len() <= MAX_LEN {
        return text.push_str(&whole);
    }
    for c in reason.chars() {
        let next = escaped(c.encode_utf8(&mut [0; 4]), false);
        if text.len() + next.len() + CUT.len() > MAX_LEN {
            break;
        }
        text.push_str(&next);
    }
    text.push_str(CUT);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn held(source: &str, reason: &str) -> Held {
        Held {
            source: source.into(),
            reason: reason.into(),
            start_us: 1_000_000,
            until_us: 1_722_949_290_123_456,
        }
    }

    #[test]
    fn a_person_can_read_it() {
        let text = write(&held("cli", "too many logins"));
        assert_eq!(text, "ban cli 1000000 1722949290123456 too many logins");
    }

    #[test]
    fn what_is_not_there_has_a_sign() {
        let nothing =
            Held { source: String::new(), reason: String::new(), start_us: UNKNOWN_US, until_us: FOREVER_US };
        assert_eq!(write(&nothing), "ban - - -");
        assert_eq!(read("ban - - -"), Some(nothing));
        assert_eq!(read(&write(&held("-", ""))), Some(held("-", "")));
    }

    #[test]
    fn what_nft_cannot_quote_is_escaped() {
        let text = write(&held("list:my list", "say \"50%\"\n\u{1b}[31m"));
        assert_eq!(text, "ban list:my%20list 1000000 1722949290123456 say %2250%25%22%0a%1b[31m");
        assert_eq!(read(&text), Some(held("list:my list", "say \"50%\"\n\u{1b}[31m")));
    }

    #[test]
    fn a_long_reason_is_cut_at_a_character() {
        let text = write(&held("cli", &"é\"".repeat(50)));
        assert!(text.len() <= MAX_LEN && text.len() > MAX_LEN - 4, "{text}");
        assert!(text.ends_with("é…") || text.ends_with("%22…"), "{text}");
    }

    #[test]
    fn a_cut_reason_is_not_cut_again() {
        let once = read(&write(&held("cli", &"reason ".repeat(50)))).unwrap();
        assert_eq!(read(&write(&once)), Some(once));
    }

    #[test]
    fn two_long_sources_stay_two() {
        let [one, other] = ["a", "b"].map(|end| kept_source(&format!("list:{}{end}", "long ".repeat(20))));
        assert_ne!(one, other);
        assert_eq!(kept_source(&one), one);
        assert_eq!(kept_source("list:short"), "list:short");
    }

    #[test]
    fn what_warden_did_not_write_is_none_of_its_bans() {
        for text in
            ["", "ban", "ban cli", "ban cli 1", "ban cli 1 x", "ban cli x 1 y", "office", "banned cli 1 2"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_fits_and_reads_back(source in ".{0,60}", reason in ".{0,20}", start_us: i32, until_us: i64) {
            let held = Held { source: kept_source(&source), reason, start_us: start_us.into(), until_us };
            let text = write(&held);
            prop_assert!(text.len() <= MAX_LEN);
            prop_assert!(!text.contains(|c: char| c == '"' || c.is_control()));
            let read = read(&text).unwrap();
            prop_assert_eq!(&read.source, &held.source);
            let stays_whole = !text.ends_with(CUT);
            prop_assert!(!stays_whole || read.reason == held.reason);
        }

        #[test]
        fn no_text_panics(text in ".*", near in "ban [%0-9a-f -]{0,40}") {
            let _ = (read(&text), read(&near));
        }
    }
}
