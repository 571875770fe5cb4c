//! The bans of one Local API: what a backend's calls mean in requests. Writes wait in memory until the flush.

mod active;
mod batch;
mod body;
mod listing;
mod pending;
mod progress;
mod rows;
mod send;

use std::collections::HashSet;
use std::sync::Arc;

use warden_plugin::{Ban, Error, Host, Inserted, Level, Query, Result, Rows, Signal, Target, UNKNOWN_US};

use crate::client::{Client, Outcome};
use crate::clock::Clock;
use crate::settings::Settings;
use crate::span;
use crate::wire::list::{self, Reading};
use active::{Active, ActiveDecision};
use listing::AlertQuery;
use pending::{Add, AlertInfo, End, Pending};
use send::Sender;

/// The bans of one Local API.
pub struct Store {
    host: Host,
    client: Client,
    clock: Clock,
    active: Active,
    pending: Pending,
}

impl Store {
    /// # Errors
    /// `Config` when the configuration is wrong. Nothing is connected yet.
    pub fn new(host: Host, settings: Settings) -> Result<Self> {
        Ok(Self {
            host,
            client: Client::new(settings, host)?,
            clock: Clock::new(host),
            active: Active::default(),
            pending: Pending::default(),
        })
    }

    /// Logs in and asks for one alert.
    pub fn probe(&mut self) -> Result {
        const ONE: &str = "/v1/alerts?limit=1";
        let answer = self.client.get(ONE)?;
        let mut each = |_: &list::Alert, _: &[list::Decision]| Ok(());
        let done = list::read(answer, Reading { wanted: &|_| true, each: &mut each });
        Ok(done.map_err(|fault| self.client.fault(fault, ONE))?)
    }

