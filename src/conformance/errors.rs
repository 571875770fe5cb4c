//! Cases about failures. A plugin cannot be made to fail at will, so the suite fails in its place: one call of its table
//! is replaced, and what the host makes of that failure is checked, and that the plugin goes on.

use warden_plugin::{ErrorKind, Query};

use super::fixture::{Fixture, TestBan, now};
use super::verdict::{During, Verdict, ensure, ensure_eq, fail, words};
use crate::plugin::{Failure, is_violation};

pub fn never(fixture: &Fixture) -> Verdict {
    failing(fixture, Failure::NoMessage, |message| {
        ensure_eq!(message, "the storage is out of reach; the plugin does not say why", "the message");
        Ok(())
    })
}

pub fn twice(fixture: &Fixture) -> Verdict {
    failing(fixture, Failure::TwoMessages, |message| {
        ensure_eq!(message, "the second message", "the message");
        Ok(())
    })
}

pub fn megabyte(fixture: &Fixture) -> Verdict {
    failing(fixture, Failure::LongMessage, |message| {
        ensure!(
            message.len() > 1 << 10 && message.len() < 1 << 17,
            "the message has {} bytes",
            message.len()
        );
        ensure!(message.ends_with('…'), "the message does not say that it was cut");
        Ok(())
    })
}

/// Lets the second flush fail.
fn failing(fixture: &Fixture, failure: Failure, check: impl Fn(&str) -> Verdict) -> Verdict {
    let mut instance = fixture.start_as(fixture.plugin.failing(failure))?;
    TestBan::new("192.0.2.2").insert(&mut instance).during("insert")?;
    match instance.flush() {
        Ok(()) => fail!("the failure was not seen"),
        Err(error) => {
            ensure_eq!(error.kind(), ErrorKind::Unavailable, "the kind of the failure");
            check(error.message())?;
        }
    }
    instance.discard().during("discard")?;
    instance.read(&Query { at_us: now(), ..Query::default() }, |_, _, _| true).during("read_at")?;
    instance.shutdown().during("shutdown")
}

pub fn nonsense(fixture: &Fixture) -> Verdict {
    let mut instance = fixture.start()?;
    let long = "9".repeat(1 << 16);
    for target in
        ["", "nonsense", "1.2.3", "300.1.2.3", "1.2.3.4/99", "1.2.3.4'; --", "\0", "::1%eth0", &long]
    {
        let what = format!("the target `{:.20}`", target.escape_debug().to_string());
        harmless(instance.delete(target), "delete_target", &what)?;
        harmless(TestBan::new(target).insert(&mut instance), "insert", &what)?;
    }
    let ban = TestBan::new("192.0.2.3");
    for (start, until) in [(now(), now() - 1), (i64::MIN, i64::MAX), (i64::MAX, i64::MIN), (0, 0)] {
        let odd = TestBan { start_us: start, until_us: until, ..ban.clone() };
        harmless(odd.insert(&mut instance), "insert", &format!("a ban from {start} until {until}"))?;
    }
    for at_us in [i64::MIN, -1, 0, i64::MAX] {
        let query = Query { at_us, ..Query::default() };
        harmless(instance.read(&query, |_, _, _| true), "read_at", &format!("the instant {at_us}"))?;
    }
    instance.discard().during("discard")?;
    instance.delete_all().during("delete_all")?;
    instance.flush().during("flush")?;
    instance.shutdown().during("shutdown")
}

/// A call may fail or not, as long as the plugin keeps to its contract.
fn harmless<T>(result: warden_plugin::Result<T>, call: &str, what: &str) -> Verdict {
    match result {
        Err(error) if error.kind() == ErrorKind::Panic || is_violation(&error) => {
            fail!("{call} with {what}: {}", words(&error))
        }
        _ => Ok(()),
    }
}
