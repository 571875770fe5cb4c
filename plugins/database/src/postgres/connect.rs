//! Connecting to PostgreSQL: in bounded time, with the TLS that is asked for.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;
use warden_plugin::{Error, ErrorKind};

use super::errors;
use crate::server::fault::{Fault, root_cause};
use crate::server::tls;
use crate::settings::{Address, Servers, TlsMode};

/// Connects, and has the runtime carry the connection.
pub fn connect(servers: &Servers, address: &Address) -> Result<(Runtime, Client), Fault> {
    let failed = |error: std::io::Error| Fault::failed(ErrorKind::Internal, error.to_string());
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let config = config(servers, address);
    let tls = MakeRustlsConnect::new(tls::config(&servers.tls)?);
    let limit = servers.connect_timeout;
    let outcome = runtime.block_on(async { tokio::time::timeout(limit, config.connect(tls)).await });
    match outcome {
        Ok(Ok((client, connection))) => {
            // Its failures are those of what is waited for.
            runtime.spawn(async { drop(connection.await) });
            Ok((runtime, client))
        }
        Ok(Err(error)) => Err(explained(&error)),
        Err(_) => {
            runtime.shutdown_background();
            Err(Fault::lost(format!("no answer within {limit:?}")))
        }
    }
}

fn explained(error: &tokio_postgres::Error) -> Fault {
    if error.as_db_error().is_some() {
        return errors::fault(error);
    }
    let why = root_cause(error);
    if why.contains("server does not support TLS") {
        return Fault::Failed(
            Error::unavailable("the server does not offer TLS")
                .with_key("tls")
                .with_hint("set up TLS on the server, or set tls: disable"),
        );
    }
    if error.to_string().contains("TLS handshake") {
        return Fault::Failed(
            Error::denied(format!("the server cannot be trusted: {why}"))
                .with_key("tls")
                .with_hint("check tls_ca and the name in db_host against the server's certificate"),
        );
    }
    if why.contains("password missing") {
        return Fault::Failed(
            Error::denied("the server asks for a password")
                .with_key("db_password")
                .with_hint("set db_password"),
        );
    }
    Fault::lost(why)
}

fn config(servers: &Servers, address: &Address) -> Config {
    let mut config = Config::new();
    match address {
        Address::Tcp(host, port) => config.host(host).port(*port).ssl_mode(match servers.tls.mode {
            TlsMode::Disable => SslMode::Disable,
            TlsMode::Prefer => SslMode::Prefer,
            TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
        }),
        Address::Socket(path, port) => {
            let (folder, port) = socket(path, *port);
            config.host_path(folder).port(port).ssl_mode(SslMode::Disable)
        }
    };
    config
        .user(&servers.user)
        .dbname(&servers.name)
        .application_name("warden")
        .connect_timeout(servers.connect_timeout)
        .tcp_user_timeout(Duration::from_secs(15))
        .keepalives_idle(Duration::from_secs(5))
        .keepalives_interval(Duration::from_secs(2))
        .keepalives_retries(3);
    if let Some(password) = &servers.password {
        config.password(password);
    }
    config
}

/// A socket by its own path, `/run/postgresql/.s.PGSQL.5432`, or by its folder as libpq takes it.
fn socket(path: &Path, port: u16) -> (&Path, u16) {
    let name =
        path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix(".s.PGSQL."));
    match (name.and_then(|port| port.parse().ok()), path.parent()) {
        (Some(port), Some(folder)) => (folder, port),
        _ => (path, port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_known_by_its_path_or_its_folder() {
        let folder = Path::new("/run/postgresql");
        assert_eq!(socket(Path::new("/run/postgresql/.s.PGSQL.5433"), 1), (folder, 5433));
        assert_eq!(socket(folder, 5432), (folder, 5432));
    }
}
