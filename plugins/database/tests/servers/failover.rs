//! A connection that is lost at a bad moment, and a server that is gone.

use warden_plugin::{Backend, Ban, ErrorKind, Query, Signal};

use crate::common::{HOUR, SECOND, ban, read, signal};
use crate::shop::Shop;
use crate::stage::{Cut, Mariadb, Postgresql, Proxy, free_port};

/// A shop behind a door.
pub fn behind(shop: &Shop) -> (Shop, Proxy) {
    let proxy = Proxy::to(shop.port());
    let port = proxy.port.to_string();
    (shop.with(&[("db_port", &port), ("tls", "disable")]), proxy)
}

/// What the client says when it commits, and at no other time.
pub fn commit(shop: &Shop) -> &'static str {
    if shop.engine() == "mysql" { "\u{3}COMMIT" } else { "COMMIT\0" }
}

fn signals(shop: &Shop) -> i64 {
    shop.number("SELECT count(*) FROM signal_occurences")
}

#[test]
fn a_write_that_was_cut_before_its_commit_is_done_again() {
    for shop in Shop::on_servers() {
        shop.add("9.9.9.9", "cli");
        for words in ["INSERT INTO signal_occurences", "INSERT INTO ban_applications", commit(&shop)] {
            let (cut, proxy) = behind(&shop);
            proxy.cut(Cut::Before(words));
            let before = signals(&shop);
            assert_eq!(cut.add("1.2.3.4", "cli").inserted, 1, "{} {words}", shop.engine());
            assert!(proxy.was_cut(), "{words}");
            assert_eq!(signals(&shop), before + 1, "{} {words}", shop.engine());
            assert_eq!(shop.targets(), ["1.2.3.4", "9.9.9.9"]);
        }
    }
}

#[test]
fn a_commit_whose_answer_was_lost_is_not_done_twice() {
    for shop in Shop::on_servers() {
        shop.add("9.9.9.9", "cli");
        for number in 0..3 {
            let (cut, proxy) = behind(&shop);
            proxy.cut(Cut::After(commit(&shop)));
            let before = signals(&shop);
            shop.host.pass(SECOND);
            let target = format!("1.2.3.{number}");
            assert_eq!(cut.add(&target, "cli").inserted, 1);
            assert!(proxy.was_cut());
            assert_eq!(signals(&shop), before + 1, "{}", shop.engine());
            assert_eq!(shop.list()[0].bans, 1);
        }
        let (cut, proxy) = behind(&shop);
        proxy.cut(Cut::After(commit(&shop)));
        assert_eq!(cut.delete("1.2.3.1"), 1);
        assert_eq!(shop.targets(), ["1.2.3.2", "1.2.3.0", "9.9.9.9"]);
    }
}

#[test]
fn a_write_of_bans_alone_is_found_again_too() {
    for shop in Shop::on_servers() {
        shop.add("9.9.9.9", "cli");
        let (cut, proxy) = behind(&shop);
        proxy.cut(Cut::After(commit(&shop)));
        let mut backend = cut.open();
        let mut bans_only = signal(shop.host.now(), &[ban("1.2.3.4", "list:x", shop.host.now() + HOUR)]);
        bans_only.bans_only = true;
        backend.insert(&bans_only).unwrap();
        backend.flush().unwrap();
        assert!(proxy.was_cut());
        assert_eq!(shop.number("SELECT count(*) FROM ban_applications WHERE ip_text = '1.2.3.4'"), 1);
        assert!(shop.list().iter().any(|row| row.orphan && row.target == "1.2.3.4"));
    }
}

