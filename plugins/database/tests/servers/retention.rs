//! What is ended and removed when nobody asks, on every engine.

use std::time::Duration;

use warden_plugin::{Backend, EndKind, Event, FOREVER_US, Query, Rows};

use crate::common::{HOUR, SECOND, ban, signal};
use crate::shop::Shop;
use crate::stage::wait_for;

const BANS: &str = "SELECT count(*) FROM ban_applications";
const ENDED: &str = "SELECT count(*) FROM ban_applications WHERE deleted_at IS NOT NULL";
const SIGNALS: &str = "SELECT count(*) FROM signal_occurences";
const EVENTS: &str = "SELECT count(*) FROM event_sequences";

/// `count` bans of an hour, each with a signal and an event.
fn fill(shop: &Shop, count: usize) {
    let mut backend = shop.open();
    let now = shop.host.now();
    for number in 0..count {
        let target = format!("10.0.{}.{}", number / 250, number % 250);
        let mut one = signal(now, &[ban(&target, "cli", now + HOUR)]);
        one.events = vec![Event { time_us: now, serialized: "{}", source: None }];
        backend.insert(&one).unwrap();
    }
    backend.flush().unwrap();
}

/// All bans are ended.
fn end(shop: &Shop) {
    let mut backend = shop.open();
    backend.delete_all().unwrap();
    backend.flush().unwrap();
}

#[test]
fn nothing_is_done_unless_it_is_configured() {
    for shop in Shop::all() {
        let shop = shop.with(&[("flush", "true"), ("max_records", "1"), ("max_records_age", "1s")]);
        fill(&shop, 3);
        shop.host.pass(2 * HOUR);
        shop.add("9.9.9.9", "cli");
        assert_eq!((shop.number(ENDED), shop.number(BANS)), (0, 4), "{}", shop.engine());
    }
}

#[test]
fn expired_bans_are_ended_and_seen_in_the_past() {
    for shop in Shop::all() {
        let shop = shop.with(&[("flush", "true"), ("retention_after_flush", "true")]);
        fill(&shop, 3);
        let then = shop.host.now();
        shop.add_ban(&ban("8.8.8.8", "cli", FOREVER_US)).unwrap();
        shop.host.pass(HOUR - SECOND);
        shop.add("9.9.9.9", "cli");
        assert_eq!(shop.number(ENDED), 0, "{}", shop.engine());
        shop.host.pass(SECOND);
        shop.add("9.9.9.8", "cli");
        assert_eq!(shop.number(ENDED), 3, "{}", shop.engine());
        assert_eq!(shop.targets(), ["9.9.9.8", "9.9.9.9", "8.8.8.8"]);
        let past = shop.list_at(then);
        assert_eq!(past.len(), 4);
        assert!(
            past.iter().filter(|row| row.target != "8.8.8.8").all(|row| row.end_kind == EndKind::Expired)
        );
    }
}

#[test]
fn what_ended_long_ago_is_removed_with_its_signals_and_events() {
    for shop in Shop::all() {
        fill(&shop, 5);
        let then = shop.host.now();
        // A signal of two bans, of which one goes on.
        let mut backend = shop.open();
        let both = [ban("7.7.7.7", "cli", then + HOUR), ban("7.7.7.8", "cli", FOREVER_US)];
        backend.insert(&signal(then, &both)).unwrap();
        backend.delete("7.7.7.7").unwrap();
        backend.flush().unwrap();
        shop.host.pass(SECOND);
        assert_eq!(shop.delete("10.0.0.0") + shop.delete("10.0.0.1"), 2);
        let tidy = shop.with(&[("max_records_age", "30m"), ("retention_after_flush", "true")]);
        shop.host.pass(HOUR / 2 - 2 * SECOND);
        tidy.add("9.9.9.9", "cli");
        assert_eq!(shop.number(BANS), 8, "{}", shop.engine());
        shop.host.pass(3 * SECOND);
        tidy.add("9.9.9.8", "cli");
        assert_eq!(
            (shop.number(BANS), shop.number(SIGNALS), shop.number(EVENTS)),
            (6, 6, 3),
            "{}",
            shop.engine()
        );
        assert_eq!(shop.number("SELECT count(*) FROM signal_occurences WHERE source_ip = '7.7.7.7'"), 1);
        // The past is what retention keeps of it.
        assert_eq!(shop.targets_at(then).len(), 4);
        // What is live is not removed, however old.
        shop.host.pass(1000 * HOUR);
        tidy.add("9.9.9.7", "cli");
        assert!(shop.targets().contains(&"7.7.7.8".to_owned()), "{}", shop.engine());
    }
}

