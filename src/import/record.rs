//! From a record as it was written to what it means: the one place where an import's texts are judged.

use std::borrow::Cow;

use chrono::Local;
use warden_plugin::Target;
use warden_plugin::target::Noted;

use super::{Cell, Fault, Fields, Key, LONGEST_QUOTE, shown};
use crate::action::{Actions, SIMULATION};
use crate::duration::{BanDuration, DurationError};
use crate::instant::{AtExpr, Instant};
use crate::ui::number;

/// A ban to be. What was not written is `None` or empty: the command knows the defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What is banned.
    pub target: Target,
    /// The text had bits set behind its prefix.
    pub host_bits_cut: bool,
    /// Until when.
    pub end: Option<End>,
    /// Why; empty: not said.
    pub reason: &'a str,
    /// What the ban does; empty: not said.
    pub action: Cow<'a, str>,
    /// Who ordered it; empty: not said.
    pub source: &'a str,
    /// The country's two letters.
    pub country: &'a str,
    /// The number of the autonomous system; 0: not known.
    pub as_number: u32,
    /// Its name.
    pub as_name: &'a str,
}

impl Record<'_> {
    /// A ban of which only the target is said.
    pub fn of(noted: Noted) -> Self {
        Self {
            target: noted.target,
            host_bits_cut: noted.host_bits_cut,
            end: None,
            reason: "",
            action: Cow::Borrowed(""),
            source: "",
            country: "",
            as_number: 0,
            as_name: "",
        }
    }
}

/// Until when a ban holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// So long, from whenever it is imported.
    For(BanDuration),
    /// Until then.
    At(Instant),
}

/// What a record comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked<'a> {
    /// A ban.
    Ban(Record<'a>),
    /// It is over already.
    Expired,
    /// `CrowdSec` only pretended.
    Simulated,
}

/// All texts of a record together may be as long as this.
const LONGEST: usize = 60_000;

/// So many characters of a reason are kept; a table shows every one of them in each row.
pub const LONGEST_REASON: usize = 1000;

/// What is wrong with a reason, if anything.
pub fn long_reason(reason: &str) -> Option<String> {
    let length = reason.chars().count();
    (length > LONGEST_REASON).then(|| {
        format!(
            "the reason has {} characters, more than {}",
            number(length as u64),
            number(LONGEST_REASON as u64)
        )
    })
}

/// Reads the texts of a record.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check<'f>(fields: &'f Fields<'_>, actions: &Actions<'_>, now: Instant) -> Result<Checked<'f>, Fault> {
    let noted = target(fields)?;
    scope(fields)?;
    let end = end(fields, now)?;
    let (as_number, as_name) = system(fields)?;
    let reason = match (fields.text(Key::Reason), fields.text(Key::Scenario)) {
        ("", "?") => "",
        ("", scenario) => scenario,
        (reason, _) => reason,
    };
    if let Some(message) = long_reason(reason) {
        let cell = fields.cell(Key::Reason).or(fields.cell(Key::Scenario));
        return Err(Fault::new(cell.map_or(fields.at, |cell| cell.at), message));
    }
    let is_simulation =
        fields.text(Key::Simulated) == "true" || fields.text(Key::Action).starts_with(SIMULATION);
    let action = if is_simulation { Cow::Borrowed("") } else { action(fields, actions)? };
    let [source, country] = [Key::Source, Key::Country].map(|key| fields.text(key));
    if reason.len() + action.len() + source.len() + country.len() + as_name.len() > LONGEST {
        return Err(Fault::new(fields.at, format!("its texts are longer than {LONGEST} bytes")));
    }
    if is_simulation {
        return Ok(Checked::Simulated);
    }
    let Ok(end) = end else { return Ok(Checked::Expired) };
    let (target, host_bits_cut) = (noted.target, noted.host_bits_cut);
    Ok(Checked::Ban(Record {
        target,
        host_bits_cut,
        end,
        reason,
        action,
        source,
        country,
        as_number,
        as_name,
    }))
}

/// Reads the target alone.
///
/// # Errors
/// When there is none, or it is wrong.
pub fn target(fields: &Fields<'_>) -> Result<Noted, Fault> {
    let Some(cell) = fields.cell(Key::Target) else {
        return Err(
            Fault::new(fields.at, "there is no target").with_hint("`value`, `ip` or `range` names it")
        );
    };
    // `decisions list -o raw` of CrowdSec writes the scope before the value.
    let text = ["Ip:", "Range:"].iter().find_map(|scope| cell.text.strip_prefix(scope)).unwrap_or(&cell.text);
    Target::parse_noting(text).map_err(|e| {
        let message = format!("`{}` is not an address or a CIDR range: {}", shown(text), e.fault());
        Fault::new(cell.at, message)
    })
}

