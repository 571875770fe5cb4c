//! What a ban does to its target: which words are known for it, and how they are spelled.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::backends::config::declared_actions;
use crate::config::Config;
use crate::error::Error;
use crate::yaml::nearest;

/// Drops all packets, or refuses all requests.
pub const BAN: &str = "ban";

/// Before the action of a ban that `CrowdSec` v0.3 only pretended.
pub const SIMULATION: &str = "simulation:";

/// The actions of `CrowdSec` v0.3, known in any case.
const KNOWN: [&str; 3] = [BAN, "captcha", "slow"];

/// What other tools write for [`BAN`].
const SYNONYMS: [&str; 4] = ["drop", "block", "deny", "reject"];

/// The words that name an action here: those of v0.3, those of the main file, and those that a configured backend declares.
pub struct Actions<'c> {
    config: Option<&'c Config>,
    /// Read when a word is none of the others: for it the plugins are loaded.
    declared: OnceCell<Vec<String>>,
}

impl<'c> Actions<'c> {
    /// What is known with a configuration.
    pub fn of(config: &'c Config) -> Self {
        Self { config: Some(config), declared: OnceCell::new() }
    }

    /// What is known everywhere.
    #[cfg(any(test, feature = "fuzzing"))]
    pub fn of_v03() -> Self {
        Self { config: None, declared: OnceCell::new() }
    }

    /// The action that a word names, as it is stored.
    ///
    /// # Errors
    /// When no backend could know what to do with it; the hint says what is known.
    pub fn read<'t>(&self, word: &'t str) -> Result<Cow<'t, str>, Error> {
        let is = |known: &&str| known.eq_ignore_ascii_case(word);
        if let Some(known) = KNOWN.into_iter().find(|known| is(known)) {
            return Ok(known.into());
        }
        if self.others().any(|known| known == word) {
            return Ok(word.into());
        }
        if let Some(known) = self.others().find(is) {
            return Ok(known.to_owned().into());
        }
        if SYNONYMS.iter().any(is) {
            return Ok(BAN.into());
        }
        Err(self.unknown(word))
    }

    /// The words of the main file and of the backends.
    fn others(&self) -> impl Iterator<Item = &str> {
        let configured = self.config.iter().flat_map(|config| &config.actions);
        let declared = || self.config.map(declared_actions).unwrap_or_default();
        configured.chain(self.declared.get_or_init(declared)).map(String::as_str)
    }

    fn unknown(&self, word: &str) -> Error {
        let error = Error::usage(format!("`{word}` is not an action"));
        match nearest(&word.to_lowercase(), KNOWN.into_iter().chain(self.others())) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error.with_hint(format!(
                "known are {}; `actions` under `warden:` in the main file adds others",
                KNOWN.into_iter().chain(self.others()).collect::<Vec<_>>().join(", ")
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn words_are_spelled_as_they_are_stored() {
        let actions = Actions::of_v03();
        let read = |word| actions.read(word).map(Cow::into_owned).map_err(|e| e.to_string());
        for word in ["ban", "Ban", "BAN", "drop", "DROP", "block", "deny", "Reject"] {
            assert_eq!(read(word).as_deref(), Ok("ban"), "{word}");
        }
        assert_eq!(read("Captcha").as_deref(), Ok("captcha"));
        assert_eq!(read("slow").as_deref(), Ok("slow"));
        assert_eq!(read("bna").unwrap_err(), "`bna` is not an action");
    }

    #[test]
    fn the_main_file_adds_words() {
        let text = "plugin:\n  backend: /nowhere\nwarden:\n  actions: [tarpit, drop]\n";
        let config = Config::parse(text, Path::new("/etc/warden/warden.yaml")).unwrap();
        let actions = Actions::of(&config);
        assert_eq!(actions.read("TARPIT").unwrap(), "tarpit");
        assert_eq!(actions.read("drop").unwrap(), "drop");
        assert_eq!(actions.read("tarpi").unwrap_err().hint(), Some("did you mean `tarpit`?"));
    }
}
