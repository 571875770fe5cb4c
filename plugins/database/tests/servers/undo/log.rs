//! The log of changes: its size, its migration, the rights that it needs.

use warden_plugin::{Backend, ErrorKind};

use super::{CHANGES, flush, last, sorted, stranger, undo};
use crate::common::{SECOND, history};
use crate::schema::clerk;
use crate::shop::Shop;

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
            include_str!("../../../migrations/mysql/0001_tables.sql"),
            include_str!("../../../migrations/mysql/0002_lookups.sql"),
            include_str!("../../../migrations/mysql/0003_version.sql"),
        ]
    } else {
        [
            include_str!("../../../migrations/postgres/0001_tables.sql"),
            include_str!("../../../migrations/postgres/0002_lookups.sql"),
            include_str!("../../../migrations/postgres/0003_version.sql"),
        ]
    };
    for migration in migrations {
        shop.run(migration);
    }
    for target in ["1.1.1.1", "2.2.2.2"] {
        stranger(shop, target, "cli", "2026-11-25 03:00:00");
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
