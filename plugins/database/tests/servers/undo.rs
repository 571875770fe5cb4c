//! Taking the last change back on servers: what the story cannot tell.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use database::Database;
use mysql::prelude::Queryable;
use proptest::prelude::*;
use warden_plugin::{Backend, Change, ErrorKind, Query, Result, Signal};

use crate::common::undo_model::{Place, live_through, steps};
use crate::common::{HOUR, SECOND, TestHost, ban, history, signal};
use crate::failover::{behind, commit};
use crate::schema::clerk;
use crate::shop::Shop;
use crate::stage::{Cut, mariadb_sql, postgresql_sql};
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

fn sorted(shop: &Shop) -> Vec<String> {
    let mut targets = shop.targets();
    targets.sort();
    targets
}

#[test]
fn an_undo_that_was_cut_is_done_once() {
    for shop in Shop::on_servers() {
        shop.add("1.2.3.4", "cli");
        shop.delete("1.2.3.4");
        let words = ["UPDATE ban_applications", "INSERT INTO warden_changes", commit(&shop)];
        let cuts = words.map(Cut::Before).into_iter().chain([Cut::After(commit(&shop))]);
        for (number, cut) in cuts.enumerate() {
            let engine = shop.engine();
            let (door, proxy) = behind(&shop);
            let change = last(&door).unwrap();
            assert_eq!((change.added, change.ended), (0, 1), "{engine} {cut:?}");
            proxy.cut(cut);
            take_back(&door, change.id).unwrap();
            assert!(proxy.was_cut(), "{engine} {cut:?}");
            assert_eq!(shop.targets(), ["1.2.3.4"], "{engine} {cut:?}");
            assert_eq!(shop.number(UNDONE), i64::try_from(number).unwrap() + 1, "{engine} {cut:?}");
            shop.delete("1.2.3.4");
        }
    }
}

#[test]
fn what_ended_bans_and_lost_the_answer_to_its_commit_is_one_change() {
    for shop in Shop::on_servers() {
        let everything = Query::default();
        for how in ["target", "filter", "all"] {
            shop.add("1.2.3.4", "cli");
            let before = shop.number(CHANGES);
            let (door, proxy) = behind(&shop);
            let mut backend = door.open();
            let ended = match how {
                "target" => backend.delete("1.2.3.4"),
                "filter" => backend.delete_where(&everything),
                _ => backend.delete_all(),
            };
            assert_eq!(ended.unwrap(), 1);
            proxy.cut(Cut::After(commit(&shop)));
            backend.flush().unwrap();
            assert!(proxy.was_cut());
            assert_eq!(shop.number(CHANGES), before + 1, "{} {how}", shop.engine());
            assert_eq!(shop.list(), [], "{} {how}", shop.engine());
            assert_eq!(undo(&shop), (0, 1), "{} {how}", shop.engine());
            assert_eq!(shop.targets(), ["1.2.3.4"]);
            assert_eq!(undo(&shop), (1, 0));
        }
    }
}

#[test]
fn what_is_pending_is_the_last_change_also_when_it_is_done_again() {
    for shop in Shop::on_servers() {
        for cut in [Cut::Before(commit(&shop)), Cut::After(commit(&shop))] {
            let engine = shop.engine();
            shop.add("1.1.1.1", "cli");
            let first = last(&shop).unwrap().id;
            let (door, proxy) = behind(&shop);
            let mut backend = door.open();
            let add = |backend: &mut Database, target: &str| {
                let now = shop.host.now();
                backend.insert(&signal(now, &[ban(target, "cli", now + HOUR)])).unwrap();
            };
            add(&mut backend, "2.2.2.2");
            assert_eq!(backend.undo(first).unwrap_err().kind(), ErrorKind::Invalid, "{engine}");
            let second = backend.last_change().unwrap().unwrap();
            assert!(second.id != first && (second.added, second.ended) == (1, 0), "{engine} {second:?}");
            backend.undo(second.id).unwrap();
            add(&mut backend, "3.3.3.3");
            add(&mut backend, "4.4.4.4");
            let third = backend.last_change().unwrap().unwrap();
            assert!(third.id != second.id && (third.added, third.ended) == (2, 0), "{engine} {third:?}");
            add(&mut backend, "5.5.5.5");
            proxy.cut(cut);
            backend.flush().unwrap();
            assert!(proxy.was_cut());
            assert_eq!(sorted(&shop), ["1.1.1.1", "3.3.3.3", "4.4.4.4", "5.5.5.5"], "{engine} {cut:?}");
            for added in [1, 2, 1] {
                assert_eq!(undo(&shop), (added, 0), "{engine} {cut:?}");
            }
            assert_eq!(shop.list(), [], "{engine} {cut:?}");
        }
    }
}

