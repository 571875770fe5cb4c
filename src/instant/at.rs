//! What `--at` takes. A text is read without a clock; a clock and a zone then say which instant it means.

use std::str::FromStr;

use chrono::{Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};

use super::layouts::{self, Parts};
use super::zone::{self, Unclear};
use super::{Instant, InstantText};
use crate::duration::{BanDuration, DurationError};

const FORMS: &str = "write `2026-11-24 02:14`, `2026-11-24T02:14:27Z`, `02:14`, `yesterday 02:14`, \
                     `2h ago`, `in 2h`, `@1700000000` or `now`; without a zone it is local time";

/// A time as it was typed: read, but without the clock and the zone that say which instant it is.
///
/// Every layout of v0.3's `--at` (reference/crowdsec-v0.3.md, "Command line"), and what warden prints.
/// Without a zone it is local time. `02:14` is the last such time, `Jan  2 15:04:05` is of this year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtExpr {
    text: String,
    form: Form,
}

/// A text that is no time, or not exactly one instant. Each holds the text as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AtError {
    /// Nothing was written.
    #[error("the time is empty")]
    Empty,
    /// None of the layouts.
    #[error("`{0}` is not a time")]
    Unknown(String),
    /// `2026-02-30`, `25:00`.
    #[error("`{0}` names a day or a time of day that does not exist")]
    NotOnCalendar(String),
    /// `2h`.
    #[error("`{0}` does not say whether before or after now")]
    NoDirection(String),
    /// `-4`, `1M ago`.
    #[error("`{text}` is not a time: {why}")]
    Duration {
        /// The whole text.
        text: String,
        /// What is wrong with the duration in it.
        why: DurationError,
    },
    /// Before the year 0000 or after 9999.
    #[error("`{0}` is out of range: times go from 0000-01-02 to 9999-12-31")]
    OutOfRange(String),
    /// The clock was set back, and showed that time twice.
    #[error("`{text}` happens twice in this time zone: {first} and {second}")]
    Twice {
        /// The whole text.
        text: String,
        /// The earlier instant.
        first: InstantText,
        /// The later one.
        second: InstantText,
    },
    /// The clock was set forward, and never showed that time.
    #[error("`{text}` does not exist in this time zone: {before} is followed by {after}")]
    Never {
        /// The whole text.
        text: String,
        /// The last second before the gap.
        before: InstantText,
        /// The first second behind it.
        after: InstantText,
    },
}

impl AtError {
    /// What to write instead.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Empty | Self::Unknown(_) => Some(FORMS.to_owned()),
            Self::NotOnCalendar(_) | Self::OutOfRange(_) => None,
            Self::NoDirection(text) => Some(format!("write `{text} ago` or `in {text}`")),
            Self::Duration { why, .. } => Some(why.hint()),
            Self::Twice { first: one, second: other, .. } | Self::Never { before: one, after: other, .. } => {
                Some(format!("write `{one}` or `{other}`"))
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Exact(Instant),
    Local(NaiveDateTime),
    ThisYear {
        month: u32,
        day: u32,
        time: NaiveTime,
    },
    DaysAgo(u64, NaiveTime),
    LastTime(NaiveTime),
    /// Microseconds after now.
    Shifted(i64),
}

impl FromStr for AtExpr {
    type Err = AtError;

    fn from_str(text: &str) -> Result<AtExpr, AtError> {
        if text.is_empty() {
            return Err(AtError::Empty);
        }
        let form = if let Some(form) = relative(text)? {
            form
        } else if let Some(form) = named(text) {
            form
        } else {
            in_layout(text)?
        };
        Ok(AtExpr { text: text.to_owned(), form })
    }
}

impl AtExpr {
    /// The instant that the text means at `now` in `zone`.
    ///
    /// # Errors
    /// A local time that the zone knows twice or never, a 29 February that this year lacks, or an
    /// instant outside the years 0000 to 9999.
    pub fn resolve<Z: TimeZone>(&self, now: Instant, zone: &Z) -> Result<Instant, AtError> {
        let today = now.local_time(zone).date();
        let instant = match self.form {
            Form::Exact(instant) => instant,
            Form::Shifted(micros) => Instant::from_micros(now.micros().saturating_add(micros)),
            Form::Local(local) => self.instant_of(local, zone)?,
            Form::ThisYear { month, day, time } => {
                let date = NaiveDate::from_ymd_opt(today.year(), month, day);
                self.instant_of(date.ok_or_else(|| self.not_on_calendar())?.and_time(time), zone)?
            }
            Form::DaysAgo(days, time) => self.instant_of(days_before(today, days).and_time(time), zone)?,
            Form::LastTime(time) => self.last(time, today, now, zone)?,
        };
        if instant.has_text() { Ok(instant) } else { Err(AtError::OutOfRange(self.text.clone())) }
    }

