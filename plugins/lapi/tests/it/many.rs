//! Many bans, and many writers.

use std::sync::Barrier;
use std::thread;

use warden_plugin::{Backend as _, Signal};

use crate::common::{Command, HOUR, ban, signal};
use crate::server_or_return;

fn address(number: u32) -> String {
    let [_, a, b, c] = number.to_be_bytes();
    format!("10.{a}.{b}.{c}")
}

#[test]
fn ten_thousand_bans_are_one_request() {
    const COUNT: u32 = 10_000;
    let server = server_or_return!();
    let mut command = Command::on(&server);
    for number in 0..COUNT {
        assert_eq!(command.insert(&address(number)).unwrap().inserted, 1);
    }
    command.backend.flush().unwrap();
    assert_eq!(server.requests("POST /v1/alerts"), 1);
    let mut expected: Vec<_> = (0..COUNT).map(address).collect();
    expected.sort();
    assert_eq!(server.values(), expected);
    assert_eq!(command.targets(), expected);
    // What is there is found again, also when it is read all at once.
    for number in 0..20 {
        assert_eq!(command.insert(&address(number)).unwrap().replaced, 1);
    }
    let now = command.host.now();
    let target = address(20);
    let beside = command.backend.insert(&signal(now, &[ban(&target, "local", now + HOUR)])).unwrap();
    assert_eq!(beside.replaced, 0);
    expected.push(target);
    expected.sort();
    command.backend.flush().unwrap();
    assert_eq!(server.values(), expected);
    assert_eq!(command.backend.delete_all().unwrap(), u64::from(COUNT) + 1);
    command.backend.flush().unwrap();
    assert_eq!(server.enforced(), [""; 0]);
}

#[test]
fn what_cscli_imports_is_listed_and_ended() {
    let server = server_or_return!();
    let file = server.folder.path().join("list.csv");
    let lines: Vec<_> = (0..500).map(|n| format!("4h,Ip,{},imported", address(n))).collect();
    std::fs::write(&file, format!("duration,scope,value,reason\n{}\n", lines.join("\n"))).unwrap();
    server.cscli(&["decisions", "import", "-i", file.to_str().unwrap()]);
    let mut command = Command::on(&server);
    let rows = command.list();
    assert_eq!(
        (rows.len(), rows[0].source.as_str(), rows[0].reason.as_str()),
        (500, "cscli-import", "imported")
    );
    assert_eq!(command.delete(&address(3)), 1);
    for number in 100..120 {
        assert_eq!(command.backend.delete(&address(number)).unwrap(), 1);
    }
    command.backend.flush().unwrap();
    assert_eq!(server.values().len(), 479);
    assert!(!server.values().contains(&address(3)));
}

#[test]
fn bans_with_facts_of_their_own_are_all_stored() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    let now = command.host.now();
    let mut all = 0;
    for (count, alerts) in [(120, 120), (1001, 1)] {
        for number in 0..count {
            let (target, scenario) = (address(number), number.to_string());
            let one = signal(now, &[ban(&target, "cli", now + HOUR)]);
            command.backend.insert(&Signal { scenario: &scenario, ..one }).unwrap();
        }
        command.backend.flush().unwrap();
        assert_eq!(server.values().len(), usize::try_from(count).unwrap());
        assert_eq!(command.targets().len(), usize::try_from(count).unwrap());
        all += alerts;
        assert_eq!(server.alerts().len(), all);
        command.backend.delete_all().unwrap();
        command.backend.flush().unwrap();
    }
}

/// The server answers many of these with "database is locked", and leaves decisions behind that bouncers see and no
/// list shows.
#[test]
fn forty_writers_at_once_all_succeed() {
    const WRITERS: u32 = 40;
    let server = server_or_return!();
    let ready = Barrier::new(40);
    let all = |from| {
        let mut all: Vec<_> = (from..WRITERS).map(address).collect();
        all.sort();
        all
    };
    thread::scope(|scope| {
        for number in 0..WRITERS {
            let (server, ready) = (&server, &ready);
            scope.spawn(move || {
                let mut command = Command::with(&server.url(), &[("busy_timeout", "60s")]);
                let inserted = command.insert(&address(number));
                ready.wait();
                // The barrier waits for all, so nobody fails before it.
                assert_eq!(inserted.unwrap().inserted, 1);
                command.backend.flush().unwrap();
            });
        }
    });
    assert_eq!(server.values(), all(0));
    assert_eq!(server.enforced(), all(0));
    let mut command = Command::on(&server);
    for number in 0..10 {
        assert_eq!(command.backend.delete(&address(number)).unwrap(), 1);
    }
    command.backend.flush().unwrap();
    assert_eq!(server.enforced(), all(10));
}