#[test]
fn a_deletion_that_is_done_again_is_one_change() {
    for shop in Shop::on_servers() {
        shop.add("1.2.3.4", "cli");
        let before = shop.number(CHANGES);
        let (door, proxy) = behind(&shop);
        proxy.cut(Cut::Before(commit(&shop)));
        assert_eq!(door.delete("1.2.3.4"), 1);
        assert!(proxy.was_cut());
        assert_eq!(shop.number(CHANGES), before + 1, "{}", shop.engine());
        assert_eq!(undo(&shop), (0, 1));
    }
}

#[test]
fn one_of_those_who_take_the_same_change_back_does() {
    for shop in Shop::on_servers() {
        for round in 0..5 {
            shop.add("1.2.3.4", "cli");
            let id = last(&shop).unwrap().id;
            let together = Barrier::new(4);
            let outcomes: Vec<Result> = thread::scope(|scope| {
                let undoers: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            together.wait();
                            take_back(&shop, id)
                        })
                    })
                    .collect();
                undoers.into_iter().map(|undoer| undoer.join().unwrap()).collect()
            });
            let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
            assert_eq!(done.len(), 1, "{} {round}", shop.engine());
            assert!(refused.iter().all(|no| no.as_ref().unwrap_err().kind() == ErrorKind::Invalid));
            assert_eq!(shop.number(UNDONE), round + 1);
        }
    }
}

/// As by a node of a cluster, which no lock reaches.
#[test]
fn an_undo_that_another_one_overtook_without_a_lock_is_refused() {
    for shop in Shop::on_servers() {
        shop.add("1.2.3.4", "cli");
        let id = last(&shop).unwrap().id;
        let mut other = connection(&shop);
        other(
            "BEGIN;INSERT INTO warden_changes (at_us, command, actor, added, ended, mark, last_ban, undoes) \
             SELECT 1, 'ban undo', '', 0, 0, 5, 0, max(id) FROM warden_changes",
        );
        let outcome = thread::scope(|scope| {
            let undoer = scope.spawn(|| take_back(&shop, id));
            thread::sleep(Duration::from_millis(400));
            other("COMMIT");
            undoer.join().unwrap()
        });
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{}: {}", shop.engine(), error.message());
        assert_eq!(shop.number(UNDONE), 1, "{}", shop.engine());
    }
}

/// Statements on a connection of the test's own.
fn connection(shop: &Shop) -> Box<dyn FnMut(&str)> {
    if shop.engine() == "mysql" {
        let mut conn = mariadb_sql(shop.port(), Some(&shop.name));
        return Box::new(move |sql| sql.split(';').for_each(|each| conn.query_drop(each).unwrap()));
    }
    let sql = postgresql_sql(shop.port(), &shop.name);
    Box::new(move |text| sql.run(text))
}

/// Undoes the last change while somebody else's ban of its target is pending, which is committed then.
fn undo_beside(shop: &Shop, is_stream: bool) -> Result {
    let id = last(shop).unwrap().id;
    let mut other = shop.open();
    if is_stream {
        other.start_auto_commit().unwrap();
    }
    let now = shop.host.now();
    other.insert(&signal(now, &[ban("1.2.3.4", "cli", now + 3 * HOUR)])).unwrap();
    thread::scope(|scope| {
        let undoer = scope.spawn(|| take_back(shop, id));
        thread::sleep(Duration::from_millis(400));
        other.flush().unwrap();
        undoer.join().unwrap()
    })
}

#[test]
fn an_undo_waits_for_who_bans_the_same_target() {
    for shop in Shop::on_servers() {
        for undoes_an_add in [false, true] {
            let engine = shop.engine();
            shop.add("1.2.3.4", "cli");
            if !undoes_an_add {
                shop.delete("1.2.3.4");
            }
            let refused = undo_beside(&shop, false).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Invalid, "{engine}: {}", refused.message());
            assert_eq!(shop.targets(), ["1.2.3.4"], "{engine}");
            flush(&shop);
        }
        // Also when they are too many to take their locks one by one.
        import(&shop, 1500, 1);
        let id = last(&shop).unwrap().id;
        let refused = undo_beside(&shop, false).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{}: {}", shop.engine(), refused.message());
        assert_ne!(last(&shop).unwrap().id, id);
        flush(&shop);
        // A stream makes no change: the undo is done, and what stands there stays.
        shop.add("1.2.3.4", "cli");
        shop.delete("1.2.3.4");
        undo_beside(&shop, true).unwrap();
        assert_eq!(shop.targets(), ["1.2.3.4"], "{}", shop.engine());
        assert_eq!(shop.list()[0].until_us, shop.host.now() + 3 * HOUR, "{}", shop.engine());
    }
}

