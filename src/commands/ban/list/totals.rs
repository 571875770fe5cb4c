//! The counts of a list's last line by a plugin's own counting: a million bans from the API need not be read to say that
//! they are there.

use warden_plugin::{Query, abi};

use crate::backends::{Backends, Question};
use crate::error::Exit;
use crate::output::Totals;
use crate::plugin::Instance;

/// The counts of the one backend that a list reads, if it can count. The error: it failed, and has said so.
pub fn of(backends: &mut Backends, question: &Question<'_>) -> Result<Option<Totals>, Exit> {
    // Distinct systems of several backends cannot be added up, and a past that is not kept is to be said once.
    if backends.readable(question.named) != 1 || question.past || question.query.source.is_some() {
        return Ok(None);
    }
    let mut totals = None;
    let exit = backends.survey("list", (question.named, false), |_, instance| {
        if instance.offers(abi::EXT_SUMMARY) {
            totals = count(instance, &question.query)?;
        }
        Ok(())
    });
    if exit == Exit::Failed { Err(exit) } else { Ok(totals) }
}

fn count(instance: &mut Instance, query: &Query<'_>) -> warden_plugin::Result<Option<Totals>> {
    let mut totals = Totals::default();
    let local = Query { not_source: Some("api"), ..*query };
    let counted = summarise(instance, &local, &mut |kind, count| {
        if kind == "total" {
            totals.local = count;
        }
    })?;
    let from_api = Query { source: Some("api"), ..*query };
    let counted = counted
        && summarise(instance, &from_api, &mut |kind, count| match kind {
            "total" => totals.from_api = count,
            "as" => totals.systems += 1,
            "country" => totals.countries += 1,
            _ => {}
        })?;
    Ok(counted.then_some(totals))
}

/// Whether all filters were honoured.
fn summarise(
    instance: &mut Instance,
    query: &Query<'_>,
    count: &mut dyn FnMut(&str, u64),
) -> warden_plugin::Result<bool> {
    let wanted = query.wanted() & !abi::Q_LIMIT;
    let applied = instance.summarise(query, &mut |kind, _, n| {
        count(kind, n);
        true
    })?;
    Ok(applied.is_some_and(|applied| applied & wanted == wanted))
}
