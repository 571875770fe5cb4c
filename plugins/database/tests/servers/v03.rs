//! A MySQL database of CrowdSec v0.3.7, and v0.3.7 beside warden.

use chrono::{Local, TimeZone};
use warden_plugin::{Backend, Ban, ErrorKind, FOREVER_US, Query, Target};

use crate::common::{HOUR, NOW, SECOND, ban, signal};
use crate::shop::Shop;
use crate::stage::Mariadb;

const FIXTURE: &str = include_str!("../fixtures/crowdsec-v0.3.7.mysql.sql");

/// The tables of v0.3.7, in which DATETIME is the machine's time.
pub fn v03() -> Option<Shop> {
    let shop = Shop::mariadb()?.with(&[("timezone", "local")]);
    shop.run(FIXTURE);
    Some(shop)
}

/// What v0.3.7 writes for an instant.
pub fn local(us: i64) -> String {
    Local.timestamp_micros(us).unwrap().format("'%Y-%m-%d %H:%M:%S'").to_string()
}

/// `ban add` of v0.3.7: a signal and a ban.
pub fn v03_adds(shop: &Shop, target: &str) {
    let (now, until) = (local(shop.host.now()), local(shop.host.now() + HOUR));
    shop.run(&format!(
        "INSERT INTO signal_occurences (created_at, updated_at, deleted_at, scenario, events_count, start_at, stop_at, source_ip) \
         VALUES ({now}, {now}, NULL, 'v0.3', 1, {now}, {now}, '{target}');\n\
         INSERT INTO ban_applications (created_at, updated_at, deleted_at, measure_source, measure_type, measure_extra, until, \
         start_ip, end_ip, target_cn, target_as, target_as_name, ip_text, reason, scenario, signal_occurence_id) \
         VALUES ({now}, {now}, NULL, 'cli', 'ban', '', {until}, 0, 0, '', 0, '', '{target}', 'v0.3', '', LAST_INSERT_ID())"
    ));
}

/// What `ban list` of v0.3.7 asks for.
fn v03_counts(shop: &Shop) -> i64 {
    let now = local(shop.host.now());
    shop.number(&format!("SELECT COUNT(*) FROM ban_applications WHERE deleted_at IS NULL AND until >= {now}"))
}

#[test]
fn each_reads_what_the_other_writes() {
    let Some(shop) = v03() else { return };
    for target in ["1.2.3.4", "2001:DB8::2", "1.2.3.77/24"] {
        v03_adds(&shop, target);
    }
    // As it is, without warden's columns.
    assert_eq!(shop.targets(), ["1.2.3.77/24", "2001:DB8::2", "1.2.3.4"]);
    let found = Query { at_us: NOW, ip: Target::parse("1.2.3.4").ok(), ..Query::default() };
    assert_eq!(shop.query(&found).len(), 2);
    assert_eq!(shop.list()[1].bans, 1);
    shop.host.pass(SECOND);
    assert_eq!(shop.add("2001:db8::2", "cli").replaced, 1);
    shop.add("5.6.7.8", "cli");
    assert_eq!(v03_counts(&shop), 4);
    assert_eq!(shop.list().iter().find(|row| row.target == "2001:db8::2").unwrap().bans, 2);
    shop.host.pass(SECOND);
    v03_adds(&shop, "5.6.7.9");
    v03_adds(&shop, "FE80:0::1");
    assert_eq!(shop.delete("fe80::1"), 1);
    assert_eq!(shop.delete("1.2.3.0/24"), 1);
    assert_eq!(v03_counts(&shop), 4);
    assert_eq!(shop.targets(), ["5.6.7.9", "5.6.7.8", "2001:db8::2", "1.2.3.4"]);
}

#[test]
fn whole_seconds_lose_no_moment_of_a_ban() {
    let Some(shop) = v03() else { return };
    shop.host.pass(999_999);
    let now = shop.host.now();
    shop.add("1.2.3.4", "cli");
    assert_eq!(shop.targets(), ["1.2.3.4"]);
    assert_eq!(shop.targets_at(now + HOUR - 1), ["1.2.3.4"]);
    assert_eq!(shop.delete("1.2.3.4"), 1);
    assert_eq!(shop.list(), []);
    shop.add("1.2.3.4", "cli");
    shop.add("1.2.3.4", "cli");
    assert_eq!(shop.targets().len(), 1);
}

