//! How the tables come to be, who may make them, and who may use them.

use std::thread;

use warden_plugin::{Backend, ErrorKind};

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
