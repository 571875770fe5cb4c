//! What goes wrong in the middle, and that the message says exactly what is so afterwards.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use warden_plugin::{Backend as _, ErrorKind, Signal};

use crate::common::{Command, Fate, HOUR, ban, host, open_with, signal, wire};
use crate::server_or_return;

/// Sixty bans with facts of their own: two requests, of fifty and of ten.
fn insert_sixty(command: &mut Command) {
    let now = command.host.now();
    for number in 0..60 {
        let (target, scenario) = (format!("10.0.0.{number}"), number.to_string());
        let one = signal(now, &[ban(&target, "cli", now + HOUR)]);
        command.backend.insert(&Signal { scenario: &scenario, ..one }).unwrap();
    }
}

fn at(port: u16) -> Command {
    Command::with(&format!("http://127.0.0.1:{port}"), &[("timeout", "20s"), ("busy_timeout", "300ms")])
}

/// A wire that lets the requests with this text pass until the `nth`, of which `fate` decides.
fn nth(port: u16, text: &'static str, nth: usize, mut fate: impl FnMut() -> Fate + Send + 'static) -> u16 {
    let mut count = 0;
    wire(port, move |line| {
        count += usize::from(line.contains(text));
        if line.contains(text) && count == nth { fate() } else { Fate::Passed }
    })
}

#[test]
fn a_server_killed_before_the_flush_has_nothing() {
    let mut server = server_or_return!();
    let mut command = Command::on(&server);
    command.insert("1.2.3.4").unwrap();
    server.kill();
    let error = command.backend.flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().ends_with("connection refused; nothing was changed"), "{error}");
    assert!(server.run());
    assert_eq!(server.values(), [""; 0]);
    command.backend.flush().unwrap();
    assert_eq!(server.values(), [""; 0], "what failed is not sent later");
}

#[test]
fn a_server_killed_in_the_middle_leaves_what_is_reported() {
    let server = Arc::new(Mutex::new(server_or_return!()));
    // The wire outlives the test, and must not keep the server alive.
    let killed = Arc::downgrade(&server);
    let port = server.lock().unwrap().port;
    let port = nth(port, "POST /v1/alerts", 2, move || {
        killed.upgrade().unwrap().lock().unwrap().kill();
        Fate::Cut
    });
    let mut command = at(port);
    insert_sixty(&mut command);
    let error = command.backend.flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().ends_with("; 50 of 60 new bans are stored, of 10 it is not known"), "{error}");
    assert!(error.hint().contains("warden ban list"));
    let mut server = server.lock().unwrap();
    assert!(server.run());
    assert_eq!(server.values().len(), 50);
}

#[test]
fn a_request_that_fails_takes_the_earlier_ones_back() {
    let server = server_or_return!();
    let mut count = 0;
    let port = wire(server.port, move |line| {
        count += usize::from(line.starts_with("POST /v1/alerts"));
        if line.starts_with("POST /v1/alerts") && count > 1 { Fate::Cut } else { Fate::Passed }
    });
    let mut command = at(port);
    insert_sixty(&mut command);
    let error = command.backend.flush().unwrap_err();
    assert!(error.message().ends_with("; nothing was changed"), "{error}");
    assert_eq!(server.values(), [""; 0]);
    assert_eq!(server.enforced(), [""; 0]);
}

#[test]
fn a_lost_request_is_sent_again_and_a_lost_answer_is_not() {
    let server = server_or_return!();
    for fate in [|| Fate::Cut, || Fate::Unanswered] {
        let mut command = at(nth(server.port, "POST /v1/alerts", 1, fate));
        command.insert("1.2.3.4").unwrap();
        command.insert("1.2.3.5").unwrap();
        command.backend.flush().unwrap();
        assert_eq!(server.values(), ["1.2.3.4", "1.2.3.5"]);
        assert_eq!(server.enforced(), ["1.2.3.4", "1.2.3.5"]);
        Command::on(&server).backend.delete_all().unwrap();
    }
}

#[test]
fn an_end_that_fails_says_how_many_were_ended() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    for target in ["1.2.3.4", "1.2.3.5", "1.2.3.6"] {
        command.insert(target).unwrap();
    }
    command.backend.flush().unwrap();
    let mut count = 0;
    let port = wire(server.port, move |line| {
        count += usize::from(line.starts_with("DELETE"));
        if line.starts_with("DELETE") && count > 1 { Fate::Cut } else { Fate::Passed }
    });
    let mut command = at(port);
    for target in ["1.2.3.4", "1.2.3.5", "1.2.3.6"] {
        assert_eq!(command.backend.delete(target).unwrap(), 1);
    }
    let error = command.backend.flush().unwrap_err();
    assert!(error.message().ends_with("; 1 of 3 bans to end were ended"), "{error}");
    assert_eq!(server.values(), ["1.2.3.5", "1.2.3.6"]);
}

#[test]
fn a_list_that_breaks_off_is_an_error() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    for number in 0..200 {
        command.insert(&format!("10.0.0.{number}")).unwrap();
    }
    command.backend.flush().unwrap();
    let port = nth(server.port, "GET /v1/alerts", 1, || Fate::AnsweredUpTo(5000));
    let mut command = at(port);
    let query = warden_plugin::Query { at_us: command.host.now(), ..warden_plugin::Query::default() };
    let error = command.query(&query).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("broke off during `GET /v1/alerts`"), "{error}");
}

