//! What a ban is, and what ends it.

use rusqlite::params;
use warden_plugin::{
    Backend, Ban, EndKind, ErrorKind, Event, FOREVER_US, IpRange, Query, Rows, Signal, Source, Target,
    UNKNOWN_US,
};

use crate::common::{HOUR, NOW, SECOND, Store, ban, read, signal};

#[test]
fn a_ban_holds_from_its_start_to_before_its_end() {
    let store = Store::new();
    store.add("203.0.113.7", "cli");
    assert_eq!(store.targets_at(NOW - 1), [""; 0]);
    assert_eq!(store.targets_at(NOW), ["203.0.113.7"]);
    assert_eq!(store.targets_at(NOW + HOUR - 1), ["203.0.113.7"]);
    assert_eq!(store.targets_at(NOW + HOUR), [""; 0]);
    store.host.pass(SECOND);
    assert_eq!(store.delete("203.0.113.7"), 1);
    assert_eq!(store.targets_at(NOW + SECOND - 1), ["203.0.113.7"]);
    assert_eq!(store.targets_at(NOW + SECOND), [""; 0]);
    assert_eq!(store.delete("203.0.113.7"), 0);
}

#[test]
fn a_new_ban_replaces_its_own_sources_alone() {
    let store = Store::new();
    store.add("1.2.3.4", "cli");
    store.add("1.2.3.4", "api");
    store.host.pass(SECOND);
    let done = store.add("1.2.3.4", "cli");
    assert_eq!((done.inserted, done.replaced, done.replaced_until_us), (1, 1, NOW + HOUR));
    let rows = store.list();
    let sources: Vec<_> = rows.iter().map(|row| (row.source.as_str(), row.start_us)).collect();
    assert_eq!(sources, [("cli", NOW + SECOND), ("api", NOW)]);
    assert_eq!(store.delete("1.2.3.4"), 2);
}

#[test]
fn a_ban_that_is_over_is_left_alone() {
    let store = Store::new();
    store.add("1.2.3.4", "cli");
    store.host.pass(2 * HOUR);
    assert_eq!(store.delete("1.2.3.4"), 0);
    assert_eq!(store.add("1.2.3.4", "cli").replaced, 0);
    assert_eq!(store.number("SELECT count(*) FROM ban_applications WHERE deleted_at IS NULL"), 2);
    let past = store.list_at(NOW);
    assert_eq!((past[0].end_kind, past[0].ended_us), (EndKind::Expired, UNKNOWN_US));
}

