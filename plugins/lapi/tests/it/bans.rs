//! What warden puts in, `cscli` shows, and the other way round.

use warden_plugin::{Backend as _, ErrorKind, FOREVER_US, Query};

use crate::common::{Command, HOUR, SECOND, Server, ban, signal};
use crate::server_or_return;

/// What `cscli` says of its decisions, without what changes from run to run.
fn shown(server: &Server) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let line = |d: &serde_json::Value| {
        ["origin", "scope", "value", "type", "scenario"].map(|key| text(&d[key])).join(" ")
    };
    server.decisions().iter().map(line).collect()
}

/// How long `cscli` says that each holds, in whole hours, rounded.
fn hours(server: &Server) -> Vec<String> {
    let of = |d: &serde_json::Value| d["duration"].as_str().unwrap().split('m').next().unwrap().to_owned();
    server.every().iter().map(of).collect()
}

#[test]
fn what_warden_puts_in_cscli_lists() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    let now = command.host.now();
    for (target, action, until) in [
        ("1.2.3.4", "ban", now + 4 * HOUR),
        ("1.2.3.0/24", "captcha", now + HOUR / 2),
        ("2001:db8::1", "slow", now + 48 * HOUR),
        ("2001:db8::/32", "ban", FOREVER_US),
        ("0.0.0.0/0", "ban", now + HOUR),
        ("::/0", "ban", now + HOUR),
    ] {
        let one = warden_plugin::Ban { action, ..ban(target, "cli", until) };
        let done = command.backend.insert(&signal(now, &[one])).unwrap();
        assert_eq!((done.inserted, done.replaced), (1, 0));
    }
    assert!(server.values().is_empty(), "nothing is there before the flush");
    command.backend.flush().unwrap();
    assert_eq!(
        shown(&server),
        [
            "cscli Ip 1.2.3.4 ban scan",
            "cscli Range 1.2.3.0/24 captcha scan",
            "cscli Ip 2001:db8::1 slow scan",
            "cscli Range 2001:db8::/32 ban scan",
            "cscli Range 0.0.0.0/0 ban scan",
            "cscli Range ::/0 ban scan",
        ]
    );
    assert_eq!(hours(&server), ["3h59", "29", "47h59", "2562047h47", "59", "59"]);
    let alert = &server.alerts()[0];
    assert_eq!(alert["message"], "warden ban add, by root (anna)");
    assert_eq!(alert["scenario"], "scan");
}

#[test]
fn what_cscli_puts_in_warden_lists() {
    let server = server_or_return!();
    for words in [
        ["--ip", "1.2.3.4", "--duration", "90m", "--type", "ban", "--reason", "by hand"],
        ["--range", "10.1.0.0/16", "--duration", "2562047h", "--type", "captcha", "--reason", "net"],
        ["--ip", "2001:DB8:0::2", "--duration", "1h", "--type", "ban", "--reason", "six"],
    ] {
        server.cscli(&[["decisions", "add"].as_slice(), &words].concat());
    }
    let mut command = Command::on(&server);
    let mut rows = command.list();
    rows.sort_by_key(|row| row.id.parse::<u64>().unwrap());
    let said = |row: &crate::common::Listed| {
        [&row.source, &row.target, &row.action, &row.reason].map(String::as_str).join(" ")
    };
    assert_eq!(
        rows.iter().map(said).collect::<Vec<_>>(),
        ["cli 1.2.3.4 ban by hand", "cli 10.1.0.0/16 captcha net", "cli 2001:DB8:0::2 ban six"]
    );
    assert_eq!(rows[0].until_us - rows[0].start_us, 90 * 60 * SECOND);
    assert_eq!(rows[1].until_us, FOREVER_US);
    assert!((command.host.now() - rows[0].start_us).abs() < 60 * SECOND);
}

#[test]
fn an_end_comes_back_to_the_microsecond() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    let now = command.host.now();
    for (target, until) in
        [("1.2.3.4", now + HOUR), ("1.2.3.5", FOREVER_US), ("1.2.3.6", now + 87_600 * HOUR)]
    {
        command.add(target, "cli", until);
        let rows = Command::on(&server).list();
        let row = rows.iter().find(|row| row.target == target).unwrap();
        assert_eq!((row.start_us, row.until_us), (now, until));
    }
}

