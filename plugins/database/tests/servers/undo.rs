//! Taking the last change back on servers: what the story cannot tell.

mod beside;
mod cut;
mod log;

use database::Database;
use proptest::prelude::*;
use warden_plugin::{Backend, Change, Result, Signal};

use crate::common::undo_model::{Place, live_through, steps};
use crate::common::{HOUR, SECOND, TestHost, ban, signal};
use crate::shop::Shop;
use crate::v03::{local, v03, v03_adds};

const CHANGES: &str = "SELECT count(*) FROM warden_changes";
const UNDONE: &str = "SELECT count(*) FROM warden_changes WHERE undoes IS NOT NULL";

fn last(shop: &Shop) -> Option<Change> {
    shop.open().last_change().unwrap()
}

/// As `ban undo` does it.
fn undo(shop: &Shop) -> (u64, u64) {
    let change = last(shop).unwrap();
    take_back(shop, change.id).unwrap();
    (change.added, change.ended)
}

fn take_back(shop: &Shop, id: u64) -> Result {
    let mut backend = shop.open();
    backend.undo(id)?;
    backend.flush()
}

fn flush(shop: &Shop) -> u64 {
    let mut backend = shop.open();
    let ended = backend.delete_all().unwrap();
    backend.flush().unwrap();
    ended
}

/// Bans so many targets from 1.2.0.0 on, 250 of each 256.
fn import(shop: &Shop, count: usize, hours: i64) {
    let now = shop.host.now();
    let many: Vec<String> = (0..count).map(|n| format!("1.2.{}.{}", n / 250, n % 250)).collect();
    let bans: Vec<_> = many.iter().map(|target| ban(target, "cli", now + hours * HOUR)).collect();
    let mut backend = shop.open();
    backend.insert(&Signal { bans_only: true, ..signal(now, &bans) }).unwrap();
    backend.flush().unwrap();
}

/// A ban by an older warden, or v0.3.7: it names its columns, and knows of no marks.
fn stranger(shop: &Shop, target: &str, source: &str, until: &str) {
    shop.run(&format!(
        "INSERT INTO ban_applications (created_at, measure_source, until, ip_text, measure_extra) \
         VALUES ('2026-11-24 03:00:00', '{source}', '{until}', '{target}', '')"
    ));
}

fn sorted(shop: &Shop) -> Vec<String> {
    let mut targets = shop.targets();
    targets.sort();
    targets
}

#[test]
fn what_an_older_warden_did_since_stays() {
    for shop in Shop::on_servers() {
        for target in ["1.1.1.1", "2.2.2.2", "2001:db8::3", "4.4.4.4"] {
            shop.add(target, "cli");
        }
        assert_eq!(flush(&shop), 4);
        stranger(&shop, "1.1.1.1", "cli", "2026-11-25 03:00:00");
        stranger(&shop, "2001:DB8:0:0:0:0:0:3", "cli", "2026-11-25 03:00:00");
        stranger(&shop, "2.2.2.2", "api", "2026-11-25 03:00:00");
        // And one that is over when it is looked at.
        stranger(&shop, "4.4.4.4", "cli", "2026-11-24 03:00:01");
        shop.host.pass(SECOND);
        let engine = shop.engine();
        assert_eq!(undo(&shop), (0, 2), "{engine}");
        let held = ["1.1.1.1", "2.2.2.2", "2.2.2.2", "2001:DB8:0:0:0:0:0:3", "4.4.4.4"];
        assert_eq!(sorted(&shop), held, "{engine}");
        // What it ended is not this change's any more.
        shop.run("UPDATE ban_applications SET deleted_at = '2026-11-24 03:00:00' WHERE ip_text = '4.4.4.4'");
        assert_eq!(undo(&shop), (0, 0), "{engine}");
        assert_eq!(sorted(&shop), held[..4], "{engine}");
    }
}

#[test]
fn a_stream_makes_no_change_and_what_it_replaced_stays_so() {
    for shop in Shop::on_servers() {
        shop.add("1.2.3.4", "cli");
        let mut stream = shop.open();
        stream.start_auto_commit().unwrap();
        for _ in 0..3 {
            let now = shop.host.now();
            stream.insert(&signal(now, &[ban("1.2.3.4", "cli", now + 2 * HOUR)])).unwrap();
            stream.flush().unwrap();
        }
        assert_eq!(shop.number(CHANGES), 1, "{}", shop.engine());
        let marked =
            "SELECT count(*) FROM ban_applications WHERE warden_made IS NOT NULL OR warden_ended IS NOT NULL";
        assert_eq!(shop.number(marked), 1, "{}", shop.engine());
        assert_eq!(undo(&shop), (0, 0));
        assert_eq!(shop.targets(), ["1.2.3.4"]);
    }
}

