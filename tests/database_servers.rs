//! Bans on a database server that stops, or says no: what a user reads, and what is there afterwards.

mod zones;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::common::store::Store;
use crate::stage::{Mariadb, Postgresql, free_port, wait_for};

/// How many adds a server stops in the middle of.
const ADDS: u32 = 60;

const SECRET: &str = "hunter2-very-secret";

/// A server of the test's own, and a store on it.
enum Server {
    Mariadb(Mariadb),
    Postgresql(Postgresql),
}

impl Server {
    fn all() -> Vec<(Self, Store)> {
        let mariadb = Mariadb::start(&[]).map(|server| {
            let store = Store::on_mariadb(&server);
            (Self::Mariadb(server), store)
        });
        let postgresql = Postgresql::start(&[]).map(|server| {
            let store = Store::on_postgresql(&server);
            (Self::Postgresql(server), store)
        });
        [mariadb, postgresql].into_iter().flatten().collect()
    }

    fn kill(&mut self) {
        match self {
            Self::Mariadb(server) => server.kill(),
            Self::Postgresql(server) => server.kill(),
        }
    }

    fn restart(&mut self) {
        match self {
            Self::Mariadb(server) => server.restart(&[]),
            Self::Postgresql(server) => server.restart(&[]),
        }
    }
}

fn active(store: &Store) -> i64 {
    store.number("select count(*) from ban_applications where deleted_at is null")
}

