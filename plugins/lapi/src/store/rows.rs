//! From a decision, or a ban that waits, to the row of a list.

use std::fmt::Write as _;

use warden_plugin::{EndKind, Query, Result, Row, Rows, UNKNOWN_US};

use super::listing::Found;
use super::pending::Add;
use crate::source;
use crate::wire::list;

/// Hands over a decision, if it is asked for.
pub fn found(found: Found<'_>, query: &Query<'_>, rows: &mut Rows<'_>) -> Result {
    let Found { alert, decision, until_us } = found;
    let source = source::of(&decision.origin, &decision.scenario);
    let text = decision.target.text();
    // It is active on the server: a clock that is ahead of ours does not hide it.
    let start_us = alert.stop_us.map_or(UNKNOWN_US, |stop| stop.min(query.at_us));
    let (as_number, as_text) = system(&alert.source);
    let row = Row {
        id: &decision.id.to_string(),
        source: &source,
        target: decision.spelling.as_deref().unwrap_or(text.as_str()),
        reason: &decision.scenario,
        scenario: &alert.scenario,
        action: &decision.action,
        country: &alert.source.cn,
        as_text: &as_text,
        as_name: &alert.source.as_name,
        actor: &alert.actor,
        as_number,
        simulation: alert.simulated,
        events_count: alert.events_count,
        start_us,
        until_us,
        range: Some(decision.target.into()),
        ..BLANK
    };
    push(&row, query, rows)
}

/// Hands over a ban that waits, if it is asked for.
pub fn waiting(add: &Add, query: &Query<'_>, rows: &mut Rows<'_>) -> Result {
    let (info, text) = (&add.info, add.target.text());
    let (cn, number, name) = (info.country.clone(), info.as_number.clone(), info.as_name.clone());
    let (as_number, as_text) = system(&list::Source { cn, as_number: number, as_name: name });
    let row = Row {
        source: &add.source,
        target: text.as_str(),
        reason: &add.reason,
        scenario: &info.scenario,
        action: &add.action,
        country: &info.country,
        as_text: &as_text,
        as_name: &info.as_name,
        actor: &info.actor,
        as_number,
        simulation: info.simulated,
        events_count: info.events_count,
        start_us: info.start_us,
        until_us: add.until_us,
        range: Some(add.target.into()),
        ..BLANK
    };
    push(&row, query, rows)
}

fn push(row: &Row<'_>, query: &Query<'_>, rows: &mut Rows<'_>) -> Result {
    let is_wanted = row.until_us > query.at_us && query.matches(row, 0);
    if is_wanted { rows.push(row) } else { Ok(()) }
}

/// The server does not say how many alerts a target ever had: the ban itself is one.
const BLANK: Row<'static> = Row {
    id: "",
    source: "",
    target: "",
    reason: "",
    scenario: "",
    action: "",
    country: "",
    as_text: "",
    as_name: "",
    actor: "",
    ended_by: "",
    as_number: 0,
    orphan: false,
    simulation: false,
    end_kind: EndKind::None,
    ban_count: 1,
    events_count: 0,
    start_us: UNKNOWN_US,
    until_us: UNKNOWN_US,
    ended_us: UNKNOWN_US,
    range: None,
};

/// The autonomous system as a number, and as v0.3 prints it: number, space, organisation.
fn system(source: &list::Source) -> (u32, String) {
    let number = source.as_number.parse().unwrap_or(0);
    let mut text = String::new();
    if !source.as_number.is_empty() || !source.as_name.is_empty() {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{} {}", source.as_number, source.as_name);
    }
    (number, text)
}
