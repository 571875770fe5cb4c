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
        match self.get(key) {
            None => Ok(default),
            // The words that v0.3 took (Go's strconv.ParseBool).
            Some("true" | "True" | "TRUE" | "t" | "T" | "1") => Ok(true),
            Some("false" | "False" | "FALSE" | "f" | "F" | "0") => Ok(false),
            Some(other) => Err(Error::config(key, format!("{key}: `{other}` is neither `true` nor `false`"))),
        }
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

/// Whether a key's value must never be shown: its name speaks of a password, token, secret or key.
#[must_use]
pub fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    !key.ends_with("_file") && ["password", "token", "secret", "key"].iter().any(|word| key.contains(word))
}
