//! The same sequence of calls on every engine gives the same rows.

use std::fmt::Write;

use database::Database;
use warden_plugin::{Backend, Ban, Change, Event, FOREVER_US, IpRange, Query, Signal, Source, Target};

use crate::common::{HOUR, Listed, SECOND, ban, history, read, signal};
use crate::shop::Shop;

#[test]
fn sqlite_tells_the_story() {
    told(&Shop::sqlite());
}

#[test]
fn mariadb_tells_the_same_story() {
    if let Some(shop) = Shop::mariadb() {
        assert_eq!(told(&shop), told(&Shop::sqlite()));
    }
}

#[test]
fn postgresql_tells_the_same_story() {
    if let Some(shop) = Shop::postgresql() {
        assert_eq!(told(&shop), told(&Shop::sqlite()));
    }
}

/// All that happens to one store, and what it says of it.
fn told(shop: &Shop) -> String {
    let mut story = Story { shop, text: String::new() };
    story.begins_empty();
    story.adds_and_replaces();
    story.adds_with_all_that_is_known();
    story.deletes();
    story.keeps_nothing_without_a_flush();
    story.asks_in_every_way();
    story.remembers();
    story.deletes_by_filter();
    story.is_flushed();
    story.takes_back_all_of_it();
    assert!(story.text.lines().count() > 200, "{}", story.text);
    if let Ok(path) = std::env::var("WARDEN_STORY") {
        std::fs::write(path, &story.text).unwrap();
    }
    story.text
}

struct Story<'s> {
    shop: &'s Shop,
    text: String,
}

