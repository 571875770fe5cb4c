//! What waits for the flush, and how a list looks with it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use warden_plugin::Target;

use crate::intern::Interner;

/// What an alert says besides its decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlertInfo {
    pub scenario: String,
    pub message: String,
    pub actor: String,
    pub country: String,
    pub as_number: String,
    pub as_name: String,
    pub events_count: u64,
    pub simulated: bool,
    /// From when its bans hold.
    pub start_us: i64,
}

/// A ban to be added.
#[derive(Clone, Debug)]
pub struct Add {
    pub target: Target,
    pub source: Arc<str>,
    pub action: Arc<str>,
    pub reason: Arc<str>,
    pub until_us: i64,
    pub info: Arc<AlertInfo>,
    /// A ban of the same target and source stands on the server until this one is there.
    pub replaces: bool,
}

/// The bans of a target, to be ended by the values that they have on the server.
#[derive(Clone, Debug)]
pub struct End {
    pub target: Target,
    /// Each value with its scope.
    pub spelled: Vec<(Arc<str>, Arc<str>)>,
    pub ids: Vec<u64>,
}

/// What waits, in the order in which it is sent.
#[derive(Default)]
pub struct Pending {
    /// Every ban that stood is to be ended: the scopes that were seen.
    pub everything: Option<HashSet<Arc<str>>>,
    adds: Vec<Option<Add>>,
    /// Where in `adds` the bans of a target are, by source.
    index: HashMap<Target, Vec<(Arc<str>, usize)>>,
    /// Decisions that a new ban of their target replaces.
    pub replaced: Vec<(Target, u64)>,
    pub ends: Vec<End>,
    /// Decisions that no list shows any more.
    hidden: HashSet<u64>,
    infos: HashSet<Arc<AlertInfo>>,
    /// Sources, actions and reasons.
    pub texts: Interner,
}

impl Pending {
    /// The bans to be added, in order.
    pub fn adds(&self) -> impl Iterator<Item = &Add> {
        self.adds.iter().flatten()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.everything.is_none()
            && self.adds().next().is_none()
            && self.replaced.is_empty()
            && self.ends.is_empty()
    }

    /// Whether a decision on the server is to end.
    pub fn hides(&self, id: u64) -> bool {
        self.everything.is_some() || self.hidden.contains(&id)
    }

    /// Whether a ban of this target is to be added.
    pub fn adds_to(&self, target: Target) -> bool {
        self.index.contains_key(&target)
    }

    /// Equal information is stored once, and makes one alert.
    pub fn info(&mut self, info: AlertInfo) -> Arc<AlertInfo> {
        if let Some(known) = self.infos.get(&info) {
            return Arc::clone(known);
        }
        let new = Arc::new(info);
        self.infos.insert(Arc::clone(&new));
        new
    }

    /// Adds a ban in place of a waiting one of the same target and source, which is returned, and of those decisions.
    pub fn add(&mut self, add: Add, replaced: &[u64]) -> Option<Add> {
        self.replaced.extend(replaced.iter().map(|id| (add.target, *id)));
        self.hidden.extend(replaced);
        let here = self.index.entry(add.target).or_default();
        let before = here.iter().position(|(source, _)| *source == add.source);
        let before = before.and_then(|at| self.adds[here.swap_remove(at).1].take());
        here.push((Arc::clone(&add.source), self.adds.len()));
        let replaces = add.replaces || before.as_ref().is_some_and(|before| before.replaces);
        self.adds.push(Some(Add { replaces, ..add }));
        before
    }

    /// Ends the bans of a target: those that wait are dropped and counted, those that stand are remembered.
    pub fn end(&mut self, end: End) -> usize {
        let dropped = self.index.remove(&end.target).unwrap_or_default();
        for (_, place) in &dropped {
            self.adds[*place] = None;
        }
        self.hidden.extend(&end.ids);
        self.ends.push(end);
        dropped.len()
    }

    /// Ends every ban; answers how many of them were waiting.
    pub fn end_all(&mut self, scopes: HashSet<Arc<str>>) -> usize {
        let dropped = self.adds().count();
        *self = Self { everything: Some(scopes), ..Self::default() };
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(target: &str, source: &str) -> Add {
        Add {
            target: Target::parse(target).unwrap(),
            source: source.into(),
            action: "ban".into(),
            reason: "r".into(),
            until_us: 0,
            info: Arc::default(),
            replaces: false,
        }
    }

    fn end(target: &str, ids: &[u64]) -> End {
        End { target: Target::parse(target).unwrap(), spelled: Vec::new(), ids: ids.to_vec() }
    }

    fn targets(pending: &Pending) -> Vec<String> {
        pending.adds().map(|add| format!("{} {}", add.target, add.source)).collect()
    }

    #[test]
    fn a_second_ban_of_the_same_source_takes_the_place_of_the_first() {
        let mut pending = Pending::default();
        assert!(pending.add(add("1.2.3.4", "cli"), &[7]).is_none());
        assert!(pending.add(add("1.2.3.4", "api"), &[]).is_none());
        assert!(pending.add(add("1.2.3.4", "cli"), &[]).is_some());
        assert_eq!(targets(&pending), ["1.2.3.4 api", "1.2.3.4 cli"]);
        assert!(pending.hides(7) && !pending.hides(8));
    }

    #[test]
    fn an_end_drops_what_waits_of_its_target_alone() {
        let mut pending = Pending::default();
        for (target, source) in [("1.2.3.4", "cli"), ("1.2.3.4", "api"), ("1.2.3.0/24", "cli")] {
            pending.add(add(target, source), &[]);
        }
        assert_eq!(pending.end(end("1.2.3.4", &[5])), 2);
        assert_eq!(targets(&pending), ["1.2.3.0/24 cli"]);
        assert!(pending.hides(5) && !pending.adds_to(Target::parse("1.2.3.4").unwrap()));
        assert!(!pending.is_empty());
    }

    #[test]
    fn the_end_of_all_hides_everything_and_drops_what_waits() {
        let mut pending = Pending::default();
        pending.add(add("1.2.3.4", "cli"), &[1]);
        assert_eq!(pending.end_all(HashSet::new()), 1);
        assert!(pending.hides(99) && pending.adds().next().is_none() && pending.replaced.is_empty());
    }

    #[test]
    fn equal_facts_are_held_once() {
        let mut pending = Pending::default();
        let info = || AlertInfo { scenario: "s".into(), ..AlertInfo::default() };
        assert!(Arc::ptr_eq(&pending.info(info()), &pending.info(info())));
        assert!(Arc::ptr_eq(&pending.texts.intern("a"), &pending.texts.intern("a")));
    }
}