fn scope(fields: &Fields<'_>) -> Result<(), Fault> {
    match fields.cell(Key::Scope) {
        Some(cell) if !["ip", "range"].iter().any(|known| cell.text.eq_ignore_ascii_case(known)) => {
            let message = format!("scope `{}` cannot be banned, only `Ip` and `Range`", shown(&cell.text));
            Err(Fault::new(cell.at, message))
        }
        _ => Ok(()),
    }
}

/// What the ban does, as it is stored; empty: not said.
fn action<'f>(fields: &'f Fields<'_>, actions: &Actions<'_>) -> Result<Cow<'f, str>, Fault> {
    let Some(cell) = fields.cell(Key::Action) else { return Ok(Cow::Borrowed("")) };
    actions.read(&cell.text).map_err(|error| {
        let message = format!("`{}` is not an action", shown(&cell.text));
        Fault::new(cell.at, message).with_hint(error.hint().unwrap_or_default())
    })
}

/// A ban that is over.
struct Over;

/// Until when: a time before the time left before a duration. The inner error: it is over.
fn end(fields: &Fields<'_>, now: Instant) -> Result<Result<Option<End>, Over>, Fault> {
    let duration = fields.cell(Key::Duration);
    let left = fields.cell(Key::Until).or(duration.filter(|_| fields.in_alert));
    if let Some(cell) = fields.cell(Key::UntilAt) {
        time(cell, now)
    } else if let Some(cell) = left {
        time_left(cell, now)
    } else if let Some(cell) = duration {
        let duration = cell.text.parse().map_err(|e| bad_duration(&e, cell))?;
        Ok(Ok(Some(End::For(duration))))
    } else {
        Ok(Ok(None))
    }
}

/// From this length on, a time left stands for a ban without end, as v0.3 prints it.
const FOREVER_S: u64 = 9_223_372_036;

/// The time left as v0.3 prints it, negative when it is over; else a time.
fn time_left(cell: &Cell<'_>, now: Instant) -> Result<Result<Option<End>, Over>, Fault> {
    let text = &*cell.text;
    match text.strip_prefix('-').unwrap_or(text).parse::<BanDuration>() {
        Ok(_) | Err(DurationError::TooShort(_)) if text.starts_with('-') => Ok(Err(Over)),
        Err(DurationError::TooShort(_)) => Ok(Err(Over)),
        Ok(BanDuration::For(left)) if left.as_secs() >= FOREVER_S => Ok(Ok(Some(End::At(Instant::FOREVER)))),
        Ok(BanDuration::Permanent) => Ok(Ok(Some(End::At(Instant::FOREVER)))),
        Ok(left) => Ok(Ok(Some(End::At(now.plus(left))))),
        Err(error) => time(cell, now).map_err(|fault| match text.contains(['-', ':', '/']) {
            true => fault,
            false => bad_duration(&error, cell),
        }),
    }
}

fn time(cell: &Cell<'_>, now: Instant) -> Result<Result<Option<End>, Over>, Fault> {
    let fault = |e: crate::instant::AtError| {
        let message =
            if cell.text.len() > LONGEST_QUOTE { "this is not a time".to_owned() } else { e.to_string() };
        Fault::new(cell.at, message).with_hint(e.hint().unwrap_or_default())
    };
    let at: AtExpr = cell.text.parse().map_err(fault)?;
    let at = at.resolve(now, &Local).map_err(fault)?;
    Ok(if at <= now { Err(Over) } else { Ok(Some(End::At(at))) })
}

fn bad_duration(error: &DurationError, cell: &Cell<'_>) -> Fault {
    let message =
        if cell.text.len() > LONGEST_QUOTE { "this is not a duration".to_owned() } else { error.to_string() };
    let hint = match error {
        DurationError::Negative(_) | DurationError::TooShort(_) => String::new(),
        _ => error.hint(),
    };
    Fault::new(cell.at, message).with_hint(hint)
}

/// The autonomous system: its number alone, or with the name after it.
fn system<'f>(fields: &'f Fields<'_>) -> Result<(u32, &'f str), Fault> {
    let whole = fields.text(Key::As).trim();
    let whole = whole.strip_prefix("AS").unwrap_or(whole);
    let digits = whole.find(|c: char| !c.is_ascii_digit()).unwrap_or(whole.len());
    let (number, name) = match whole[..digits].parse() {
        Ok(number) => (number, whole[digits..].trim_start()),
        Err(_) => (0, whole),
    };
    let number = match fields.cell(Key::AsNumber) {
        Some(cell) => cell.text.trim_start_matches("AS").parse().map_err(|_| {
            let message = format!("`{}` is not the number of an autonomous system", shown(&cell.text));
            Fault::new(cell.at, message)
        })?,
        None => number,
    };
    Ok((number, Some(fields.text(Key::AsName)).filter(|n| !n.is_empty()).unwrap_or(name)))
}