#[test]
fn of_too_many_the_first_ended_are_removed() {
    for shop in Shop::all() {
        fill(&shop, 10);
        for number in 0..6 {
            shop.host.pass(SECOND);
            shop.delete(&format!("10.0.0.{number}"));
        }
        let tidy = shop.with(&[("max_records", "8"), ("retention_after_flush", "true")]);
        shop.host.pass(SECOND);
        tidy.add("9.9.9.9", "cli");
        let engine = shop.engine();
        assert_eq!((shop.number(BANS), shop.number(SIGNALS), shop.number(EVENTS)), (8, 8, 7), "{engine}");
        let left = shop.targets_at(shop.host.now() - 6 * SECOND - 1);
        assert_eq!(left.len(), 7, "{engine} {left:?}");
        assert!(!left.contains(&"10.0.0.2".to_owned()), "{engine} {left:?}");
        // Live bans are above the number and stay.
        shop.with(&[("max_records", "1"), ("retention_after_flush", "true")]).add("9.9.9.8", "cli");
        assert_eq!(shop.targets().len(), 6, "{engine}");
        assert_eq!(shop.number(BANS), 6, "{engine}");
    }
}

#[test]
fn a_command_does_no_more_than_one_batch() {
    for shop in Shop::all() {
        fill(&shop, 1200);
        end(&shop);
        let tidy = shop.with(&[("max_records", "0"), ("retention_after_flush", "true")]);
        shop.host.pass(SECOND);
        for left in [701, 201, 1] {
            tidy.add("9.9.9.9", "cli");
            let found = shop.number("SELECT count(*) FROM ban_applications WHERE ip_text <> '9.9.9.9'")
                + shop.number("SELECT count(*) FROM ban_applications WHERE deleted_at IS NULL");
            assert_eq!(found, left, "{}", shop.engine());
        }
    }
}

#[test]
fn a_thread_does_it_all_until_it_is_shut_down() {
    for shop in Shop::all() {
        fill(&shop, 1200);
        let tidy = shop.with(&[("flush", "true"), ("max_records_age", "1m")]);
        let mut backend = tidy.open();
        shop.host.pass(HOUR);
        backend.start_auto_commit().unwrap();
        // Calls go on beside it.
        let now = shop.host.now();
        backend.insert(&signal(now, &[ban("9.9.9.9", "cli", now + HOUR)])).unwrap();
        backend.flush().unwrap();
        wait_for("the sweep", Duration::from_secs(20), || shop.number(ENDED) == 1200);
        let mut seen = 0;
        let mut count = |_: &warden_plugin::Row<'_>| {
            seen += 1;
            true
        };
        let query = Query { at_us: now, ..Query::default() };
        backend.query(&query, &mut 0, &mut Rows::new(&mut count)).unwrap();
        assert_eq!(seen, 1, "{}", shop.engine());
        backend.shutdown().unwrap();
        // A new one removes at once.
        shop.host.pass(HOUR / 30);
        let mut backend = tidy.open();
        backend.start_auto_commit().unwrap();
        wait_for("the removal", Duration::from_secs(20), || shop.number(BANS) == 1);
        assert_eq!((shop.number(SIGNALS), shop.number(EVENTS)), (1, 0), "{}", shop.engine());
        drop(backend);
    }
}