impl Story<'_> {
    fn says(&mut self, what: &str, value: impl std::fmt::Debug) {
        writeln!(self.text, "{what}: {value:?}").unwrap();
    }

    fn lists(&mut self, what: &str, rows: Vec<Listed>) {
        for row in rows {
            // Ids are the engine's own.
            self.says(what, Listed { id: String::new(), ..row });
        }
    }

    fn passes(&mut self, time: i64) {
        self.shop.host.pass(time);
        let rows = self.shop.list();
        self.lists("now", rows);
    }

    fn begins_empty(&mut self) {
        let shop = self.shop;
        shop.open().probe().unwrap();
        self.says("empty", shop.list());
        self.says("nothing to delete", shop.delete("1.2.3.4"));
        self.says("still empty", shop.list());
    }

    fn adds_and_replaces(&mut self) {
        let shop = self.shop;
        for (target, source) in [
            ("1.2.3.4", "cli"),
            ("1.2.3.0/24", "cli"),
            ("2001:db8::1", "cli"),
            ("1.2.3.4", "api"),
            ("::/0", "list:x"),
        ] {
            let done = shop.add(target, source);
            self.says("added", done);
            self.passes(SECOND + 1);
        }
        let again = ban("1.2.3.4", "cli", shop.host.now() + 2 * HOUR);
        let done = shop.add_ban(&Ban { reason: "more, \"quoted\" é 🐝 'x' \\ %", ..again });
        self.says("replaced", done);
        self.passes(250_000);
        let done = shop.add_ban(&ban("2001:db8:0:0:0:0:0:1", "cli", FOREVER_US));
        self.says("for ever, in another spelling", done);
        self.passes(SECOND);
        self.says("not a target", shop.add_ban(&ban("1.2.3", "cli", FOREVER_US)));
    }

    fn adds_with_all_that_is_known(&mut self) {
        let now = self.shop.host.now();
        let range = |text: &str| Some(IpRange::from(Target::parse(text).unwrap()));
        let source = Source {
            ip: range("9.9.9.9"),
            range: range("9.9.0.0/16"),
            as_number: "19281",
            as_name: "Quad9",
            country: "CH",
            ..Source::default()
        };
        let event =
            Event { time_us: now - SECOND, serialized: "{\"a\":\"é\"}", source: Some(source.clone()) };
        let bans = [
            Ban {
                country: "CH",
                as_name: "Quad9",
                as_number: 19281,
                scenario: "ssh-bf",
                extra: "text",
                ..ban("9.9.9.9", "local", now + HOUR)
            },
            Ban { action: "captcha", actor: "anna \"the admin\"", ..ban("9.9.9.0/24", "local", now + HOUR) },
            // Of two for the same, the second replaces the first.
            ban("9.9.9.9", "local", now + 3 * HOUR),
        ];
        let whole = Signal {
            map_key: "key",
            scenario: "crowdsecurity/ssh-bf",
            bucket_id: "bucket",
            alert_message: "9.9.9.9 performed ssh-bf",
            source_ip: "9.9.9.9",
            source_range: "9.9.0.0/16",
            as_number: "19281",
            as_name: "Quad9",
            country: "CH",
            dest_ip: "10.0.0.1",
            latitude: 47.5,
            longitude: -8.25,
            events_count: 6,
            created_us: now,
            start_us: now - 5 * SECOND,
            stop_us: now - SECOND,
            leak_speed_ns: 10_000_000_000,
            capacity: 5,
            reprocess: true,
            source: Some(source),
            bans: bans.to_vec(),
            events: vec![event.clone(), event],
            ..Signal::default()
        };
        let mut backend = self.shop.open();
        let done = backend.insert(&whole);
        self.says("whole", done);
        backend.flush().unwrap();
        self.passes(SECOND);
        let without_bans = Signal { bans: Vec::new(), ..whole };
        self.says("a signal alone", backend.insert(&without_bans));
        backend.flush().unwrap();
        self.passes(SECOND);
    }

    fn deletes(&mut self) {
        let shop = self.shop;
        for target in ["1.2.3.4", "1.2.3.4", "1.2.3.77/24", "2001:DB8:0::1", "9.9.9.9", "not a target"] {
            let done = shop.delete(target);
            self.says(target, done);
            self.passes(SECOND);
        }
        let start = shop.host.now() - 40 * SECOND;
        for second in 0..45 {
            let rows = shop.list_at(start + second * SECOND);
            self.lists(&format!("at {second}"), rows);
        }
        let rows = shop.list_at(shop.host.now() + HOUR);
        self.lists("in an hour", rows);
    }

    fn keeps_nothing_without_a_flush(&mut self) {
        let shop = self.shop;
        let mut backend = shop.open();
        let now = shop.host.now();
        let pending = signal(now, &[ban("7.7.7.7", "cli", now + HOUR)]);
        self.says("pending", backend.insert(&pending));
        let rows = read(&mut backend, &Query { at_us: now, ..Query::default() }).unwrap();
        self.lists("seen by its writer", rows);
        let rows = shop.list();
        self.lists("seen by others", rows);
        backend.discard().unwrap();
        backend.flush().unwrap();
        let rows = shop.list();
        self.lists("discarded", rows);
        self.says("once more", backend.insert(&pending));
        self.says("and taken back", backend.delete("7.7.7.7"));
        backend.flush().unwrap();
        drop(backend);
        let mut dropped = shop.open();
        dropped.insert(&pending).unwrap();
        drop(dropped);
        self.passes(SECOND);
    }

    fn asks_in_every_way(&mut self) {
        let shop = self.shop;
        shop.add("5.5.0.0/16", "cli");
        shop.host.pass(SECOND);
        shop.add("5.5.5.5", "api");
        shop.host.pass(SECOND);
        shop.add_ban(&Ban {
            reason: "Ünïcode ÀB",
            action: "slow",
            ..ban("5.5.5.6", "cli", shop.host.now() + HOUR)
        })
        .unwrap();
        let target = |text: &str| Some(Target::parse(text).unwrap());
        let any = Query { at_us: shop.host.now(), ..Query::default() };
        let queries = [
            Query { ip: target("5.5.5.5"), ..any },
            Query { ip: target("5.5.0.0/16"), ..any },
            Query { ip: target("fe80::1"), ..any },
            Query { range: target("5.5.5.0/24"), ..any },
            Query { range: target("0.0.0.0/0"), ..any },
            Query { reason: Some("SCAN"), ..any },
            Query { reason: Some("code à"), ..any },
            Query { reason: Some("CODE À"), ..any },
            Query { reason: Some("%"), ..any },
            Query { country: Some("ch"), ..any },
            Query { as_text: Some("QUAD"), ..any },
            Query { as_text: Some("19281 q"), ..any },
            Query { source: Some("cli"), ..any },
            Query { source: Some("CLI"), ..any },
            Query { source: Some("cli "), ..any },
            Query { not_source: Some("api"), ..any },
            Query { action: Some("slow"), ..any },
            Query { limit: Some(0), ..any },
            Query { limit: Some(2), ..any },
            Query { limit: Some(1), reason: Some("scan"), ..any },
            Query { limit: Some(100), source: Some("cli"), action: Some("ban"), ..any },
        ];
        for (number, query) in queries.iter().enumerate() {
            let rows = shop.query(query);
            self.lists(&format!("query {number}"), rows);
            let summary = self.summary(query);
            self.says("counts", summary);
        }
    }

    fn summary(&self, query: &Query<'_>) -> Vec<(String, String, u64)> {
        let (mut counts, mut applied) = (Vec::new(), 0);
        let mut put = |dimension: &str, value: &str, count| {
            counts.push((dimension.to_owned(), value.to_owned(), count));
            true
        };
        self.shop.open().summarise(query, &mut applied, &mut put).unwrap();
        counts.sort();
        counts
    }

    fn remembers(&mut self) {
        for target in ["1.2.3.4", "2001:DB8:0::1", "9.9.9.9", "9.9.9.9/24", "8.8.8.8", "not a target"] {
            let rows = history(&mut self.shop.open(), target);
            // Their counts may be missing.
            let rows = rows.into_iter().map(|row| Listed { bans: 0, events: 0, ..row }).collect();
            self.lists(target, rows);
        }
    }

    fn deletes_by_filter(&mut self) {
        let shop = self.shop;
        let now = shop.host.now();
        for (number, source) in [(1, "cli"), (2, "list:a"), (3, "list:a"), (4, "list:b"), (5, "list:b")] {
            let target = format!("203.0.113.{number}");
            let country = if number % 2 == 0 { "FR" } else { "de" };
            let bans = [Ban { reason: "Filter", ..ban(&target, source, now + HOUR) }];
            let mut backend = shop.open();
            backend.insert(&Signal { country, ..signal(now, &bans) }).unwrap();
            backend.flush().unwrap();
        }
        let target = |text: &str| Some(Target::parse(text).unwrap());
        let filter = Query { reason: Some("FILTER"), ..Query::default() };
        let queries = [
            Query { source: Some("nobody"), ..filter },
            Query { country: Some("DE"), source: Some("list:b"), ..filter },
            Query { target: target("203.0.113.2"), ..filter },
            Query { ip: target("203.0.113.1"), not_source: Some("list:x"), ..filter },
            Query { range: target("203.0.113.0/24"), limit: Some(1), at_us: 5, ..Query::default() },
        ];
        for query in queries {
            let mut backend = shop.open();
            let done = backend.delete_where(&query);
            self.says("deleted by filter", done);
            backend.flush().unwrap();
            self.passes(SECOND);
        }
    }

    fn is_flushed(&mut self) {
        let mut backend = self.shop.open();
        self.says("flushed", backend.delete_all());
        backend.flush().unwrap();
        self.passes(1);
        self.says("again", backend.delete_all());
        backend.flush().unwrap();
        let rows = self.shop.list_at(self.shop.host.now() - 1);
        self.lists("a moment before", rows);
    }

    /// The last change: what it was, and what taking it back would come to.
    fn asks_for_the_last_change(&mut self, backend: &mut Database) -> Option<u64> {
        let change = backend.last_change().unwrap();
        // Numbers are the engine's own.
        self.says("last change", change.as_ref().map(|change| Change { id: 0, ..change.clone() }));
        change.map(|change| change.id)
    }

    fn undoes(&mut self, id: u64) {
        let mut backend = self.shop.open();
        let undone = backend.undo(id);
        self.says("undone", undone);
        backend.flush().unwrap();
        self.passes(SECOND);
    }

    /// One change after the other, to the first.
    fn takes_back_all_of_it(&mut self) {
        let shop = self.shop;
        let mut last = 0;
        while let Some(id) = self.asks_for_the_last_change(&mut shop.open()) {
            assert_ne!(id, last, "it is done once");
            last = id;
            for other in [id.wrapping_sub(1), id.wrapping_add(1)] {
                let kind = shop.open().undo(other).map_err(|error| error.kind());
                self.says("not the last one", kind);
            }
            self.undoes(id);
            let kind = shop.open().undo(id).map_err(|error| error.kind());
            self.says("taken back already", kind);
        }
        self.remembers();
    }
}
