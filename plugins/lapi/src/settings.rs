//! The plugin's configuration: every value is checked before the server is spoken to. Which keys there are, and what a
//! value of each kind is, the host checks by [`SCHEMA`].

pub(crate) mod credentials;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use warden_plugin::{Config, Error, Key, Kind, Result, Schema, trust};

use credentials::Credentials;
use zeroize::Zeroizing;

/// What is configured.
#[derive(Debug)]
pub struct Settings {
    /// `url`
    pub address: Address,
    /// `machine_id`
    pub machine: String,
    /// `password`
    pub password: Password,
    /// `tls_ca`: whom a certificate must come from; the system's authorities when it is not set.
    pub tls_ca: Option<PathBuf>,
    /// `connect_timeout`
    pub connect_timeout: Duration,
    /// `timeout`: how long the server may be silent.
    pub timeout: Duration,
    /// `busy_timeout`: how long to try again while the server's database is locked.
    pub busy_timeout: Duration,
    /// The key to name when the login is refused.
    pub login_key: &'static str,
}

/// Where the Local API listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `http://` or `https://`, without a slash at its end.
    Web(String),
    /// The path of a unix socket.
    Unix(PathBuf),
}

/// A password, which no `{:?}` shows, and which is overwritten when it is not needed any more.
pub struct Password(Zeroizing<String>);

impl Password {
    /// The password itself, for the login alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

const URL: &str = "url";
const MACHINE_ID: &str = "machine_id";
const PASSWORD: &str = "password";
const CREDENTIALS_PATH: &str = "credentials_path";
const TLS_CA: &str = "tls_ca";
const CONNECT_TIMEOUT: &str = "connect_timeout";
const TIMEOUT: &str = "timeout";
const BUSY_TIMEOUT: &str = "busy_timeout";

/// The keys of a backend file, for the host and for people.
pub const SCHEMA: Schema = Schema::Closed(&[
    Key::new(Kind::Url, URL, "`http://HOST:PORT`, `https://HOST:PORT`, or the path of a unix socket")
        .preset("from `credentials_path`"),
    Key::new(Kind::Text, MACHINE_ID, "the account").preset("from `credentials_path`"),
    Key::new(Kind::Secret, PASSWORD, "the account's password").preset("from `credentials_path`"),
    Key::new(
        Kind::SecretFile,
        CREDENTIALS_PATH,
        "CrowdSec's `local_api_credentials.yaml`: `url`, `login`, `password`, `ca_cert_path`",
    ),
    Key::new(Kind::Path, TLS_CA, "the authority (PEM) that a certificate must come from")
        .preset("`ca_cert_path`, else the system's"),
    Key::new(Kind::Duration, CONNECT_TIMEOUT, "for a connection").preset("5s"),
    Key::new(Kind::Duration, TIMEOUT, "how long the server may be silent").preset("60s"),
    Key::new(Kind::Duration, BUSY_TIMEOUT, "how long to try again while its database is locked")
        .preset("10s"),
]);

impl Settings {
    /// Reads and checks the map of a backend file, and the file of `credentials_path`.
    ///
    /// # Errors
    /// `Config`, with the key at fault.
    pub fn read(config: &Config<'_>) -> Result<Self> {
        let path = config.get(CREDENTIALS_PATH);
        let file = path.map(Credentials::read).transpose()?.unwrap_or_default();
        let both = |key: &'static str, in_file: Option<String>| {
            config.get(key).map(ToOwned::to_owned).or(in_file).ok_or_else(|| missing(key, path))
        };
        let key = |own: &'static str| if config.get(own).is_some() { own } else { CREDENTIALS_PATH };
        Ok(Self {
            address: Address::parse(&both(URL, file.url)?)
                .and_then(Address::checked)
                .map_err(|e| e.with_key(key(URL)))?,
            machine: both(MACHINE_ID, file.login)?,
            password: Password(Zeroizing::new(both(PASSWORD, file.password)?)),
            tls_ca: config
                .get(TLS_CA)
                .map(PathBuf::from)
                .map_or_else(|| named(file.ca_cert_path), |path| Ok(Some(path)))?,
            connect_timeout: time(config, CONNECT_TIMEOUT, Duration::from_secs(5))?,
            timeout: time(config, TIMEOUT, Duration::from_mins(1))?,
            busy_timeout: time(config, BUSY_TIMEOUT, Duration::from_secs(10))?,
            login_key: key(PASSWORD),
        })
    }
}

/// A file that CrowdSec's file names: who could change it has to be looked at here, since the host does not see it.
fn named(path: Option<PathBuf>) -> Result<Option<PathBuf>> {
    match path {
        Some(path) if trust::is_strict() => {
            let checked = trust::check_or_missing(&path, None);
            checked.map(Some).map_err(|e| {
                Error::config(CREDENTIALS_PATH, format!("ca_cert_path: {}", e.message())).with_hint(e.hint())
            })
        }
        path => Ok(path),
    }
}

fn missing(key: &str, credentials: Option<&str>) -> Error {
    match credentials {
        Some(path) => {
            let name = if key == MACHINE_ID { "login" } else { key };
            Error::config(CREDENTIALS_PATH, format!("{path} has no `{name}`"))
                .with_hint(format!("set {key} beside {CREDENTIALS_PATH}"))
        }
        None => Error::config(key, format!("{key} is missing")).with_hint(format!(
            "set {URL}, {MACHINE_ID} and {PASSWORD}, or {CREDENTIALS_PATH} to CrowdSec's local_api_credentials.yaml"
        )),
    }
}

/// A time limit, which cannot be zero.
fn time(config: &Config<'_>, key: &'static str, default: Duration) -> Result<Duration> {
    match config.duration(key)? {
        Some(Duration::ZERO) => Err(Error::config(key, format!("{key}: `0s` is no time at all"))),
        set => Ok(set.unwrap_or(default)),
    }
}

impl Address {
    fn parse(text: &str) -> Result<Self> {
        let wrong = |why| {
            Error::config(URL, format!("{URL}: {why}"))
                .with_hint("http://127.0.0.1:8080, https://HOST:8080 or /run/crowdsec.sock")
        };
        if text.starts_with('/') {
            return Ok(Self::Unix(text.into()));
        }
        let Some((scheme, rest)) = text.split_once("://").filter(|(s, _)| matches!(*s, "http" | "https"))
        else {
            return Err(wrong(format!("`{text}` is neither http://, https:// nor a path")));
        };
        // What stands before the `@` may be a password, so the text is not shown.
        if rest.contains('@') {
            return Err(wrong(format!("a user in it is not understood: set {MACHINE_ID} and {PASSWORD}")));
        }
        let parsed: Result<ureq::http::Uri, _> = text.parse();
        if parsed.is_err() || rest.contains(['?', '#']) || rest.starts_with(['/', ':']) || rest.is_empty() {
            return Err(wrong(format!("`{text}` does not name a server")));
        }
        Ok(Self::Web(format!("{scheme}://{}", rest.trim_end_matches('/'))))
    }
}

impl Address {
    /// Everyone may write a socket, but nobody else may put another one in its place: it is sent a password.
    fn checked(self) -> Result<Self> {
        if let (Self::Unix(socket), true) = (&self, trust::is_strict()) {
            trust::check_or_missing(socket.parent().unwrap_or(socket), None)?;
        }
        Ok(self)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(url) => f.write_str(url),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
