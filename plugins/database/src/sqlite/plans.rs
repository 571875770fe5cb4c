//! Which way SQLite takes. That every lookup has its index is said by `INDEXED BY`: a statement whose index does not
//! fit fails in the other tests. Here is that the way is no scan and no sort, where that counts.

use rusqlite::Connection;
use warden_plugin::{Query, Target};

use super::question::{Question, Shape};
use super::schema::{self, Layout};
use super::{changes, ending, functions, history, read, undo, write};

fn connection() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    functions::register(&connection).unwrap();
    schema::migrate(&connection, Layout::Empty).unwrap();
    connection
}

fn plan(sql: &str) -> Vec<String> {
    let connection = connection();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

#[test]
fn a_list_is_one_walk_without_a_sort() {
    let query = Query {
        source: Some("cli"),
        reason: Some("x"),
        range: Target::of_stored("::/0"),
        ..Query::default()
    };
    for query in [Query::default(), query] {
        assert_eq!(
            plan(&Question::new(&query).sql(Shape::Newest)),
            [
                "SCAN b USING INDEX warden_bans_by_creation",
                "SEARCH s USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
                "CORRELATED SCALAR SUBQUERY 1",
                "SEARCH x USING COVERING INDEX warden_signals_by_target (source_ip=?)",
            ]
        );
    }
}

#[test]
fn one_ban_is_found_by_its_id() {
    let steps = plan(&Question::new(&Query::default()).sql(Shape::One));
    assert_eq!(steps[0], "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)");
}

#[test]
fn the_past_is_found_by_index() {
    let steps = plan(&read::ended_after());
    assert_eq!(
        steps
            .iter()
            .filter(|step| step.starts_with("SEARCH b USING INDEX warden_bans_by_end (<expr>"))
            .count(),
        2,
        "{steps:?}"
    );
    let steps = plan(&Question::new(&Query::default()).sql(Shape::Sorted));
    for step in [
        // The ids come as they are wanted, and none is kept.
        "CO-ROUTINE k",
        "SEARCH ban_applications USING COVERING INDEX idx_ban_applications_deleted_at (deleted_at=?)",
        "SEARCH e USING INDEX warden_bans_by_end (<expr>>?)",
        "SEARCH e USING INDEX warden_bans_by_end (<expr>=?)",
        "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)",
    ] {
        assert!(steps.iter().any(|s| s == step), "{step}: {steps:?}");
    }
}

#[test]
fn a_target_is_found_by_index() {
    assert_eq!(
        plan(write::ACTIVE),
        ["SEARCH ban_applications USING INDEX warden_bans_by_target (ip_text=? AND deleted_at=?)"]
    );
    assert_eq!(
        plan(&read::with_text("")),
        ["SEARCH ban_applications USING COVERING INDEX warden_bans_by_target (ip_text=?)"]
    );
}

#[test]
fn what_a_change_did_is_found_by_index() {
    let by_end = "USING INDEX idx_ban_applications_deleted_at (deleted_at=?";
    for which in [changes::MADE, changes::ENDED] {
        for verb in ["SELECT count(*) FROM ban_applications", ending::END, undo::RESTORE] {
            let steps = plan(&format!("{verb} WHERE {which}"));
            let made = which == changes::MADE;
            let expected = if made { "rowid>? AND rowid<?)" } else { by_end };
            assert!(steps[0].contains(expected) && steps.len() == 1, "{steps:?}");
        }
    }
    let steps = plan(changes::TAKEN);
    assert_eq!(
        steps,
        ["SEARCH ban_applications USING COVERING INDEX idx_ban_applications_deleted_at (deleted_at=?)"]
    );
    let steps = plan(changes::OWN);
    assert_eq!(
        steps,
        [
            "SEARCH ban_applications USING COVERING INDEX idx_ban_applications_deleted_at (deleted_at=? AND rowid>?)"
        ]
    );
}

#[test]
fn a_history_is_found_by_index() {
    let steps = plan(&history::sql(Layout::Indexed));
    assert_eq!(steps[0], "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)");
    assert!(
        steps.contains(
            &"SEARCH ban_applications USING COVERING INDEX warden_bans_by_target (ip_text=?)".to_owned()
        ),
        "{steps:?}"
    );
}
