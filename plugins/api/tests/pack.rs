//! What is packed comes back, and no bytes are too odd to be read.

use proptest::prelude::*;
use warden_plugin::pack::{OwnedConfig, OwnedQuery, OwnedRow, OwnedSignal, Pack as _, Unpack, put, put_text};
use warden_plugin::{Ban, Config, EndKind, Event, IpRange, Query, Row, Signal, Source, Target};

fn target(text: &str) -> Option<Target> {
    Target::parse(text).ok()
}

fn range(text: &str) -> Option<IpRange> {
    target(text).map(IpRange::from)
}

fn source(name: &str) -> Source<'_> {
    Source {
        ip: range("192.0.2.1"),
        range: range("192.0.2.0/24"),
        as_number: "16276",
        as_name: name,
        country: "FR",
        latitude: 1.5,
        longitude: -2.5,
        flags: vec![name, "tor"],
    }
}

/// Texts that are freed before the copy is looked at.
fn copies() -> (OwnedSignal, OwnedQuery, OwnedRow) {
    let (text, other) = (String::from("a text"), String::from("another"));
    let ban = Ban { target: &other, reason: &text, until_us: 7, range: range("::/0"), ..Ban::default() };
    let signal = Signal {
        map_key: &text,
        scenario: &other,
        events_count: 3,
        leak_speed_ns: -1,
        capacity: -2,
        bans_only: true,
        source: Some(source(&text)),
        labels: vec![(&text, &other)],
        sources: vec![source(&other)],
        bans: vec![ban.clone(), Ban { actor: &text, ..ban }],
        events: vec![Event { time_us: 9, serialized: &text, source: Some(source(&text)) }],
        ..Signal::default()
    };
    let targets = target("192.0.2.7").into_iter().collect();
    let query = Query {
        at_us: 5,
        reason: Some(&text),
        ip: target("192.0.2.1"),
        range: target("2001:db8::/32"),
        targets: Some(&targets),
        limit: Some(3),
        ..Query::default()
    };
    let row = Row {
        id: &other,
        reason: &text,
        ended_by: &other,
        start_us: -4,
        orphan: true,
        end_kind: EndKind::Replaced,
        range: range("192.0.2.0/24"),
        ..Row::default()
    };
    let copies = (OwnedSignal::new(&signal), OwnedQuery::new(&query), OwnedRow::new(&row));
    assert_eq!(copies.0.get(), signal);
    assert_eq!(copies.1.get(), query);
    assert_eq!(copies.2.get(), row);
    copies
}

#[test]
fn a_copy_outlives_what_it_was_made_of() {
    let (signal, query, row) = copies();
    let signal = signal.get();
    assert_eq!((signal.map_key, signal.labels[0]), ("a text", ("a text", "another")));
    assert_eq!((signal.bans[1].target, signal.bans[1].actor), ("another", "a text"));
    assert_eq!(signal.sources[0].flags, ["another", "tor"]);
    assert_eq!(query.get().reason, Some("a text"));
    assert_eq!(query.get().targets.map(|targets| targets.len()), Some(1));
    assert_eq!((row.get().id, row.get().target, row.get().ended_by), ("another", "", "another"));
}

#[test]
fn a_configuration_keeps_its_order() {
    let pairs = vec![("b", "1"), ("a", ""), ("", "é")];
    let copy = OwnedConfig::new(&Config::new(pairs.clone()));
    assert_eq!(copy.get().iter().collect::<Vec<_>>(), pairs);
}

proptest! {
    #[test]
    fn what_is_put_is_taken(number: i64, text: String, other: String) {
        let mut out = Vec::new();
        put_text(&mut out, &text);
        put(&mut out, number);
        put_text(&mut out, &other);
        let mut unpack = Unpack(&out);
        prop_assert_eq!((unpack.text(), unpack.number(), unpack.text()), (text.as_str(), number, other.as_str()));
        prop_assert_eq!((unpack.number(), unpack.text()), (0, ""));
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = Signal::unpack(&mut Unpack(&bytes));
        let _ = Row::unpack(&mut Unpack(&bytes));
        let _ = Query::unpack(&mut Unpack(&bytes));
    }
}
