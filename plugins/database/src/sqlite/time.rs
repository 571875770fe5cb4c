//! Instants as text and back: what CrowdSec v0.3.7's driver (Go, mattn/go-sqlite3) writes and reads.

use chrono::{Local, Offset, TimeZone};
use rusqlite::types::ValueRef;
use warden_plugin::{FOREVER_US, UNKNOWN_US};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// A ban without end, whatever the machine's zone (docs: compatibility).
pub const FOREVER_TEXT: &str = "9999-12-31 00:00:00+00:00";

/// 9999-12-30: an end at or after this is no end.
const FOREVER_FROM: i64 = 253_402_128_000 * SECOND;

/// The first second that four digits of a year cannot hold.
const YEAR_10000: i64 = 253_402_300_800;
/// The first second of the year 0.
const YEAR_0: i64 = -62_167_219_200;

/// The instant that a column holds; `UNKNOWN_US` when it cannot be read. Never fails, never allocates.
pub fn read(value: ValueRef<'_>) -> i64 {
    match value {
        ValueRef::Text(text) => parse(text).unwrap_or(UNKNOWN_US),
        ValueRef::Integer(number) => of_number(number),
        _ => UNKNOWN_US,
    }
}

/// As [`read`], for the end of a ban.
pub fn read_end(value: ValueRef<'_>) -> i64 {
    let end = read(value);
    if end >= FOREVER_FROM { FOREVER_US } else { end }
}

/// Go's driver takes a large number for milliseconds and any other for seconds.
fn of_number(number: i64) -> i64 {
    let unit = if number.unsigned_abs() > 1_000_000_000_000 { 1_000 } else { SECOND };
    number.checked_mul(unit).unwrap_or(UNKNOWN_US)
}

/// `2026-11-24 02:14:27.3412086+00:00`: `T` for the space, no seconds, no time, `Z`, no zone (UTC, as Go's driver
/// reads it) and the zone as Go prints it (` +0000 UTC`) are taken too. The fraction is cut to microseconds.
pub fn parse(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let seconds = days(date)? * DAY;
    let Some((b' ' | b'T', rest)) = rest.split_first() else {
        return rest.is_empty().then_some(seconds * SECOND);
    };
    let (time, rest) = rest.split_first_chunk::<5>()?;
    let seconds = seconds + minutes(*time)? * 60;
    let (second, rest) = match rest {
        [b':', tens, units, rest @ ..] => (two([*tens, *units])?, rest),
        rest => (0, rest),
    };
    let (micros, rest) = fraction(rest)?;
    let zone = zone(rest)?;
    (second < 60).then_some((seconds + second - zone) * SECOND + micros)
}

