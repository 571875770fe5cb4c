//! The user gives up while SQLite is at work.

use database::Database;
use warden_plugin::{Backend, ErrorKind, Query, Rows, Signal};

use crate::common::{HOUR, NOW, Store, ban, signal};

/// So many that their list, and their end, takes a while.
fn many() -> Store {
    let store = Store::new();
    let targets: Vec<String> =
        (0..20_000).map(|n| format!("10.{}.{}.{}", n / 65_536, n / 256 % 256, n % 256)).collect();
    let bans: Vec<_> = targets.iter().map(|target| ban(target, "cli", NOW + HOUR)).collect();
    let mut backend = store.open();
    backend.insert(&Signal { bans_only: true, ..signal(NOW, &bans) }).unwrap();
    backend.flush().unwrap();
    store
}

#[test]
fn a_list_ends_when_the_user_gives_up() {
    let store = many();
    let mut seen = 0;
    let mut sink = |_: &warden_plugin::Row<'_>| {
        seen += 1;
        if seen == 10 {
            store.host.cancel();
        }
        true
    };
    let error = store.open().read_at(NOW, &mut Rows::new(&mut sink)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().ends_with("interrupted"), "{error}");
    assert!((10..20_000).contains(&seen), "{seen}");
}

#[test]
fn one_statement_on_many_bans_ends_when_the_user_gives_up() {
    let calls: [fn(&mut Database) -> warden_plugin::Result; 4] = [
        |backend| backend.delete_all().map(drop),
        |backend| backend.delete_where(&Query { source: Some("cli"), ..Query::default() }).map(drop),
        |backend| backend.last_change().map(drop),
        |backend| backend.summarise(&Query::default(), &mut 0, &mut |_, _, _| true),
    ];
    for (number, call) in calls.into_iter().enumerate() {
        let store = many();
        let mut backend = store.open();
        store.host.cancel();
        let error = call(&mut backend).unwrap_err();
        assert!(error.message().ends_with("interrupted"), "call {number}: {error}");
        drop(backend);
        let ended = "SELECT count(*) FROM ban_applications WHERE deleted_at IS NOT NULL";
        assert_eq!(store.number(ended), 0, "call {number}");
    }
}