#[test]
fn how_a_ban_ended_and_who_made_it_is_told() {
    let store = Store::new();
    store.add("1.1.1.1", "cli");
    store.add("2.2.2.2", "cli");
    store.add("3.3.3.3", "cli");
    store.host.pass(SECOND);
    store.add("1.1.1.1", "cli");
    store.delete("2.2.2.2");
    let past = store.list_at(NOW);
    let ends: Vec<_> = past.iter().map(|row| (row.target.as_str(), row.end_kind, row.ended_us)).collect();
    assert_eq!(
        ends,
        [
            ("3.3.3.3", EndKind::None, UNKNOWN_US),
            ("2.2.2.2", EndKind::Deleted, NOW + SECOND),
            ("1.1.1.1", EndKind::Replaced, NOW + SECOND),
        ]
    );
    assert!(past.iter().all(|row| row.actor == "root (anna)"));
    let by: Vec<_> = past.iter().map(|row| row.ended_by.as_str()).collect();
    assert_eq!(by, ["", "root (anna)", "root (anna)"]);
    let extra = |id: u8| store.text(&format!("SELECT measure_extra FROM ban_applications WHERE id = {id}"));
    assert_eq!(extra(1), r#"{"actor":"root (anna)","ended":"replaced","ended_by":"root (anna)"}"#);
    assert_eq!(extra(2), r#"{"actor":"root (anna)","ended":"deleted","ended_by":"root (anna)"}"#);
}

#[test]
fn text_beside_the_action_stays() {
    let store = Store::new();
    let mut backend = store.open();
    let order = Ban { extra: "hands off", actor: "cron", ..ban("1.2.3.4", "cli", NOW + HOUR) };
    backend.insert(&signal(NOW, &[order])).unwrap();
    assert_eq!(backend.delete("1.2.3.4").unwrap(), 1);
    backend.flush().unwrap();
    assert_eq!(store.text("SELECT measure_extra FROM ban_applications"), "hands off");
}

#[test]
fn all_bans_end_at_once_and_are_counted() {
    let store = Store::of_v03();
    store.host.set_now(crate::common::at("2026-11-24T02:30:00Z"));
    let mut backend = store.open();
    assert_eq!(backend.delete_all().unwrap(), 13);
    backend.flush().unwrap();
    assert_eq!(store.targets(), [""; 0]);
    assert_eq!(store.list_at(store.host.now() - 1).len(), 13);
    assert_eq!(store.open().delete_all().unwrap(), 0);
}

#[test]
fn all_128_bits_of_an_address_count() {
    let store = Store::new();
    for target in
        ["2001:db8::1", "2001:db8:1::1", "2001:db8::/64", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1"]
    {
        assert_eq!(store.add(target, "cli").replaced, 0);
    }
    assert_eq!(store.delete("2001:db8::1"), 1);
    assert_eq!(store.targets().len(), 4);
    assert_eq!(store.delete("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 1);
}

#[test]
fn a_ban_can_be_for_ever() {
    let store = Store::new();
    let mut backend = store.open();
    backend.insert(&signal(NOW, &[ban("1.2.3.4", "cli", FOREVER_US)])).unwrap();
    backend.flush().unwrap();
    assert_eq!(store.text("SELECT until FROM ban_applications"), "9999-12-31 00:00:00+00:00");
    let rows = store.list_at(NOW + 900 * 365 * 24 * HOUR);
    assert_eq!(rows[0].until_us, FOREVER_US);
    assert_eq!(store.delete("1.2.3.4"), 1);
    assert_eq!(store.targets_at(NOW), [""; 0], "made and ended at the same instant, it never held");
}

#[test]
fn what_is_pending_is_seen_by_its_writer_alone() {
    let store = Store::new();
    store.add("1.1.1.1", "cli");
    let all = Query { at_us: NOW, ..Query::default() };
    let mut backend = store.open();
    backend.insert(&signal(NOW, &[ban("2.2.2.2", "cli", NOW + HOUR)])).unwrap();
    backend.delete("1.1.1.1").unwrap();
    assert_eq!(read(&mut backend, &all).unwrap()[0].target, "2.2.2.2");
    assert_eq!(store.targets(), ["1.1.1.1"]);
    backend.discard().unwrap();
    assert_eq!(read(&mut backend, &all).unwrap()[0].target, "1.1.1.1");
    backend.insert(&signal(NOW, &[ban("3.3.3.3", "cli", NOW + HOUR)])).unwrap();
    drop(backend);
    let mut backend = store.open();
    backend.insert(&signal(NOW, &[ban("4.4.4.4", "cli", NOW + HOUR)])).unwrap();
    backend.shutdown().unwrap();
    assert_eq!(store.targets(), ["1.1.1.1"]);
    let mut backend = store.open();
    backend.insert(&signal(NOW, &[ban("5.5.5.5", "cli", NOW + HOUR)])).unwrap();
    backend.flush().unwrap();
    backend.flush().unwrap();
    assert_eq!(store.targets(), ["5.5.5.5", "1.1.1.1"]);
}

#[test]
fn a_bad_ban_leaves_what_is_pending() {
    let store = Store::new();
    let mut backend = store.open();
    backend.insert(&signal(NOW, &[ban("1.1.1.1", "cli", NOW + HOUR)])).unwrap();
    let bad = [ban("2.2.2.2", "cli", NOW + HOUR), ban("nonsense", "cli", NOW + HOUR)];
    let error = backend.insert(&signal(NOW, &bad)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().starts_with("`nonsense` is not an address or a CIDR range"));
    backend.flush().unwrap();
    assert_eq!(store.targets(), ["1.1.1.1"]);
    assert_eq!(store.number("SELECT count(*) FROM signal_occurences"), 1);
}

#[test]
fn the_whole_signal_is_written() {
    let store = Store::new();
    let mut backend = store.open();
    let source = Source {
        ip: Some(IpRange::from(Target::parse("5.6.7.8").unwrap())),
        range: Some(IpRange::from(Target::parse("5.6.0.0/16").unwrap())),
        as_number: "64500",
        as_name: "Example",
        country: "FR",
        ..Source::default()
    };
    let event = Event { time_us: NOW - SECOND, serialized: r#"{"service":"ssh"}"#, source: Some(source) };
    let whole = Signal {
        map_key: "key",
        scenario: "ssh-bf",
        bucket_id: "bucket",
        alert_message: "alert",
        events_count: 7,
        created_us: NOW,
        start_us: NOW - 2 * SECOND,
        stop_us: NOW - SECOND,
        source_ip: "5.6.7.8",
        source_range: "5.6.0.0/16",
        as_number: "64500",
        as_name: "Example",
        country: "FR",
        latitude: 1.5,
        longitude: -2.5,
        dest_ip: "10.0.0.1",
        capacity: 5,
        leak_speed_ns: 10,
        reprocess: true,
        bans: vec![ban("5.6.7.8", "local", NOW + HOUR), ban("5.6.0.0/16", "local", NOW + HOUR)],
        events: vec![event.clone(), event],
        ..Signal::default()
    };
    assert_eq!(backend.insert(&whole).unwrap().inserted, 2);
    backend.flush().unwrap();
    let signal = "SELECT map_key || scenario || bucket_id || alert_message || events_count || source_ip || source_range || \
                  source_autonomous_system_number || source_autonomous_system_organization || source_country || \
                  source_latitude || source_longitude || dest_ip || capacity || leak_speed || reprocess FROM signal_occurences";
    assert_eq!(store.text(signal), "keyssh-bfbucketalert75.6.7.85.6.0.0/1664500ExampleFR1.5-2.510.0.0.15101");
    let event = "SELECT source_ip || source_range || source_autonomous_system_number || \
                 source_autonomous_system_organization || source_country || signal_occurence_id || serialized FROM event_sequences";
    assert_eq!(store.text(event), r#"5.6.7.85.6.0.0/1664500ExampleFR1{"service":"ssh"}"#);
    assert_eq!(store.number("SELECT count(*) FROM event_sequences WHERE time < created_at"), 2);
    let rows = store.list();
    assert_eq!(
        (rows[1].start_us, rows[1].events, rows[1].as_text.as_str()),
        (NOW - SECOND, 7, "64500 Example")
    );
    assert_eq!(store.list_at(NOW - SECOND).len(), 2);
}

#[test]
fn a_signal_without_bans_is_written_too() {
    let store = Store::new();
    let mut backend = store.open();
    backend.insert(&Signal { source_ip: "1.2.3.4", ..signal(NOW, &[]) }).unwrap();
    backend.flush().unwrap();
    assert_eq!(store.targets(), [""; 0]);
    store.add("1.2.3.4", "cli");
    assert_eq!(store.list()[0].bans, 2);
}

#[test]
fn counts_stop_at_the_instant_that_is_asked_for() {
    let store = Store::new();
    for _ in 0..3 {
        store.add("1.2.3.4", "cli");
        store.host.pass(SECOND);
    }
    let counts = |at| store.list_at(at).iter().map(|row| (row.bans, row.events)).collect::<Vec<_>>();
    assert_eq!(counts(NOW), [(1, 1)]);
    assert_eq!(counts(NOW + SECOND), [(2, 2)]);
    assert_eq!(counts(NOW + 2 * SECOND), [(3, 3)]);
}

#[test]
fn an_orphan_counts_the_active_bans_of_its_target() {
    let store = Store::new();
    for source in ["cli", "api", "local"] {
        store.add("1.2.3.4", source);
    }
    store.add("2001:db8::7", "cli");
    let sql = store.sql();
    sql.execute("DELETE FROM signal_occurences", []).unwrap();
    sql.execute(
        "UPDATE ban_applications SET until = ?1 WHERE measure_source = 'api'",
        ["2026-11-24 03:00:00+00:00"],
    )
    .unwrap();
    sql.execute(
        "INSERT INTO ban_applications (created_at, until, ip_text) VALUES (?1, ?2, '2001:DB8::7')",
        params!["2026-11-24 02:00:00+00:00", "2026-11-24 04:00:00+00:00"],
    )
    .unwrap();
    let counts: Vec<_> = store.list().iter().map(|row| (row.target.clone(), row.bans, row.events)).collect();
    let row = |target: &str, bans| (target.to_owned(), bans, 0);
    assert_eq!(counts, [row("2001:db8::7", 2), row("1.2.3.4", 2), row("1.2.3.4", 2), row("2001:DB8::7", 2)]);
}

#[test]
fn every_filter_holds() {
    let store = Store::of_v03();
    let at_us = crate::common::at("2026-11-24T02:30:00Z");
    let all = Query { at_us, ..Query::default() };
    let target = |text| Target::parse(text).ok();
    let check = |query: &Query<'_>, expected: &[&str]| {
        let found: Vec<_> = store.query(query).into_iter().map(|row| row.target).collect();
        assert_eq!(found, expected, "{query:?}");
    };
    for _ in 0..2 {
        check(&Query { ip: target("10.2.0.1"), ..all }, &["10.2.0.0/24", "10.2.0.1"]);
        check(&Query { ip: target("10.2.0.0/25"), ..all }, &["10.2.0.0/24"]);
        check(&Query { ip: target("4.2.3.1"), ..all }, &["4.2.3.77/24"]);
        check(&Query { ip: target("2001:db8::2"), ..all }, &["2001:db8::/32", "2001:DB8:0:0:0:0:0:2"]);
        check(&Query { ip: target("9.9.9.9"), ..all }, &[]);
        check(&Query { target: target("2001:db8::2"), ..all }, &["2001:DB8:0:0:0:0:0:2"]);
        check(&Query { target: target("4.2.3.0/24"), ..all }, &["4.2.3.77/24"]);
        check(&Query { target: target("4.2.3.0/25"), ..all }, &[]);
        check(&Query { target: target("10.2.0.1"), source: Some("api"), ..all }, &[]);
        check(&Query { range: target("10.2.0.0/16"), ..all }, &["10.2.0.0/24", "10.2.0.1"]);
        check(&Query { range: target("2001:db8::/64"), ..all }, &["2001:DB8:0:0:0:0:0:2"]);
        check(&Query { reason: Some("SSH-BF"), source: Some("local"), ..all }, &["10.2.0.0/24", "10.2.0.1"]);
        check(&Query { reason: Some("ssh-bf"), not_source: Some("local"), ..all }, &["10.3.0.1"]);
        check(&Query { country: Some("fr"), action: Some("captcha"), ..all }, &["10.2.0.1"]);
        check(&Query { as_text: Some("digitalocean, llc"), country: Some("DE"), ..all }, &["10.3.0.2"]);
        check(
            &Query { as_text: Some("16276 ovh"), ip: target("10.2.0.1"), action: Some("ban"), ..all },
            &["10.2.0.0/24"],
        );
        check(&Query { as_text: Some("leaseweb"), ..all }, &["10.5.0.1"]);
        check(&Query { reason: Some("\"quotes\""), ..all }, &["6.6.6.6"]);
        check(&Query { limit: Some(2), ..all }, &["6.6.6.6", "2001:db8::/32"]);
        check(&Query { limit: Some(1), ip: target("10.2.0.1"), ..all }, &["10.2.0.0/24"]);
        check(&Query { limit: Some(0), ..all }, &[]);
        // Again, with indexes.
        store.delete("198.51.100.1");
    }
}

#[test]
fn a_reader_that_has_enough_ends_the_list() {
    let store = Store::of_v03();
    let mut backend = store.open();
    let mut seen = 0;
    let mut sink = |_: &warden_plugin::Row<'_>| {
        seen += 1;
        seen < 3
    };
    let at = crate::common::at("2026-11-24T02:30:00Z");
    let error = backend.read_at(at, &mut Rows::new(&mut sink)).unwrap_err();
    assert_eq!((error.kind(), seen), (ErrorKind::Stopped, 3));
    assert_eq!(read(&mut backend, &Query { at_us: at, ..Query::default() }).unwrap().len(), 13);
}

#[test]
fn a_summary_counts_what_a_list_shows() {
    let store = Store::of_v03();
    let at_us = crate::common::at("2026-11-24T02:30:00Z");
    let count = |query: &Query<'_>| {
        let mut counts = std::collections::BTreeMap::new();
        let mut put = |dimension: &str, value: &str, count| {
            counts.insert(format!("{dimension}={value}"), count);
            true
        };
        let mut applied = 0;
        store.open().summarise(query, &mut applied, &mut put).unwrap();
        counts
    };
    for _ in 0..2 {
        let counts = count(&Query { at_us, ..Query::default() });
        for (bucket, number) in [
            ("total=", 13),
            ("source=api", 2),
            ("source=local", 4),
            ("source=cli", 7),
            ("country=FR", 2),
            ("country=NL", 1),
            ("as=16276 OVH SAS", 2),
            ("as= ", 7),
            ("as=LeaseWeb", 1),
            ("action=captcha", 1),
            ("reason=again", 1),
            ("start-hour=1795482000", 6),
            ("end-hour=1796000400", 1),
        ] {
            assert_eq!(counts.get(bucket), Some(&number), "{bucket} in {counts:?}");
        }
        let counts = count(&Query {
            at_us,
            source: Some("api"),
            range: Target::parse("10.3.0.1").ok(),
            ..Query::default()
        });
        assert_eq!((counts["total="], counts["country=US"], counts.len()), (1, 1, 8));
        store.delete("198.51.100.1");
    }
    let mut stop = |_: &str, _: &str, _| false;
    let error = store.open().summarise(&Query { at_us, ..Query::default() }, &mut 0, &mut stop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
}

#[test]
fn an_end_that_no_text_can_hold_is_refused() {
    let store = Store::new();
    let error = store.open().insert(&signal(NOW, &[ban("1.2.3.4", "cli", UNKNOWN_US)])).unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Invalid, "the end of the ban of `1.2.3.4` is out of range")
    );
    assert!(!store.path.exists());
}

#[test]
fn bans_go_in_without_their_signal() {
    let store = Store::new();
    let mut backend = store.open();
    let order =
        Ban { country: "FR", as_number: 64500, as_name: "Example", ..ban("1.2.3.4", "list:x", NOW + HOUR) };
    let signal = Signal { bans_only: true, events: vec![Event::default()], ..signal(NOW, &[order]) };
    assert_eq!(backend.insert(&signal).unwrap().inserted, 1);
    backend.flush().unwrap();
    assert_eq!(
        store.number(
            "SELECT (SELECT count(*) FROM signal_occurences) + (SELECT count(*) FROM event_sequences)"
        ),
        0
    );
    let row = &store.list()[0];
    assert_eq!((row.orphan, row.start_us, row.bans, row.events), (true, NOW, 1, 0));
    assert_eq!((row.reason.as_str(), row.country.as_str(), row.as_text.as_str()), ("scan", "FR", "Example"));
}

#[test]
fn the_orphans_of_a_long_list_are_counted_too() {
    let store = Store::new();
    let mut backend = store.open();
    let targets: Vec<_> =
        (0..1_200).map(|number| format!("10.0.{}.{}", number / 200, number % 200)).collect();
    for target in &targets {
        let order = ban(target, "list:x", NOW + HOUR);
        backend.insert(&Signal { bans_only: true, ..signal(NOW, &[order]) }).unwrap();
    }
    for target in &targets[..2] {
        let order = ban(target, "cli", NOW + HOUR);
        backend.insert(&Signal { bans_only: true, ..signal(NOW - 1, &[order]) }).unwrap();
    }
    backend.flush().unwrap();
    let rows = store.list();
    assert_eq!(rows.len(), 1_202);
    for row in rows {
        assert_eq!(row.bans, if targets[..2].contains(&row.target) { 2 } else { 1 }, "{}", row.target);
    }
}