#[test]
fn an_undo_waits_for_who_ends_the_same_bans() {
    for shop in Shop::on_servers() {
        for all in [false, true] {
            shop.add("1.2.3.4", "cli");
            let id = last(&shop).unwrap().id;
            let mut other = shop.open();
            let ended = if all { other.delete_all() } else { other.delete_where(&Query::default()) };
            assert_eq!(ended.unwrap(), 1);
            let outcome = thread::scope(|scope| {
                let undoer = scope.spawn(|| take_back(&shop, id));
                thread::sleep(Duration::from_millis(400));
                other.flush().unwrap();
                undoer.join().unwrap()
            });
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Invalid, "{}", shop.engine());
            assert_eq!(undo(&shop), (0, 1), "{}", shop.engine());
            assert_eq!(undo(&shop), (1, 0), "{}", shop.engine());
        }
    }
}

#[test]
fn what_an_older_warden_did_since_stays() {
    for shop in Shop::on_servers() {
        for target in ["1.1.1.1", "2.2.2.2", "2001:db8::3", "4.4.4.4"] {
            shop.add(target, "cli");
        }
        assert_eq!(flush(&shop), 4);
        // It names its columns, and knows of no marks.
        shop.run(
            "INSERT INTO ban_applications (created_at, measure_source, until, ip_text, measure_extra) \
             VALUES ('2026-11-24 03:00:00', 'cli', '2026-11-25 03:00:00', '1.1.1.1', '')",
        );
        shop.run(
            "INSERT INTO ban_applications (created_at, measure_source, until, ip_text, measure_extra) \
             VALUES ('2026-11-24 03:00:00', 'cli', '2026-11-25 03:00:00', '2001:DB8:0:0:0:0:0:3', '')",
        );
        shop.run(
            "INSERT INTO ban_applications (created_at, measure_source, until, ip_text, measure_extra) \
             VALUES ('2026-11-24 03:00:00', 'api', '2026-11-25 03:00:00', '2.2.2.2', '')",
        );
        // And one that is over when it is looked at.
        shop.run(
            "INSERT INTO ban_applications (created_at, measure_source, until, ip_text, measure_extra) \
             VALUES ('2026-11-24 03:00:00', 'cli', '2026-11-24 03:00:01', '4.4.4.4', '')",
        );
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

/// Two thousand rows more in the log.
fn many_changes(shop: &Shop) {
    let numbers = match shop.engine() {
        "mysql" => "seq AS n FROM seq_1_to_2000",
        _ => "n FROM generate_series(1, 2000) n",
    };
    shop.run(&format!(
        "INSERT INTO warden_changes (at_us, command, actor, added, ended, mark, last_ban) \
         SELECT 1, 'old', '', 0, 0, s.n, 0 FROM (SELECT {numbers}) s"
    ));
}

#[test]
fn the_log_does_not_grow_for_ever() {
    for shop in Shop::on_servers() {
        shop.add("9.9.9.9", "cli");
        many_changes(&shop);
        // One change in some dozens looks for the oldest.
        let mut adds = 0;
        while shop.number(CHANGES) > 1000 {
            shop.add("1.2.3.4", "cli");
            adds += 1;
            assert!(adds < 1500, "{}", shop.engine());
        }
        let left = shop.number(CHANGES);
        assert_eq!(left, 900, "{}", shop.engine());
        assert_eq!(undo(&shop), (1, u64::from(adds > 1)), "{}", shop.engine());
    }
}

#[test]
fn the_first_change_of_a_store_is_none() {
    for shop in Shop::on_servers() {
        assert_eq!(last(&shop), None);
        let schema = if shop.engine() == "mysql" { "DATABASE()" } else { "'public'" };
        let tables = format!("SELECT count(*) FROM information_schema.tables WHERE table_schema = {schema}");
        assert_eq!(shop.number(&tables), 0, "to ask makes no table");
        assert_eq!(shop.delete("1.2.3.4"), 0);
        assert_eq!(flush(&shop), 0);
        assert_eq!(last(&shop), None);
        assert_eq!(shop.number(CHANGES), 0);
        let mut refused = shop.open();
        assert_eq!(refused.undo(1).unwrap_err().kind(), ErrorKind::Invalid);
        // Whom it refused is in nobody's way.
        assert_eq!(flush(&shop), 0);
        shop.host.pass(SECOND);
        shop.add("1.2.3.4", "cli");
        assert_eq!(last(&shop).unwrap().at_us, shop.host.now());
        assert_eq!(history(&mut shop.open(), "1.2.3.4").len(), 1);
    }
}

/// The tables as a warden without a log of changes made them, with bans in them.
fn version_3(shop: &Shop) {
    let migrations = if shop.engine() == "mysql" {
        [
            include_str!("../../migrations/mysql/0001_tables.sql"),
            include_str!("../../migrations/mysql/0002_lookups.sql"),
            include_str!("../../migrations/mysql/0003_version.sql"),
        ]
    } else {
        [
            include_str!("../../migrations/postgres/0001_tables.sql"),
            include_str!("../../migrations/postgres/0002_lookups.sql"),
            include_str!("../../migrations/postgres/0003_version.sql"),
        ]
    };
    for migration in migrations {
        shop.run(migration);
    }
    for target in ["1.1.1.1", "2.2.2.2"] {
        shop.run(&format!(
            "INSERT INTO ban_applications (created_at, measure_source, until, ip_text, measure_extra) \
             VALUES ('2026-11-24 03:00:00', 'cli', '2026-11-25 03:00:00', '{target}', '')"
        ));
    }
}

fn version(shop: &Shop) -> i64 {
    i64::from(shop.number("SELECT count(*) FROM warden_schema WHERE version = 3") == 0) + 3
}

#[test]
fn the_bans_of_an_older_store_can_be_ended_and_restored() {
    for shop in Shop::on_servers() {
        let engine = shop.engine();
        version_3(&shop);
        assert_eq!(sorted(&shop), ["1.1.1.1", "2.2.2.2"], "{engine}");
        assert_eq!(last(&shop), None, "{engine}");
        shop.open().probe().unwrap();
        assert_eq!(version(&shop), 3, "{engine}: to look changes nothing");
        assert_eq!(flush(&shop), 2, "{engine}");
        assert_eq!(version(&shop), 4, "{engine}");
        let oldest = "SELECT count(*) FROM warden_schema WHERE oldest_reader = 1 AND oldest_writer = 1";
        assert_eq!(shop.number(oldest), 1, "{engine}: an older warden goes on");
        assert_eq!(undo(&shop), (0, 2), "{engine}");
        assert_eq!(sorted(&shop), ["1.1.1.1", "2.2.2.2"], "{engine}");
        assert_eq!(last(&shop), None, "{engine}");
    }
}

#[test]
fn a_migration_that_was_interrupted_is_finished() {
    let Some(shop) = Shop::mariadb() else { return };
    version_3(&shop);
    shop.run("ALTER TABLE ban_applications ADD COLUMN warden_made bigint DEFAULT NULL");
    assert_eq!(flush(&shop), 2);
    assert_eq!((version(&shop), undo(&shop)), (4, (0, 2)));
}

#[test]
fn who_may_not_make_tables_is_told_so_and_reads_on() {
    for shop in Shop::on_servers() {
        let clerk = clerk(&shop, "SELECT, INSERT, UPDATE");
        version_3(&shop);
        assert_eq!(sorted(&clerk), ["1.1.1.1", "2.2.2.2"], "{}", shop.engine());
        let error = clerk.try_add("1.2.3.4", "cli").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{}", error.message());
        assert!(error.message().contains("not prepared for warden"), "{}", error.message());
        shop.add("9.9.9.9", "cli");
        clerk.add("1.2.3.4", "cli");
        assert_eq!(undo(&clerk), (1, 0), "{}", shop.engine());
    }
}

#[test]
fn who_may_not_remove_rows_writes_on_in_a_long_log() {
    for shop in Shop::on_servers() {
        let clerk = clerk(&shop, "SELECT, INSERT, UPDATE");
        shop.add("9.9.9.9", "cli");
        many_changes(&shop);
        // One change in some dozens looks for the oldest.
        for _ in 0..200 {
            clerk.add("1.2.3.4", "cli");
        }
        assert_eq!(shop.number(CHANGES), 2201, "{}", shop.engine());
        assert_eq!(undo(&clerk), (1, 1), "{}", shop.engine());
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
