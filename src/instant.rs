//! Instants: microseconds since the epoch, and the two ways to print them.
//! What `--at` takes is in `at`; which clock says "now" is elsewhere.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeZone, Timelike};

pub use self::at::{AtError, AtExpr};
use crate::duration::BanDuration;

mod at;
mod layouts;
mod zone;

/// A point in time: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The end of a ban without end: `WARDEN_FOREVER_US` of `warden_plugin.h`.
    pub const FOREVER: Instant = Instant(i64::MAX);
    /// 0000-01-02T00:00:00Z: before it, some zone would need a year below zero.
    const EARLIEST: Instant = Instant(-62_167_132_800_000_000);
    /// 9999-12-31T00:00:00Z: later, some zone would need a fifth digit of the year. Also what stores
    /// write for "for ever".
    const LATEST: Instant = Instant(253_402_214_400_000_000);

    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Instant {
        Instant(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The end of a ban of that duration that starts now; [`Instant::FOREVER`] if it has none, or one that has no text:
    /// stores would keep it as permanent, too.
    pub fn plus(self, duration: BanDuration) -> Instant {
        match duration {
            BanDuration::For(_) => match Instant(self.0.saturating_add(duration.micros())) {
                end if end >= Self::LATEST => Instant::FOREVER,
                end => end,
            },
            BanDuration::Permanent => Instant::FOREVER,
        }
    }

    /// Microseconds from here to `end`, negative if it is past; `i64::MAX` to [`Instant::FOREVER`].
    /// [`go_duration`](crate::duration::go_duration) prints it.
    pub fn micros_until(self, end: Instant) -> i64 {
        if end == Instant::FOREVER { i64::MAX } else { end.0.saturating_sub(self.0) }
    }

    /// RFC 3339 in UTC, with a fraction only if there is one: `2026-11-24T02:14:27Z`.
    /// Years 0000 to 9999; beyond (so for [`Instant::FOREVER`]) the nearest instant that has a text.
    pub fn rfc3339_utc(self) -> InstantText {
        let mut text = InstantText::new(self.utc(), b'T');
        text.push(b"Z");
        text
    }

    /// For people, in a zone, as `--at` reads it back: `2026-11-25 03:14:27 +01:00`.
    /// The same limits as [`Instant::rfc3339_utc`].
    pub fn local<Z: TimeZone>(self, zone: &Z) -> InstantText {
        let mut text = InstantText::new(self.local_time(zone), b' ');
        text.push_offset(zone.offset_from_utc_datetime(&self.utc()).fix().local_minus_utc());
        text
    }

    fn from_utc(utc: NaiveDateTime) -> Instant {
        Instant(utc.and_utc().timestamp_micros())
    }

    fn utc(self) -> NaiveDateTime {
        let micros = self.0.clamp(Self::EARLIEST.0, Self::LATEST.0);
        DateTime::from_timestamp_micros(micros).unwrap_or_default().naive_utc()
    }

    fn local_time<Z: TimeZone>(self, zone: &Z) -> NaiveDateTime {
        let utc = self.utc();
        utc + zone.offset_from_utc_datetime(&utc).fix()
    }

    fn has_text(self) -> bool {
        (Self::EARLIEST..=Self::LATEST).contains(&self)
    }
}

/// Cut to microseconds towards the epoch; beyond what an [`Instant`] holds, the nearest one.
impl From<SystemTime> for Instant {
    fn from(time: SystemTime) -> Instant {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)),
            Err(before) => {
                Instant(i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros))
            }
        }
    }
}

/// Date, time, six digits of a fraction, an offset with seconds.
const LONGEST: usize = "2026-11-25 03:14:27.123456 +01:00:00".len();

/// The text of an [`Instant`], on the stack.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InstantText {
    bytes: [u8; LONGEST],
    len: usize,
}

impl InstantText {
    /// The text.
    pub fn as_str(&self) -> &str {
        // It is always ASCII; the default is for the compiler.
        str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }

