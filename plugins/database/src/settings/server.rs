//! The keys of `type: mysql` and `type: postgres`: where the servers are, who asks, and how it is kept secret.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use warden_plugin::{Config, Error, Result};
use zeroize::Zeroizing;

pub const DB_HOST: &str = "db_host";
pub const DB_PORT: &str = "db_port";
pub const DB_SOCKET: &str = "db_socket";
pub const DB_USERNAME: &str = "db_username";
pub const DB_PASSWORD: &str = "db_password";
pub const DB_NAME: &str = "db_name";
pub const TIMEZONE: &str = "timezone";
pub const CONNECT_TIMEOUT: &str = "connect_timeout";
pub const TLS: &str = "tls";
pub const TLS_CA: &str = "tls_ca";
pub const TLS_CERT: &str = "tls_cert";
pub const TLS_KEY: &str = "tls_key";

/// The servers of one store.
#[derive(Clone)]
pub struct Servers {
    /// `db_host` with `db_port`, or `db_socket`: in the order in which they are tried.
    pub addresses: Vec<Address>,
    /// `db_username`
    pub user: String,
    /// `db_password`: never shown.
    pub password: Option<Zeroizing<String>>,
    /// `db_name`
    pub name: String,
    /// `timezone`; not set, it is up to the tables.
    pub zone: Option<Zone>,
    /// `connect_timeout`: for each server.
    pub connect_timeout: Duration,
    /// `busy_timeout`: how long to wait for another writer.
    pub busy_timeout: Duration,
    /// `tls` and its files.
    pub tls: Tls,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A name or an address, and a port.
    Tcp(String, u16),
    /// A socket file, or its folder and the port that names it there.
    Socket(PathBuf, u16),
}

/// How MySQL's DATETIME, which has no zone, is written and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// `utc`
    Utc,
    /// `local`: the machine's, as v0.3.7 wrote it.
    Local,
}

/// What is asked of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// No TLS.
    Disable,
    /// TLS when the server has it; nothing is checked.
    Prefer,
    /// TLS or nothing; the server's certificate is not checked.
    Require,
    /// The certificate is of a known authority.
    VerifyCa,
    /// The certificate is of a known authority and names the server.
    VerifyFull,
}

/// The names of the modes.
const MODES: [(&str, TlsMode); 5] = [
    ("disable", TlsMode::Disable),
    ("prefer", TlsMode::Prefer),
    ("require", TlsMode::Require),
    ("verify-ca", TlsMode::VerifyCa),
    ("verify-full", TlsMode::VerifyFull),
];

/// Where systems keep the authorities that they trust: used when `tls_ca` is not set.
const BUNDLES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

/// `tls` and its files.
#[derive(Clone, Debug)]
pub struct Tls {
    /// `tls`
    pub mode: TlsMode,
    /// `tls_ca`, else the system's.
    pub authorities: Option<PathBuf>,
    /// `tls_cert` and `tls_key`: who the client is.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl Servers {
    /// Reads the keys; `default_port` is the engine's.
    ///
    /// # Errors
    /// `Config`, with the key at fault.
    pub fn read(config: &Config<'_>, default_port: u16) -> Result<Self> {
        Ok(Self {
            addresses: addresses(config, default_port)?,
            user: config.required(DB_USERNAME)?.to_owned(),
            password: config.get(DB_PASSWORD).map(|password| Zeroizing::new(password.to_owned())),
            name: config.required(DB_NAME)?.to_owned(),
            zone: zone(config)?,
            connect_timeout: config.duration(CONNECT_TIMEOUT)?.unwrap_or(Duration::from_secs(5)),
            busy_timeout: super::busy_timeout(config)?,
            tls: tls(config)?,
        })
    }
}

/// Without the password.
impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Servers")
            .field("addresses", &self.addresses)
            .field("user", &self.user)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// As it stands in a message and in `db_host`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "{host}:{port}"),
            Self::Socket(path, _) => path.display().fmt(f),
        }
    }
}

/// A socket stands before the hosts.
fn addresses(config: &Config<'_>, default_port: u16) -> Result<Vec<Address>> {
    let port = match config.get(DB_PORT) {
        Some(text) => port(DB_PORT, text)?,
        None => default_port,
    };
    let socket = config.get(DB_SOCKET).map(|path| Address::Socket(path.into(), port));
    let hosts = config.get(DB_HOST).map(|list| hosts(list, port)).transpose()?;
    let all: Vec<_> = socket.into_iter().chain(hosts.into_iter().flatten()).collect();
    if all.is_empty() { config.required(DB_HOST).map(|_| all) } else { Ok(all) }
}

fn hosts(list: &str, default_port: u16) -> Result<Vec<Address>> {
    list.split(',').map(|each| host(each.trim(), default_port)).collect()
}

/// `name`, `name:port`, `1.2.3.4:port`, `::1`, `[::1]:port`, `/a/socket`.
fn host(text: &str, default_port: u16) -> Result<Address> {
    if text.starts_with('/') {
        return Ok(Address::Socket(text.into(), default_port));
    }
    let (name, after) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, after)) => (name, after),
        None if text.matches(':').count() > 1 => (text, ""),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "/@[]".contains(c));
    match after.strip_prefix(':') {
        Some(digits) if is_name => Ok(Address::Tcp(name.to_owned(), port(DB_HOST, digits)?)),
        None if is_name && after.is_empty() => Ok(Address::Tcp(name.to_owned(), default_port)),
        _ => Err(Error::config(DB_HOST, format!("{DB_HOST}: `{text}` is not a host"))
            .with_hint("hosts with commas between them: db1:3306,db2:3306, or the path of a socket")),
    }
}

