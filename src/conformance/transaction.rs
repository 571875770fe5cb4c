//! Cases about what is pending until flush.

use warden_plugin::{Capabilities, ErrorKind, abi};

use super::fixture::{Fixture, TestBan, offers, rows, targets};
use super::verdict::{During, Verdict, ensure, ensure_eq, fail};
use crate::plugin::Instance;

/// A store with one ban that is flushed.
fn with_one(fixture: &Fixture) -> Verdict<Instance> {
    fixture.needs(Capabilities::TRANSACTIONAL, "keeps writes pending until flush")?;
    let mut store = fixture.empty_store()?;
    TestBan::new("192.0.2.1").insert(&mut store).during("insert")?;
    store.flush().during("flush")?;
    Ok(store)
}

pub fn discard(fixture: &Fixture) -> Verdict {
    let mut store = with_one(fixture)?;
    let check = |store: &mut Instance, what: &str, pending: &[&str]| -> Verdict {
        ensure_eq!(targets(&rows(store)?), pending, format!("the targets with {what} pending"));
        store.discard().during("discard")?;
        ensure_eq!(targets(&rows(store)?), ["192.0.2.1"], format!("the targets after {what} was discarded"));
        store.flush().during("flush")?;
        ensure_eq!(
            targets(&rows(store)?),
            ["192.0.2.1"],
            format!("the targets after the flush that followed {what}")
        );
        Ok(())
    };
    TestBan::new("192.0.2.2").insert(&mut store).during("insert")?;
    check(&mut store, "insert", &["192.0.2.1", "192.0.2.2"])?;
    TestBan::new("192.0.2.1").reason("replacing").insert(&mut store).during("insert")?;
    check(&mut store, "a replacing insert", &["192.0.2.1"])?;
    ensure_eq!(
        rows(&mut store)?[0].reason,
        "conformance",
        "the reason after a replacing insert was discarded"
    );
    store.delete("192.0.2.1").during("delete_target")?;
    check(&mut store, "delete_target", &[])?;
    TestBan::new("192.0.2.3").insert(&mut store).during("insert")?;
    store.delete_all().during("delete_all")?;
    check(&mut store, "insert and delete_all", &[])?;
    store.shutdown().during("shutdown")
}

pub fn unflushed(fixture: &Fixture) -> Verdict {
    let mut store = with_one(fixture)?;
    TestBan::new("192.0.2.2").insert(&mut store).during("insert")?;
    store.delete("192.0.2.1").during("delete_target")?;
    store.shutdown().during("shutdown")?;
    drop(store);
    let mut store = fixture.start()?;
    let found = rows(&mut store)?;
    // A store that lives in memory has forgotten all.
    ensure!(!targets(&found).contains(&"192.0.2.2"), "an insert that was not flushed is there");
    ensure!(found.is_empty() || targets(&found) == ["192.0.2.1"], "the targets: {:?}", targets(&found));
    store.shutdown().during("shutdown")
}

pub fn flushed(fixture: &Fixture) -> Verdict {
    let mut store = with_one(fixture)?;
    TestBan::new("192.0.2.2").insert(&mut store).during("insert")?;
    store.delete("192.0.2.1").during("delete_target")?;
    store.flush().during("flush")?;
    store.discard().during("discard")?;
    ensure_eq!(targets(&rows(&mut store)?), ["192.0.2.2"], "the targets");
    store.shutdown().during("shutdown")
}

pub fn undo(fixture: &Fixture) -> Verdict {
    let mut store = fixture.empty_store()?;
    offers(&mut store, abi::EXT_UNDO)?;
    TestBan::new("192.0.2.1").insert(&mut store).during("insert")?;
    store.flush().during("flush")?;
    let before = rows(&mut store)?;
    let Some(first) = store.last_change().during("changes")?.flatten() else { fail!("no change is told") };
    ensure_eq!((first.added, first.ended), (1, 0), "bans that undoing the insert ends and restores");
    TestBan::new("192.0.2.1").reason("another").insert(&mut store).during("insert")?;
    store.flush().during("flush")?;
    let Some(second) = store.last_change().during("changes")?.flatten() else { fail!("no change is told") };
    ensure_eq!((second.added, second.ended), (1, 1), "bans that undoing the second insert ends and restores");
    store.undo(second.id).during("undo")?;
    store.flush().during("flush")?;
    ensure_eq!(rows(&mut store)?, before, "the bans after the second insert was undone");
    match store.undo(second.id) {
        Err(error) if error.kind() == ErrorKind::Invalid => {}
        other => fail!("undoing a change again: {other:?} in place of WARDEN_E_INVALID"),
    }
    store.discard().during("discard")?;
    let last = store.last_change().during("changes")?.flatten();
    ensure_eq!(last.map(|change| change.id), Some(first.id), "the last change that is not undone");
    store.shutdown().during("shutdown")
}