#[test]
fn all_of_a_transaction_is_done_again_or_nothing() {
    for shop in Shop::on_servers() {
        shop.add("9.9.9.9", "cli");
        let (cut, proxy) = behind(&shop);
        let mut backend = cut.open();
        let now = shop.host.now();
        for host in 0..20 {
            backend.insert(&signal(now, &[ban(&format!("10.0.0.{host}"), "cli", now + HOUR)])).unwrap();
        }
        proxy.cut(Cut::Before("ban_applications"));
        backend.delete("9.9.9.9").unwrap();
        assert!(proxy.was_cut());
        assert_eq!(shop.targets(), ["9.9.9.9"]);
        backend.flush().unwrap();
        assert_eq!(shop.targets().len(), 20);
        assert_eq!(signals(&shop), 21);
    }
}

#[test]
fn a_list_that_was_cut_before_its_first_row_is_asked_again() {
    for shop in Shop::on_servers() {
        shop.add("9.9.9.9", "cli");
        let (cut, proxy) = behind(&shop);
        proxy.cut(Cut::Before("ban_applications"));
        assert_eq!(cut.targets(), ["9.9.9.9"]);
        assert!(proxy.was_cut());
    }
}

#[test]
fn the_next_server_is_asked_when_one_is_gone() {
    for shop in Shop::on_servers() {
        let (gone, here) = (free_port(), shop.port());
        let list = format!("127.0.0.1:{gone},127.0.0.1:{here}");
        let shop = shop.with(&[("db_host", &list)]);
        shop.add("9.9.9.9", "cli");
        let heard = shop.host.heard();
        assert!(
            heard.iter().any(|line| line.contains(&gone.to_string()) && line.contains("going on with")),
            "{heard:?}"
        );
        assert_eq!(shop.targets(), ["9.9.9.9"]);
    }
}

#[test]
fn a_socket_is_a_server_among_others() {
    let mariadb = Mariadb::shared().map(|server| (Shop::on_mariadb(server), server.socket()));
    let postgresql = Postgresql::shared().map(|server| (Shop::on_postgresql(server), server.socket()));
    for (shop, socket) in [mariadb, postgresql].into_iter().flatten() {
        let (gone, socket) = (free_port().to_string(), socket.to_str().unwrap().to_owned());
        // Before the hosts, of which none is there; encryption is none of its business.
        let shop = shop.with(&[("db_port", &gone), ("tls", "require")]);
        let by_key = shop.with(&[("db_socket", &socket)]);
        by_key.add("9.9.9.9", "cli");
        assert_eq!(by_key.host.heard(), [""; 0], "{}", shop.engine());
        // As one of the hosts, behind one that is not there.
        let by_host = shop.with(&[("db_host", &format!("127.0.0.1,{socket}"))]);
        assert_eq!(by_host.targets(), ["9.9.9.9"], "{}", shop.engine());
        let heard = by_host.host.heard();
        assert!(heard.iter().any(|line| line.contains(&format!("going on with {socket}"))), "{heard:?}");
        // A socket that is not there is named.
        let nowhere = shop.with(&[("db_socket", "/nowhere/socket"), ("db_host", "127.0.0.1")]);
        let error = nowhere.try_list().unwrap_err();
        assert!(error.message().contains("/nowhere/socket"), "{}", error.message());
    }
}

/// The host's command is killed, or the server: what was not flushed is not there.
#[test]
fn a_killed_server_has_all_of_a_transaction_or_nothing() {
    if let Some(mut server) = Mariadb::start(&[]) {
        let shop = Shop::on_mariadb(&server);
        outlives(&shop, &mut || server.kill());
        server.restart(&[]);
        assert_eq!(shop.targets(), ["9.9.9.9"]);
    }
    if let Some(mut server) = Postgresql::start(&[]) {
        let shop = Shop::on_postgresql(&server);
        outlives(&shop, &mut || server.kill());
        server.restart(&[]);
        assert_eq!(shop.targets(), ["9.9.9.9"]);
    }
}