#[test]
fn the_end_of_an_address_spares_the_ranges_around_it() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    let until = command.host.now() + HOUR;
    for target in ["10.1.2.3", "10.1.2.0/24", "10.0.0.0/8", "10.1.2.4", "2001:db8::1", "2001:db8::/48"] {
        command.add(target, "cli", until);
    }
    assert_eq!(command.delete("10.1.2.3"), 1);
    assert_eq!(command.delete("2001:db8::1"), 1);
    assert_eq!(command.delete("10.1.2.3"), 0);
    assert_eq!(server.values(), ["10.0.0.0/8", "10.1.2.0/24", "10.1.2.4", "2001:db8::/48"]);
    assert_eq!(command.delete("10.1.2.0/24"), 1);
    assert_eq!(server.values(), ["10.0.0.0/8", "10.1.2.4", "2001:db8::/48"]);
    assert_eq!(server.enforced(), server.values());
}

#[test]
fn a_ban_is_ended_in_any_spelling_and_by_any_source() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    for words in [["--ip", "2001:DB8:0::2"], ["--range", "10.1.2.77/25"], ["--ip", "::ffff:9.8.7.6"]] {
        server.cscli(&[["decisions", "add"].as_slice(), &words].concat());
    }
    command.add("2001:db8::2", "api", command.host.now() + HOUR);
    assert_eq!(command.delete("2001:db8::2"), 2);
    assert_eq!(command.delete("10.1.2.0/25"), 1);
    assert_eq!(command.delete("9.8.7.6"), 1);
    assert_eq!(server.values(), [""; 0]);
    assert_eq!(server.enforced(), [""; 0]);
}

#[test]
fn the_end_of_all_spares_what_is_not_an_address() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    for target in ["10.1.2.3", "10.0.0.0/8", "2001:db8::1"] {
        command.insert(target).unwrap();
    }
    command.backend.flush().unwrap();
    server.cscli(&["decisions", "add", "--scope", "Country", "--value", "FR"]);
    assert_eq!(command.targets().len(), 3, "a country is no target");
    assert_eq!(command.backend.delete_all().unwrap(), 3);
    assert!(command.targets().is_empty());
    assert_eq!(server.values().len(), 4, "nothing happens before the flush");
    command.backend.flush().unwrap();
    assert_eq!(server.values(), ["FR"]);
}

#[test]
fn a_new_ban_of_the_same_source_replaces_the_old_one() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    let now = command.host.now();
    command.add("1.2.3.4", "cli", now + 4 * HOUR);
    command.add("1.2.3.0/24", "cli", now + 4 * HOUR);
    server.cscli(&["decisions", "add", "--ip", "1.2.3.4", "--duration", "8h"]);
    let done = command.add("1.2.3.4", "local", now + HOUR);
    assert_eq!((done.inserted, done.replaced), (1, 0), "another source stands beside");
    let done = command.add("1.2.3.4", "cli", now + 2 * HOUR);
    assert_eq!((done.inserted, done.replaced), (1, 2));
    assert!((done.replaced_until_us - (now + 8 * HOUR)).abs() < 60 * SECOND);
    assert_eq!(server.values(), ["1.2.3.0/24", "1.2.3.4", "1.2.3.4"]);
    assert_eq!(hours(&server), ["3h59", "59", "1h59"]);
    assert_eq!(command.delete("1.2.3.4"), 2);
    assert_eq!(server.values(), ["1.2.3.0/24"]);
}

#[test]
fn each_source_is_kept() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    let until = command.host.now() + HOUR;
    let sources = ["cli", "local", "api", "list:tor exits", "cscli-import", "made & up"];
    for source in sources {
        command.add("1.2.3.4", source, until);
    }
    let origins: Vec<_> = server.every().iter().map(|d| d["origin"].as_str().unwrap().to_owned()).collect();
    assert_eq!(origins, ["cscli", "crowdsec", "CAPI", "lists:tor exits", "cscli-import", "made & up"]);
    for source in sources {
        let query = Query { at_us: command.host.now(), source: Some(source), ..Query::default() };
        let found = command.query(&query).unwrap();
        assert_eq!(found.iter().map(|row| row.source.as_str()).collect::<Vec<_>>(), [source]);
        let query = Query { source: None, not_source: Some(source), ..query };
        assert_eq!(command.query(&query).unwrap().len(), sources.len() - 1);
        let done = command.add("1.2.3.4", source, until);
        assert_eq!(done.replaced, 1, "{source}");
    }
    assert_eq!(server.every().len(), sources.len());
}

