//! Ending the bans that a query matches.

use warden_plugin::{Backend, EndKind, Query, Target};

use crate::common::{HOUR, Store, at, ban, read, signal};

/// Every filter alone, some together, all that matches nothing.
fn queries(at_us: i64) -> Vec<Query<'static>> {
    let target = |text| Target::of_stored(text);
    let all = Query { at_us, ..Query::default() };
    vec![
        all,
        Query { source: Some("cli"), ..all },
        Query { not_source: Some("cli"), ..all },
        Query { action: Some("captcha"), ..all },
        Query { reason: Some("SSH"), ..all },
        Query { country: Some("de"), ..all },
        Query { as_text: Some("digital"), ..all },
        Query { range: target("10.0.0.0/8"), ..all },
        Query { range: target("2001:db8::/32"), ..all },
        Query { ip: target("10.2.0.1"), ..all },
        Query { ip: target("2001:db8::2"), ..all },
        Query { ip: target("10.2.0.1"), action: Some("captcha"), ..all },
        Query { target: target("2001:db8::2"), ..all },
        Query { target: target("4.2.3.0/24"), source: Some("cli"), ..all },
        Query { target: target("10.2.0.1"), source: Some("cli"), ..all },
        Query { target: target("10.2.0.1"), ip: target("10.2.0.2"), ..all },
        Query { target: target("10.2.0.1"), ip: target("10.2.0.1"), reason: Some("ssh"), ..all },
        Query { target: target("10.5.0.1"), as_text: Some("leaseweb"), reason: Some("ORPHAN"), ..all },
        Query { source: Some("api"), country: Some("us"), reason: Some("ssh"), ..all },
        Query { reason: Some("nothing like it"), ..all },
    ]
}

#[test]
fn what_a_list_of_the_query_shows_is_ended_and_nothing_else() {
    let now = at("2026-11-24T02:30:00Z");
    for (number, query) in queries(now).iter().enumerate() {
        let store = Store::of_v03();
        store.host.set_now(now);
        let ids =
            |query: &Query<'_>| -> Vec<String> { store.query(query).into_iter().map(|row| row.id).collect() };
        let (before, matching) = (ids(&Query { at_us: now, ..Query::default() }), ids(query));
        let mut backend = store.open();
        // The instant and the limit are not looked at.
        let meant = Query { at_us: 0, limit: Some(1), ..*query };
        assert_eq!(backend.delete_where(&meant).unwrap(), matching.len() as u64, "query {number}");
        assert_eq!(ids(&Query { at_us: now, ..Query::default() }), before, "it is pending");
        backend.flush().unwrap();
        let left: Vec<_> = before.into_iter().filter(|id| !matching.contains(id)).collect();
        assert_eq!(ids(&Query { at_us: now, ..Query::default() }), left, "query {number}");
        let past = store.list_at(now - 1);
        let ended = past.iter().filter(|row| matching.contains(&row.id));
        assert!(ended.clone().count() == matching.len());
        for row in ended {
            assert_eq!(
                (row.end_kind, row.ended_us, row.ended_by.as_str()),
                (EndKind::Deleted, now, "root (anna)")
            );
        }
    }
}

#[test]
fn what_is_over_stays_as_it_is() {
    let store = Store::new();
    store.add("1.2.3.4", "cli");
    store.host.pass(2 * HOUR);
    let mut backend = store.open();
    for query in [Query::default(), Query { target: Target::of_stored("1.2.3.4"), ..Query::default() }] {
        assert_eq!(backend.delete_where(&query).unwrap(), 0);
    }
    backend.flush().unwrap();
    assert_eq!(store.number("SELECT count(*) FROM ban_applications WHERE deleted_at IS NULL"), 1);
}

#[test]
fn what_is_pending_can_be_ended_and_discarded() {
    let store = Store::new();
    let mut backend = store.open();
    let now = store.host.now();
    backend.insert(&signal(now, &[ban("1.2.3.4", "cli", now + HOUR)])).unwrap();
    assert_eq!(backend.delete_where(&Query { source: Some("cli"), ..Query::default() }).unwrap(), 1);
    assert_eq!(read(&mut backend, &Query { at_us: now, ..Query::default() }).unwrap(), []);
    backend.discard().unwrap();
    assert_eq!(store.number("SELECT count(*) FROM sqlite_master"), 0);
}
