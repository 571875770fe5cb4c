//! The keys that a plugin's configuration may hold, and what a value of each kind may be: a plugin exports them as a
//! constant table, and the host checks by it.

use std::borrow::Cow;
use std::time::Duration;

use crate::config::is_secret;
use crate::duration::{self, BanDuration};
use crate::{abi, config};

/// What the value of a key is; the header says what the host does with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Count,
    /// A length of time, which may be zero.
    Duration,
    /// One of a few words.
    Choice,
    /// A file or folder that the plugin reads.
    Path,
    /// A program that the plugin starts.
    Program,
    /// What is never shown.
    Secret,
    /// A file with a secret, which the plugin reads.
    SecretFile,
    /// A file that the plugin makes and keeps.
    StoreFile,
    /// Where a server is.
    Url,
    /// A socket, or a folder with one.
    Socket,
}

/// Each kind with its number and its name.
const KINDS: [(Kind, u32, &str); 12] = [
    (Kind::Text, abi::KEY_TEXT, "text"),
    (Kind::Flag, abi::KEY_FLAG, "flag"),
    (Kind::Count, abi::KEY_COUNT, "count"),
    (Kind::Duration, abi::KEY_DURATION, "duration"),
    (Kind::Choice, abi::KEY_CHOICE, "choice"),
    (Kind::Path, abi::KEY_PATH, "path"),
    (Kind::Program, abi::KEY_PROGRAM, "program"),
    (Kind::Secret, abi::KEY_SECRET, "secret"),
    (Kind::SecretFile, abi::KEY_SECRET_FILE, "secret file"),
    (Kind::StoreFile, abi::KEY_STORE_FILE, "store file"),
    (Kind::Url, abi::KEY_URL, "url"),
    (Kind::Socket, abi::KEY_SOCKET, "socket"),
];

impl Kind {
    /// `WARDEN_KEY_*`.
    #[must_use]
    pub const fn code(self) -> u32 {
        let mut at = 0;
        while KINDS[at].0 as u8 != self as u8 {
            at += 1;
        }
        KINDS[at].1
    }

    /// The kind behind a code; an unknown one is `Text`.
    #[must_use]
    pub fn from_code(code: u32) -> Self {
        KINDS.iter().find(|(_, each, _)| *each == code).map_or(Self::Text, |(kind, _, _)| *kind)
    }

    /// As people read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, _, _)| *kind == self).map_or("text", |(_, _, name)| name)
    }

    /// Checks a value that is not empty, and answers it as the plugin receives it. Paths are not looked at.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read<'t>(self, text: &'t str, choices: &str) -> Result<Cow<'t, str>, String> {
        match self {
            Self::Flag => match config::flag(text) {
                Some(flag) => Ok(if flag { "true" } else { "false" }.into()),
                None => Err(format!("`{text}` is neither `true` nor `false`")),
            },
            Self::Count => match text.parse::<u64>() {
                Ok(_) => Ok(text.into()),
                Err(_) => Err(format!("`{text}` is not a whole number")),
            },
            Self::Duration => match duration::parse(text) {
                Ok(length) => Ok(in_gos_notation(text, length)),
                Err(_) => Err(format!("`{text}` is not a duration such as `500ms`, `10s`, `720h` or `30d`")),
            },
            Self::Choice if !choices.split(',').any(|choice| choice == text) => {
                Err(format!("`{text}` is none of `{}`", choices.split(',').collect::<Vec<_>>().join("`, `")))
            }
            _ => Ok(text.into()),
        }
    }
}

/// What Go, and so every reader of durations, understands: left as it is when it is that already.
fn in_gos_notation(text: &str, length: Duration) -> Cow<'_, str> {
    match text.bytes().all(|b| b.is_ascii_digit() || b".hms".contains(&b)) {
        true => text.into(),
        false => BanDuration::For(length).to_string().into(),
    }
}

/// A key of a plugin's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// What its value is.
    pub kind: Kind,
    /// Its name.
    pub name: &'static str,
    /// What counts when it is not set, for people.
    pub preset: &'static str,
    /// The words of a choice, with commas.
    pub choices: &'static str,
    /// One line for people.
    pub help: &'static str,
}

impl Key {
    /// A key without a preset value.
    #[must_use]
    pub const fn new(kind: Kind, name: &'static str, help: &'static str) -> Self {
        Self { kind, name, preset: "", choices: "", help }
    }

    /// A key whose value is one of these words, with commas between them.
    #[must_use]
    pub const fn choice(name: &'static str, choices: &'static str, help: &'static str) -> Self {
        Self { choices, ..Self::new(Kind::Choice, name, help) }
    }

    /// What counts when it is not set.
    #[must_use]
    pub const fn preset(self, preset: &'static str) -> Self {
        Self { preset, ..self }
    }

    pub(crate) const fn abi(&self) -> abi::Key {
        abi::Key {
            struct_size: crate::convert::size::<abi::Key>(),
            kind: self.kind.code(),
            name: abi::Str::new(self.name),
            preset: abi::Str::new(self.preset),
            choices: abi::Str::new(self.choices),
            help: abi::Str::new(self.help),
        }
    }
}