#[test]
fn what_the_signal_knows_is_kept() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    let now = command.host.now();
    let one = warden_plugin::Ban {
        country: "FR",
        as_number: 16276,
        as_name: "OVH SAS",
        actor: "anna",
        reason: "a \"quoted\" reason, é\n2",
        ..ban("1.2.3.4", "cli", now + HOUR)
    };
    let whole = warden_plugin::Signal {
        scenario: "crowdsecurity/ssh-bf",
        events_count: 7,
        stop_us: now - 60 * SECOND,
        simulation: true,
        ..signal(now, &[one])
    };
    command.backend.insert(&whole).unwrap();
    let pending = command.list();
    command.backend.flush().unwrap();
    let rows = Command::on(&server).list();
    let row = &rows[0];
    assert_eq!((row.country.as_str(), row.as_text.as_str()), ("FR", "16276 OVH SAS"));
    assert_eq!((row.actor.as_str(), row.reason.as_str()), ("anna", "a \"quoted\" reason, é\n2"));
    assert_eq!((row.scenario.as_str(), row.events), ("crowdsecurity/ssh-bf", 7));
    assert_eq!((row.start_us, row.until_us, row.simulation), (now - 60 * SECOND, now + HOUR, true));
    assert_eq!(pending.len(), 1);
    let as_pending = crate::common::Listed { id: String::new(), ..row.clone() };
    assert_eq!(pending[0], as_pending);
    assert!(server.enforced().is_empty(), "a simulated ban stops nobody");
}

#[test]
fn reads_see_what_is_pending_and_discard_drops_it() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    command.add("1.2.3.4", "cli", command.host.now() + HOUR);
    command.insert("5.6.7.8").unwrap();
    assert_eq!(command.backend.delete("1.2.3.4").unwrap(), 1);
    assert_eq!(command.backend.delete("1.2.3.4").unwrap(), 0);
    assert_eq!(command.targets(), ["5.6.7.8"]);
    command.backend.discard().unwrap();
    assert_eq!(command.targets(), ["1.2.3.4"]);
    command.backend.flush().unwrap();
    assert_eq!(server.values(), ["1.2.3.4"]);
}

#[test]
fn calls_of_one_flush_count_in_their_order() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    command.add("1.2.3.4", "cli", command.host.now() + HOUR);
    assert_eq!(command.backend.delete("1.2.3.4").unwrap(), 1);
    assert_eq!(command.insert("1.2.3.4").unwrap().replaced, 0);
    assert_eq!(command.insert("1.2.3.4").unwrap().replaced, 1);
    command.insert("5.6.7.8").unwrap();
    assert_eq!(command.backend.delete("5.6.7.8").unwrap(), 1);
    command.backend.flush().unwrap();
    assert_eq!(server.values(), ["1.2.3.4"]);
    assert_eq!(command.backend.delete_all().unwrap(), 1);
    command.insert("9.9.9.9").unwrap();
    command.backend.flush().unwrap();
    assert_eq!(server.values(), ["9.9.9.9"]);
}

#[test]
fn a_ban_expires() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    let now = command.host.now();
    command.add("1.2.3.4", "cli", now + 2 * SECOND);
    assert_eq!(server.values(), ["1.2.3.4"]);
    let later = Query { at_us: now + 3 * SECOND, ..Query::default() };
    assert!(command.query(&later).unwrap().is_empty(), "a list of the future leaves it out");
    std::thread::sleep(std::time::Duration::from_millis(2200));
    assert!(Command::on(&server).targets().is_empty());
    assert!(server.enforced().is_empty());
}

#[test]
fn a_signal_with_a_wrong_ban_is_refused_as_a_whole() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    let now = command.host.now();
    let long = now + 251 * 365 * 24 * HOUR;
    for wrong in [ban("nowhere", "cli", now + HOUR), ban("1.2.3.5", "cli", long)] {
        let error = command.backend.insert(&signal(now, &[ban("1.2.3.4", "cli", now + HOUR), wrong]));
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Invalid);
        assert!(command.targets().is_empty());
    }
    assert_eq!(command.backend.delete("nowhere").unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn a_reader_may_stop_early() {
    let server = server_or_return!();
    let mut command = Command::on(&server);
    for target in ["1.2.3.4", "1.2.3.5", "1.2.3.6"] {
        command.insert(target).unwrap();
    }
    command.backend.flush().unwrap();
    let mut seen = 0;
    let mut sink = |_: &warden_plugin::Row<'_>| {
        seen += 1;
        false
    };
    let now = command.host.now();
    let done = command.backend.read_at(now, &mut warden_plugin::Rows::new(&mut sink));
    assert_eq!((done.unwrap_err().kind(), seen), (ErrorKind::Stopped, 1));
    assert_eq!(command.targets().len(), 3);
}
