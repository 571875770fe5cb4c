//! A filtered list holds what an unfiltered one holds and the filter lets through: the server's own filters look at
//! alerts, and an alert has decisions of many targets.

use warden_plugin::{Backend as _, Query, Row, Target};

use crate::common::{Command, HOUR, Listed, ban, signal};
use crate::server_or_return;

const TARGETS: [&str; 14] = [
    "10.1.2.3",
    "10.1.2.0/24",
    "10.1.0.0/16",
    "10.1.2.128/25",
    "0.0.0.0/0",
    "192.0.2.1",
    "255.255.255.255",
    "2001:db8::1",
    "2001:db8::/48",
    "2001:db8::/32",
    "::/0",
    "fe80::1",
    "ffff:8000::/17",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

#[test]
fn filters_find_what_an_unfiltered_list_holds() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    let now = command.host.now();
    for (number, target) in TARGETS.into_iter().enumerate() {
        let source = ["cli", "api", "local"][number % 3];
        // Some share an alert and some have their own.
        let one = signal(now, &[ban(target, source, now + HOUR)]);
        let scenario = if number % 2 == 0 { "shared" } else { target };
        command.backend.insert(&warden_plugin::Signal { scenario, ..one }).unwrap();
    }
    command.backend.flush().unwrap();
    server.cscli(&["decisions", "add", "--range", "10.1.2.77/26"]);
    server.cscli(&["decisions", "add", "--ip", "::ffff:192.0.2.7"]);
    let all = command.list();
    assert_eq!(all.len(), TARGETS.len() + 2);
    for text in TARGETS.into_iter().chain(["192.0.2.7", "10.1.2.64/26", "9.9.9.9", "2001:db8::/40"]) {
        let target = Target::parse(text).unwrap();
        compare(&mut command, &all, Query { ip: Some(target), ..Query::default() });
        compare(&mut command, &all, Query { range: Some(target), ..Query::default() });
        compare(&mut command, &all, Query { target: Some(target), ..Query::default() });
        compare(&mut command, &all, Query { ip: Some(target), source: Some("cli"), ..Query::default() });
    }
    for source in ["cli", "api", "local", "nobody"] {
        compare(&mut command, &all, Query { source: Some(source), ..Query::default() });
        compare(&mut command, &all, Query { not_source: Some(source), ..Query::default() });
    }
    compare(&mut command, &all, Query { action: Some("captcha"), ..Query::default() });
}

fn compare(command: &mut Command, all: &[Listed], query: Query<'_>) {
    let query = Query { at_us: command.host.now(), ..query };
    let ids = |rows: &[Listed]| {
        let mut ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
        ids.sort();
        ids
    };
    let expected: Vec<_> = all.iter().filter(|row| matches(&query, row)).cloned().collect();
    assert_eq!(ids(&command.query(&query).unwrap()), ids(&expected), "{query:?}");
}

fn matches(query: &Query<'_>, row: &Listed) -> bool {
    let row = Row { target: &row.target, source: &row.source, action: &row.action, ..Row::default() };
    query.matches(&row, 0)
}
