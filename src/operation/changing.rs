//! Calls on every backend: a change with its Flush, or what it would come to.

use super::progress::Waiting;
use crate::backends::{Answer, Backends, Mode};
use crate::interrupt::{self, ChangeState};
use crate::plugin::Instance;

impl Backends {
    /// One change on every backend, then Flush; in a rehearsal, what the change would come to. What fails is reported and
    /// dropped; the others are still tried. Told each backend's name.
    pub fn change<T>(
        &mut self,
        what: &str,
        mut f: impl FnMut(&str, &mut Instance) -> warden_plugin::Result<T>,
    ) -> Vec<Answer<T>> {
        if self.mode != Mode::Write {
            return self.each(what, f);
        }
        interrupt::watch(self.ui, self.members.iter().map(|member| member.name.clone()));
        let answers = self.each(what, |name, instance| {
            interrupt::change_is(name, ChangeState::Unknown);
            // The last moment at which Ctrl-C can still undo the change: after Flush it is done.
            let written = f(name, instance).and_then(|done| interrupt::check().map(|()| done));
            let written = written.and_then(|done| instance.flush().map(|()| done));
            if written.is_err() {
                // The first error is the one to report: that of Discard would hide it, and a poisoned instance refuses the call.
                let _ = instance.discard();
            }
            interrupt::change_is(
                name,
                if written.is_ok() { ChangeState::Done } else { ChangeState::NotDone },
            );
            written
        });
        for (member, answer) in self.members.iter_mut().zip(&answers) {
            member.changed = answer.result.is_ok();
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
        let ui = self.ui;
        let _waiting = Waiting::new(ui, what);
        let mut answers = Vec::with_capacity(self.members.len() + self.discarded.len());
        for member in &mut self.members {
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
        answers.extend(self.discarded.iter().map(|discarded| Answer {
            backend: discarded.name.clone(),
            result: Err(discarded.error.clone()),
        }));
        answers
    }
}