    fn new(time: NaiveDateTime, separator: u8) -> InstantText {
        let mut text = InstantText { bytes: [0; LONGEST], len: 0 };
        let year = u32::try_from(time.year()).unwrap_or_default();
        text.push_two(year / 100);
        text.push_two(year);
        text.push(b"-");
        text.push_two(time.month());
        text.push(b"-");
        text.push_two(time.day());
        text.push(&[separator]);
        text.push_two(time.hour());
        text.push(b":");
        text.push_two(time.minute());
        text.push(b":");
        text.push_two(time.second());
        text.push_fraction(time.nanosecond() / 1_000);
        text
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..][..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn push_two(&mut self, number: u32) {
        self.push(&[digit(number / 10), digit(number)]);
    }

    fn push_fraction(&mut self, micros: u32) {
        if micros == 0 {
            return;
        }
        self.push(b".");
        self.push_two(micros / 10_000);
        self.push_two(micros / 100);
        self.push_two(micros);
        while self.bytes[self.len - 1] == b'0' {
            self.len -= 1;
        }
    }

    fn push_offset(&mut self, seconds: i32) {
        let size = seconds.unsigned_abs();
        self.push(if seconds < 0 { b" -" } else { b" +" });
        self.push_two(size / 3_600);
        self.push(b":");
        self.push_two(size / 60 % 60);
        if !size.is_multiple_of(60) {
            self.push(b":");
            self.push_two(size % 60);
        }
    }
}

/// The last decimal digit.
fn digit(number: u32) -> u8 {
    b"0123456789"[number as usize % 10]
}

impl fmt::Display for InstantText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for InstantText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{FixedOffset, Local};
    use proptest::prelude::*;

    use super::*;

    const NOW: Instant = Instant(1_795_486_467_000_000);

    fn east(seconds: i32) -> FixedOffset {
        FixedOffset::east_opt(seconds).unwrap()
    }

    fn read(text: &str) -> Result<Instant, AtError> {
        text.parse::<AtExpr>()?.resolve(NOW, &east(0))
    }

    #[test]
    fn an_instant_prints_in_utc_and_in_a_zone() {
        assert_eq!(NOW.rfc3339_utc().as_str(), "2026-11-24T02:14:27Z");
        assert_eq!(Instant(NOW.0 + 340_000).rfc3339_utc().as_str(), "2026-11-24T02:14:27.34Z");
        assert_eq!(Instant(-1).rfc3339_utc().as_str(), "1969-12-31T23:59:59.999999Z");
        assert_eq!(NOW.local(&east(3_600)).as_str(), "2026-11-24 03:14:27 +01:00");
        assert_eq!(NOW.local(&east(-12_600)).as_str(), "2026-11-23 22:44:27 -03:30");
        assert_eq!(NOW.local(&east(1_172)).as_str(), "2026-11-24 02:33:59 +00:19:32");
    }

    #[test]
    fn beyond_four_digits_of_a_year_the_nearest_text_is_printed() {
        assert_eq!(Instant::FOREVER.rfc3339_utc().as_str(), "9999-12-31T00:00:00Z");
        assert_eq!(Instant(i64::MIN).rfc3339_utc().as_str(), "0000-01-02T00:00:00Z");
        assert_eq!(Instant::FOREVER.local(&east(86_399)).as_str(), "9999-12-31 23:59:59 +23:59:59");
        assert_eq!(Instant(i64::MIN).local(&east(-86_399)).as_str(), "0000-01-01 00:00:01 -23:59:59");
    }

    #[test]
    fn a_permanent_ban_never_ends() {
        assert_eq!(NOW.plus(BanDuration::Permanent), Instant::FOREVER);
        assert_eq!(NOW.micros_until(Instant::FOREVER), i64::MAX);
        let hour = NOW.plus("1h".parse().unwrap());
        assert_eq!(NOW.micros_until(hour), 3_600_000_000);
        assert_eq!(hour.micros_until(NOW), -3_600_000_000);
    }

    #[test]
    fn the_systems_time_is_an_instant() {
        assert_eq!(Instant::from(UNIX_EPOCH + Duration::from_micros(7)), Instant(7));
        assert_eq!(Instant::from(UNIX_EPOCH - Duration::from_micros(7)), Instant(-7));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(
            micros in Instant::EARLIEST.0..=Instant::LATEST.0,
            seconds in -86_399..86_400,
        ) {
            let instant = Instant(micros);
            prop_assert_eq!(read(instant.rfc3339_utc().as_str()), Ok(instant));
            prop_assert_eq!(read(instant.local(&east(seconds)).as_str()), Ok(instant));
            prop_assert_eq!(read(instant.local(&Local).as_str()), Ok(instant));
        }

        #[test]
        fn it_prints_as_chrono_does(micros in Instant::EARLIEST.0..=Instant::LATEST.0) {
            let theirs = DateTime::from_timestamp_micros(micros).unwrap();
            prop_assert_eq!(
                Instant(micros - micros.rem_euclid(1_000_000)).rfc3339_utc().to_string(),
                theirs.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
            );
        }

        #[test]
        fn any_instant_prints(micros: i64) {
            prop_assert!(Instant(micros).rfc3339_utc().as_str().ends_with('Z'));
            prop_assert!(Instant(micros).local(&Local).as_str().len() > 20);
        }
    }
}
