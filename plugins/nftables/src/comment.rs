//! A ban as the comment of an element: `ban cli 1722945690123456 1722949290123456 too many logins`, which is the
//! remediation, the source, the start and the end in microseconds since the epoch (`-`: not known, no end), the reason.

use std::borrow::Cow;
use std::fmt::Write;

use warden_plugin::{FOREVER_US, UNKNOWN_US};

use crate::ban::{ACTION, StoredBan};

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
pub fn write(ban: &StoredBan) -> String {
    let source = written_source(&ban.source);
    let mut text = [ACTION, &source, &time(ban.start_us), &time(ban.until_us)].join(" ");
    if !ban.reason.is_empty() {
        text.push(' ');
        push_cut(&mut text, &ban.reason);
    }
    text
}

/// The ban that a comment tells; `None` if warden did not write it.
#[must_use]
pub fn read(text: &str) -> Option<StoredBan> {
    let mut words = text.splitn(5, ' ');
    words.next().filter(|word| *word == ACTION)?;
    let source = words.next()?;
    Some(StoredBan {
        source: if source == NONE { "".into() } else { (&*unescaped(source)).into() },
        start_us: parse_time(words.next()?, UNKNOWN_US)?,
        until_us: parse_time(words.next()?, FOREVER_US)?,
        reason: (&*unescaped(words.next().unwrap_or_default())).into(),
    })
}

/// The source as it stands in a comment: itself, unless it is too long. Then a number made of all of it stands for its
/// end, so that two long names stay two.
#[must_use]
pub fn stored_source(source: &str) -> Cow<'_, str> {
    // An escape takes three bytes.
    if source.len() <= MAX_SOURCE / 3 || escaped(source, true).len() <= MAX_SOURCE {
        return Cow::Borrowed(source);
    }
    let mut room = MAX_SOURCE - "~01234567".len();
    let fits = |c: &char| {
        let left = room.checked_sub(escaped(c.encode_utf8(&mut [0; 4]), true).len());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let begin: String = source.chars().take_while(fits).collect();
    Cow::Owned(format!("{begin}~{:08x}", fingerprint(source)))
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

/// Whether a character stands in a comment as it is. nft prints comments as they are, so all others that a terminal would
/// obey, that turn the text around them or that are not seen are none; nor are some that would do no harm.
fn is_plain(c: char) -> bool {
    // Letters that are not seen: the fillers of Hangul.
    let is_filler = matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    match c {
        '"' | '%' => false,
        // `…` is what a cut reason ends with.
        ' '..='~' | '…' => true,
        _ => c.is_alphanumeric() && !is_filler,
    }
}

/// `%22` for what is not plain, and for a space where it would end the word.
fn escaped(text: &str, is_word: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if !is_plain(c) || (is_word && c == ' ') {
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

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = (first == b'%').then(|| after.get(..2)).flatten();
        let byte = escape.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
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

    fn ban(source: &str, reason: &str) -> StoredBan {
        StoredBan {
            source: source.into(),
            reason: reason.into(),
            start_us: 1_000_000,
            until_us: 1_722_949_290_123_456,
        }
    }

    #[test]
    fn a_person_can_read_it() {
        let text = write(&ban("cli", "too many logins"));
        assert_eq!(text, "ban cli 1000000 1722949290123456 too many logins");
    }

    #[test]
    fn what_is_not_there_has_a_sign() {
        let nothing =
            StoredBan { source: "".into(), reason: "".into(), start_us: UNKNOWN_US, until_us: FOREVER_US };
        assert_eq!(write(&nothing), "ban - - -");
        assert_eq!(read("ban - - -"), Some(nothing));
        assert_eq!(read(&write(&ban("-", ""))), Some(ban("-", "")));
    }

    #[test]
    fn what_nft_cannot_quote_is_escaped() {
        let text = write(&ban("list:my list", "say \"50%\"\n\u{1b}[31m"));
        assert_eq!(text, "ban list:my%20list 1000000 1722949290123456 say %2250%25%22%0a%1b[31m");
        assert_eq!(read(&text), Some(ban("list:my list", "say \"50%\"\n\u{1b}[31m")));
    }

    #[test]
    fn what_nobody_sees_or_what_turns_the_text_is_escaped() {
        for c in
            "\u{202e}\u{2066}\u{61c}\u{ad}\u{200b}\u{feff}\u{2028}\u{85}\u{7f}\u{115f}\u{3164}\u{2800}\u{34f}\
                  \u{180e}\u{e0041}\u{e000}\u{378}"
                .chars()
        {
            let (source, reason) = (format!("list:{c}x"), format!("a{c}b"));
            let text = write(&ban(&source, &reason));
            assert!(text.is_ascii(), "{text:?}");
            assert_eq!(read(&text), Some(ban(&source, &reason)));
        }
        assert!(write(&ban("cli", "Zoë 日本語 한국어 Привет…")).ends_with(" Zoë 日本語 한국어 Привет…"));
    }

    #[test]
    fn a_long_reason_is_cut_at_a_character() {
        let text = write(&ban("cli", &"é\"".repeat(50)));
        assert!(text.len() <= MAX_LEN && text.len() > MAX_LEN - 4, "{text}");
        assert!(text.ends_with("é…") || text.ends_with("%22…"), "{text}");
    }

    #[test]
    fn a_cut_reason_is_not_cut_again() {
        let once = read(&write(&ban("cli", &"reason ".repeat(50)))).unwrap();
        assert_eq!(read(&write(&once)), Some(once));
    }

    #[test]
    fn two_long_sources_stay_two() {
        let [one, other] =
            ["a", "b"].map(|end| stored_source(&format!("list:{}{end}", "long ".repeat(20))).into_owned());
        assert_ne!(one, other);
        assert_eq!(stored_source(&one), one);
        assert_eq!(stored_source("list:short"), "list:short");
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
            let ban = StoredBan { source: (&*stored_source(&source)).into(), reason: (&*reason).into(), start_us: start_us.into(), until_us };
            let text = write(&ban);
            prop_assert!(text.len() <= MAX_LEN);
            prop_assert!(text.chars().all(|c| is_plain(c) || c == '%'));
            let read = read(&text).unwrap();
            prop_assert_eq!(&read.source, &ban.source);
            let stays_whole = !text.ends_with(CUT);
            prop_assert!(!stays_whole || read.reason == ban.reason);
        }

        #[test]
        fn no_text_panics(text in ".*", near in "ban [%0-9a-f -]{0,40}") {
            let _ = (read(&text), read(&near));
        }
    }
}
