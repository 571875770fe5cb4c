//! The counts of a list's last line by a plugin's own counting: a million bans from the API need not be read to say that
//! they are there.

use warden_plugin::{Query, abi};

use crate::backends::{Backends, Question};
use crate::output::Totals;
use crate::plugin::Instance;

/// Whether there is one backend to read, which can count and read the first rows only.
pub fn can_be_had(backends: &mut Backends, question: &Question<'_>) -> bool {
    // Distinct systems of several backends cannot be added up, and a past that is not kept is to be said once.
    if backends.selected(question.selection) != 1
        || question.selection.past
        || question.query.source.is_some()
    {
        return false;
    }
    let mut can = false;
    backends.ask("list", question.selection, |_, instance| {
        can = instance.offers(abi::EXT_SUMMARY) && instance.offers(abi::EXT_QUERY);
        Ok(())
    });
    can
}

/// The counts of the one backend that a list reads; `None`: it could not
/// honour the filters, or failed and has said so. `api`: the bans from the API
/// are shown, and only counted; `local`: how many others there are, if it is known.
pub fn of(backends: &mut Backends, question: &Question<'_>, api: bool, local: Option<u64>) -> Option<Totals> {
    let mut totals = None;
    backends.ask("list", question.selection, |_, instance| {
        totals = if api {
            by_source(instance, &question.query)?
        } else {
            separately(instance, &question.query, local)?
        };
        Ok(())
    });
    totals
}

/// All bans in one pass.
fn by_source(instance: &mut Instance, query: &Query<'_>) -> warden_plugin::Result<Option<Totals>> {
    let (mut all, mut totals) = (0, Totals::default());
    let counted = summarise(instance, query, &mut |kind, value, count| match (kind, value) {
        ("total", _) => all = count,
        ("source", "api") => totals.from_api = count,
        _ => {}
    })?;
    totals.local = all.saturating_sub(totals.from_api);
    Ok(counted.then_some(totals))
}

/// The bans from the API, and the others unless their number is known.
fn separately(
    instance: &mut Instance,
    query: &Query<'_>,
    local: Option<u64>,
) -> warden_plugin::Result<Option<Totals>> {
    let mut totals = Totals { local: local.unwrap_or(0), ..Totals::default() };
    let from_api = Query { source: Some("api"), ..*query };
    let mut counted = summarise(instance, &from_api, &mut |kind, _, count| match kind {
        "total" => totals.from_api = count,
        "as" => totals.systems += 1,
        "country" => totals.countries += 1,
        _ => {}
    })?;
    if local.is_none() {
        let others = Query { not_source: Some("api"), ..*query };
        counted &= summarise(instance, &others, &mut |kind, _, count| {
            if kind == "total" {
                totals.local = count;
            }
        })?;
    }
    Ok(counted.then_some(totals))
}

/// Whether all filters were honoured.
fn summarise(
    instance: &mut Instance,
    query: &Query<'_>,
    count: &mut dyn FnMut(&str, &str, u64),
) -> warden_plugin::Result<bool> {
    let wanted = query.wanted() & !abi::Q_LIMIT;
    let applied = instance.summarise(query, &mut |kind, value, n| {
        count(kind, value, n);
        true
    })?;
    Ok(applied.is_some_and(|applied| applied & wanted == wanted))
}
