//! Enforcers in step with the stores. A store remembers bans and is right; an enforcer only applies them, and may have lost
//! what it had: after a reboot, say. Then the next write restores it from the stores.

use std::collections::BTreeSet;

use warden_plugin::{Capabilities, Query, abi};

use crate::backends::{Answers, Backends, Member, Mode};
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::output::Enforcer;
use crate::plan::{ChangeCounts, Plan, Wanted, push_row};
use crate::plugin::Instance;
use crate::progress::Progress;
use crate::spool::{self, Sorted, Sorter};
use crate::ui::{Ui, counted};

/// The bans of all stores together: what an enforcer is to have.
pub struct StoredBans {
    bans: Sorted,
    /// Every store answered: what is not in it is banned nowhere.
    is_complete: bool,
    /// The stores that answered.
    stores: Vec<String>,
}

impl Member {
    /// Whether it only applies what stores say.
    pub fn is_enforcer(&self) -> bool {
        self.has(Capabilities::ENFORCES) && !self.has(Capabilities::STORE)
    }
}

impl Backends {
    /// Takes the lock of each enforcer, which is held until its flush, before a store is read or written: else what this
    /// command sees in a store could be over when the enforcer is told. The command's instant is that of the last lock.
    pub fn begin_enforcing(&mut self) {
        let ui = self.ui;
        for member in
            self.members.iter_mut().filter(|m| m.is_enforcer() && !m.is_locked && m.failed.is_none())
        {
            member.is_locked = true;
            let begun = member.instance.begin();
            clock::restart();
            match begun {
                Ok(Some(state)) => {
                    member.is_lost = state.lost;
                    member.is_unhooked = state.unhooked;
                    if state.unhooked {
                        ui.warn(&unhooked(&member.name));
                    }
                }
                Ok(None) => {}
                Err(error) => ui.error(&member.failed("begin", &error)),
            }
        }
    }

    /// Brings the enforcers in step with all stores together.
    ///
    /// # Errors
    /// When no store answers, or all of them are empty and nobody knows that they were ever written; `is_sure`: the user
    /// does.
    pub fn sync_enforcers(&mut self, is_sure: bool) -> Result<Answers<ChangeCounts>> {
        let enforcers = self.members.partition_point(|member| !member.is_enforcer())..self.members.len();
        if enforcers.is_empty() {
            return Err(Error::new(Kind::Config, "no enforcer is configured: nothing to sync"));
        }
        let dry_run = self.mode != Mode::Write;
        if !dry_run {
            self.begin_enforcing();
        }
        let stored = self.stored_bans();
        let stored =
            stored.ok_or_else(|| Error::new(Kind::Backend, "no store answers, so nothing was done"))?;
        if stored.is_empty() && !is_sure && !self.are_written() {
            let what = format!(
                "{} holds no ban, and never held one as far as is known",
                stored.stores.join(" and ")
            );
            let hint = "--yes removes all bans of the enforcers";
            return Err(Error::new(Kind::Refused, format!("{what}; nothing was done")).with_hint(hint));
        }
        let ui = self.ui;
        let each =
            self.write_each(enforcers, "sync", &mut |_, instance| stored.apply(instance, true, dry_run, ui));
        Ok(Answers { each, enforced: self.enforced() })
    }

    /// Whether each store remembers a change.
    fn are_written(&mut self) -> bool {
        let mut stores = self.members.iter_mut().filter(|m| m.has(Capabilities::STORE) && m.failed.is_none());
        stores.all(|member| {
            let mut found = false;
            let asked = member.instance.changes(1, &mut |_| {
                found = true;
                false
            });
            found && asked.is_ok()
        })
    }

    /// Looks at the enforcers, and says which of them a write would restore.
    pub fn look_at_enforcers(&mut self) {
        let stores = self.stores();
        for member in self.members.iter_mut().filter(|m| m.is_enforcer() && m.failed.is_none()) {
            // Who may not look is not told.
            let Ok(Some(state)) = member.instance.look() else { continue };
            member.is_unhooked = state.unhooked;
            if state.unhooked {
                self.ui.warn(&unhooked(&member.name));
            }
            if state.lost && !stores.is_empty() {
                let (name, stores) = (&member.name, stores.join(" and "));
                self.ui.say(format_args!("{name} has lost its bans: a write restores those of {stores}"));
            }
        }
    }

    /// Says which enforcers lost what they had, and how to restore it.
    pub fn say_lost(&self, lost: &[String]) {
        if self.stores().is_empty() && self.discarded.is_empty() {
            return;
        }
        for name in lost {
            let what = format!("backend \"{name}\" has lost its bans, and they are not restored");
            let hint = "`warden ban sync` restores them from the stores";
            self.ui.warn(&Error::new(Kind::Backend, what).with_hint(hint));
        }
    }

    /// The names of the stores.
    fn stores(&self) -> Vec<String> {
        let stores = self.members.iter().filter(|member| member.has(Capabilities::STORE));
        stores.map(|member| member.name.clone()).collect()
    }

    /// What a person should know of a write that was done: that nothing applies it, or that it was told to some backends
    /// only.
    pub fn note(&self) -> Option<String> {
        if !self.is_changed() {
            return None;
        }
        let (others, names) = (self.left_alone(), |names: &[&str]| names.join(" and "));
        if !others.is_empty() {
            let changed: Vec<_> =
                self.members.iter().filter(|m| m.changed).map(|member| member.name.as_str()).collect();
            return Some(format!("written to {} only, not to {}", names(&changed), names(&others)));
        }
        let is_stored = self.members.iter().any(|m| m.changed && m.has(Capabilities::STORE));
        (is_stored && self.enforced() == Some(false))
            .then(|| "stored only: no configured backend drops packets".into())
    }

