//! Cases about what a store keeps.

use std::net::Ipv4Addr;

use warden_plugin::{Capabilities, ErrorKind, FOREVER_US, Query};

use super::fixture::{Fixture, HOUR, TestBan, insert_all, now, rows, rows_at, rows_of, targets, this_second};
use super::verdict::{During, Verdict, ensure, ensure_eq, fail, words};

pub fn read_back(fixture: &Fixture) -> Verdict {
    let mut store = fixture.empty_store()?;
    let ban = TestBan {
        country: "FR".into(),
        as_number: 16276,
        as_name: "OVH SAS".into(),
        ..TestBan::new("192.0.2.1").reason("ssh brute force")
    };
    let done = ban.insert(&mut store).during("insert")?;
    ensure!(matches!(done.inserted, 0 | 1), "insert says that it made {} bans of 1", done.inserted);
    store.flush().during("flush")?;
    let mut more = None;
    let query = Query { at_us: now(), ..Query::default() };
    store
        .read(&query, |row, repaired, _| {
            more = Some((repaired, row.simulation, row.ban_count, row.events_count, row.range));
            true
        })
        .during("read_at")?;
    let found = with_known_start(&ban, rows(&mut store)?);
    ensure_eq!(found, std::slice::from_ref(&ban), "the rows");
    let Some((repaired, simulation, ban_count, events_count, range)) = more else { fail!("no row came") };
    ensure!(!repaired, "the row's text had to be repaired");
    ensure!(!simulation, "the row says that it is a simulation");
    ensure_eq!((ban_count, events_count), (1, 1), "ban_count and events_count");
    let whole = warden_plugin::Target::of_stored(&ban.target).map(warden_plugin::IpRange::from);
    ensure!(range.is_none() || range == whole, "the row's range is {range:?}");
    store.shutdown().during("shutdown")
}

/// Rows with the start put in where the storage does not know it.
fn with_known_start(ban: &TestBan, rows: Vec<TestBan>) -> Vec<TestBan> {
    let known = |row: TestBan| match row.start_us {
        warden_plugin::UNKNOWN_US => TestBan { start_us: ban.start_us, ..row },
        _ => row,
    };
    rows.into_iter().map(known).collect()
}

pub fn bans_only(fixture: &Fixture) -> Verdict {
    let mut store = fixture.empty_store()?;
    let ban = TestBan {
        country: "FR".into(),
        as_name: "OVH SAS".into(),
        ..TestBan::new("192.0.2.1").reason("from a list")
    };
    ban.insert_with(&mut store, true).during("insert")?;
    store.flush().during("flush")?;
    let rows = rows(&mut store)?;
    ensure_eq!(targets(&rows), ["192.0.2.1"], "the targets");
    let [found, wanted] = [&rows[0], &ban].map(|row| (&row.reason, &row.country, &row.as_name));
    ensure_eq!(found, wanted, "reason, country and system");
    store.shutdown().during("shutdown")
}