/// Kills the server in the middle of a transaction; every call says so.
fn outlives(shop: &Shop, kill: &mut dyn FnMut()) {
    shop.add("9.9.9.9", "cli");
    let mut backend = shop.open();
    let now = shop.host.now();
    let many: Vec<String> = (0..250).map(|host| format!("10.0.0.{host}")).collect();
    let bans: Vec<_> = many.iter().map(|target| ban(target, "cli", now + HOUR)).collect();
    backend.insert(&signal(now, &bans)).unwrap();
    kill();
    for error in [
        backend.flush().unwrap_err(),
        shop.try_add("1.2.3.4", "cli").unwrap_err(),
        shop.try_list().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.message().contains(&format!("127.0.0.1:{}", shop.port())), "{}", error.message());
    }
}

#[test]
fn a_server_that_dies_in_a_list_is_an_error_and_not_a_short_list() {
    let Some(mut server) = Postgresql::start(&[]) else { return };
    let shop = Shop::on_postgresql(&server);
    let now = shop.host.now();
    // More than fits between server and reader.
    let reason = "x".repeat(2000);
    let many: Vec<String> = (0..10_000).map(|host| format!("10.0.{}.{}", host / 250, host % 250)).collect();
    let bans: Vec<_> =
        many.iter().map(|target| Ban { reason: &reason, ..ban(target, "cli", now + HOUR) }).collect();
    let mut backend = shop.open();
    backend.insert(&Signal { bans_only: true, ..signal(now, &bans) }).unwrap();
    backend.flush().unwrap();
    let mut seen = 0;
    let mut sink = |_: &warden_plugin::Row<'_>| {
        seen += 1;
        if seen == 100 {
            server.kill();
        }
        true
    };
    let outcome = shop.open().read_at(now, &mut warden_plugin::Rows::new(&mut sink));
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.message());
    assert!((100..10_000).contains(&seen), "{seen}");
}

#[test]
fn an_add_takes_one_round_trip_more_than_its_statements() {
    for shop in Shop::on_servers() {
        shop.add("9.9.9.9", "cli");
        let (counted, proxy) = behind(&shop);
        // To connect and to leave; to know the tables; begin, lock, look, signal, ban, change, commit. MySQL also sets its
        // session, asks twice for the tables, prepares what has values, and makes sure that it is one transaction still.
        let most = if shop.engine() == "mysql" { 3 + 1 + 2 + 7 + 5 + 1 } else { 3 + 1 + 7 };
        // One in some dozens also removes the oldest changes. A target each, since a second ban of one also ends the first.
        let trips = (1..=5).map(|host| {
            counted.add(&format!("1.2.3.{host}"), "cli");
            proxy.trips()
        });
        let trips = trips.min().unwrap();
        assert!(trips <= most, "{}: {trips}", shop.engine());
    }
}

#[test]
fn a_reader_that_has_enough_ends_at_once() {
    for shop in Shop::on_servers() {
        let now = shop.host.now();
        let many: Vec<String> =
            (0..5_000).map(|host| format!("10.0.{}.{}", host / 250, host % 250)).collect();
        let bans: Vec<_> = many.iter().map(|target| ban(target, "cli", now + HOUR)).collect();
        let mut backend = shop.open();
        backend.insert(&signal(now, &bans)).unwrap();
        // Also in the transaction that writes them, which goes on.
        for query in [
            Query { limit: Some(3), ..Query::default() },
            Query { limit: Some(3), country: Some(""), ..Query::default() },
        ] {
            assert_eq!(read(&mut backend, &Query { at_us: now, ..query }).unwrap().len(), 3);
        }
        backend.flush().unwrap();
        let query = Query { at_us: now, country: Some(""), limit: Some(3), ..Query::default() };
        for _ in 0..2 {
            assert_eq!(read(&mut backend, &query).unwrap().len(), 3);
        }
        let mut one = |_: &warden_plugin::Row<'_>| false;
        let stopped = backend.read_at(now, &mut warden_plugin::Rows::new(&mut one)).unwrap_err();
        assert_eq!(stopped.kind(), ErrorKind::Stopped);
        assert_eq!(read(&mut backend, &Query { at_us: now, ..Query::default() }).unwrap().len(), 5_000);
    }
}
