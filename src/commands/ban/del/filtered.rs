//! `warden ban del --reason TEXT`: counted first when a person is asked.

use super::super::report::Ended;
use super::super::scope::Scope;
use super::targets::still_covered;
use super::{Deleted, DeletedTarget, DeletedTargets, FoundTargets, How};
use crate::backends::matching;
use crate::clock;
use crate::error::{Error, Exit, Kind};
use crate::filter::Filter;
use crate::operation;
use crate::session::Session;
use crate::spool::Sorter;
use crate::ui::{can_ask, confirm, counted};

pub fn run(filter: &Filter, covering: bool, yes: bool, how: How, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let session = Session::open(scope.global)?;
    let mut query = filter.query(clock::now(), None);
    // To free an address is not to free its network.
    query.target = filter.ip.filter(|_| !covering);
    operation::run(&session, "ban del", [scope.write(how.dry_run)], |[backends]| {
        if can_ask() && !yes && !how.dry_run {
            let counts = backends.each("del", |_, instance| matching::count(instance, &query));
            // The same bans may lie in several backends.
            let found = counts.iter().filter_map(|a| a.result.as_ref().ok()).copied().max().unwrap_or(0);
            if found > 0 && !confirm(&format!("End {}?", counted(found, "ban")))? {
                return Err(Error::new(Kind::Refused, "nothing was done").into());
            }
        }
        let mut targets = Vec::new();
        let answers = backends.change("del", |name, instance| {
            let mut here = Sorter::default();
            let found = matching::targets(instance, &query, &mut here)?;
            targets.push((name.to_owned(), here));
            let deleted = if how.dry_run { found } else { matching::end_where(instance, &query)? };
            Ok(Ended { deleted })
        });
        let found = FoundTargets::of(targets, &answers)?;
        let targets = match filter.ip.filter(|_| !covering) {
            Some(ip) => {
                let (covers, lines) = still_covered(ip, backends, how, scope);
                let (target, deleted) = (ip.to_string(), found.count > 0);
                DeletedTargets::Named(vec![DeletedTarget { target, deleted, covers, lines }])
            }
            None => DeletedTargets::Found(found),
        };
        Ok(Deleted { how, read: None, targets, answers })
    })
}
