//! Calls on every backend: a change with its Flush, or what it would come to.

use std::ops::Range;

use crate::backends::{Answer, Answers, Backends, Mode};
use crate::interrupt::{self, ChangeState};
use crate::plan::ChangeCounts;
use crate::plugin::Instance;
use crate::progress::Waiting;

/// A change of one backend by its name.
type Write<'f, T> = &'f mut dyn FnMut(&str, &mut Instance) -> warden_plugin::Result<T>;

impl Backends {
    /// One change on every backend, then Flush; in a rehearsal, what the change would come to. What fails is reported and
    /// dropped; the others are still tried. Enforcers come after the stores; one that lost what it had is restored. Told each
    /// backend's name.
    pub fn change<T>(
        &mut self,
        what: &str,
        mut f: impl FnMut(&str, &mut Instance) -> warden_plugin::Result<T>,
    ) -> Answers<T> {
        self.write(what, &mut f, None)
    }

    /// The same for a change that only stores can make: enforcers are brought in step with the stores.
    pub fn change_stores<T>(
        &mut self,
        what: &str,
        mut f: impl FnMut(&str, &mut Instance) -> warden_plugin::Result<T>,
        synced: impl Fn(ChangeCounts) -> T,
    ) -> Answers<T> {
        self.write(what, &mut f, Some(&synced))
    }

    fn write<T>(
        &mut self,
        what: &str,
        f: Write<'_, T>,
        synced: Option<&dyn Fn(ChangeCounts) -> T>,
    ) -> Answers<T> {
        if self.mode != Mode::Write {
            self.look_at_enforcers();
            let each = self.each(what, f);
            return Answers { each, enforced: self.enforced() };
        }
        interrupt::watch(self.ui, self.members.iter().map(|member| member.name.clone()));
        self.begin_enforcing();
        let enforcers = self.members.partition_point(|member| !member.is_enforcer())..self.members.len();
        let mut each = self.write_each(0..enforcers.start, what, f);
        each.extend(self.write_enforcers(enforcers, what, f, synced));
        each.extend(self.lost());
        Answers { each, enforced: self.enforced() }
    }

    fn write_enforcers<T>(
        &mut self,
        range: Range<usize>,
        what: &str,
        f: Write<'_, T>,
        synced: Option<&dyn Fn(ChangeCounts) -> T>,
    ) -> Vec<Answer<T>> {
        let is_restored = self.has_lost() && self.heals;
        let stored = match is_restored || synced.is_some() && !range.is_empty() {
            true => self.stored_bans(),
            false => None,
        };
        let may_end = stored.as_ref().is_some_and(|stored| !stored.is_empty()) || self.is_changed();
        let lost: Vec<_> =
            self.members.iter().filter(|member| member.is_lost).map(|member| member.name.clone()).collect();
        let (ui, mut restored) = (self.ui, Vec::new());
        let answers = self.write_each(range, what, &mut |name, instance| {
            let is_lost = lost.iter().any(|one| one == name);
            match (synced, &stored) {
                (Some(synced), Some(stored)) => Ok(synced(stored.apply(instance, may_end, false, ui)?)),
                (_, Some(stored)) if is_lost => {
                    let done = f(name, instance)?;
                    restored.extend(stored.restore(name, instance, ui)?.map(|line| (name.to_owned(), line)));
                    Ok(done)
                }
                _ => f(name, instance),
            }
        });
        for (name, line) in restored {
            if answers.iter().any(|answer| answer.backend == name && answer.result.is_ok()) {
                ui.say(line);
            }
        }
        if !self.heals || stored.is_none() {
            self.say_lost(&lost);
        }
        answers
    }

    /// A call on every backend that has not failed; what fails is reported. Those that had failed, and those that were
    /// discarded, answer with their error.
    pub fn each<T>(
        &mut self,
        what: &str,
        mut f: impl FnMut(&str, &mut Instance) -> warden_plugin::Result<T>,
    ) -> Vec<Answer<T>> {
        let mut answers = self.each_of(0..self.members.len(), what, &mut f);
        answers.extend(self.lost());
        answers
    }

    fn each_of<T>(&mut self, range: Range<usize>, what: &str, f: Write<'_, T>) -> Vec<Answer<T>> {
        let ui = self.ui;
        let _waiting = Waiting::new(ui, what);
        let mut answers = Vec::with_capacity(range.len());
        for member in &mut self.members[range] {
            let result = match &member.failed {
                Some(error) => Err(error.clone()),
                None => match f(&member.name, &mut member.instance) {
                    Ok(done) => {
                        member.replied = true;
                        Ok(done)
                    }
                    Err(error) => {
                        let error = member.failed(what, &error);
                        ui.error(&error);
                        Err(error)
                    }
                },
            };
            answers.push(Answer { backend: member.name.clone(), result });
        }
        answers
    }

    /// What the discarded ones answer.
    fn lost<T>(&self) -> impl Iterator<Item = Answer<T>> {
        self.discarded
            .iter()
            .map(|discarded| Answer { backend: discarded.name.clone(), result: Err(discarded.error.clone()) })
    }

    /// A change with its Flush on some backends; in a rehearsal without one.
    pub fn write_each<T>(&mut self, range: Range<usize>, what: &str, f: Write<'_, T>) -> Vec<Answer<T>> {
        if self.mode != Mode::Write {
            return self.each_of(range, what, f);
        }
        let answers = self.each_of(range.clone(), what, &mut |name, instance| flushed(name, instance, f));
        for (member, answer) in self.members[range].iter_mut().zip(&answers) {
            member.changed = answer.result.is_ok();
            member.is_locked = false;
        }
        answers
    }
}

/// A change of one backend, and its Flush.
fn flushed<T>(name: &str, instance: &mut Instance, f: Write<'_, T>) -> warden_plugin::Result<T> {
    interrupt::change_is(name, ChangeState::Unknown);
    // The last moment at which Ctrl-C can still undo the change: after Flush it is done.
    let written = f(name, instance).and_then(|done| interrupt::check().map(|()| done));
    let written = written.and_then(|done| instance.flush().map(|()| done));
    if written.is_err() {
        // The first error is the one to report: that of Discard would hide it, and a poisoned instance refuses the call.
        let _ = instance.discard();
    }
    interrupt::change_is(name, if written.is_ok() { ChangeState::Done } else { ChangeState::NotDone });
    written
}
