//! The HTTP client: timeouts, whom TLS trusts, TCP or a unix socket. No proxy, no redirect: a password goes out.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector as _, RustlsConnector, TcpConnector};
use warden_plugin::{Error, Result};

use super::unix::UnixConnector;
use crate::settings::{Address, Settings};

/// `name/version` with exactly one slash: the server refuses any other login.
const USER_AGENT: &str = concat!("warden/", env!("CARGO_PKG_VERSION"));

/// Where Debian, Red Hat and SUSE keep the authorities of the system.
const SYSTEM_AUTHORITIES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

/// The client, and what its addresses begin with.
pub fn new(settings: &Settings) -> Result<(Agent, String)> {
    let plain = Agent::config_builder()
        .user_agent(USER_AGENT)
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .timeout_connect(Some(settings.connect_timeout))
        .timeout_per_read(Some(settings.timeout))
        .timeout_per_write(Some(settings.timeout));
    Ok(match &settings.address {
        Address::Unix(path) => {
            let connector = UnixConnector(path.clone());
            let agent = Agent::with_parts(plain.build(), connector, DefaultResolver::default());
            (agent, "http://127.0.0.1".to_owned())
        }
        Address::Web(url) if url.starts_with("https:") => {
            let config: Config = plain.tls_config(tls(settings.tls_ca.as_deref())?).build();
            let connector = ().chain(TcpConnector::default()).chain(RustlsConnector::default());
            (Agent::with_parts(config, connector, DefaultResolver::default()), url.clone())
        }
        Address::Web(url) => {
            let connector = ().chain(TcpConnector::default());
            (Agent::with_parts(plain.build(), connector, DefaultResolver::default()), url.clone())
        }
    })
}

fn tls(authority: Option<&Path>) -> Result<TlsConfig> {
    let certificates = match authority {
        Some(path) => authorities(path)?,
        None => SYSTEM_AUTHORITIES
            .into_iter()
            .find_map(|path| authorities(Path::new(path)).ok())
            .ok_or_else(|| Error::config("tls_ca", "no authority of certificates is known on this system"))?,
    };
    let provider = rustls::crypto::ring::default_provider();
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(provider))
        .root_certs(RootCerts::from(certificates))
        .build())
}

fn authorities(path: &Path) -> Result<Vec<Certificate<'static>>> {
    let wrong = |why: String| Error::config("tls_ca", format!("tls_ca: {}: {why}", path.display()));
    let text = fs::read(path).map_err(|e| wrong(e.to_string()))?;
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    let found: Vec<_> = parse_pem(&text).filter_map(certificate).collect();
    if found.is_empty() { Err(wrong("no certificate in PEM form".to_owned())) } else { Ok(found) }
}