#[test]
fn a_change_of_many_bans_is_taken_back_whole() {
    for shop in Shop::on_servers() {
        let now = shop.host.now();
        import(&shop, 2500, 1);
        import(&shop, 2500, 2);
        assert_eq!(undo(&shop), (2500, 2500), "{}", shop.engine());
        assert!(shop.list().iter().all(|row| row.until_us == now + HOUR), "{}", shop.engine());
        let marked =
            "SELECT count(*) FROM ban_applications WHERE deleted_at IS NULL AND warden_ended IS NOT NULL";
        assert_eq!(shop.number(marked), 0, "{}", shop.engine());
        // A stream's ban stands in the place of one.
        assert_eq!(flush(&shop), 2500);
        let mut stream = shop.open();
        stream.start_auto_commit().unwrap();
        stream.insert(&signal(now, &[ban("1.2.9.0", "cli", now + 3 * HOUR)])).unwrap();
        stream.flush().unwrap();
        assert_eq!(undo(&shop), (0, 2499), "{}", shop.engine());
        assert_eq!(shop.list().len(), 2500, "{}", shop.engine());
        assert_eq!(undo(&shop), (2499, 0), "{}", shop.engine());
        assert_eq!(shop.targets(), ["1.2.9.0"], "{}", shop.engine());
    }
}

#[test]
fn what_is_over_or_was_removed_is_left_alone() {
    const ENDED: &str = "SELECT count(*) FROM ban_applications WHERE deleted_at IS NOT NULL";
    for shop in Shop::all() {
        let engine = shop.engine();
        let add = || {
            let now = shop.host.now();
            let bans = [(1, "a"), (2, "b"), (3, "c")]
                .map(|(hours, source)| ban("1.1.1.1", source, now + hours * HOUR));
            let mut backend = shop.open();
            backend.insert(&signal(now, &bans)).unwrap();
            backend.flush().unwrap();
        };
        add();
        shop.host.pass(HOUR);
        assert_eq!(undo(&shop), (2, 0), "{engine}");
        assert_eq!(shop.number(ENDED), 2, "{engine}");
        add();
        assert_eq!(flush(&shop), 3, "{engine}");
        shop.host.pass(HOUR);
        shop.run("DELETE FROM ban_applications WHERE deleted_at IS NOT NULL AND measure_source = 'b'");
        assert_eq!(undo(&shop), (0, 1), "{engine}");
        let held: Vec<_> = shop.list().into_iter().map(|row| row.source).collect();
        assert_eq!(held, ["c"], "{engine}");
    }
}

#[test]
fn text_beside_the_action_stays_through_an_undo() {
    for shop in Shop::all() {
        let extras =
            ["hands off", "", r#"{"actor":"x\",\"ended\":\"y"}"#, r#"{"a":1}"#, r#"{"actor":"Zoë 🐝"}"#];
        let now = shop.host.now();
        for (number, extra) in extras.into_iter().enumerate() {
            let target = format!("10.0.0.{number}");
            shop.add_ban(&warden_plugin::Ban { extra, ..ban(&target, "cli", now + HOUR) }).unwrap();
        }
        shop.run("UPDATE ban_applications SET measure_extra = '' WHERE ip_text = '10.0.0.1'");
        let count = |extra: &str| {
            let extra = extra.replace('\\', if shop.engine() == "mysql" { r"\\" } else { r"\" });
            shop.number(&format!("SELECT count(*) FROM ban_applications WHERE measure_extra = '{extra}'"))
        };
        assert_eq!(flush(&shop), 5);
        assert_eq!(count(""), 0, "{}", shop.engine());
        assert_eq!(undo(&shop), (0, 5));
        for extra in extras {
            assert_eq!(count(extra), 1, "{} {extra}", shop.engine());
        }
    }
}

#[test]
fn in_the_tables_of_v03_changes_of_one_second_are_told_apart() {
    let Some(shop) = v03() else { return };
    v03_adds(&shop, "1.1.1.1");
    shop.host.pass(999_999);
    shop.add("2.2.2.2", "cli");
    shop.add("2.2.2.2", "cli");
    shop.delete("1.1.1.1");
    assert_eq!(undo(&shop), (0, 1));
    assert_eq!(sorted(&shop), ["1.1.1.1", "2.2.2.2"]);
    assert_eq!(undo(&shop), (1, 1));
    assert_eq!(flush(&shop), 2);
    // v0.3.7 writes on: in its own spelling in the place of one, and one of its own.
    shop.host.pass(SECOND);
    v03_adds(&shop, "::ffff:2.2.2.2");
    v03_adds(&shop, "3.3.3.3");
    assert_eq!(undo(&shop), (0, 1));
    assert_eq!(sorted(&shop), ["1.1.1.1", "3.3.3.3", "::ffff:2.2.2.2"]);
    assert_eq!(undo(&shop), (0, 0));
    assert_eq!(last(&shop), None);
}

impl Place for Shop {
    fn host(&self) -> &'static TestHost {
        self.host
    }

    fn open(&self) -> Database {
        Shop::open(self)
    }

    fn run(&self, sql: &str) {
        Shop::run(self, sql);
    }

    fn numbers(&self, sql: &str) -> Vec<i64> {
        Shop::numbers(self, sql)
    }

    fn instant(&self, us: i64) -> String {
        if self.engine() == "mysql" {
            return local(us);
        }
        chrono::DateTime::from_timestamp_micros(us).unwrap().format("'%Y-%m-%d %H:%M:%S+00'").to_string()
    }
}

proptest! {
    // Each has a database of its own.
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn any_command_can_be_taken_back(is_old: bool, steps in steps()) {
        let mysql = if is_old { v03() } else { Shop::mariadb().map(|shop| shop.with(&[("timezone", "local")])) };
        for shop in mysql.iter().chain(&Shop::postgresql()) {
            live_through(shop, &steps);
        }
    }
}
