//! SQL functions of our own connections. They never get into the file: others read and write it.

use std::str::from_utf8;

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};
use warden_plugin::{Target, UNKNOWN_US};

use super::{span, time};
use crate::common::tally::Tally;

/// Adds:
/// - `warden_start(created_at, stop_at)`: when a ban starts, in microseconds;
/// - `warden_holds(created_at, stop_at, until, deleted_at, at)`: whether it holds at an instant;
/// - `warden_within(text, range)`: whether a text is a target that lies wholly in a range;
/// - `warden_target(text)`: the canonical text of a target, any other text as it is;
/// - `warden_tally(stop_at, events_count, at)`: see [`read_tally`].
pub fn register(connection: &Connection) -> Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("warden_start", 2, flags, |args| {
        Ok(span::read(args.get_raw(0), args.get_raw(1), ValueRef::Null, ValueRef::Null).start)
    })?;
    connection.create_scalar_function("warden_holds", 5, flags, |args| {
        let span = span::read(args.get_raw(0), args.get_raw(1), args.get_raw(2), args.get_raw(3));
        Ok(span.holds_at(args.get_raw(4).as_i64()?))
    })?;
    connection.create_scalar_function("warden_within", 2, flags, |args| {
        let [target, range] = [0, 1].map(|index| target(args.get_raw(index)));
        Ok(range.zip(target).is_some_and(|(range, target)| range.contains(&target)))
    })?;
    connection.create_scalar_function("warden_target", 1, flags, |args| {
        let value = args.get_raw(0);
        Ok(target(value).map_or_else(|| value.try_into(), |target| Ok(Value::Text(target.to_string())))?)
    })?;
    connection.create_aggregate_function("warden_tally", 3, flags, Tally::default())
}

/// The target that a column means.
pub fn target(value: ValueRef<'_>) -> Option<Target> {
    let ValueRef::Text(text) = value else { return None };
    Target::of_stored(from_utf8(text).ok()?)
}

/// Counts a signal in, unless it came after `at`. One whose time cannot be read counts.
pub fn count_signal(tally: &mut Tally, stop_at: ValueRef<'_>, events_count: ValueRef<'_>, at: i64) {
    let stop = time::read(stop_at);
    if stop == UNKNOWN_US || stop <= at {
        tally.signals += 1;
        tally.events = tally.events.saturating_add(events(events_count));
    }
}

/// What `warden_tally` gave: the signals up to an instant and the sum of their events, both in one seek.
pub fn read_tally(value: ValueRef<'_>) -> Tally {
    let ValueRef::Blob(bytes) = value else { return Tally::default() };
    let Some((signals, rest)) = bytes.split_first_chunk() else { return Tally::default() };
    let events = rest.first_chunk().copied().unwrap_or_default();
    Tally { signals: u64::from_ne_bytes(*signals), events: u64::from_ne_bytes(events) }
}

fn tally_bytes(tally: Tally) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&tally.signals.to_ne_bytes());
    bytes[8..].copy_from_slice(&tally.events.to_ne_bytes());
    bytes
}

/// The events of a signal: nothing below zero, nothing that is no number.
fn events(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Integer(count) => u64::try_from(count).unwrap_or(0),
        ValueRef::Text(text) => from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0),
        _ => 0,
    }
}

impl Aggregate<Tally, [u8; 16]> for Tally {
    fn init(&self, _: &mut Context<'_>) -> Result<Tally> {
        Ok(Tally::default())
    }

    fn step(&self, args: &mut Context<'_>, tally: &mut Tally) -> Result<()> {
        count_signal(tally, args.get_raw(0), args.get_raw(1), args.get_raw(2).as_i64()?);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, tally: Option<Tally>) -> Result<[u8; 16]> {
        Ok(tally_bytes(tally.unwrap_or_default()))
    }
}