/// Days since the epoch.
fn days(date: &[u8; 10]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
    let (year, month, day) = (two([y1, y2])? * 100 + two([y3, y4])?, two([m1, m2])?, two([d1, d2])?);
    let is_date = (1..=12).contains(&month) && day >= 1 && day <= days_of_month(year, month);
    is_date.then(|| days_from_civil(year, month, day))
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Howard Hinnant's `days_from_civil`: years begin in March, so that the leap day is the last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Minutes since midnight.
fn minutes(time: [u8; 5]) -> Option<i64> {
    let [h1, h2, b':', m1, m2] = time else { return None };
    let (hour, minute) = (two([h1, h2])?, two([m1, m2])?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn two(digits: [u8; 2]) -> Option<i64> {
    let [tens, units] = digits.map(|digit| digit.wrapping_sub(b'0'));
    (tens < 10 && units < 10).then(|| i64::from(tens) * 10 + i64::from(units))
}

/// Microseconds, and what follows the digits.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', rest @ ..] = text else { return Some((0, text)) };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at(count);
    let mut micros = 0;
    for index in 0..6 {
        micros = micros * 10 + digits.get(index).map_or(0, |digit| i64::from(digit - b'0'));
    }
    (count > 0).then_some((micros, rest))
}

/// Seconds east of Greenwich.
fn zone(text: &[u8]) -> Option<i64> {
    match text {
        b"" | b"Z" => Some(0),
        [sign @ (b'+' | b'-'), hour @ .., b':', m1, m2] if hour.len() == 2 => {
            offset(*sign, [hour[0], hour[1], *m1, *m2])
        }
        // Go's Time.String: a name, and perhaps its monotonic clock, follow.
        [b' ', sign @ (b'+' | b'-'), h1, h2, m1, m2]
        | [b' ', sign @ (b'+' | b'-'), h1, h2, m1, m2, b' ', ..] => offset(*sign, [*h1, *h2, *m1, *m2]),
        _ => None,
    }
}

fn offset(sign: u8, [h1, h2, m1, m2]: [u8; 4]) -> Option<i64> {
    let (hours, minutes) = (two([h1, h2])?, two([m1, m2])?);
    let seconds = (hours * 60 + minutes) * 60;
    (hours < 24 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })
}

/// The text of an instant in the machine's zone, as v0.3.7 writes it on this machine; `None` for an instant that
/// four digits of a year cannot hold.
pub fn write(us: i64) -> Option<String> {
    let seconds = us.div_euclid(SECOND);
    let zone = Local.timestamp_opt(seconds, 0).earliest()?.offset().fix().local_minus_utc();
    text(us, zone / 60)
}

/// As [`write`], so many nanoseconds later: [`parse`] cuts them to microseconds.
pub fn write_nanos(us: i64, nanos: i64) -> Option<String> {
    let us = us.saturating_add(nanos.div_euclid(1000));
    let text = write(us)?;
    let (second, zone) = (text.get(..19)?, text.get(text.len() - 6..)?);
    let fraction = format!("{:06}{:03}", us.rem_euclid(SECOND), nanos.rem_euclid(1000));
    match fraction.trim_end_matches('0') {
        "" => Some(text),
        digits => Some(format!("{second}.{digits}{zone}")),
    }
}

/// As [`write`], for the end of a ban.
pub fn write_end(us: i64) -> Option<String> {
    if us >= FOREVER_FROM { Some(FOREVER_TEXT.to_owned()) } else { write(us) }
}

/// The text of an instant in a zone that many minutes east of Greenwich.
pub fn text(us: i64, zone: i32) -> Option<String> {
    let local = us.div_euclid(SECOND) + i64::from(zone) * 60;
    if !(YEAR_0..YEAR_10000).contains(&local) {
        return None;
    }
    let (year, month, day) = civil_from_days(local.div_euclid(DAY));
    let second = local.rem_euclid(DAY);
    let mut text = String::with_capacity(32);
    for (number, mark) in [(year / 100, ""), (year % 100, "-"), (month, "-"), (day, " ")] {
        push_two(&mut text, number, mark);
    }
    for (number, mark) in [(second / 3600, ":"), (second / 60 % 60, ":"), (second % 60, "")] {
        push_two(&mut text, number, mark);
    }
    push_fraction(&mut text, us.rem_euclid(SECOND));
    text.push(if zone < 0 { '-' } else { '+' });
    push_two(&mut text, i64::from(zone.abs() / 60), ":");
    push_two(&mut text, i64::from(zone.abs() % 60), "");
    Some(text)
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + days.div_euclid(146_097) * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

fn push_two(text: &mut String, number: i64, mark: &str) {
    for digit in [number / 10 % 10, number % 10] {
        text.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
    }
    text.push_str(mark);
}

/// Go cuts the zeros at the end, and the point when nothing is left.
fn push_fraction(text: &mut String, micros: i64) {
    if micros > 0 {
        text.push('.');
        for pair in [micros / 10_000, micros / 100, micros] {
            push_two(text, pair % 100, "");
        }
        text.truncate(text.trim_end_matches('0').len());
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, FixedOffset};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_of_gos_driver_are_read() {
        let whole = 1_795_486_467 * SECOND;
        for (text, us) in [
            ("2026-11-24 02:14:27.3412086+00:00", whole + 341_208),
            ("2026-11-23 21:14:27.341208999-05:00", whole + 341_208),
            ("2026-11-24 07:44:27+05:30", whole),
            ("2026-11-24T02:14:27Z", whole),
            ("2026-11-24 02:14:27", whole),
            ("2026-11-24 02:14:27.5", whole + 500_000),
            ("2026-11-24 02:14", whole - 27 * SECOND),
            ("2026-11-24", whole - (2 * 3600 + 14 * 60 + 27) * SECOND),
            ("2026-11-24 02:14:27.3412086 +0000 UTC", whole + 341_208),
            ("2026-11-24 03:14:27 +0100 CET m=+0.722674306", whole),
            ("2028-02-29 00:00:00+00:00", 1_835_395_200 * SECOND),
            (FOREVER_TEXT, FOREVER_FROM + DAY * SECOND),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(us), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "now",
            "garbage",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-11-31 00:00:00+00:00",
            "2026-11-24 24:00:00+00:00",
            "2026-11-24 02:60:00+00:00",
            "2026-11-24 02:14:60+00:00",
            "2026-11-24 02:14:27.+00:00",
            "2026-11-24 02:14:27+0:00",
            "2026-11-24 02:14:27+00:99",
            "2026-11-24 02:14:27 UTC",
            "2026-11-24x02:14:27",
            "2026-11-24 02:14:27+00:00 ",
            "2026-11-24 ",
            "２０２６-11-24 02:14:27",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_what_gos_driver_takes_it_for() {
        assert_eq!(read(ValueRef::Integer(1_795_486_467)), 1_795_486_467 * SECOND);
        assert_eq!(read(ValueRef::Integer(1_795_486_467_341)), 1_795_486_467_341_000);
        assert_eq!(read(ValueRef::Integer(i64::MIN)), UNKNOWN_US);
        assert_eq!(read(ValueRef::Null), UNKNOWN_US);
        assert_eq!(read(ValueRef::Blob(b"2026-11-24")), UNKNOWN_US);
        assert_eq!(read(ValueRef::Text(b"\xff\xfe")), UNKNOWN_US);
    }

    #[test]
    fn the_end_of_the_calendar_is_for_ever() {
        assert_eq!(read_end(ValueRef::Text(FOREVER_TEXT.as_bytes())), FOREVER_US);
        assert_eq!(read_end(ValueRef::Text(b"9999-12-30 00:00:00+00:00")), FOREVER_US);
        assert_eq!(read_end(ValueRef::Text(b"9999-12-29 23:59:59+00:00")), FOREVER_FROM - SECOND);
        assert_eq!(write_end(FOREVER_US).as_deref(), Some(FOREVER_TEXT));
        assert_eq!(write(i64::MAX), None);
        assert_eq!(write(i64::MIN), None);
    }

    #[test]
    fn the_text_is_gos() {
        for (us, zone, expected) in [
            (1_795_486_467_341_208, 0, "2026-11-24 02:14:27.341208+00:00"),
            (1_795_486_467_341_200, -300, "2026-11-23 21:14:27.3412-05:00"),
            (1_795_486_467_000_000, 330, "2026-11-24 07:44:27+05:30"),
            (1_795_486_467_000_001, 0, "2026-11-24 02:14:27.000001+00:00"),
            (-1, 0, "1969-12-31 23:59:59.999999+00:00"),
        ] {
            assert_eq!(text(us, zone).as_deref(), Some(expected));
        }
    }

    #[test]
    fn nanoseconds_make_another_text_of_the_same_instant() {
        let us = 1_795_486_467_340_000;
        let texts: Vec<_> =
            [0, 1, 10, 999, 1001].map(|nanos| write_nanos(us, nanos).expect("in range")).into();
        let digits: Vec<_> = texts.iter().map(|text| &text[19..text.len() - 6]).collect();
        assert_eq!(digits, [".34", ".340000001", ".34000001", ".340000999", ".340001001"]);
        let read: Vec<_> = texts.iter().map(|text| parse(text.as_bytes()).expect("a time") - us).collect();
        assert_eq!(read, [0, 0, 0, 0, 1]);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(us in YEAR_0 * SECOND..YEAR_10000 * SECOND, zone in -14 * 60..=14 * 60) {
            if let Some(text) = text(us, zone) {
                prop_assert_eq!(parse(text.as_bytes()), Some(us), "{}", text);
            }
        }

        #[test]
        fn it_is_the_instant_that_chrono_reads(
            us in 0..4_000_000_000 * SECOND, nanos in 0..1000_i64, zone in -23 * 60..23 * 60,
        ) {
            let zone = FixedOffset::east_opt(zone * 60).expect("a zone");
            let time = DateTime::from_timestamp_micros(us).expect("in range").with_timezone(&zone)
                + chrono::TimeDelta::nanoseconds(nanos);
            for form in ["%Y-%m-%d %H:%M:%S%.9f%:z", "%Y-%m-%dT%H:%M:%S%.9f%:z", "%Y-%m-%d %H:%M:%S%.9f %z UTC"] {
                let text = time.format(form).to_string();
                prop_assert_eq!(parse(text.as_bytes()), Some(us), "{}", text);
            }
        }

        #[test]
        fn no_text_panics(text in ".*", near in "[0-9]{4}-[01][0-9]-[0-3][0-9][ T][0-9:.+ZUTC -]{0,24}") {
            parse(text.as_bytes());
            parse(near.as_bytes());
        }
    }
}