/// Starts a command whose output is read by the test.
fn begin(store: &Store, args: &[&str]) -> Child {
    store.sandbox.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_server_that_stops_between_two_commands_is_named() {
    for (mut server, store) in Server::all() {
        let add = ["ban", "add", "ip", "203.0.113.1", "4h", "scan"];
        store.sandbox.stdout(&add);
        server.kill();
        for args in [&add[..], &["ban", "list"], &["ban", "del", "ip", "203.0.113.1"], &["ban", "flush"]] {
            let said = store.sandbox.run(args);
            assert!(said.contains("--- exit 1\n") && said.contains("connection refused"), "{said}");
            assert!(said.contains("127.0.0.1:") && said.contains("[DIR]/backend/database.yaml"), "{said}");
        }
        server.restart();
        assert_eq!(active(&store), 1, "{}", store.engine());
    }
}

#[test]
fn a_server_that_stops_in_the_middle_of_an_add_leaves_nothing_half_done() {
    for (mut server, store) in Server::all() {
        store.sandbox.stdout(&["ban", "add", "ip", "203.0.113.1", "4h", "scan"]);
        let before = store.number("select count(*) from signal_occurences");
        // Some adds end before the server does, one is in the middle, the rest find none.
        let ended: Vec<bool> = std::thread::scope(|scope| {
            let store = &store;
            let (done, progress) = std::sync::mpsc::channel();
            let writer = scope.spawn(move || {
                let add = |number: u32| {
                    let target = format!("198.18.0.{number}");
                    let output =
                        store.sandbox.command(["ban", "add", "ip", &target, "4h", "scan"]).output().unwrap();
                    let said = store.sandbox.show(&output);
                    let _ = done.send(());
                    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
                    assert!(output.status.success() || said.contains("127.0.0.1:"), "{said}");
                    output.status.success()
                };
                (0..ADDS).map(add).collect()
            });
            for _ in 0..ADDS / 3 {
                progress.recv().unwrap();
            }
            server.kill();
            writer.join().unwrap()
        });
        server.restart();
        assert!(ended[0] && !ended[ended.len() - 1]);
        for (number, was_done) in ended.iter().enumerate() {
            let there = store.number(&format!(
                "select count(*) from ban_applications where deleted_at is null and ip_text = '198.18.0.{number}'"
            ));
            // The answer of one commit may have been lost; then the command said that it does not know.
            assert!(there == 1 || (there == 0 && !was_done), "{}: {number}: {there}", store.engine());
        }
        let signals = store.number("select count(*) from signal_occurences");
        assert_eq!(signals - before, active(&store) - 1, "{}", store.engine());
    }
}

#[test]
fn an_add_that_waits_when_its_server_stops_is_an_error() {
    for (mut server, store) in Server::all() {
        store.sandbox.stdout(&["ban", "add", "ip", "203.0.113.1", "4h", "scan"]);
        let held = store.hold();
        let add = begin(&store, &["ban", "add", "ip", "198.18.0.1", "4h", "scan"]);
        wait_for("an add that waits", Duration::from_secs(20), || waiting(&store) > 0);
        server.kill();
        let said = store.sandbox.show(&add.wait_with_output().unwrap());
        assert!(said.contains("--- exit 1\n") && said.contains("127.0.0.1:"), "{said}");
        drop(held);
        server.restart();
        assert_eq!(active(&store), 1, "{}", store.engine());
        assert_eq!(store.number("select count(*) from signal_occurences"), 1, "{}", store.engine());
    }
}

/// How many sessions of a server wait for a lock.
fn waiting(store: &Store) -> i64 {
    store.number(if store.engine() == "mysql" {
        "select count(*) from information_schema.processlist where state like 'Waiting for table%'"
    } else {
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    })
}

#[test]
fn a_server_that_stops_in_the_middle_of_a_list_is_an_error_and_not_a_short_list() {
    for (mut server, store) in Server::all() {
        // More than fits between server and reader.
        let reason = "x".repeat(250);
        let list: String = (0..40_000)
            .map(|n| format!("198.{}.{}.{},{reason}\n", 18 + n / 65_536, n / 256 % 256, n % 256))
            .collect();
        store.sandbox.write("list.csv", format!("value,reason\n{list}"));
        store.sandbox.stdout(&["ban", "import", "list.csv"]);
        let mut child = begin(&store, &["ban", "list", "--all", "-o", "raw"]);
        let mut rows = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        for _ in 0..10 {
            rows.read_line(&mut line).unwrap();
        }
        server.kill();
        let mut rest = String::new();
        rows.read_to_string(&mut rest).unwrap();
        let said = store.sandbox.show(&child.wait_with_output().unwrap());
        assert!(said.contains("--- exit 1\n") && said.contains("127.0.0.1:"), "{said}");
        let shown = 9 + rest.lines().count();
        assert!(shown < 40_000, "{}: {shown} rows", store.engine());
        server.restart();
        let all = store.sandbox.stdout(&["ban", "list", "--all", "-o", "raw"]);
        assert_eq!(all.lines().count(), 40_001, "{}", store.engine());
    }
}

#[test]
fn what_a_server_refuses_names_host_user_and_file_and_never_the_password() {
    for store in Store::all().into_iter().filter(|store| store.engine() != "sqlite") {
        store.sandbox.stdout(&["ban", "add", "ip", "203.0.113.1", "4h", "scan"]);
        let user = "eve1";
        if store.engine() == "mysql" {
            store.sql("CREATE OR REPLACE USER eve1@'127.0.0.1' IDENTIFIED BY 'right'");
        } else {
            store.sql("DROP ROLE IF EXISTS eve1");
            store.sql("CREATE USER eve1 PASSWORD 'right'");
        }
        let nobody = free_port().to_string();
        for (changes, why) in [
            (vec![("db_username", user), ("db_password", SECRET)], "password"),
            (vec![("db_name", "nowhere"), ("db_password", SECRET)], "nowhere"),
            (vec![("db_port", nobody.as_str()), ("db_password", SECRET)], "connection refused"),
            (vec![("tls", "require"), ("db_password", SECRET)], "does not offer tls"),
            // With the right password, and without rights.
            (vec![("db_username", user), ("db_password", "right")], "denied"),
        ] {
            store.configure(&changes);
            for args in [&["ban", "list"][..], &["ban", "add", "ip", "203.0.113.2", "4h", "scan"]] {
                let said = store.sandbox.run(&[args, &["--debug"]].concat());
                assert!(said.contains("--- exit 1\n"), "{said}");
                assert!(said.to_lowercase().contains(why), "{why}: {said}");
                assert!(said.contains("@127.0.0.1:") && said.contains("backend/database.yaml"), "{said}");
                assert!(!said.contains(SECRET) && !said.contains("'right'"), "{said}");
            }
        }
        store.configure(&[]);
        assert_eq!(active(&store), 1, "{}", store.engine());
    }
}
