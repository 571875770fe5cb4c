//! Enforcers in step with the stores. A store remembers bans and is right; an enforcer only applies them, and may have lost
//! what it had: after a reboot, say. Then the next write restores it from the stores.

use std::collections::BTreeSet;

use warden_plugin::{Capabilities, Query, abi};

use crate::backends::{Backends, Member};
use crate::error::{Error, Kind};
use crate::instant::Instant;
use crate::output::Enforcer;
use crate::plan::{ChangeCounts, Plan, Wanted, push_row};
use crate::plugin::Instance;
use crate::progress::Progress;
use crate::spool::{self, Sorted, Sorter};
use crate::ui::counted;

/// The bans of all stores together: what an enforcer is to have.
pub struct StoredBans {
    bans: Sorted,
    /// Every store answered: what is not in it is banned nowhere.
    is_complete: bool,
    /// The stores that answered.
    stores: Vec<String>,
    now: Instant,
}

impl Member {
    /// Whether it only applies what stores say.
    pub fn is_enforcer(&self) -> bool {
        self.has(Capabilities::ENFORCES) && !self.has(Capabilities::STORE)
    }
}

impl Backends {
    /// Takes the lock of each enforcer, which is held until its flush, before a store is read or written: else what this
    /// command sees in a store could be over when the enforcer is told.
    pub fn begin_enforcing(&mut self) {
        let ui = self.ui;
        for member in self.members.iter_mut().filter(|m| m.is_enforcer() && m.failed.is_none()) {
            match member.instance.begin() {
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

    /// The names of the stores.
    fn stores(&self) -> Vec<String> {
        let stores = self.members.iter().filter(|member| member.has(Capabilities::STORE));
        stores.map(|member| member.name.clone()).collect()
    }

    /// Whether an enforcer lost what it had.
    pub fn has_lost(&self) -> bool {
        self.members.iter().any(|member| member.is_lost)
    }

    /// Reads the active bans of all stores; `None` when none answered.
    pub fn stored_bans(&mut self, now: Instant) -> Option<StoredBans> {
        let query = Query { at_us: now.micros(), ..Query::default() };
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
        let bans = sorter.finish().map_err(|e| progress.suspend(|| self.ui.error(&spool::failed(&e)))).ok()?;
        (!stores.is_empty()).then_some(StoredBans { bans, is_complete, stores, now })
    }

    /// Whether the enforcers drop what a query finds; `actions`: those of the stores' bans, if every store answered.
    pub fn enforcers(&mut self, query: &Query<'_>, actions: Option<&BTreeSet<String>>) -> Vec<Enforcer> {
        let asked = self.members.iter_mut().filter(|m| m.is_enforcer() && m.instance.offers(abi::EXT_QUERY));
        asked
            .map(|member| {
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
                Enforcer { backend: member.name.clone(), drops, agrees }
            })
            .collect()
    }

    /// Whether bans are applied, as far as the configured backends tell; `None`: not known.
    pub fn enforced(&self) -> Option<bool> {
        if self.is_enforced_elsewhere {
            return Some(true);
        }
        let mut enforcers = self.members.iter().filter(|member| member.has(Capabilities::ENFORCES)).peekable();
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
    pub fn apply(&self, instance: &mut Instance, may_end: bool, ui: crate::ui::Ui) -> warden_plugin::Result<ChangeCounts> {
        let plan = Plan {
            wanted: Wanted { bans: &self.bans, sources: None, now: self.now },
            end_unlisted: self.is_complete && may_end,
            read_all: true,
            dry_run: false,
            signal_per_ban: false,
        };
        plan.apply(instance, &mut Progress::new(ui, "writing", Some(self.bans.count())))
    }

    /// `nftables was empty: restored 2,310 bans from database`; `None` when there was nothing to restore.
    pub fn restored(&self, name: &str, counts: &ChangeCounts) -> Option<String> {
        let restored = counts.added + counts.replaced;
        if restored == 0 {
            return None;
        }
        let (bans, stores) = (counted(restored, "ban"), self.stores.join(" and "));
        let rest = if self.is_complete { "" } else { "; not every store answered: `warden ban sync` does the rest" };
        Some(format!("{name} was empty: restored {bans} from {stores}{rest}"))
    }

    pub fn is_empty(&self) -> bool {
        self.bans.count() == 0
    }
}

fn unhooked(name: &str) -> Error {
    Error::new(Kind::Backend, format!("backend \"{name}\": no rule leads packets to it, so nothing is dropped"))
}
