//! `CrowdSec`'s `local_api_credentials.yaml`: what its own client logs in with.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use warden_plugin::{Error, Result, trust};
use zeroize::Zeroizing;

use super::CREDENTIALS_PATH;

/// `CrowdSec` writes four short lines. The reader takes the square of the brackets in a file: these are read in no time.
const LONGEST: u64 = 16 * 1024;

/// The keys of the file that count here; others are `CrowdSec`'s business.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Credentials {
    pub url: Option<String>,
    pub login: Option<String>,
    pub password: Option<String>,
    pub ca_cert_path: Option<PathBuf>,
}

impl Credentials {
    /// Reads the file.
    ///
    /// # Errors
    /// `Config` at `credentials_path`; what stands in the file is never shown.
    pub fn read(path: &str) -> Result<Self> {
        let text = trust::read_text(&canonical(path)?, LONGEST)
            .map_err(|e| Error::config(CREDENTIALS_PATH, e.message()))?;
        let text = Zeroizing::new(text);
        Self::parse(&text).map_err(|line| {
            Error::config(
                CREDENTIALS_PATH,
                format!("{path}{line} is not CrowdSec's local_api_credentials.yaml"),
            )
        })
    }

    /// Reads the text; the error is where it is wrong, `:LINE`, for the parser's own words quote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_yaml::from_str(text)
            .map_err(|e| e.location().map(|at| format!(":{}", at.line())).unwrap_or_default())
    }
}

/// The host has checked the path already when it is strict; else links may stand on it.
fn canonical(path: &str) -> Result<PathBuf> {
    let missing = |e| Error::config(CREDENTIALS_PATH, format!("cannot read {path}: {}", trust::reason(&e)));
    Path::new(path).canonicalize().map_err(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_read_and_others_left_alone() {
        let text = "url: http://127.0.0.1:8080\nlogin: m\npassword: \"a: b#c\"\npapi_url: x\n";
        let read = Credentials::parse(text).unwrap();
        assert_eq!(read.url.as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!((read.login.as_deref(), read.password.as_deref()), (Some("m"), Some("a: b#c")));
    }

    #[test]
    fn a_number_is_a_password_too() {
        assert_eq!(Credentials::parse("password: '123'").unwrap().password.as_deref(), Some("123"));
    }

    #[test]
    fn an_empty_file_sets_nothing() {
        assert!(Credentials::parse(" \n").unwrap().url.is_none());
    }

    #[test]
    fn a_wrong_file_is_not_quoted() {
        let wrong = Credentials::parse("login: m\npassword: [s3cret]\n").err().unwrap();
        assert!(!wrong.contains("s3cret"), "{wrong}");
        assert!(Credentials::parse("s3cret").is_err());
    }
}
