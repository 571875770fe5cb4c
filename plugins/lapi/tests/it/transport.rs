//! Ways to the server: a unix socket, TLS.

use std::path::{Path, PathBuf};
use std::process::Command as Program;

use tempfile::TempDir;
use warden_plugin::{Backend as _, ErrorKind};

use crate::common::{Command, Server, Tls, host, is_installed, open_with, socket, stranger};
use crate::server_or_return;

#[test]
fn a_path_is_a_unix_socket() {
    let server = server_or_return!();
    let path = server.folder.path().join("lapi.sock");
    socket(&path, server.port);
    let mut command = Command::at(path.to_str().unwrap());
    for number in 0..3000 {
        command.insert(&format!("10.0.{}.{}", number / 256, number % 256)).unwrap();
    }
    command.backend.flush().unwrap();
    assert_eq!(command.targets().len(), 3000);
    assert_eq!(server.values().len(), 3000);
    assert_eq!(command.delete("10.0.0.7"), 1);
}

#[test]
fn a_socket_that_is_not_there_is_said() {
    let error = Command::at("/nowhere/lapi.sock").backend.probe().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.message(), "cannot reach the LAPI at /nowhere/lapi.sock: there is no such socket");
}

/// An authority, and a certificate of its for 127.0.0.1.
struct Authority {
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let authority = Self { folder: TempDir::new().unwrap() };
        let path = |name| authority.path(name).to_str().unwrap().to_owned();
        let (ca, ca_key, key, request) =
            (path("ca.pem"), path("ca.key"), path("key.pem"), path("request.pem"));
        let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let openssl = |words: &[&str]| {
            let output = Program::new("openssl").args(words).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        let make_ca = ["req", "-x509", "-days", "2", "-subj", "/CN=ca", "-out", &ca, "-keyout", &ca_key];
        openssl(&[make_ca.as_slice(), &new_key].concat());
        let ask = ["req", "-subj", "/CN=lapi", "-out", &request, "-keyout", &key];
        openssl(&[ask.as_slice(), &new_key].concat());
        let names = path("names");
        std::fs::write(&names, "subjectAltName=IP:127.0.0.1\n").unwrap();
        let certificate = path("certificate.pem");
        let sign = ["x509", "-req", "-days", "2", "-in", &request, "-CA", &ca, "-CAkey", &ca_key];
        openssl(&[sign.as_slice(), &["-CAcreateserial", "-extfile", &names, "-out", &certificate]].concat());
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn tls_server(authority: &Authority) -> Server {
    let (certificate, key) = (authority.path("certificate.pem"), authority.path("key.pem"));
    Server::start_with(Some(&Tls { certificate: &certificate, key: &key })).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn tls_is_spoken_with_whom_the_authority_vouches_for() {
    if !is_installed() {
        return;
    }
    let authority = Authority::new();
    let server = tls_server(&authority);
    let ca = authority.path("ca.pem");
    let mut command = Command::with(&server.url(), &[("tls_ca", text(&ca))]);
    for number in 0..2000 {
        command.insert(&format!("10.0.{}.{}", number / 256, number % 256)).unwrap();
    }
    command.backend.flush().unwrap();
    assert_eq!(server.values().len(), 2000);
    assert_eq!(command.targets().len(), 2000);

    let other = Authority::new();
    let stranger = other.path("ca.pem");
    for more in [[("tls_ca", text(&stranger))].as_slice(), &[]] {
        let Ok(backend) = open_with(host(), &server.url(), more) else { continue };
        let error = Command { host: host(), backend }.backend.probe().unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Unavailable, "tls_ca"));
        assert!(error.message().contains("invalid peer certificate"), "{error}");
    }
}

#[test]
fn a_server_without_tls_is_said() {
    if !is_installed() {
        return;
    }
    let authority = Authority::new();
    let ca = authority.path("ca.pem");
    let port = stranger(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    let url = format!("https://127.0.0.1:{port}");
    let error = Command::with(&url, &[("tls_ca", text(&ca))]).backend.probe().unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Unavailable, "tls_ca"));
    assert!(error.message().contains("no TLS"), "{error}");
}

#[test]
fn a_wrong_authority_file_is_a_configuration_error() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ca.pem");
    for make in [false, true] {
        if make {
            std::fs::write(&path, "no certificate\n").unwrap();
        }
        let error = open_with(host(), "https://127.0.0.1:1", &[("tls_ca", text(&path))]).err().unwrap();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Config, "tls_ca"));
        assert!(error.message().contains("ca.pem"), "{error}");
    }
}
