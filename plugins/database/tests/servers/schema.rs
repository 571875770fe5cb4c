//! How the tables come to be, who may make them, and who may use them.

use std::thread;

use warden_plugin::{Backend, Error, ErrorKind};

use crate::shop::Shop;

#[test]
fn first_users_do_not_collide() {
    for shop in Shop::on_servers() {
        thread::scope(|scope| {
            for user in 0..6 {
                let shop = &shop;
                scope.spawn(move || shop.add(&format!("10.0.0.{user}"), "cli"));
            }
        });
        assert_eq!(shop.targets().len(), 6, "{}", shop.engine());
        assert_eq!(shop.number("SELECT count(*) FROM warden_schema"), 1);
    }
}

#[test]
fn a_list_and_a_probe_make_no_table() {
    for shop in Shop::on_servers() {
        assert_eq!(shop.list(), []);
        shop.open().probe().unwrap();
        let schema = if shop.engine() == "mysql" { "DATABASE()" } else { "'public'" };
        let tables = format!("SELECT count(*) FROM information_schema.tables WHERE table_schema = {schema}");
        assert_eq!(shop.number(&tables), 0);
    }
}

/// The first user was killed behind the first statement: MySQL keeps what that made.
#[test]
fn tables_of_which_only_the_first_is_there_are_empty() {
    let Some(shop) = Shop::mariadb() else { return };
    let tables = include_str!("../../migrations/mysql/0001_tables.sql");
    shop.run(tables.split_once(";\n").unwrap().0);
    assert_eq!(shop.list(), []);
    assert_eq!(shop.delete("1.2.3.4"), 0);
    shop.add("1.2.3.4", "cli");
    assert_eq!(shop.targets(), ["1.2.3.4"]);
    // With a ban in it, it is no beginning: whose the signals were is lost.
    shop.run("DROP TABLE warden_schema;\nDROP TABLE signal_occurences");
    assert!(shop.try_list().unwrap_err().message().contains("its tables are not those"));
}

#[test]
fn tables_that_somebody_holds_are_not_waited_for_without_end() {
    for shop in Shop::on_servers() {
        let hasty = shop.with(&[("busy_timeout", "1s")]);
        shop.add("1.2.3.4", "cli");
        let held = shop.hold();
        gives_up(&hasty.try_add("1.2.3.5", "cli").unwrap_err());
        gives_up(&hasty.try_list().unwrap_err());
        drop(held);
        assert_eq!(shop.targets(), ["1.2.3.4"], "{}", shop.engine());
        // So is the first user, who has to change the tables.
        shop.run("DROP TABLE warden_schema");
        let held = shop.hold();
        gives_up(&hasty.try_add("1.2.3.5", "cli").unwrap_err());
        drop(held);
        shop.add("1.2.3.5", "cli");
        assert_eq!(shop.targets().len(), 2, "{}", shop.engine());
    }
}

fn gives_up(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.message());
    assert!(error.message().contains("held a lock"), "{}", error.message());
}

/// A user who may do this to tables, and not make any.
pub fn clerk(shop: &Shop, rights: &str) -> Shop {
    let name = &shop.name;
    let user = format!("clerk_{name}");
    if shop.engine() == "mysql" {
        shop.run(&format!(
            "CREATE USER '{user}'@'127.0.0.1' IDENTIFIED BY 'pw';\nGRANT {rights} ON {name}.* TO '{user}'@'127.0.0.1'"
        ));
    } else {
        shop.run(&format!(
            "CREATE USER {user} PASSWORD 'pw'; \
             ALTER DEFAULT PRIVILEGES GRANT {rights} ON TABLES TO {user}"
        ));
    }
    shop.with(&[("db_username", &user), ("db_password", "pw")])
}

#[test]
fn a_user_without_create_uses_prepared_tables() {
    for shop in Shop::on_servers() {
        let clerk = clerk(&shop, "SELECT, INSERT, UPDATE, DELETE");
        let error = clerk.try_add("1.2.3.4", "cli").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{}", error.message());
        assert!(error.message().contains("not prepared for warden"), "{}", error.message());
        assert!(error.hint().contains("grant"), "{}", error.hint());
        shop.add("9.9.9.9", "cli");
        assert_eq!(clerk.add("9.9.9.9", "cli").replaced, 1);
        assert_eq!(clerk.delete("9.9.9.9"), 1);
        assert_eq!(clerk.list(), []);
    }
}

#[test]
fn a_newer_schema_is_used_until_it_says_no() {
    for shop in Shop::on_servers() {
        shop.add("1.2.3.4", "cli");
        shop.run("UPDATE warden_schema SET version = 99");
        shop.add("1.2.3.5", "cli");
        shop.run("UPDATE warden_schema SET oldest_writer = 99");
        assert_eq!(shop.list().len(), 2);
        let error = shop.try_add("1.2.3.6", "cli").unwrap_err();
        assert_eq!((error.kind(), error.hint()), (ErrorKind::Config, "update this warden"));
        assert!(shop.open().probe().is_err());
        shop.run("UPDATE warden_schema SET oldest_reader = 99");
        assert_eq!(shop.try_list().unwrap_err().kind(), ErrorKind::Config);
    }
}
