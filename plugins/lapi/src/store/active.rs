//! What stands on the server for a target. A few targets are asked for one by one; for more, everything that is active
//! is read once and kept, some hundred bytes for each, until the flush.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use warden_plugin::Target;

use super::listing::{self, AlertQuery, Found};
use crate::client::{Client, Outcome};
use crate::clock::Clock;
use crate::source;

/// How many targets are asked for one by one, and for how long: where the server has half a million old decisions, one
/// of these questions takes it 0.4 s, and the whole list of 10,000 active ones 0.1 s.
const ONE_BY_ONE: u32 = 16;
const ONE_BY_ONE_FOR: Duration = Duration::from_millis(20);

/// A decision that stands.
#[derive(Clone, Debug)]
pub struct ActiveDecision {
    pub id: u64,
    pub source: Arc<str>,
    pub scope: Arc<str>,
    /// The value where it is not the target's canonical text.
    pub spelling: Option<Box<str>>,
    pub until_us: i64,
}

/// Looking up what stands.
#[derive(Default)]
pub struct Active {
    asked: u32,
    spent: Duration,
    all: Option<HashMap<Target, Vec<ActiveDecision>>>,
}

impl Active {
    /// Forgets what was read: the server has changed.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The decisions on exactly this target; of one source alone if one is named.
    pub fn on(
        &mut self,
        client: &mut Client,
        clock: &Clock,
        target: Target,
        source: Option<&str>,
    ) -> Outcome<Vec<ActiveDecision>> {
        if self.all.is_none() && self.asked < ONE_BY_ONE && self.spent < ONE_BY_ONE_FOR {
            self.asked += 1;
            client.log_in()?;
            let begun = Instant::now();
            let mut found = Vec::new();
            let ask = AlertQuery::covering(target, source);
            listing::read(client, clock, &ask, &|t| *t == target, &mut |each| {
                found.push(standing(each));
                Ok(())
            })?;
            found.retain(|each| source.is_none_or(|source| *each.source == *source));
            self.spent += begun.elapsed();
            return Ok(found);
        }
        let all = match &mut self.all {
            Some(all) => all,
            none => none.insert(all(client, clock)?),
        };
        let on = all.get(&target).map(Vec::as_slice).unwrap_or_default();
        Ok(on.iter().filter(|each| source.is_none_or(|source| *each.source == *source)).cloned().collect())
    }
}

fn all(client: &mut Client, clock: &Clock) -> Outcome<HashMap<Target, Vec<ActiveDecision>>> {
    let mut all: HashMap<Target, Vec<ActiveDecision>> = HashMap::new();
    listing::read(client, clock, &AlertQuery::all(), &|_| true, &mut |each| {
        all.entry(each.decision.target).or_default().push(standing(each));
        Ok(())
    })?;
    Ok(all)
}

fn standing(found: Found<'_>) -> ActiveDecision {
    let Found { decision, until_us, .. } = found;
    let source = match source::of(&decision.origin, &decision.scenario) {
        same if *same == *decision.origin => Arc::clone(&decision.origin),
        other => other.as_ref().into(),
    };
    ActiveDecision {
        id: decision.id,
        source,
        scope: Arc::clone(&decision.scope),
        spelling: decision.spelling.clone(),
        until_us,
    }
}