#[test]
fn for_ever_is_what_v03_lists_for_long() {
    let Some(shop) = v03() else { return };
    shop.add_ban(&ban("1.2.3.4", "cli", FOREVER_US)).unwrap();
    assert_eq!(shop.number("SELECT COUNT(*) FROM ban_applications WHERE until = '9999-12-31 00:00:00'"), 1);
    assert_eq!(shop.list()[0].until_us, FOREVER_US);
    assert_eq!(v03_counts(&shop), 1);
}

#[test]
fn ipv6_has_no_numbers() {
    let Some(shop) = v03() else { return };
    shop.add("2001:db8::1", "cli");
    shop.add("1.2.3.0/24", "cli");
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM ban_applications WHERE start_ip IS NULL AND end_ip IS NULL"),
        1
    );
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM ban_applications WHERE INET_NTOA(start_ip) = '1.2.3.0' AND INET_NTOA(end_ip) = '1.2.3.255'"),
        1
    );
}

#[test]
fn text_that_a_table_cannot_hold_changes_nothing() {
    let Some(shop) = v03() else { return };
    let now = shop.host.now();
    shop.add("9.9.9.9", "cli");
    let long = "é".repeat(256);
    for (reason, said) in [
        ("a 🐝", "the reason has a `🐝`"),
        ("Łódź", "the reason has a `Ł`"),
        (long.as_str(), "the reason has 256 characters"),
    ] {
        let mut backend = shop.open();
        backend.insert(&signal(now, &[ban("1.1.1.1", "cli", now + HOUR)])).unwrap();
        let error =
            backend.insert(&signal(now, &[Ban { reason, ..ban("9.9.9.9", "cli", now + HOUR) }])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.message().contains(said), "{}", error.message());
        assert!(backend.flush().is_err());
        assert_eq!(shop.list().len(), 1);
    }
    let held = ["é€ß", &"é".repeat(255)];
    for reason in held {
        shop.add_ban(&Ban { reason, ..ban("9.9.9.9", "cli", now + HOUR) }).unwrap();
        assert_eq!(shop.list()[0].reason, reason);
    }
    // Warden's own note is left out where it does not fit.
    shop.add_ban(&Ban { actor: "Łukasz", ..ban("9.9.9.9", "cli", now + HOUR) }).unwrap();
    let actor = "a".repeat(300);
    shop.add_ban(&Ban { actor: &actor, ..ban("9.9.9.9", "cli", now + HOUR) }).unwrap();
    shop.add_ban(&Ban { actor: &"a".repeat(240), ..ban("9.9.9.9", "cli", now + HOUR) }).unwrap();
    assert_eq!(shop.delete("9.9.9.9"), 1);
}

#[test]
fn a_list_reads_each_row_a_few_times() {
    const ROWS: u32 = 2000;
    let Some(server) = Mariadb::start(&[]) else { return };
    // v0.3.7's tables without an index, then with warden's.
    let shop = Shop::on_mariadb(&server).with(&[("timezone", "local")]);
    shop.run(FIXTURE);
    let (now, until) = (local(NOW), local(NOW + HOUR));
    shop.run(&format!(
        "INSERT INTO signal_occurences (created_at, scenario, events_count, stop_at, source_ip) \
         SELECT {now}, 'scan', 1, {now}, INET_NTOA(167772160 + seq) FROM seq_1_to_{ROWS};\n\
         INSERT INTO ban_applications (created_at, measure_source, measure_type, until, ip_text, start_ip, signal_occurence_id) \
         SELECT {now}, 'cli', 'ban', {until}, INET_NTOA(167772160 + seq), 167772160 + seq, seq FROM seq_1_to_{ROWS}"
    ));
    for layout in ["plain", "indexed"] {
        let before = server.rows_read();
        assert_eq!(shop.list().len(), 2000);
        let read = server.rows_read() - before;
        assert!(read < u64::from(ROWS) * 40, "{layout}: {read} rows");
        assert_eq!(shop.delete("1.1.1.1"), 0);
    }
}

#[test]
fn the_zone_is_how_datetime_is_read() {
    let Some(shop) = Shop::mariadb() else { return };
    shop.add("1.2.3.4", "cli");
    assert_eq!(shop.number("SELECT COUNT(*) FROM ban_applications WHERE until = '2026-11-24 04:00:00'"), 1);
}
