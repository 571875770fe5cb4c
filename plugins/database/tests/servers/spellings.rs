//! Rows that others wrote, in other spellings of their targets.

use warden_plugin::{Backend, Query, Target};

use crate::common::{HOUR, NOW, SECOND};
use crate::shop::Shop;

/// Rows as other programs write them: a signal and a ban, or a ban alone.
fn write(shop: &Shop, text: &str, with_signal: bool) {
    let time = |us: i64| {
        let time = chrono::DateTime::from_timestamp_micros(us).unwrap().format("%Y-%m-%d %H:%M:%S");
        if shop.engine() == "mysql" { format!("'{time}'") } else { format!("'{time}+00:00'") }
    };
    let (now, until) = (time(NOW), time(NOW + HOUR));
    if with_signal {
        shop.run(&format!(
            "INSERT INTO signal_occurences (created_at, scenario, events_count, stop_at, source_ip) \
             VALUES ({now}, 'scan', 3, {now}, '{text}')"
        ));
    }
    let signal = if with_signal { "(SELECT max(id) FROM signal_occurences)" } else { "0" };
    shop.run(&format!(
        "INSERT INTO ban_applications (created_at, measure_source, measure_type, until, ip_text, reason, signal_occurence_id) \
         VALUES ({now}, 'cli', 'ban', {until}, '{text}', 'scan', {signal})"
    ));
}

/// A target, and other spellings of it.
const SPELLINGS: [(&str, &[&str]); 6] = [
    ("2001:db8::2", &["2001:DB8:0:0:0:0:0:2", "2001:0db8::0002", "2001:db8::2/128"]),
    ("1.2.3.0/24", &["1.2.3.77/24"]),
    ("1.2.3.4", &["1.2.3.4/32", "::ffff:1.2.3.4"]),
    ("2001:db8::/32", &["2001:db8:1::/32", "2001:DB8::/32"]),
    ("10.0.0.128/25", &["10.0.0.129/25"]),
    ("::/0", &["1::/0"]),
];

#[test]
fn any_spelling_is_found_counted_replaced_and_deleted_by_value() {
    for shop in Shop::all() {
        shop.open();
        shop.add("9.9.9.9", "api");
        for (canonical, spellings) in SPELLINGS {
            for text in spellings {
                let engine = shop.engine();
                write(&shop, text, true);
                let target = Target::parse(canonical).ok();
                let found = Query { at_us: shop.host.now(), ip: target, ..Query::default() };
                let row = &shop.query(&found)[0];
                assert_eq!((row.target.as_str(), row.bans, row.events), (*text, 1, 3), "{engine} {text}");
                shop.host.pass(SECOND);
                assert_eq!(shop.add(canonical, "cli").replaced, 1, "{engine} {text}");
                let rows = shop.query(&Query { at_us: shop.host.now(), ..found });
                assert_eq!(rows.len(), 1, "{engine} {text} {rows:?}");
                assert_eq!((rows[0].bans, rows[0].events), (2, 4), "{engine} {text}");
                let whole = shop.list();
                let listed = whole.iter().find(|row| row.target == canonical).unwrap();
                assert_eq!((listed.bans, listed.events), (2, 4), "{engine} {text}");
                let past = shop.list_at(NOW);
                let before = past.iter().find(|row| row.target == *text).unwrap();
                assert_eq!((before.bans, before.events), (1, 3), "{engine} {text}");
                assert_eq!(shop.delete(canonical), 1, "{engine} {text}");
                write(&shop, text, false);
                let orphan = &shop.query(&Query { at_us: shop.host.now(), ..found })[0];
                assert_eq!((orphan.orphan, orphan.bans), (true, 1), "{engine} {text}");
                assert_eq!(shop.delete(text), 1, "{engine} {text}");
                assert_eq!(shop.targets(), ["9.9.9.9"], "{engine} {text}");
                shop.run("DELETE FROM signal_occurences WHERE source_ip <> '9.9.9.9'");
                shop.run("DELETE FROM ban_applications WHERE ip_text <> '9.9.9.9'");
                shop.host.set_now(NOW);
            }
        }
    }
}

#[test]
fn what_is_no_target_is_listed_and_deleted_by_its_text() {
    for shop in Shop::all() {
        shop.add("9.9.9.9", "api");
        for text in ["example.org", "a/b", "1.2.3.4/99", "zz::1/x", ""] {
            write(&shop, text, true);
            assert!(shop.targets().contains(&text.to_owned()), "{} {text}", shop.engine());
            assert_eq!(shop.delete(text), 1, "{} {text}", shop.engine());
        }
    }
}

#[test]
fn no_other_text_is_taken_for_canonical() {
    for shop in Shop::on_servers() {
        shop.add("9.9.9.9", "api");
        let mut texts = Vec::new();
        for groups in
            ["0:0:0:0:0:0:0:0", "1:0:0:2:0:0:0:3", "1:2:3:4:5:6:7:8", "0:1:0:1:0:1:0:1", "fe80:0:0:0:a:b:c:d"]
        {
            let address: std::net::Ipv6Addr = groups.parse().unwrap();
            let padded = address.segments().map(|group| format!("{group:04x}")).join(":");
            texts.extend([groups.to_owned(), address.to_string(), padded.clone(), padded.to_uppercase()]);
            for length in [0, 8, 16, 17, 33, 64, 100, 127, 128] {
                texts.push(format!("{address}/{length}"));
            }
        }
        for text in &texts {
            write(&shop, text, true);
        }
        let mut backend = shop.open();
        for text in &texts {
            let canonical = Target::of_stored(text).unwrap().to_string();
            backend.delete(&canonical).unwrap();
        }
        backend.flush().unwrap();
        // What is left was not found by its value.
        assert_eq!(shop.targets(), ["9.9.9.9"], "{}", shop.engine());
    }
}
