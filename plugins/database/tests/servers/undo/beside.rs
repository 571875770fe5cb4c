//! Undoes beside other writers.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;
use warden_plugin::{Backend, ErrorKind, Query, Result};

use super::{UNDONE, flush, import, last, take_back, undo};
use crate::common::{HOUR, ban, signal};
use crate::shop::Shop;
use crate::stage::{mariadb_sql, postgresql_sql};

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
