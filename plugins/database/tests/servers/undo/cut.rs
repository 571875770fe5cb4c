//! Undoes and changes whose connection is lost at a bad moment.

use database::Database;
use warden_plugin::{Backend, ErrorKind, Query};

use super::{CHANGES, UNDONE, last, sorted, take_back, undo};
use crate::common::{HOUR, ban, signal};
use crate::failover::{behind, commit};
use crate::shop::Shop;
use crate::stage::Cut;

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
