//! Connecting to PostgreSQL: in bounded time, with the TLS that is asked for.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;
use warden_plugin::{Error, ErrorKind};

use super::checked::{Checked, CheckedTls, Refusal, Start};
use super::errors;
use crate::server::fault::{Fault, root_cause};
use crate::server::tls;
use crate::settings::{Address, Servers, TlsMode};

/// A connection, and what carries it.
pub struct Connected {
    pub runtime: Runtime,
    pub client: Client,
    /// Why the connection ended, when it did: the client hears only that.
    pub end: Arc<OnceLock<String>>,
}

/// Connects, and has the runtime carry the connection.
pub fn connect(servers: &Servers, address: &Address) -> Result<Connected, Fault> {
    let failed = |error: io::Error| Fault::failed(ErrorKind::Internal, error.to_string());
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let tls = MakeRustlsConnect::new(tls::config(&servers.tls)?);
    let limit = servers.connect_timeout;
    let end = Arc::new(OnceLock::new());
    let outcome = runtime.block_on(async {
        tokio::time::timeout(limit, client(servers, address, tls, Arc::clone(&end))).await
    });
    match outcome {
        Ok(Ok(client)) => Ok(Connected { runtime, client, end }),
        Ok(Err(fault)) => Err(fault),
        Err(_) => {
            runtime.shutdown_background();
            Err(Fault::lost(format!("no answer within {limit:?}")))
        }
    }
}

async fn client(
    servers: &Servers,
    address: &Address,
    mut tls: MakeRustlsConnect,
    end: Arc<OnceLock<String>>,
) -> Result<Client, Fault> {
    let (stream, start, mode, name) =
        stream(servers, address).await.map_err(|error| Fault::lost(root_cause(&error)))?;
    let config = config(servers, mode);
    let tls = MakeTlsConnect::<Checked<Stream>>::make_tls_connect(&mut tls, name)
        .map_err(|error| Fault::failed(ErrorKind::Internal, root_cause(&error)))?;
    let outcome = config.connect_raw(Checked::new(stream, start), CheckedTls(tls)).await;
    let (client, connection) = outcome.map_err(|error| explained(&error))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            let _ = end.set(root_cause(&error));
        }
    });
    Ok(client)
}

fn explained(error: &tokio_postgres::Error) -> Fault {
    if error.as_db_error().is_some() {
        return errors::fault(error);
    }
    if Refusal::of(error) == Some(Refusal::ClearText) {
        return Fault::Failed(Error::denied(Refusal::ClearText.to_string()).with_key("tls").with_hint(
            "set up TLS or scram-sha-256 on the server; with tls: disable the password is sent all the same",
        ));
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

/// A socket of either kind.
trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}
type Stream = Box<dyn Socket>;

/// A stream to a server, what comes on it first, whether TLS is asked for, and the name in its certificate.
async fn stream<'a>(
    servers: &Servers,
    address: &'a Address,
) -> io::Result<(Stream, Start, SslMode, &'a str)> {
    match address {
        Address::Tcp(host, port) => {
            let (start, mode) = match servers.tls.mode {
                TlsMode::Disable => (Start::Plain, SslMode::Disable),
                TlsMode::Prefer => (Start::AnswerOnTls, SslMode::Prefer),
                TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => {
                    (Start::AnswerOnTls, SslMode::Require)
                }
            };
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            tune(&stream)?;
            Ok((Box::new(stream), start, mode, host))
        }
        Address::Socket(path, port) => {
            let stream = UnixStream::connect(socket(path, *port)).await?;
            Ok((Box::new(stream), Start::Private, SslMode::Disable, ""))
        }
    }
}

/// A server that is gone is noticed.
fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    sockopt::set_tcp_user_timeout(stream, 15_000)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, Duration::from_secs(5))?;
    sockopt::set_tcp_keepintvl(stream, Duration::from_secs(2))?;
    Ok(sockopt::set_tcp_keepcnt(stream, 3)?)
}

fn config(servers: &Servers, mode: SslMode) -> Config {
    let mut config = Config::new();
    config.ssl_mode(mode).user(&servers.user).dbname(&servers.name).application_name("warden");
    if let Some(password) = &servers.password {
        config.password(password.as_bytes());
    }
    config
}

/// A socket by its own path, `/run/postgresql/.s.PGSQL.5432`, or by its folder as libpq takes it.
fn socket(path: &Path, port: u16) -> PathBuf {
    let name = path.file_name().and_then(|name| name.to_str());
    let is_socket =
        name.and_then(|name| name.strip_prefix(SOCKET)).is_some_and(|port| port.parse::<u16>().is_ok());
    if is_socket { path.to_owned() } else { path.join(format!("{SOCKET}{port}")) }
}

/// What the name of a socket begins with, before its port.
const SOCKET: &str = ".s.PGSQL.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_known_by_its_path_or_its_folder() {
        let path = Path::new("/run/postgresql/.s.PGSQL.5433");
        assert_eq!(socket(path, 1), path);
        assert_eq!(socket(Path::new("/run/postgresql"), 5433), path);
    }
}