fn port(key: &str, text: &str) -> Result<u16> {
    text.parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or_else(|| Error::config(key, format!("{key}: `{text}` is not a port")))
}

fn zone(config: &Config<'_>) -> Result<Option<Zone>> {
    match config.get(TIMEZONE) {
        None => Ok(None),
        Some("utc") => Ok(Some(Zone::Utc)),
        Some("local") => Ok(Some(Zone::Local)),
        Some(other) => {
            Err(Error::config(TIMEZONE, format!("{TIMEZONE}: `{other}` is neither `utc` nor `local`"))
                .with_hint("`local` reads and writes what CrowdSec v0.3 did"))
        }
    }
}

fn tls(config: &Config<'_>) -> Result<Tls> {
    let name = config.get(TLS).unwrap_or("prefer");
    let mode = MODES.into_iter().find(|(each, _)| *each == name).map(|(_, mode)| mode).ok_or_else(|| {
        let all = MODES.map(|(each, _)| each).join(", ");
        Error::config(TLS, format!("{TLS}: `{name}` is not one of {all}"))
    })?;
    let verifies = matches!(mode, TlsMode::VerifyCa | TlsMode::VerifyFull);
    if let Some(path) = config.get(TLS_CA).filter(|_| !verifies) {
        return Err(Error::config(TLS_CA, format!("{TLS_CA}: `{path}` is not looked at with {TLS}: {name}"))
            .with_hint("set tls: verify-full"));
    }
    let identity = match (config.get(TLS_CERT), config.get(TLS_KEY)) {
        (Some(cert), Some(key)) => Some((cert.into(), key.into())),
        (None, None) => None,
        (Some(_), None) => return Err(Error::config(TLS_KEY, format!("{TLS_KEY} is missing"))),
        (None, Some(_)) => return Err(Error::config(TLS_CERT, format!("{TLS_CERT} is missing"))),
    };
    Ok(Tls { mode, authorities: authorities(config, verifies)?, identity })
}

/// Which authorities a verifying connection trusts: those of one file, and no others.
fn authorities(config: &Config<'_>, verifies: bool) -> Result<Option<PathBuf>> {
    if !verifies {
        return Ok(None);
    }
    let system = || BUNDLES.into_iter().map(Path::new).find(|path| path.exists()).map(Path::to_owned);
    match config.get(TLS_CA).map(PathBuf::from).or_else(system) {
        Some(path) => Ok(Some(path)),
        None => {
            Err(Error::config(TLS_CA, format!("{TLS_CA} is missing, and so are the system's authorities")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: [(&str, &str); 3] = [("db_host", "db1"), ("db_username", "warden"), ("db_name", "crowdsec")];

    fn read(pairs: &[(&'static str, &'static str)]) -> Result<Servers> {
        let kept = BASE.into_iter().filter(|(key, _)| !pairs.iter().any(|(other, _)| other == key));
        Servers::read(&Config::new(kept.chain(pairs.iter().copied()).collect()), 3306)
    }

    fn listed(hosts: &'static str) -> String {
        let all = read(&[("db_host", hosts)]).unwrap().addresses;
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_list_of_hosts_is_kept_in_its_order() {
        for (text, listing) in [
            ("db1", "db1:3306"),
            ("db1:3307, db2", "db1:3307 db2:3306"),
            ("127.0.0.1:1,[::1]:2,::1", "127.0.0.1:1 [::1]:2 [::1]:3306"),
            ("/run/mysqld/mysqld.sock,db2", "/run/mysqld/mysqld.sock db2:3306"),
        ] {
            assert_eq!(listed(text), listing, "{text}");
        }
        let both = read(&[("db_socket", "/s"), ("db_port", "9")]).unwrap().addresses;
        assert_eq!(both, [Address::Socket("/s".into(), 9), Address::Tcp("db1".to_owned(), 9)]);
        assert_eq!(read(&[("db_host", ""), ("db_socket", "/s")]).unwrap().addresses.len(), 1);
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_key() {
        for (key, value) in [
            ("db_host", ""),
            ("db_host", "a,,b"),
            ("db_host", "a:b"),
            ("db_host", "a:0"),
            ("db_host", "a b"),
            ("db_host", "mysql://a"),
            ("db_port", "70000"),
            ("db_username", ""),
            ("db_name", ""),
            ("timezone", "Europe/Paris"),
            ("connect_timeout", "5"),
            ("busy_timeout", "soon"),
            ("tls", "on"),
            ("tls_ca", "/ca.pem"),
        ] {
            assert_eq!(read(&[(key, value)]).unwrap_err().key(), key, "{value}");
        }
        assert_eq!(read(&[("tls_cert", "/c")]).unwrap_err().key(), "tls_key");
        assert_eq!(read(&[("tls_key", "/k")]).unwrap_err().key(), "tls_cert");
    }

    #[test]
    fn the_password_is_not_shown() {
        let servers = read(&[("db_password", "hunter2")]).unwrap();
        assert!(!format!("{servers:?}").contains("hunter2"));
    }
}