    /// Takes the bans of a signal: all of them, or none when one is refused.
    pub fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        let start_us = match signal.stop_us {
            UNKNOWN_US | 0 => self.clock.command_us(),
            stop_us => stop_us,
        };
        let mut taken = Vec::with_capacity(signal.bans.len());
        for ban in &signal.bans {
            let target = target_of(ban)?;
            span::duration(start_us, ban.until_us)?;
            taken.push((ban, target, self.standing(target, Some(ban.source))?));
        }
        let mut done = Inserted::default();
        for (ban, target, standing) in taken {
            self.add(signal, ban, target, start_us, standing, &mut done);
        }
        Ok(done)
    }

    fn add(
        &mut self,
        signal: &Signal<'_>,
        ban: &Ban<'_>,
        target: Target,
        start_us: i64,
        mut standing: Vec<ActiveDecision>,
        done: &mut Inserted,
    ) {
        standing.retain(|each| !self.pending.hides(each.id));
        let info = self.info(signal, ban, start_us);
        let pending = &mut self.pending;
        let add = Add {
            target,
            source: pending.texts.intern(ban.source),
            action: pending.texts.intern(ban.action),
            reason: pending.texts.intern(first(&[ban.reason, signal.scenario])),
            until_us: ban.until_us,
            info: pending.info(info),
            replaces: !standing.is_empty(),
        };
        let ids: Vec<u64> = standing.iter().map(|each| each.id).collect();
        let before = pending.add(add, &ids);
        done.inserted += 1;
        for until_us in standing.iter().map(|each| each.until_us).chain(before.map(|add| add.until_us)) {
            done.replaced += 1;
            done.replaced_until_us = done.replaced_until_us.max(until_us);
        }
    }

    fn info(&self, signal: &Signal<'_>, ban: &Ban<'_>, start_us: i64) -> AlertInfo {
        let actor = first(&[ban.actor, self.host.actor()]);
        let as_number = if ban.as_number == 0 { String::new() } else { ban.as_number.to_string() };
        AlertInfo {
            scenario: first(&[signal.scenario, ban.reason]).to_owned(),
            message: first(&[signal.alert_message, &made_by(self.host.command(), actor)]).to_owned(),
            actor: actor.to_owned(),
            country: first(&[ban.country, signal.country]).to_owned(),
            as_number: first(&[&as_number, signal.as_number]).to_owned(),
            as_name: first(&[ban.as_name, signal.as_name]).to_owned(),
            events_count: signal.events_count,
            simulated: signal.simulation,
            start_us,
        }
    }

    /// Takes note of an end; answers how many bans that are.
    pub fn delete(&mut self, target: &str) -> Result<u64> {
        let target = Target::parse(target).map_err(|e| Error::invalid(e.to_string()))?;
        let mut standing = self.standing(target, None)?;
        standing.retain(|each| !self.pending.hides(each.id));
        let canonical: Arc<str> = target.text().as_str().into();
        let mut spelled = vec![(body::scope(target).into(), Arc::clone(&canonical))];
        for each in &standing {
            let value = each.spelling.as_deref().map_or_else(|| Arc::clone(&canonical), Into::into);
            let pair = (Arc::clone(&each.scope), value);
            if !spelled.contains(&pair) {
                spelled.push(pair);
            }
        }
        let ids: Vec<u64> = standing.iter().map(|each| each.id).collect();
        let count = ids.len() + self.pending.end(End { target, spelled, ids });
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    /// Takes note of the end of all; answers how many bans that are.
    pub fn delete_all(&mut self) -> Result<u64> {
        let mut scopes: HashSet<Arc<str>> = self.pending.everything.clone().unwrap_or_default();
        let mut count = 0_usize;
        if self.pending.everything.is_none() {
            let pending = &self.pending;
            listing::read(&mut self.client, &self.clock, &AlertQuery::all(), &|_| true, &mut |found| {
                scopes.insert(Arc::clone(&found.decision.scope));
                count += usize::from(!pending.hides(found.decision.id));
                Ok(())
            })?;
        }
        count += self.pending.end_all(scopes);
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    /// Hands over the bans that a query asks for, with what waits.
    pub fn read(&mut self, query: &Query<'_>, rows: &mut Rows<'_>) -> Result {
        let pending = &self.pending;
        if pending.everything.is_none() {
            let host = self.host;
            let wanted = |target: &Target| query.matches_target(*target);
            listing::read(&mut self.client, &self.clock, &AlertQuery::of(query), &wanted, &mut |found| {
                if host.is_cancelled() {
                    return Err(Error::unavailable("interrupted"));
                }
                if pending.hides(found.decision.id) { Ok(()) } else { rows::found(found, query, rows) }
            })?;
        }
        pending.adds().try_for_each(|add| rows::waiting(add, query, rows))
    }

    /// Sends what waits. Whether that succeeds or not, nothing waits any more.
    pub fn flush(&mut self) -> Result {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return Ok(());
        }
        self.active.forget();
        Sender { client: &mut self.client, clock: &self.clock }.send(&pending)?;
        self.host.log(Level::Debug, "the LAPI has taken what was pending");
        Ok(())
    }

    /// Drops what waits.
    pub fn discard(&mut self) {
        self.pending = Pending::default();
        self.active.forget();
    }

    /// What stands for a target on the server; nothing when all of it is to end.
    fn standing(&mut self, target: Target, source: Option<&str>) -> Outcome<Vec<ActiveDecision>> {
        if self.pending.everything.is_some() {
            return Ok(Vec::new());
        }
        self.active.on(&mut self.client, &self.clock, target, source)
    }
}

fn target_of(ban: &Ban<'_>) -> Result<Target> {
    match ban.range.and_then(warden_plugin::IpRange::target) {
        Some(target) => Ok(target),
        None => Target::parse(ban.target).map_err(|e| Error::invalid(e.to_string())),
    }
}

/// The first text that is not empty.
fn first<'a>(texts: &[&'a str]) -> &'a str {
    texts.iter().find(|text| !text.is_empty()).copied().unwrap_or_default()
}

/// What people read in `cscli alerts list`.
fn made_by(command: &str, actor: &str) -> String {
    match (command, actor) {
        ("", "") => "warden".to_owned(),
        (command, "") => format!("warden {command}"),
        ("", actor) => format!("warden, by {actor}"),
        (command, actor) => format!("warden {command}, by {actor}"),
    }
}
