//! Instants as MySQL's DATETIME, which has no zone, and back.

use chrono::{DateTime, Datelike, Duration, Local, NaiveDate, NaiveDateTime, TimeZone, Timelike};
use mysql::Value;
use warden_plugin::{FOREVER_US, UNKNOWN_US};

use crate::settings::Zone;

/// An end on this day or later is no end.
const LAST_DAYS: (i32, u32, u32) = (9999, 12, 30);

/// A ban without end, whatever the zone (docs: compatibility).
const FOREVER: Value = Value::Date(9999, 12, 31, 0, 0, 0, 0);

const SECOND: i64 = 1_000_000;

/// How a column of a table holds time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    pub zone: Zone,
    /// v0.3.7's columns: seconds only.
    pub whole_seconds: bool,
}

impl Clock {
    /// An instant at which something was done. What the column cannot hold is cut, so that it has happened at once.
    pub fn write(self, us: i64) -> Value {
        if self.whole_seconds {
            self.exact(us.div_euclid(SECOND).saturating_mul(SECOND))
        } else {
            self.exact(us)
        }
    }

    /// The end of a ban. What the column cannot hold is added, so that it lasts as long as was asked.
    pub fn write_end(self, us: i64) -> Value {
        let up = us.saturating_add(SECOND - 1).div_euclid(SECOND).saturating_mul(SECOND);
        let us = if self.whole_seconds { up } else { us };
        match self.naive(us) {
            Some(time) if is_before_last_days(time) => value(time),
            _ if us > 0 => FOREVER,
            _ => Value::NULL,
        }
    }

    /// An instant to compare with: nothing is cut.
    pub fn exact(self, us: i64) -> Value {
        self.naive(us).map_or(Value::NULL, value)
    }

    /// An instant before which all has passed, whatever hour the zone repeats.
    pub fn passed(self, us: i64) -> Value {
        let slack = if self.zone == Zone::Local { 7200 * SECOND } else { 0 };
        self.exact(us.saturating_sub(slack))
    }

    /// The instant of a column; `UNKNOWN_US` when there is none.
    pub fn read(self, value: &Value) -> i64 {
        naive_of(value).and_then(|time| self.instant(time)).unwrap_or(UNKNOWN_US)
    }

    /// As [`Self::read`], for the end of a ban.
    pub fn read_end(self, value: &Value) -> i64 {
        match naive_of(value) {
            Some(time) if !is_before_last_days(time) => FOREVER_US,
            Some(time) => self.instant(time).unwrap_or(UNKNOWN_US),
            None => UNKNOWN_US,
        }
    }

    fn naive(self, us: i64) -> Option<NaiveDateTime> {
        let utc = DateTime::from_timestamp_micros(us)?;
        let time = match self.zone {
            Zone::Utc => utc.naive_utc(),
            Zone::Local => utc.with_timezone(&Local).naive_local(),
        };
        (1000..=9999).contains(&time.year()).then_some(time)
    }

    /// An hour that the machine's zone has twice is its first, one that it skips is taken as before the skip.
    fn instant(self, time: NaiveDateTime) -> Option<i64> {
        let hour = Duration::hours(1);
        let instant = match self.zone {
            Zone::Utc => time.and_utc(),
            Zone::Local => match Local.from_local_datetime(&time).earliest() {
                Some(instant) => instant.to_utc(),
                None => Local.from_local_datetime(&(time - hour)).earliest()?.to_utc() + hour,
            },
        };
        Some(instant.timestamp_micros())
    }
}

fn is_before_last_days(time: NaiveDateTime) -> bool {
    (time.year(), time.month(), time.day()) < LAST_DAYS
}

fn value(time: NaiveDateTime) -> Value {
    let byte = |number| u8::try_from(number).unwrap_or(0);
    Value::Date(
        u16::try_from(time.year()).unwrap_or(0),
        byte(time.month()),
        byte(time.day()),
        byte(time.hour()),
        byte(time.minute()),
        byte(time.second()),
        time.nanosecond() / 1000,
    )
}

/// A zero date (`0000-00-00`) is none.
pub fn naive_of(value: &Value) -> Option<NaiveDateTime> {
    let Value::Date(year, month, day, hour, minute, second, micros) = *value else { return None };
    let date = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())?;
    date.and_hms_micro_opt(hour.into(), minute.into(), second.into(), micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: Clock = Clock { zone: Zone::Utc, whole_seconds: false };
    const COARSE: Clock = Clock { zone: Zone::Utc, whole_seconds: true };
    /// 2026-11-24 03:00:00 UTC.
    const NOON: i64 = 1_795_489_200_000_000;

    #[test]
    fn a_microsecond_comes_back_as_it_was() {
        for us in [NOON, NOON + 1, NOON + 999_999, -1] {
            assert_eq!(FINE.read(&FINE.write(us)), us);
        }
    }

    #[test]
    fn whole_seconds_never_delay_a_start_nor_shorten_a_ban() {
        assert_eq!(COARSE.read(&COARSE.write(NOON + 999_999)), NOON);
        assert_eq!(COARSE.read_end(&COARSE.write_end(NOON + 1)), NOON + SECOND);
        assert_eq!(COARSE.read_end(&COARSE.write_end(NOON)), NOON);
    }

    #[test]
    fn for_ever_is_the_last_day_in_every_zone() {
        for zone in [Zone::Utc, Zone::Local] {
            let clock = Clock { zone, whole_seconds: true };
            assert_eq!(clock.write_end(FOREVER_US), FOREVER);
            assert_eq!(clock.read_end(&FOREVER), FOREVER_US);
        }
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        for value in [Value::NULL, Value::Date(0, 0, 0, 0, 0, 0, 0), Value::Int(5)] {
            assert_eq!((FINE.read(&value), FINE.read_end(&value)), (UNKNOWN_US, UNKNOWN_US));
        }
        assert_eq!(FINE.write(UNKNOWN_US), Value::NULL);
    }
}
