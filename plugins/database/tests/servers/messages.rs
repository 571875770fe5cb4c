//! What a user reads when a server says no: host and user, never the password.

use warden_plugin::{Backend, Ban, Error, ErrorKind};

use crate::common::{HOUR, ban, signal};
use crate::shop::Shop;
use crate::stage::{Cramped, Mariadb, Postgresql, free_port};

const SECRET: &str = "hunter2-very-secret";

/// The failures of all that a command does.
fn failures(shop: &Shop) -> Vec<Error> {
    let mut backend = shop.open();
    let probe = backend.probe().unwrap_err();
    let all = vec![shop.try_list().unwrap_err(), shop.try_add("1.2.3.4", "cli").unwrap_err(), probe];
    for error in &all {
        let text = format!("{} {} {}", error.message(), error.key(), error.hint());
        assert!(!text.contains(SECRET), "{text}");
        assert!(!shop.host.heard().iter().any(|line| line.contains(SECRET)));
        assert!(text.contains("127.0.0.1:"), "{text}");
    }
    all
}

#[test]
fn a_wrong_password_is_denied() {
    for shop in Shop::on_servers() {
        if shop.engine() == "mysql" {
            shop.run("CREATE USER 'eve2'@'127.0.0.1' IDENTIFIED BY 'right'");
        } else {
            shop.run("CREATE USER eve2 PASSWORD 'right'");
        }
        for error in failures(&shop.with(&[("db_username", "eve2"), ("db_password", SECRET)])) {
            assert_eq!(
                (error.kind(), error.key()),
                (ErrorKind::Denied, "db_password"),
                "{}",
                error.message()
            );
            assert!(error.message().contains("eve2@"), "{}", error.message());
        }
    }
}

#[test]
fn a_missing_password_is_asked_for() {
    for shop in Shop::on_servers().iter().filter(|shop| shop.engine() == "postgres") {
        shop.run("CREATE USER eve1 PASSWORD 'right'");
        let error = shop.with(&[("db_username", "eve1")]).try_list().unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Denied, "db_password"), "{}", error.message());
    }
}

#[test]
fn an_unknown_database_is_named() {
    for shop in Shop::on_servers() {
        for error in failures(&shop.with(&[("db_name", "nowhere")])) {
            assert_eq!((error.kind(), error.key()), (ErrorKind::Config, "db_name"), "{}", error.message());
            assert!(error.message().contains("nowhere"), "{}", error.message());
        }
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    for shop in Shop::on_servers() {
        let port = free_port().to_string();
        for error in failures(&shop.with(&[("db_port", &port), ("db_password", SECRET)])) {
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert!(error.message().contains(&port), "{}", error.message());
            assert!(error.message().contains("connection refused"), "{}", error.message());
        }
        let both = format!("127.0.0.1:{port},127.0.0.1:{}", free_port());
        for error in failures(&shop.with(&[("db_host", &both), ("db_password", SECRET)])) {
            assert_eq!(error.message().matches("connection refused").count(), 2, "{}", error.message());
        }
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    for shop in Shop::on_servers() {
        let start = std::time::Instant::now();
        let shop = shop.with(&[("db_port", &port), ("connect_timeout", "300ms")]);
        let error = shop.try_list().unwrap_err();
        assert!(error.message().contains("no answer within 300ms"), "{}", error.message());
        assert!(start.elapsed() < std::time::Duration::from_secs(5));
    }
}

#[test]
fn tls_that_the_server_lacks_is_refused() {
    for shop in Shop::on_servers() {
        for error in failures(&shop.with(&[("tls", "require")])) {
            assert_eq!((error.kind(), error.key()), (ErrorKind::Unavailable, "tls"), "{}", error.message());
            assert!(error.message().contains("does not offer TLS"), "{}", error.message());
        }
    }
}

/// Adds until nothing more goes in; answers why, and how many bans there are.
fn fills(shop: &Shop) -> (Error, usize) {
    let now = shop.host.now();
    let reason = "x".repeat(250);
    let mut done = 0;
    loop {
        let targets: Vec<String> =
            (0..1000).map(|host| format!("10.{done}.{}.{}", host / 250, host % 250)).collect();
        let bans: Vec<_> =
            targets.iter().map(|target| Ban { reason: &reason, ..ban(target, "cli", now + HOUR) }).collect();
        let mut backend = shop.open();
        let outcome = backend.insert(&signal(now, &bans)).and_then(|_| backend.flush());
        match outcome {
            Ok(()) => done += 1,
            Err(error) => return (error, done * 1000),
        }
        assert!(done < 250, "the disk does not fill");
    }
}

#[test]
fn a_full_disk_of_the_server_is_said_and_changes_nothing() {
    if Mariadb::is_installed()
        && let Some(folder) = Cramped::new("mysql", 80)
        && let Some(server) = Mariadb::start_in(&folder.0)
    {
        is_full(&Shop::on_mariadb(&server));
    }
    if Postgresql::is_installed()
        && let Some(log) = Cramped::new("postgres", 2000)
        && let Some(folder) = Cramped::new("postgres", 80)
        && let Some(server) = Postgresql::start_in(&folder.0, &log.0.join("wal"))
    {
        is_full(&Shop::on_postgresql(&server));
    }
}

fn is_full(shop: &Shop) {
    let (error, bans) = fills(shop);
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.message());
    assert!(
        error.message().contains("the disk of the server is full"),
        "{} {}",
        shop.engine(),
        error.message()
    );
    let written = shop.number("SELECT count(*) FROM ban_applications");
    assert_eq!(usize::try_from(written).unwrap(), bans, "{}", shop.engine());
}