/// 1.4.6 stores the decisions first, where bouncers see them, then the alert; when that fails it answers 201.
#[test]
fn an_alert_that_is_not_stored_changes_nothing() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    command.add("9.9.9.9", "cli", command.host.now() + HOUR);
    server.sql(
        "CREATE TRIGGER t BEFORE INSERT ON alerts BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END",
    );
    for target in ["1.2.3.4", "1.2.3.0/24", "2001:db8::1"] {
        command.insert(target).unwrap();
    }
    let error = command.backend.flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.message().ends_with("says that it stored an alert, and did not; nothing was changed"),
        "{error}"
    );
    assert_eq!(server.enforced(), ["9.9.9.9"]);
    server.sql("DROP TRIGGER t");
    command.insert("1.2.3.4").unwrap();
    command.backend.flush().unwrap();
    assert_eq!(server.enforced(), ["1.2.3.4", "9.9.9.9"]);
}

/// So 1.4.6 answers 500, and the decisions stay behind, where bouncers see them and no list shows them.
#[test]
fn what_a_500_leaves_behind_is_said_and_ended_by_a_del() {
    let server = server_or_return!();
    let mut command = Command::with(&server.url(), &[("busy_timeout", "200ms")]);
    command.add("9.9.9.9", "cli", command.host.now() + HOUR);
    server.sql(
        "CREATE TRIGGER t BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END",
    );
    command.insert("1.2.3.4").unwrap();
    let error = command.backend.flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("answers 500 to `POST /v1/alerts`"), "{error}");
    assert!(
        error.message().ends_with(
            "the disk is on fire; none of 1 new bans is listed, but bouncers may see them until they end"
        ),
        "{error}"
    );
    assert_eq!(server.enforced(), ["1.2.3.4", "9.9.9.9"]);
    assert_eq!(command.targets(), ["9.9.9.9"]);
    server.sql("DROP TRIGGER t");
    assert_eq!(command.delete("1.2.3.4"), 0, "no list shows it");
    assert_eq!(server.enforced(), ["9.9.9.9"]);
}

/// 1.4.6 answers that the decision does not exist.
#[test]
fn an_end_that_the_server_cannot_do_says_what_is_done() {
    let server = server_or_return!();
    let mut command = Command::with(&server.url(), &[("busy_timeout", "200ms")]);
    command.add("1.2.3.4", "cli", command.host.now() + 4 * HOUR);
    server.sql(
        "CREATE TRIGGER t BEFORE UPDATE ON decisions WHEN new.until < old.until \
         BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END",
    );
    command.insert("1.2.3.4").unwrap();
    let error = command.backend.flush().unwrap_err();
    assert!(error.message().contains("answers 500 to `DELETE /v1/decisions/1`"), "{error}");
    assert!(
        error.message().ends_with("; 1 of 1 new bans are stored; 0 of 1 bans to end were ended"),
        "{error}"
    );
    assert_eq!(server.values(), ["1.2.3.4", "1.2.3.4"]);
    server.sql("DROP TRIGGER t");
    assert_eq!(command.delete("1.2.3.4"), 2);
    assert_eq!(server.enforced(), [""; 0]);
}

#[test]
fn a_decision_that_is_gone_is_ended() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    command.add("1.2.3.4", "cli", command.host.now() + HOUR);
    command.insert("1.2.3.4").unwrap();
    server.sql("DELETE FROM decisions");
    command.backend.flush().unwrap();
    assert_eq!(server.values(), ["1.2.3.4"]);
}

#[test]
fn a_locked_database_is_waited_for() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    command.add("1.2.3.4", "cli", command.host.now() + HOUR);
    command.insert("5.6.7.8").unwrap();
    assert_eq!(command.backend.delete("1.2.3.4").unwrap(), 1);
    let lock = server.locked();
    thread::scope(|scope| {
        let flush = scope.spawn(|| command.backend.flush());
        thread::sleep(Duration::from_millis(500));
        assert!(!flush.is_finished());
        drop(lock);
        flush.join().unwrap().unwrap();
    });
    assert_eq!(server.enforced(), ["5.6.7.8"]);
    assert_eq!(server.values(), ["5.6.7.8"]);
}

/// 1.4.6 itself waits for a hundred seconds, longer than we do: then nobody knows.
#[test]
fn a_database_that_stays_locked_is_said() {
    let server = server_or_return!();
    let mut command = Command::with(&server.url(), &[("timeout", "1s")]);
    command.insert("1.2.3.4").unwrap();
    let lock = server.locked();
    let error = command.backend.flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().ends_with("; whether 1 new bans are stored is not known"), "{error}");
    drop(lock);
    let deadline = Instant::now() + Duration::from_secs(20);
    while server.enforced().is_empty() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(server.enforced(), ["1.2.3.4"]);
}

#[test]
fn an_interrupted_command_changes_nothing() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    command.insert("1.2.3.4").unwrap();
    command.host.cancel();
    let error = command.backend.flush().unwrap_err();
    assert_eq!(error.message(), "interrupted; nothing was changed");
    assert_eq!(server.values(), [""; 0]);
}

#[test]
fn an_interrupted_flush_takes_back_what_was_sent() {
    let server = server_or_return!();
    let host = host();
    let port = nth(server.port, "POST /v1/alerts", 1, move || {
        host.cancel();
        Fate::Passed
    });
    let backend = open_with(host, &format!("http://127.0.0.1:{port}"), &[]).unwrap();
    let mut command = Command { host, backend };
    insert_sixty(&mut command);
    let error = command.backend.flush().unwrap_err();
    assert_eq!(error.message(), "interrupted; nothing was changed");
    assert_eq!(server.values(), [""; 0]);
}
