//! The flush: what waits goes to the server. New bans first, all of them or none; then what they replace and what was
//! to end. A failure says exactly what is so now.

use std::collections::BTreeSet;
use std::time::Instant;

use ureq::http::Method;
use warden_plugin::{Result, Target};

use super::batch::{self, Group};
use super::body;
use super::listing::{self, AlertQuery, encoded};
use super::pending::Pending;
use super::progress::Progress;
use crate::client::{Client, Failure, Outcome, ServerState, described, pause};
use crate::clock::Clock;
use crate::source;
use crate::wire::list::{self, Reading};

const ALERTS: &str = "/v1/alerts";
const DECISIONS: &str = "/v1/decisions";

/// For more bans than this the orphans of a failed request are not deleted: each costs a request.
const MAX_ORPHANS: usize = 100;

/// One flush.
pub struct Sender<'s> {
    pub client: &'s mut Client,
    pub clock: &'s Clock,
}

/// A request that failed, and what the server may hold of it nevertheless.
struct FailedPost {
    failure: Failure,
    residue: Residue,
}

/// What the server may hold of a request that failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Residue {
    /// Nothing.
    Nothing,
    /// Decisions that bouncers see and no list shows.
    Hidden,
    /// All of it, perhaps.
    Unsure,
}

impl Sender<'_> {
    /// Sends everything.
    ///
    /// # Errors
    /// What went wrong, and what is done nevertheless.
    pub fn send(&mut self, pending: &Pending) -> Result {
        let mut progress = Progress::of(pending);
        self.steps(pending, &mut progress).map_err(|failure| progress.explain(&failure.error))
    }

    fn steps(&mut self, pending: &Pending, progress: &mut Progress) -> Outcome {
        if let Some(scopes) = &pending.everything {
            // Also where no list shows a ban: decisions without an alert end too, as does what came since the list was read.
            let scopes: BTreeSet<&str> = scopes.iter().map(|scope| &**scope).chain(["Ip", "Range"]).collect();
            for scope in scopes {
                self.client.delete(&format!("{DECISIONS}?scopes={}", encoded(scope)))?;
                progress.all_ended = true;
            }
        }
        self.add(pending, progress)?;
        // After what takes its place, so that no target is free in between.
        for (target, id) in &pending.replaced {
            self.end(*target, *id)?;
            progress.ended += 1;
        }
        for end in &pending.ends {
            // By its value the server also ends what its lists do not show; a ban that was just added must stay.
            if pending.adds_to(end.target) {
                for id in &end.ids {
                    self.end(end.target, *id)?;
                }
            } else {
                for (scope, value) in &end.spelled {
                    let (scope, value) = (encoded(scope), encoded(value));
                    self.client.delete(&format!("{DECISIONS}?scopes={scope}&value={value}"))?;
                }
            }
            progress.ended += end.ids.len();
        }
        Ok(())
    }

    /// Adds all new bans; when that fails, takes back those that were added.
    fn add(&mut self, pending: &Pending, progress: &mut Progress) -> Outcome {
        let mut sent = Vec::new();
        for request in batch::requests(pending.adds(), self.clock.command_us()) {
            let bans = request.iter().map(|group| group.adds.len()).sum();
            match self.post(&request) {
                Ok(alerts) => {
                    sent.extend(alerts);
                    progress.stored += bans;
                }
                Err(FailedPost { failure, residue }) => {
                    progress.unsure = if residue == Residue::Unsure { bans } else { 0 };
                    progress.hidden = residue == Residue::Hidden;
                    self.client.ignore_cancellation();
                    progress.stored -= self.roll_back(&sent).min(progress.stored);
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    /// Sends one request, again while the server's database is locked; answers the alerts' ids.
    fn post(&mut self, request: &[Group<'_>]) -> Result<Vec<u64>, FailedPost> {
        let mark = body::mark(self.clock.command_us());
        let bytes = body::of(request, &mark, self.clock.command_us());
        let deadline = Instant::now() + self.client.busy_timeout;
        let mut retried = false;
        loop {
            let failure = match self.post_once(&bytes) {
                Ok(alerts) => return Ok(alerts),
                Err(failure) => failure,
            };
            let failed = |failure, residue| Err(FailedPost { failure, residue });
            if failure.state == ServerState::NothingDone {
                return failed(failure, Residue::Nothing);
            }
            let Ok(stored) = self.marked(request, &mark) else { return failed(failure, Residue::Unsure) };
            if stored.len() == request.len() {
                return Ok(stored);
            }
            if failure.state == ServerState::TimedOut {
                return failed(failure, Residue::Unsure);
            }
            self.roll_back(&stored);
            let is_clean = failure.state == ServerState::Disconnected || self.delete_orphans(request);
            let again = match failure.state {
                ServerState::Locked => Instant::now() < deadline,
                ServerState::Disconnected => !std::mem::replace(&mut retried, true),
                _ => false,
            };
            if !again {
                return failed(failure, if is_clean { Residue::Nothing } else { Residue::Hidden });
            }
            pause();
        }
    }

    fn post_once(&mut self, bytes: &[u8]) -> Outcome<Vec<u64>> {
        let answer = self.client.post(ALERTS, bytes)?;
        let what = described(&Method::POST, ALERTS);
        let context = self.client.context(&what);
        let ids: Vec<String> = serde_json::from_reader(answer).map_err(|e| context.json(e))?;
        let ids: Result<Vec<u64>, _> = ids.iter().map(|id| id.parse()).collect();
        match ids {
            // So 1.4.6 answers when its database refused the alert.
            Ok(ids) if ids.contains(&0) => Err(context.not_stored()),
            Ok(ids) => Ok(ids),
            Err(_) => Err(context.unexpected("an alert's id is no number")),
        }
    }

    /// The alerts of a request whose answer was no or was lost: the server may have stored them.
    fn marked(&mut self, request: &[Group<'_>], mark: &str) -> Outcome<Vec<u64>> {
        let ask = match request {
            [Group { adds, .. }] if !adds.is_empty() => AlertQuery::covering(adds[0].target, None),
            _ => AlertQuery::all(),
        };
        let mut stored = BTreeSet::new();
        listing::read(self.client, self.clock, &ask, &|_| true, &mut |found| {
            if found.alert.mark == mark {
                stored.insert(found.alert.id);
            }
            Ok(())
        })?;
        Ok(stored.into_iter().collect())
    }

    /// Ends the decisions of alerts; answers how many it could.
    fn roll_back(&mut self, alerts: &[u64]) -> usize {
        let mut ended = 0;
        for alert in alerts {
            let Ok(decisions) = self.decisions_of(*alert) else { continue };
            for (target, id) in decisions {
                ended += usize::from(self.end(target, id).is_ok());
            }
        }
        ended
    }

    fn decisions_of(&mut self, alert: u64) -> Outcome<Vec<(Target, u64)>> {
        let path = format!("{ALERTS}/{alert}");
        let answer = self.client.get(&path)?;
        let mut all = Vec::new();
        let mut each = |_: &list::Alert, decisions: &[list::Decision]| {
            all.extend(decisions.iter().map(|decision| (decision.target, decision.id)));
            Ok(())
        };
        let done = list::read_one(answer, Reading { wanted: &|_| true, each: &mut each });
        done.map_err(|fault| self.client.fault(fault, &path))?;
        Ok(all)
    }

    /// Ends what a failed request left behind: decisions without an alert, which bouncers see and no list shows. They
    /// can be told from others by value and origin alone, so what stands for a ban that is being replaced is spared.
    /// Answers whether nothing is left.
    fn delete_orphans(&mut self, request: &[Group<'_>]) -> bool {
        let adds = || request.iter().flat_map(|group| &group.adds);
        if adds().count() > MAX_ORPHANS {
            return false;
        }
        let mut is_clean = true;
        for add in adds() {
            let (scope, value) = (body::scope(add.target), add.target.text());
            let (value, origin) = (encoded(value.as_str()), encoded(&source::origin(&add.source)));
            let path = format!("{DECISIONS}?scopes={scope}&value={value}&origin={origin}");
            is_clean &= !add.replaces && self.client.delete(&path).is_ok();
        }
        is_clean
    }

    /// Ends one decision. When the server says that it is not there, that may be so or it could not end it.
    fn end(&mut self, target: Target, id: u64) -> Outcome {
        let deadline = Instant::now() + self.client.busy_timeout;
        loop {
            match self.client.delete(&format!("{DECISIONS}/{id}")) {
                Err(failure) if failure.state == ServerState::NotFound => {
                    if !self.stands(target, id)? {
                        return Ok(());
                    }
                    if Instant::now() >= deadline {
                        return Err(failure);
                    }
                    pause();
                }
                result => return result,
            }
        }
    }

    /// Whether a decision is active.
    fn stands(&mut self, target: Target, id: u64) -> Outcome<bool> {
        let mut stands = false;
        let ask = AlertQuery::covering(target, None);
        listing::read(self.client, self.clock, &ask, &|t| *t == target, &mut |found| {
            stands |= found.decision.id == id;
            Ok(())
        })?;
        Ok(stands)
    }
}