pub fn replace(fixture: &Fixture) -> Verdict {
    let mut store = fixture.empty_store()?;
    let first = TestBan::new("192.0.2.1").reason("first");
    let other_source = first.clone().source("local").reason("other source");
    let other_target = TestBan::new("192.0.2.2").reason("other target");
    for ban in [&first, &other_source, &other_target] {
        ban.insert(&mut store).during("insert")?;
    }
    store.flush().during("flush")?;
    let second = TestBan { until_us: first.until_us + HOUR, ..first.clone().reason("second") };
    let done = second.insert(&mut store).during("insert")?;
    ensure!(matches!(done.replaced, 0 | 1), "insert says that it replaced {} bans of 1", done.replaced);
    if done.replaced == 1 {
        ensure_eq!(done.replaced_until_us, first.until_us, "the end of the replaced ban");
    }
    store.flush().during("flush")?;
    let found: Vec<_> = rows(&mut store)?.into_iter().map(|row| row.reason).collect();
    ensure_eq!(sorted(found), ["other source", "other target", "second"], "the reasons");
    store.shutdown().during("shutdown")
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

pub fn delete(fixture: &Fixture) -> Verdict {
    let mut store = fixture.empty_store()?;
    for ban in
        [TestBan::new("192.0.2.1"), TestBan::new("192.0.2.1").source("local"), TestBan::new("192.0.2.10")]
    {
        ban.insert(&mut store).during("insert")?;
    }
    store.flush().during("flush")?;
    ensure_eq!(store.delete("192.0.2.1").during("delete_target")?, 2, "bans that delete_target ended");
    store.flush().during("flush")?;
    ensure_eq!(targets(&rows(&mut store)?), ["192.0.2.10"], "the targets");
    ensure_eq!(
        store.delete("192.0.2.1").during("delete_target")?,
        0,
        "bans that the second delete_target ended"
    );
    store.flush().during("flush")?;
    // What was deleted can be banned again.
    TestBan::new("192.0.2.1").insert(&mut store).during("insert")?;
    store.flush().during("flush")?;
    ensure_eq!(targets(&rows(&mut store)?), ["192.0.2.1", "192.0.2.10"], "the targets");
    store.shutdown().during("shutdown")
}

pub fn delete_all(fixture: &Fixture) -> Verdict {
    let mut store = fixture.empty_store()?;
    let bans: Vec<_> = (1..=20).map(|n| TestBan::new(&format!("192.0.2.{n}"))).collect();
    insert_all(&mut store, &bans)?;
    store.flush().during("flush")?;
    let deleted = store.delete_all().during("delete_all")?;
    // v0.3's interface cannot say how many: 0.
    ensure!(matches!(deleted, 0 | 20), "delete_all says that it ended {deleted} bans of 20");
    store.flush().during("flush")?;
    ensure_eq!(targets(&rows(&mut store)?), [""; 0], "the targets");
    store.shutdown().during("shutdown")
}

pub fn active(fixture: &Fixture) -> Verdict {
    let mut store = fixture.empty_store()?;
    let ban = TestBan::new("192.0.2.1");
    ban.insert(&mut store).during("insert")?;
    store.flush().during("flush")?;
    for (at, wanted, when) in [
        (ban.until_us - 1_000_000, 1, "a second before the end"),
        (ban.until_us, 0, "at the end"),
        (ban.until_us + HOUR, 0, "after the end"),
    ] {
        ensure_eq!(rows_at(&mut store, at)?.len(), wanted, format!("bans {when}"));
    }
    if fixture.plugin.capabilities().has(Capabilities::HISTORY) {
        ensure_eq!(rows_at(&mut store, ban.start_us)?.len(), 1, "bans at the start");
        ensure_eq!(rows_at(&mut store, ban.start_us - 1_000_000)?.len(), 0, "bans before the start");
    }
    store.shutdown().during("shutdown")
}

pub fn history(fixture: &Fixture) -> Verdict {
    fixture.needs(Capabilities::HISTORY, "answers for the past")?;
    let mut store = fixture.empty_store()?;
    // No run before this one has left anything at this target's instants.
    let start = this_second() - 2 * HOUR;
    let ban = TestBan { start_us: start, ..TestBan::new("192.0.2.77") };
    ban.insert(&mut store).during("insert")?;
    store.flush().during("flush")?;
    store.delete(&ban.target).during("delete_target")?;
    store.flush().during("flush")?;
    let then = rows_at(&mut store, start + HOUR)?;
    ensure!(
        then.iter().any(|row| row.target == ban.target),
        "the deleted ban does not show where it was active"
    );
    ensure_eq!(targets(&rows(&mut store)?), [""; 0], "the targets now");
    store.shutdown().during("shutdown")
}

pub fn permanent(fixture: &Fixture) -> Verdict {
    fixture.needs(Capabilities::PERMANENT, "takes bans without end")?;
    let mut store = fixture.empty_store()?;
    TestBan::new("192.0.2.1").forever().insert(&mut store).during("insert")?;
    store.flush().during("flush")?;
    let ends: Vec<_> = rows(&mut store)?.into_iter().map(|row| row.until_us).collect();
    ensure_eq!(ends, [FOREVER_US], "the end");
    let year_2200 = 7_258_118_400_000_000;
    ensure_eq!(rows_at(&mut store, year_2200)?.len(), 1, "bans in the year 2200");
    store.shutdown().during("shutdown")
}

pub fn ranges(fixture: &Fixture) -> Verdict {
    fixture.needs(Capabilities::RANGES, "takes ranges")?;
    let mut store = fixture.empty_store()?;
    let wanted = ["0.0.0.0/0", "192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "2001:db8::1", "::/0"];
    for target in wanted {
        TestBan::new(target).insert(&mut store).during("insert")?;
    }
    store.flush().during("flush")?;
    ensure_eq!(targets(&rows(&mut store)?), wanted, "the targets");
    ensure_eq!(store.delete("192.0.2.0/24").during("delete_target")?, 1, "bans that delete_target ended");
    store.flush().during("flush")?;
    ensure_eq!(rows(&mut store)?.len(), wanted.len() - 1, "bans that are left");
    store.shutdown().during("shutdown")
}

pub fn ordered(fixture: &Fixture) -> Verdict {
    fixture.needs(Capabilities::ORDERED, "gives rows newest first")?;
    let mut store = fixture.empty_store()?;
    for (n, minutes_ago) in [(1, 30), (2, 10), (3, 20), (4, 10)] {
        let start_us = this_second() - minutes_ago * HOUR / 60;
        let ban = TestBan { start_us, ..TestBan::new(&format!("192.0.2.{n}")) };
        ban.insert(&mut store).during("insert")?;
        store.flush().during("flush")?;
    }
    let query = Query { at_us: now(), ..Query::default() };
    let found = rows_of(&mut store, &query, |_, _, _| true)?;
    ensure_eq!(targets(&found), ["192.0.2.4", "192.0.2.2", "192.0.2.3", "192.0.2.1"], "the targets");
    store.shutdown().during("shutdown")
}

/// Text that breaks what handles text without care.
const HOSTILE: &[&str] = &[
    "'; DROP TABLE ban_applications; --",
    "\" OR \"\"=\"",
    "back\\slash \\' \\\" \\0",
    "a\0b",
    "line\nfeed\r\ttab",
    "\u{1b}[31mred\u{1b}[0m\u{7}",
    "\u{202e}right to left\u{202c}",
    "100%_*?[a-z]",
    "${HOME} $(id) `id` {{x}} %s%n",
    "日本語 😀 e\u{301} \u{fffd} \u{feff}",
    "<script>alert(1)</script>&amp;",
    " spaces around ",
    "",
];

pub fn hostile_text(fixture: &Fixture) -> Verdict {
    let mut store = fixture.empty_store()?;
    let long = "long ".repeat(20_000);
    for text in HOSTILE.iter().copied().chain([long.as_str()]) {
        let ban = TestBan::new("192.0.2.1").reason(text);
        match ban.insert(&mut store).and_then(|_| store.flush()) {
            Ok(()) => {
                let found: Vec<_> = rows(&mut store)?.into_iter().map(|row| row.reason).collect();
                ensure!(found == [text], "{:.60?} came back as {:.60}", text, format!("{found:?}"));
            }
            // Not every storage holds every text; it may say so.
            Err(error) if error.kind() == ErrorKind::Invalid => store.discard().during("discard")?,
            Err(error) => fail!("insert of {text:.60?}: {}", words(&error)),
        }
    }
    store.delete_all().during("delete_all")?;
    store.flush().during("flush")?;
    store.shutdown().during("shutdown")
}

pub fn stop(fixture: &Fixture) -> Verdict {
    let mut store = fixture.empty_store()?;
    let bans: Vec<_> = (1..=10).map(|n| TestBan::new(&format!("192.0.2.{n}"))).collect();
    insert_all(&mut store, &bans)?;
    store.flush().during("flush")?;
    for wanted in [1, 3, 10] {
        let mut seen = 0;
        let query = Query { at_us: now(), ..Query::default() };
        let read = store.read(&query, |_, _, _| {
            seen += 1;
            seen < wanted
        });
        read.during("read_at")?;
        ensure_eq!(seen, wanted, "rows until the stop");
    }
    ensure_eq!(rows(&mut store)?.len(), 10, "rows after the stops");
    store.shutdown().during("shutdown")
}

pub fn many_rows(fixture: &Fixture) -> Verdict {
    let mut store = fixture.empty_store()?;
    let count = u32::try_from(fixture.rows).unwrap_or(u32::MAX);
    let target = |n: u32| Ipv4Addr::from(0x0a00_0000 | n).to_string();
    for first in (0..count).step_by(1_000) {
        let bans: Vec<_> = (first..count.min(first + 1_000)).map(|n| TestBan::new(&target(n))).collect();
        insert_all(&mut store, &bans)?;
    }
    store.flush().during("flush")?;
    let mut seen = vec![false; fixture.rows];
    let mut twice = 0u64;
    let query = Query { at_us: now(), ..Query::default() };
    let read = store.read(&query, |row, _, _| {
        let number = row.target.parse().map_or(u32::MAX, |ip: Ipv4Addr| u32::from(ip) & 0x00ff_ffff);
        match seen.get_mut(number as usize) {
            Some(place) if !*place => *place = true,
            _ => twice += 1,
        }
        true
    });
    read.during("read_at")?;
    ensure_eq!(twice, 0, "rows that were not inserted, or came twice");
    ensure_eq!(seen.iter().filter(|seen| **seen).count(), fixture.rows, "rows");
    store.delete_all().during("delete_all")?;
    store.flush().during("flush")?;
    ensure_eq!(rows(&mut store)?.len(), 0, "rows after delete_all");
    store.shutdown().during("shutdown")
}