/// Which keys a plugin takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// It does not say: any key is passed on, unchecked.
    None,
    /// These, and no others.
    Closed(&'static [Key]),
    /// These, and any others, which are passed on unchecked.
    Open(&'static [Key]),
}

impl Schema {
    /// The keys that are named.
    #[must_use]
    pub const fn keys(self) -> &'static [Key] {
        match self {
            Self::None => &[],
            Self::Closed(keys) | Self::Open(keys) => keys,
        }
    }

    /// `WARDEN_SCHEMA_*`.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::None => abi::SCHEMA_NONE,
            Self::Closed(_) => abi::SCHEMA_CLOSED,
            Self::Open(_) => abi::SCHEMA_OPEN,
        }
    }

    /// The key of a name.
    #[must_use]
    pub fn key(self, name: &str) -> Option<&'static Key> {
        self.keys().iter().find(|key| key.name == name)
    }

    /// Whether a key that is not in the table is passed on.
    #[must_use]
    pub fn takes_any(self) -> bool {
        !matches!(self, Self::Closed(_))
    }

    /// Whether the value of a key must never be shown: by its kind, or by its name when the table does not have it.
    #[must_use]
    pub fn is_secret(self, name: &str) -> bool {
        self.key(name).map_or_else(|| is_secret(name), |key| key.kind == Kind::Secret)
    }

    /// The key of a secret that `name` names a file for: `db_password` of `db_password_file`.
    #[must_use]
    pub fn secret_in_file(self, name: &str) -> Option<&str> {
        let secret = name.strip_suffix("_file")?;
        (self.key(name).is_none()
            && self.is_secret(secret)
            && (self.takes_any() || self.key(secret).is_some()))
        .then_some(secret)
    }

    /// A value as it may be shown: secrets, and the user in a URL, are `***`.
    #[must_use]
    pub fn shown<'t>(self, name: &str, value: &'t str) -> Cow<'t, str> {
        if value.is_empty() {
            return value.into();
        }
        if self.is_secret(name) {
            return "***".into();
        }
        match user_in_url(value) {
            Some(user) => value.replacen(&format!("{user}@"), "***@", 1).into(),
            None => value.into(),
        }
    }
}

/// What stands before the `@` of a URL: a user, or a user and a password.
#[must_use]
pub fn user_in_url(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let server = rest.split(['/', '?', '#']).next()?;
    server.rsplit_once('@').map(|(user, _)| user).filter(|user| !user.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[Key] = &[
        Key::new(Kind::Secret, "pin", ""),
        Key::new(Kind::SecretFile, "tls_key", ""),
        Key::new(Kind::Text, "keyboard", ""),
        Key::new(Kind::Url, "url", ""),
    ];

    #[test]
    fn a_value_is_read_by_its_kind() {
        let read = |kind: Kind, text: &str| kind.read(text, "wal,delete").map(Cow::into_owned);
        for (kind, text, received) in [
            (Kind::Flag, "yes", "true"),
            (Kind::Flag, "1", "true"),
            (Kind::Flag, "Off", "false"),
            (Kind::Count, "0", "0"),
            (Kind::Duration, "720h", "720h"),
            (Kind::Duration, "1month", "730h33m36s"),
            (Kind::Duration, "0s", "0s"),
            (Kind::Duration, "1m 30s", "1m30s"),
            (Kind::Choice, "wal", "wal"),
            (Kind::Text, "any", "any"),
        ] {
            assert_eq!(read(kind, text), Ok(received.to_owned()), "{kind:?} {text}");
        }
        for (kind, text) in [
            (Kind::Flag, "maybe"),
            (Kind::Count, "-1"),
            (Kind::Count, "1.5"),
            (Kind::Duration, "10"),
            (Kind::Duration, "-1s"),
            (Kind::Duration, "permanent"),
            (Kind::Choice, "off"),
            (Kind::Choice, "wal,delete"),
        ] {
            assert!(read(kind, text).unwrap_err().contains(&format!("`{text}`")), "{kind:?} {text}");
        }
    }

    #[test]
    fn the_table_says_what_is_secret_and_names_say_it_where_there_is_none() {
        let closed = Schema::Closed(KEYS);
        let masked = |schema: Schema, key| schema.shown(key, "value") == "***";
        for (key, by_table, by_name) in [
            ("pin", true, false),
            ("tls_key", false, true),
            ("keyboard", false, true),
            ("other", false, false),
        ] {
            assert_eq!((masked(closed, key), masked(Schema::None, key)), (by_table, by_name), "{key}");
            assert_eq!(masked(Schema::Open(KEYS), key), by_table, "{key}");
        }
        assert!(masked(Schema::Open(KEYS), "password"));
    }

    #[test]
    fn a_file_may_hold_a_secret_that_the_table_has() {
        let closed = Schema::Closed(KEYS);
        assert_eq!(closed.secret_in_file("pin_file"), Some("pin"));
        assert_eq!(closed.secret_in_file("keyboard_file"), None);
        assert_eq!(closed.secret_in_file("token_file"), None);
        assert_eq!(Schema::None.secret_in_file("token_file"), Some("token"));
    }

    #[test]
    fn the_user_in_a_url_is_not_shown() {
        for (url, shown) in [
            ("https://me:s3cret@host/a@b", "https://***@host/a@b"),
            ("https://me@host", "https://***@host"),
            ("https://a:b@c@host", "https://***@host"),
            ("https://host/a@b", "https://host/a@b"),
            ("me@host", "me@host"),
            ("https://@host", "https://@host"),
        ] {
            assert_eq!(Schema::None.shown("url", url), shown);
        }
    }

    #[test]
    fn every_kind_has_a_number_of_its_own() {
        for (at, (kind, code, _)) in KINDS.iter().enumerate() {
            assert_eq!((kind.code() as usize, Kind::from_code(*code)), (at, *kind));
        }
        assert_eq!(Kind::from_code(99), Kind::Text);
    }
}
