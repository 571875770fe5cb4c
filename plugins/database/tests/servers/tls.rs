//! Whom a connection trusts, with an authority and certificates made on the spot.

use std::path::Path;

use mysql::prelude::Queryable;
use tempfile::TempDir;
use warden_plugin::ErrorKind;

use crate::shop::Shop;
use crate::stage::{Certs, Mariadb, Postgresql, mariadb_sql, postgresql_sql, readable};

/// Where the certificates are, readable for the servers.
fn certs(folder: &TempDir) -> Option<Certs> {
    let certs = Certs::make(folder.path());
    readable(folder.path());
    certs
}

fn mariadb(certs: &Certs, name: &str) -> Option<Mariadb> {
    Mariadb::start(&[
        &format!("--ssl-ca={}", certs.path("ca.pem")),
        &format!("--ssl-cert={}", certs.path(&format!("{name}.pem"))),
        &format!("--ssl-key={}", certs.path(&format!("mysql.{name}.key"))),
    ])
}

fn postgresql(certs: &Certs, name: &str) -> Option<Postgresql> {
    Postgresql::start(&[
        "ssl=on",
        &format!("ssl_ca_file={}", certs.path("ca.pem")),
        &format!("ssl_cert_file={}", certs.path(&format!("{name}.pem"))),
        &format!("ssl_key_file={}", certs.path(&format!("postgres.{name}.key"))),
    ])
}

/// Stores on servers that show this certificate.
fn shops(certs: &Certs, name: &str) -> (Vec<Shop>, impl Sized) {
    let (mariadb, postgresql) = (mariadb(certs, name), postgresql(certs, name));
    let shops = [mariadb.as_ref().map(Shop::on_mariadb), postgresql.as_ref().map(Shop::on_postgresql)];
    (shops.into_iter().flatten().collect(), (mariadb, postgresql))
}

/// The store with a mode and an authority.
fn with(shop: &Shop, mode: &str, authority: &str) -> Shop {
    shop.with(&[("tls", mode), ("tls_ca", authority)])
}

fn is_refused(shop: &Shop, mode: &str, authority: &str) {
    let error = with(shop, mode, authority).try_list().unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Denied, "tls"), "{mode} {}", error.message());
    assert!(error.message().contains("cannot be trusted"), "{}", error.message());
}

#[test]
fn the_right_certificate_is_taken_in_every_mode() {
    let folder = TempDir::new().unwrap();
    let Some(certs) = certs(&folder) else { return };
    let (shops, _servers) = shops(&certs, "server");
    for shop in &shops {
        shop.with(&[("tls", "disable")]).add("1.2.3.4", "cli");
        for (mode, authority) in [
            ("prefer", ""),
            ("require", ""),
            ("verify-ca", &*certs.path("ca.pem")),
            ("verify-full", &certs.path("ca.pem")),
        ] {
            assert_eq!(with(shop, mode, authority).targets(), ["1.2.3.4"], "{} {mode}", shop.engine());
        }
        let by_name =
            shop.with(&[("db_host", "localhost"), ("tls", "verify-full"), ("tls_ca", &certs.path("ca.pem"))]);
        assert_eq!(by_name.targets(), ["1.2.3.4"]);
        for mode in ["verify-ca", "verify-full"] {
            is_refused(shop, mode, &certs.path("other-ca.pem"));
        }
    }
}

#[test]
fn a_wrong_name_is_refused_where_names_are_checked() {
    let folder = TempDir::new().unwrap();
    let Some(certs) = certs(&folder) else { return };
    let (shops, _servers) = shops(&certs, "stranger");
    for shop in &shops {
        shop.with(&[("tls", "disable")]).add("1.2.3.4", "cli");
        assert_eq!(
            with(shop, "verify-ca", &certs.path("ca.pem")).targets(),
            ["1.2.3.4"],
            "{}",
            shop.engine()
        );
        is_refused(shop, "verify-full", &certs.path("ca.pem"));
        is_refused(shop, "verify-ca", &certs.path("other-ca.pem"));
    }
}

#[test]
fn a_client_shows_its_own_certificate() {
    let folder = TempDir::new().unwrap();
    let Some(certs) = certs(&folder) else { return };
    if let Some(server) = mariadb(&certs, "server") {
        let shop = Shop::on_mariadb(&server);
        mariadb_sql(server.port, None).query_drop("CREATE USER 'shown'@'127.0.0.1' REQUIRE X509").unwrap();
        mariadb_sql(server.port, None).query_drop("GRANT ALL ON *.* TO 'shown'@'127.0.0.1'").unwrap();
        shows(&shop.with(&[("db_username", "shown")]), &certs);
    }
    if let Some(server) = postgresql(&certs, "server") {
        let shop = Shop::on_postgresql(&server);
        postgresql_sql(server.port, &shop.name).run("CREATE USER client SUPERUSER");
        server.rules("hostssl all client 127.0.0.1/32 cert\nhost all client 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 trust\n");
        shows(&shop.with(&[("db_username", "client")]), &certs);
    }
}

fn shows(shop: &Shop, certs: &Certs) {
    let shop = shop.with(&[("tls", "verify-full"), ("tls_ca", &certs.path("ca.pem"))]);
    assert_eq!(shop.try_list().unwrap_err().kind(), ErrorKind::Denied, "{}", shop.engine());
    let shown = shop.with(&[("tls_cert", &certs.path("client.pem")), ("tls_key", &certs.path("client.key"))]);
    shown.add("1.2.3.4", "cli");
    assert_eq!(shown.targets(), ["1.2.3.4"]);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let nowhere = "/nonexistent/ca.pem";
    assert!(!Path::new(nowhere).exists());
    for shop in Shop::on_servers() {
        let error = with(&shop, "verify-full", nowhere).try_list().unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Config, "tls_ca"), "{}", error.message());
        assert!(error.message().contains(nowhere), "{}", error.message());
    }
}
