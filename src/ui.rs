//! The one printer of talk: everything on standard error goes through here, escaped. Standard output is `output/`'s.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{self, BufRead, IsTerminal, Write as _};
use std::path::Path;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
use unicode_width::UnicodeWidthChar as _;
use warden_plugin::Level;

use crate::error::{Error, Place};

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// Whether a stream gets colour.
    pub fn on(self, stream: &impl IsTerminal) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let unwanted = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
                !unwanted && std::env::var_os("TERM").is_none_or(|t| t != "dumb") && stream.is_terminal()
            }
        }
    }
}

/// The printer. It is small, constant and may be used from any thread.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    level: Level,
    color: bool,
}

impl Ui {
    /// A printer that says what is at most `level`.
    pub fn new(level: Level, color: ColorChoice) -> Self {
        Self { level, color: color.on(&io::stderr()) }
    }

    /// The gravest level that is left out is the one after this.
    pub fn level(self) -> Level {
        self.level
    }

    /// An error with its file and hint.
    pub fn error(self, error: &Error) {
        self.message(Level::Error, &error.to_string(), error.place(), error.hint());
    }

    /// A warning with its file and hint.
    pub fn warn(self, error: &Error) {
        self.message(Level::Warn, &error.to_string(), error.place(), error.hint());
    }

    /// A line of a level, with the level's name before it.
    pub fn log(self, level: Level, message: impl fmt::Display) {
        self.message(level, &message.to_string(), None, None);
    }

    /// What a command did: a plain line, heard at level info.
    pub fn say(self, message: impl fmt::Display) {
        if self.level >= Level::Info {
            print(&format!("{}\n", Escaped(&message.to_string())));
        }
    }

    fn message(self, level: Level, text: &str, place: Option<&Place>, hint: Option<&str>) {
        if level > self.level {
            return;
        }
        let (name, color) = match level {
            Level::Error => ("error", "31"),
            Level::Warn => ("warning", "33"),
            Level::Info => ("info", "36"),
            Level::Debug => ("debug", "2"),
            Level::Trace => ("trace", "2"),
        };
        let mut out = format!("{}: {}\n", self.paint(name, color), Escaped(text));
        if let Some(place) = place {
            let _ = writeln!(out, "  in {}", Escaped(&place.to_string()));
        }
        if let Some(hint) = hint.filter(|h| !h.is_empty()) {
            let _ = writeln!(out, "{}: {}", self.paint("hint", "36"), Escaped(hint));
        }
        print(&out);
    }

    fn paint<'a>(self, text: &'a str, code: &str) -> Cow<'a, str> {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m").into() } else { text.into() }
    }
}

/// Asks a yes-no question; only the letter y is a yes.
///
/// # Errors
/// When standard input cannot be read.
pub fn confirm(question: &str) -> io::Result<bool> {
    print(&format!("{} [y/N] ", Escaped(question)));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Whether a person can be asked: standard input and standard error are both a terminal.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether a person looks at standard error.
pub fn can_show() -> bool {
    io::stderr().is_terminal()
}

/// One write for a message, so that those of several processes do not mix. A closed standard error is not a reason to
/// fail.
fn print(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Text that someone else chose, safe for a terminal and for the eye: what moves the cursor, turns the direction of
/// writing, is not seen or is not known appears as escapes (Unicode Technical Report 36, section 2), and so do accents
/// piled so high that they cover other lines.
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.bytes().any(|b| !(0x20..0x7f).contains(&b)) {
            return f.write_str(self.0);
        }
        let mut pile = 0;
        self.0.chars().try_for_each(|c| {
            pile = if is_mark(c) { pile + 1 } else { 0 };
            if pile > HIGHEST || is_unsafe(c) { write!(f, "{}", c.escape_default()) } else { f.write_char(c) }
        })
    }
}

/// So many accents on one letter are more than a language writes.
const HIGHEST: usize = 4;

/// Whether a character takes no column of its own: an accent, or a vowel that Hangul puts into the letter before it.
fn is_mark(c: char) -> bool {
    matches!(c.general_category(), GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
        || c.width() == Some(0)
}

/// Whether a character is not seen, or can move the cursor or turn the text around it.
pub fn is_unsafe(c: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned,
    };
    // Letters and marks that are default-ignorable, and the blank among the Braille patterns: Unicode's categories do
    // not tell them from others. The selectors U+FE00 to U+FE0F are left alone: emoji have them.
    matches!(
        c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
            | '\u{3164}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}'
    ) || matches!(
        c.general_category(),
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned
    )
}

/// A number for people, its thousands apart: `9,846`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something: `1 ban`, `2 bans`.
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

/// A path as messages show it.
pub fn shown(path: &Path) -> String {
    Escaped(&path.to_string_lossy()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn an_escape_sequence_is_shown_and_not_sent() {
        assert_eq!(
            Escaped("a\x1b[31mb\n\u{202e}c\u{7f}é😀").to_string(),
            "a\\u{1b}[31mb\\n\\u{202e}c\\u{7f}é😀"
        );
    }

    #[test]
    fn what_is_not_seen_is_shown() {
        let unseen = "\u{61c}\u{ad}\u{180e}\u{115f}\u{1160}\u{3164}\u{ffa0}\u{2800}\u{34f}\u{200b}\u{2066}\u{feff}\
            \u{e0001}\u{e0041}\u{e007f}\u{e0100}\u{2028}\u{2029}\u{e000}\u{378}\u{fff9}\u{85}";
        for c in unseen.chars() {
            assert_eq!(Escaped(&c.to_string()).to_string(), c.escape_unicode().to_string());
        }
        for seen in [
            "Zoë",
            "ﷺ",
            "日本語",
            "한국어",
            "क्षि",
            "שָׁלוֹם",
            "Tiếng Việt e\u{302}\u{301}",
            "❤\u{fe0f} 🐝",
            "a\u{a0}b",
        ] {
            assert_eq!(Escaped(seen).to_string(), seen);
        }
    }

    #[test]
    fn accents_do_not_pile_up() {
        let piled = format!("a{}b", "\u{301}".repeat(6));
        assert_eq!(Escaped(&piled).to_string(), "a\u{301}\u{301}\u{301}\u{301}\\u{301}\\u{301}b");
        let vowels = Escaped(&"\u{1161}".repeat(6)).to_string();
        assert_eq!(vowels, "\u{1161}".repeat(4) + &"\\u{1161}".repeat(2));
    }
}