    /// The last time that the clock showed `time`: today's, unless it is still to come.
    fn last<Z: TimeZone>(
        &self,
        time: NaiveTime,
        today: NaiveDate,
        now: Instant,
        zone: &Z,
    ) -> Result<Instant, AtError> {
        match zone::instant_of(today.and_time(time), zone) {
            Ok(instant) if instant <= now => Ok(instant),
            Err(Unclear::Twice(first, second)) if first <= now && now < second => Ok(first),
            Err(unclear @ (Unclear::Twice(_, late) | Unclear::Never(_, late))) if late <= now => {
                Err(self.unclear(unclear, zone))
            }
            _ => self.instant_of(days_before(today, 1).and_time(time), zone),
        }
    }

    fn instant_of<Z: TimeZone>(&self, local: NaiveDateTime, zone: &Z) -> Result<Instant, AtError> {
        zone::instant_of(local, zone).map_err(|unclear| self.unclear(unclear, zone))
    }

    fn unclear<Z: TimeZone>(&self, unclear: Unclear, zone: &Z) -> AtError {
        let text = self.text.clone();
        match unclear {
            Unclear::Twice(first, second) => {
                AtError::Twice { text, first: first.local(zone), second: second.local(zone) }
            }
            Unclear::Never(before, after) => {
                AtError::Never { text, before: before.local(zone), after: after.local(zone) }
            }
        }
    }

    fn not_on_calendar(&self) -> AtError {
        AtError::NotOnCalendar(self.text.clone())
    }
}

fn days_before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

/// `-2h`, `2h ago`, `+1h`, `in 1h`.
fn relative(text: &str) -> Result<Option<Form>, AtError> {
    let before = text.strip_prefix('-').or_else(|| text.strip_suffix(" ago"));
    let after = text.strip_prefix('+').or_else(|| text.strip_prefix("in "));
    let Some(duration) = before.or(after) else { return Ok(None) };
    let micros = micros(text, duration)?;
    Ok(Some(Form::Shifted(if before.is_some() { -micros } else { micros })))
}

fn micros(text: &str, duration: &str) -> Result<i64, AtError> {
    let unknown = || AtError::Unknown(text.to_owned());
    if duration.starts_with(['+', '-']) {
        return Err(unknown());
    }
    match duration.parse::<BanDuration>() {
        Ok(BanDuration::Permanent) => Err(unknown()),
        Ok(duration) => Ok(duration.micros()),
        Err(DurationError::TooLong(_)) => Err(AtError::OutOfRange(text.to_owned())),
        Err(why) if is_about_units(&why) => Err(AtError::Duration { text: text.to_owned(), why }),
        Err(_) => Err(unknown()),
    }
}

/// The others speak of bans.
fn is_about_units(why: &DurationError) -> bool {
    use DurationError::{MinutesOrMonths, NoUnit, UnknownUnit};
    matches!(why, NoUnit { .. } | MinutesOrMonths { .. } | UnknownUnit { .. })
}

/// `now`, `@1700000000`, `today`, `yesterday 02:14`.
fn named(text: &str) -> Option<Form> {
    if text == "now" {
        return Some(Form::Shifted(0));
    }
    if let Some(seconds) = text.strip_prefix('@') {
        return unix_seconds(seconds);
    }
    let (days, time) = match text.strip_prefix("yesterday") {
        Some(time) => (1, time),
        None => (0, text.strip_prefix("today")?),
    };
    let parts = if time.is_empty() {
        Parts::default()
    } else {
        layouts::read_clock(time.strip_prefix(' ')?.trim_start())?
    };
    time_of(&parts).map(|time| Form::DaysAgo(days, time))
}

fn unix_seconds(text: &str) -> Option<Form> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds: i64 = text.parse().ok()?;
    Some(Form::Exact(Instant::from_micros(seconds.saturating_mul(1_000_000))))
}

fn in_layout(text: &str) -> Result<Form, AtError> {
    match layouts::read(text) {
        Some(parts) => form_of(&parts).ok_or_else(|| AtError::NotOnCalendar(text.to_owned())),
        None if text.parse::<BanDuration>().is_ok_and(|duration| duration != BanDuration::Permanent) => {
            Err(AtError::NoDirection(text.to_owned()))
        }
        None => Err(AtError::Unknown(text.to_owned())),
    }
}

fn form_of(parts: &Parts) -> Option<Form> {
    let time = time_of(parts)?;
    let Some((month, day)) = parts.day else { return Some(Form::LastTime(time)) };
    let Some(year) = parts.year else {
        let some_leap_year = 2_000;
        NaiveDate::from_ymd_opt(some_leap_year, month, day)?;
        return Some(Form::ThisYear { month, day, time });
    };
    let local = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?.and_time(time);
    match parts.offset {
        Some(offset) => Some(Form::Exact(Instant::from_utc(local - fixed(offset)?))),
        None => Some(Form::Local(local)),
    }
}

fn time_of(parts: &Parts) -> Option<NaiveTime> {
    let (hour, minute, second, micros) = parts.time;
    NaiveTime::from_hms_micro_opt(hour, minute, second, micros)
}

fn fixed((sign, hours, minutes, seconds): (i32, u32, u32, u32)) -> Option<FixedOffset> {
    let size = NaiveTime::from_hms_opt(hours, minutes, seconds)?.signed_duration_since(NaiveTime::MIN);
    FixedOffset::east_opt(sign * i32::try_from(size.num_seconds()).ok()?)
}

#[cfg(test)]
mod tests;
