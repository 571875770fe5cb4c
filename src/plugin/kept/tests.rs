use warden_plugin::{IpRange, Target};

use super::*;

fn source(name: &str) -> Source<'_> {
    Source {
        ip: Target::of_stored("192.0.2.1").map(IpRange::from),
        range: Target::of_stored("192.0.2.0/24").map(IpRange::from),
        as_number: "16276",
        as_name: name,
        country: "FR",
        latitude: 1.5,
        longitude: -2.5,
        flags: vec![name, "tor"],
    }
}

/// Texts that are freed before the copy is looked at.
fn copies() -> (Kept<Signal<'static>>, Kept<Query<'static>>, KeptRow) {
    let (text, other) = (String::from("a text"), String::from("another"));
    let ban = Ban { target: &other, reason: &text, until_us: 7, ..Ban::default() };
    let signal = Signal {
        map_key: &text,
        scenario: &other,
        events_count: 3,
        bans_only: true,
        source: Some(source(&text)),
        labels: vec![(&text, &other)],
        sources: vec![source(&other)],
        bans: vec![ban.clone(), Ban { actor: &text, ..ban }],
        events: vec![Event { time_us: 9, serialized: &text, source: Some(source(&text)) }],
        ..Signal::default()
    };
    let query = Query { at_us: 5, reason: Some(&text), limit: Some(3), ..Query::default() };
    let row =
        Row { id: &other, reason: &text, ended_by: &other, start_us: 4, orphan: true, ..Row::default() };
    let kept = (Kept::signal(&signal), Kept::query(&query), KeptRow::new(&row));
    assert_eq!(*kept.0.get(), signal);
    assert_eq!(*kept.1.get(), query);
    assert_eq!(kept.2.get(), row);
    kept
}

#[test]
fn a_copy_outlives_what_it_was_made_of() {
    let (signal, query, row) = copies();
    let signal = signal.get();
    assert_eq!((signal.map_key, signal.labels[0]), ("a text", ("a text", "another")));
    assert_eq!((signal.bans[1].target, signal.bans[1].actor), ("another", "a text"));
    assert_eq!(signal.sources[0].flags, ["another", "tor"]);
    assert_eq!(query.get().reason, Some("a text"));
    assert_eq!((row.get().id, row.get().target, row.get().ended_by), ("another", "", "another"));
}