    /// Whether an enforcer lost what it had.
    pub fn has_lost(&self) -> bool {
        self.members.iter().any(|member| member.is_lost)
    }

    /// Reads the active bans of all stores; `None` when none answered.
    pub fn stored_bans(&mut self) -> Option<StoredBans> {
        let query = Query { at_us: clock::now().micros(), ..Query::default() };
        let (mut sorter, mut value, mut stores) = (Sorter::default(), Vec::new(), Vec::new());
        let mut is_complete = self.is_whole();
        let mut progress = Progress::new(self.ui, "reading", None);
        for member in self.members.iter_mut().filter(|m| m.has(Capabilities::STORE)) {
            if member.failed.is_some() {
                is_complete = false;
                continue;
            }
            let mut failed = None;
            let read = member.instance.read(&query, |row, _, applied| {
                progress.add(1);
                if query.matches(row, applied) && !row.simulation {
                    failed = push_row(row, &mut sorter, &mut value).err();
                }
                failed.is_none()
            });
            match (read, failed) {
                (Err(error), _) => {
                    progress.suspend(|| self.ui.error(&member.failed("list", &error)));
                    is_complete = false;
                }
                (Ok(()), Some(error)) => {
                    progress.suspend(|| self.ui.error(&spool::failed(&error)));
                    return None;
                }
                (Ok(()), None) => stores.push(member.name.clone()),
            }
        }
        let bans =
            sorter.finish().map_err(|e| progress.suspend(|| self.ui.error(&spool::failed(&e)))).ok()?;
        (!stores.is_empty()).then_some(StoredBans { bans, is_complete, stores })
    }

    /// Whether the enforcers drop what a query finds; `actions`: those of the stores' bans, if every store answered.
    pub fn enforcers(&mut self, query: &Query<'_>, actions: Option<&BTreeSet<String>>) -> Vec<Enforcer> {
        let asked = self.members.iter_mut().filter(|m| m.is_enforcer());
        asked
            .filter_map(|member| {
                if !member.instance.offers(abi::EXT_QUERY) {
                    return None;
                }
                let mut found = false;
                let read = member.instance.read(query, |row, _, applied| {
                    found |= query.matches(row, applied);
                    !found
                });
                let drops = read.ok().map(|()| found);
                let known = member.instance.plugin().actions();
                let is_meant = |action: &String| known.is_empty() || known.contains(action);
                let wanted = actions.map(|actions| actions.iter().any(is_meant));
                let agrees = drops.zip(wanted).map(|(drops, wanted)| drops == wanted);
                Some(Enforcer { backend: member.name.clone(), drops, agrees })
            })
            .collect()
    }

    /// Whether bans are applied, as far as the configured backends tell; `None`: not known.
    pub fn enforced(&self) -> Option<bool> {
        if self.members.is_empty() || self.members.iter().all(|member| member.failed.is_some()) {
            return None;
        }
        if self.is_enforced_elsewhere {
            return Some(true);
        }
        let mut enforcers =
            self.members.iter().filter(|member| member.has(Capabilities::ENFORCES)).peekable();
        if enforcers.peek().is_none() {
            return self.discarded.is_empty().then_some(false);
        }
        let is_done = |member: &Member| member.failed.is_none();
        if enforcers.clone().any(|member| is_done(member) && !member.is_unhooked) {
            return Some(true);
        }
        enforcers.all(is_done).then_some(false)
    }
}

impl StoredBans {
    /// Makes an enforcer have them. Those that it has besides end only when all stores are known, and `may_end`.
    pub fn apply(
        &self,
        instance: &mut Instance,
        may_end: bool,
        dry_run: bool,
        ui: Ui,
    ) -> warden_plugin::Result<ChangeCounts> {
        let plan = Plan {
            wanted: Wanted { bans: &self.bans, sources: None },
            end_unlisted: self.is_complete && may_end,
            read_all: true,
            dry_run,
            signal_per_ban: false,
        };
        plan.apply(instance, &mut Progress::new(ui, "writing", Some(self.bans.count())))
    }

    /// Restores an enforcer that lost what it had. What is to be said once it is flushed: `nftables was empty: restored 2,310
    /// bans from database`.
    pub fn restore(
        &self,
        name: &str,
        instance: &mut Instance,
        ui: Ui,
    ) -> warden_plugin::Result<Option<String>> {
        let counts = self.apply(instance, false, false, ui)?;
        let restored = counts.added + counts.replaced;
        let (bans, stores) = (counted(restored, "ban"), self.stores.join(" and "));
        let rest =
            if self.is_complete { "" } else { "; not every store answered: `warden ban sync` does the rest" };
        Ok((restored > 0).then(|| format!("{name} was empty: restored {bans} from {stores}{rest}")))
    }

    pub fn is_empty(&self) -> bool {
        self.bans.count() == 0
    }
}

fn unhooked(name: &str) -> Error {
    Error::new(
        Kind::Backend,
        format!("backend \"{name}\": no rule leads packets to it, so nothing is dropped"),
    )
}
