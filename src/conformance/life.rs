//! Cases about the life of an instance, which hold for every plugin.

use std::thread;

use warden_plugin::{Query, Signal, abi};

use super::fixture::{Fixture, TestBan, now, offers};
use super::verdict::{During, Stop, Verdict, ensure, fail};
use crate::plugin::Instance;

pub fn descriptor(fixture: &Fixture) -> Verdict {
    let [name, version, description, actions] = fixture.plugin.words();
    for (what, text) in [("name", &name), ("version", &version)] {
        ensure!(!text.is_empty(), "the {what} is empty");
        ensure!(!text.contains(char::is_control), "the {what} holds control characters");
    }
    ensure!(!description.contains(char::is_control), "the description holds control characters");
    ensure!(
        actions.is_empty() || actions.split(',').all(|action| !action.trim().is_empty()),
        "`{actions}` is not a list of actions with commas"
    );
    Ok(())
}

pub fn cycle(fixture: &Fixture) -> Verdict {
    // The second instance is started after the first has ended.
    for _ in 0..2 {
        let mut instance = fixture.start()?;
        instance.probe().during("probe")?;
        instance.start_auto_commit().during("start_auto_commit")?;
        instance.flush().during("flush")?;
        instance.discard().during("discard")?;
        instance.shutdown().during("shutdown")?;
    }
    // One that is destroyed without further ado.
    fixture.start().map(drop)
}

pub fn each_call(fixture: &Fixture) -> Verdict {
    let mut instance = fixture.start()?;
    use_all(&mut instance)?;
    instance.shutdown().during("shutdown")
}

/// One call of each.
fn use_all(instance: &mut Instance) -> Verdict {
    let ban = TestBan::new("192.0.2.1");
    ban.insert(instance).during("insert")?;
    instance.insert(&Signal { created_us: now(), ..Signal::default() }).during("insert without bans")?;
    instance.read(&Query { at_us: now(), ..Query::default() }, |_, _, _| true).during("read_at")?;
    instance.flush().during("flush")?;
    instance.delete(&ban.target).during("delete_target")?;
    instance.flush().during("flush")?;
    instance.delete_all().during("delete_all")?;
    instance.discard().during("discard")?;
    instance.flush().during("flush")
}

pub fn unknown_extension(fixture: &Fixture) -> Verdict {
    let mut instance = fixture.start()?;
    for id in [c"", c"warden.no-such/1", c"warden.query/999", c"warden.query/1 ", c"WARDEN.QUERY/1", LONG] {
        if instance.offers(id) {
            fail!("`{}` is offered", id.to_string_lossy());
        }
    }
    instance.shutdown().during("shutdown")
}

const LONG: &std::ffi::CStr = c"warden.an-id-that-is-longer-than-any-that-will-ever-be-given-to-an-extension-and-that-a-buffer-of-sixty-four-or-even-of-one-hundred-and-twenty-eight-bytes-does-not-hold/1";

/// A lock that is not let go keeps the next `begin` waiting: the case then fails by its time limit.
pub fn enforcer(fixture: &Fixture) -> Verdict {
    let mut instance = fixture.start()?;
    offers(&mut instance, abi::EXT_ENFORCE)?;
    instance.look().during("look")?;
    for end in [Instance::flush, Instance::discard, Instance::shutdown] {
        instance.begin().during("begin")?;
        instance.look().during("look under the lock")?;
        end(&mut instance).during("flush, discard and shutdown")?;
        let mut other = fixture.start()?;
        other.begin().during("begin of another instance")?;
        other.shutdown().during("shutdown of another instance")?;
    }
    Ok(())
}

pub fn two_instances(fixture: &Fixture) -> Verdict {
    let mut first = fixture.start()?;
    let mut second = fixture.start()?;
    use_all(&mut first)?;
    use_all(&mut second)?;
    first.shutdown().during("shutdown of the first")?;
    drop(first);
    use_all(&mut second)?;
    second.shutdown().during("shutdown of the second")
}

pub fn threads(fixture: &Fixture) -> Verdict {
    let mut instance = fixture.start()?;
    let used = thread::spawn(move || use_all(&mut instance).map(|()| instance)).join();
    let mut instance = used.map_err(|_| Stop::Fail("the host panicked".into()))??;
    use_all(&mut instance)?;
    instance.shutdown().during("shutdown")
}
