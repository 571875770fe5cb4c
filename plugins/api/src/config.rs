//! What a plugin is configured with: the `config:` map of its YAML file, as strings.

use std::time::Duration;

use crate::{Error, Result, duration};

/// The pairs of one `init`. Keys come in the order of the file; each is there once.
#[derive(Clone, Debug, Default)]
pub struct Config<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Config<'a> {
    /// A configuration of these pairs.
    #[must_use]
    pub fn new(pairs: Vec<(&'a str, &'a str)>) -> Self {
        Self(pairs)
    }

    /// The value of a key; an empty one counts as not set.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.iter().find(|(k, v)| *k == key && !v.is_empty()).map(|(_, v)| v)
    }

    /// The value of a key that must be set.
    ///
    /// # Errors
    /// `Config` when it is not.
    pub fn required(&self, key: &str) -> Result<&'a str> {
        self.get(key).ok_or_else(|| Error::config(key, format!("{key} is missing")))
    }

    /// A boolean, `default` when it is not set.
    ///
    /// # Errors
    /// `Config` when it is neither `true` nor `false`.
    pub fn flag(&self, key: &str, default: bool) -> Result<bool> {
        let Some(text) = self.get(key) else { return Ok(default) };
        flag(text).ok_or_else(|| Error::config(key, format!("{key}: `{text}` is neither `true` nor `false`")))
    }

    /// A length of time, as [`duration::parse`] reads it, when it is set.
    ///
    /// # Errors
    /// `Config` when it is none.
    pub fn duration(&self, key: &str) -> Result<Option<Duration>> {
        let read = |text| {
            duration::parse(text).map_err(|_| {
                Error::config(key, format!("{key}: `{text}` is not a length of time"))
                    .with_hint("a number with a unit: 500ms, 10s, 1m30s, 720h, 30d")
            })
        };
        self.get(key).map(read).transpose()
    }

    /// All pairs, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.0.iter().copied()
    }
}

/// The boolean that a word stands for: YAML 1.1's words and Go's (strconv.ParseBool), both of which v0.3 took.
#[must_use]
pub fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "t" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a key's value must never be shown, as far as its name says: for keys that no table has.
#[must_use]
pub fn is_secret(key: &str) -> bool {
    const PARTS: [&str; 10] =
        ["password", "passwd", "passphrase", "pwd", "token", "secret", "key", "credentials", "bearer", "dsn"];
    let key = key.to_ascii_lowercase();
    let names_a_file = key.ends_with("_file") || key.ends_with("_path");
    // `pass` and `auth` begin harmless words: bypass is one at the end, but to hide it does no harm.
    let is_named =
        PARTS.iter().any(|part| key.contains(part)) || key.ends_with("pass") || key.ends_with("auth");
    is_named && !names_a_file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_speaks_of_a_secret_is_one() {
        for name in [
            "db_password",
            "passwd",
            "PWD",
            "smtp_pass",
            "passphrase",
            "credentials",
            "auth",
            "bearer",
            "dsn",
            "api_key",
            "token",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["author", "password_file", "credentials_path", "passive", "url", "type"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
