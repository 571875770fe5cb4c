//! What `--at` reads, with a zone that has one summer: Berlin's clock in 2026.

use chrono::{FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeZone};
use proptest::prelude::*;

use super::*;

/// Central European time, with the summer of 2026 only.
#[derive(Debug, Clone, Copy)]
struct Berlin;

fn hours(hours: i32) -> FixedOffset {
    FixedOffset::east_opt(hours * 3_600).unwrap()
}

fn date_time(month: u32, day: u32, hour: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap().and_hms_opt(hour, 0, 0).unwrap()
}

impl TimeZone for Berlin {
    type Offset = FixedOffset;

    fn from_offset(_: &FixedOffset) -> Berlin {
        Berlin
    }

    fn offset_from_local_date(&self, _: &NaiveDate) -> MappedLocalTime<FixedOffset> {
        MappedLocalTime::None
    }

    fn offset_from_local_datetime(&self, _: &NaiveDateTime) -> MappedLocalTime<FixedOffset> {
        unreachable!("chrono's own answer is wrong at the edges")
    }

    fn offset_from_utc_date(&self, _: &NaiveDate) -> FixedOffset {
        hours(1)
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> FixedOffset {
        let is_summer = (date_time(3, 29, 1)..date_time(10, 25, 1)).contains(utc);
        hours(if is_summer { 2 } else { 1 }).fix()
    }
}

/// `now` is an RFC 3339 text.
fn at(text: &str, now: &str) -> Result<String, AtError> {
    let now = now.parse::<AtExpr>()?.resolve(Instant::FOREVER, &Berlin)?;
    Ok(text.parse::<AtExpr>()?.resolve(now, &Berlin)?.rfc3339_utc().to_string())
}

const NOW: &str = "2026-11-25T03:14:27+01:00";

#[test]
fn every_layout_of_v0_3_is_read() {
    for (text, expected) in [
        ("2026-11-24T02:14:27Z", "2026-11-24T02:14:27Z"),
        ("2026-11-24T02:14:27+01:00", "2026-11-24T01:14:27Z"),
        ("24/Nov/2026:02:14:27 -0700", "2026-11-24T09:14:27Z"),
        ("Tue Nov 24 02:14:27 2026", "2026-11-24T01:14:27Z"),
        ("Tue Nov  3 02:14:27 2026", "2026-11-03T01:14:27Z"),
        ("11/24/2026 02:14:27", "2026-11-24T01:14:27Z"),
        ("2026-11-24 02:14:27.999999999 -0700 MST", "2026-11-24T09:14:27.999999Z"),
        ("2026-11-24 02:14:27 +0300 +03", "2026-11-23T23:14:27Z"),
        ("2026-11-24 02:14:27 +0000 UTC", "2026-11-24T02:14:27Z"),
        ("Nov  3 02:14:27", "2026-11-03T01:14:27Z"),
        ("Nov 24 02:14:27", "2026-11-24T01:14:27Z"),
        ("Dec 31 23:59:59", "2026-12-31T22:59:59Z"),
        ("Tue Nov 03 02:14:27.000000 2026", "2026-11-03T01:14:27Z"),
        ("2026/11/24", "2026-11-23T23:00:00Z"),
        ("2026/11/24 02:14", "2026-11-24T01:14:00Z"),
        ("2026-11-24", "2026-11-23T23:00:00Z"),
        ("2026-11-24 02:14", "2026-11-24T01:14:00Z"),
    ] {
        assert_eq!(at(text, NOW).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_v0_3_refused_is_read() {
    for (text, expected) in [
        ("2026-11-24 02:14:27", "2026-11-24T01:14:27Z"),
        ("2026-11-24 02:14:27.5", "2026-11-24T01:14:27.5Z"),
        ("2026-11-24T02:14:27", "2026-11-24T01:14:27Z"),
        ("2026-11-24T02:14", "2026-11-24T01:14:00Z"),
        ("2026-11-24 02:14:27 UTC", "2026-11-24T02:14:27Z"),
        ("2026-11-24 02:14 UTC", "2026-11-24T02:14:00Z"),
        ("2026-11-24 02:14:27Z", "2026-11-24T02:14:27Z"),
        ("2026-11-24 02:14:27+00:00", "2026-11-24T02:14:27Z"),
        ("2026-11-24 02:14:27.3412086+00:00", "2026-11-24T02:14:27.341208Z"),
        ("2026-11-25 03:14:27 +01:00", "2026-11-25T02:14:27Z"),
        ("2026-11-25 03:14:27+01", "2026-11-25T02:14:27Z"),
        ("2026-07-01 12:00", "2026-07-01T10:00:00Z"),
        ("@1700000000", "2023-11-14T22:13:20Z"),
        ("@-1", "1969-12-31T23:59:59Z"),
        ("now", "2026-11-25T02:14:27Z"),
        ("-2h", "2026-11-25T00:14:27Z"),
        ("2h ago", "2026-11-25T00:14:27Z"),
        ("2 hours ago", "2026-11-25T00:14:27Z"),
        ("1day 12h ago", "2026-11-23T14:14:27Z"),
        ("+1h", "2026-11-25T03:14:27Z"),
        ("in 1h", "2026-11-25T03:14:27Z"),
        ("today", "2026-11-24T23:00:00Z"),
        ("yesterday", "2026-11-23T23:00:00Z"),
        ("yesterday 02:00", "2026-11-24T01:00:00Z"),
        ("today 23:59:59", "2026-11-25T22:59:59Z"),
    ] {
        assert_eq!(at(text, NOW).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn a_bare_time_is_the_last_one() {
    for (text, expected) in [
        ("03:14:27", "2026-11-25T02:14:27Z"),
        ("03:14:28", "2026-11-24T02:14:28Z"),
        ("02:00", "2026-11-25T01:00:00Z"),
        ("2:00", "2026-11-25T01:00:00Z"),
        ("23:30", "2026-11-24T22:30:00Z"),
    ] {
        assert_eq!(at(text, NOW).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn a_bare_time_is_one_instant_when_the_clock_is_set() {
    let when = |now: &str| at("02:30", now);
    // Spring: before the gap it is yesterday's, behind it there is none.
    assert_eq!(when("2026-03-29T00:59:59Z").as_deref(), Ok("2026-03-28T01:30:00Z"));
    assert!(matches!(when("2026-03-29T01:00:00Z"), Err(AtError::Never { .. })));
    // Autumn: before, between, and after the two.
    assert_eq!(when("2026-10-25T00:29:59Z").as_deref(), Ok("2026-10-24T00:30:00Z"));
    assert_eq!(when("2026-10-25T00:30:00Z").as_deref(), Ok("2026-10-25T00:30:00Z"));
    assert_eq!(when("2026-10-25T01:29:59Z").as_deref(), Ok("2026-10-25T00:30:00Z"));
    assert!(matches!(when("2026-10-25T01:30:00Z"), Err(AtError::Twice { .. })));
}

#[test]
fn a_local_time_that_is_missing_shows_the_ends_of_the_gap() {
    for text in ["2026-03-29 02:00", "2026-03-29 02:30:00.5", "Mar 29 02:59:59"] {
        let error = at(text, NOW).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "`{text}` does not exist in this time zone: \
                 2026-03-29 01:59:59 +01:00 is followed by 2026-03-29 03:00:00 +02:00"
            )
        );
    }
    assert_eq!(at("2026-03-29 03:00", NOW).as_deref(), Ok("2026-03-29T01:00:00Z"));
}

#[test]
fn a_local_time_that_is_ambiguous_shows_both_instants() {
    assert_eq!(at("2026-10-25 01:59:59", NOW).as_deref(), Ok("2026-10-24T23:59:59Z"));
    assert_eq!(at("2026-10-25 03:00", NOW).as_deref(), Ok("2026-10-25T02:00:00Z"));
    assert!(matches!(at("2026-10-25 02:00", NOW), Err(AtError::Twice { .. })));
    assert!(matches!(at("2026-10-25 02:59:59", NOW), Err(AtError::Twice { .. })));
    let error = at("2026-10-25 02:30", NOW).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`2026-10-25 02:30` happens twice in this time zone: \
         2026-10-25 02:30:00 +02:00 and 2026-10-25 02:30:00 +01:00"
    );
    assert_eq!(
        error.hint().as_deref(),
        Some("write `2026-10-25 02:30:00 +02:00` or `2026-10-25 02:30:00 +01:00`")
    );
    assert_eq!(at("2026-10-25 02:30:00 +02:00", NOW).as_deref(), Ok("2026-10-25T00:30:00Z"));
    assert_eq!(at("2026-10-25 02:30:00 +01:00", NOW).as_deref(), Ok("2026-10-25T01:30:00Z"));
}

#[test]
fn what_is_no_time_is_refused_without_a_clock() {
    for text in [
        "tomorrow",
        "noon",
        " now",
        "Now",
        "2026",
        "2026-1-2",
        "2026-11",
        "2026-11-24 ",
        "2026-11/24",
        "11/24/2026",
        "24/Nov/2026:02:14:27",
        "2026-11-24 02",
        "2026-11-24 02:1",
        "2026-11-24 02:14:27.",
        "2026-11-24 02:14 CET",
        "2026-11-24 02:14 +1",
        "2026-11-24 02:14 +01:0",
        "2026-11-24Z",
        "02:00Z",
        "yesterday02:00",
        "yesterday ",
        "yesterday noon",
        "today 25:00",
        "@",
        "@1.5",
        "@+1",
        "@-",
        "-",
        "+",
        " ago",
        "in ",
        "-+2h",
        "--2h",
        "permanent",
        "permanent ago",
        "-0s",
        "-1h ago",
        "2026-11-24T02:14:27Zulu",
        "é",
        "24é00",
    ] {
        assert_eq!(text.parse::<AtExpr>(), Err(AtError::Unknown(text.to_owned())), "{text}");
    }
    assert_eq!("".parse::<AtExpr>(), Err(AtError::Empty));
    assert!(AtError::Empty.hint().unwrap().contains("`2h ago`"));
}

#[test]
fn what_is_on_no_calendar_is_refused() {
    for text in [
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-11-24 24:00",
        "2026-11-24 02:60",
        "2026-11-24 02:14:60",
        "25:00",
        "Feb 30 00:00:00",
        "2026-11-24 02:14 +24:00",
        "2026-11-24 02:14 +01:60",
    ] {
        assert_eq!(text.parse::<AtExpr>(), Err(AtError::NotOnCalendar(text.to_owned())), "{text}");
    }
    let text = "Feb 29 00:00:00";
    assert_eq!(at(text, NOW), Err(AtError::NotOnCalendar(text.to_owned())));
    assert_eq!(at(text, "2028-06-01T00:00:00Z").as_deref(), Ok("2028-02-28T23:00:00Z"));
}

#[test]
fn a_duration_needs_a_unit_and_a_direction() {
    for (text, message, hint) in [
        ("2h", "`2h` does not say whether before or after now", "write `2h ago` or `in 2h`"),
        ("-4", "`-4` is not a time: `4` has no unit", "write `4h`, `4m`, `4s` or `4d`"),
        ("1M ago", "`1M ago` is not a time: `1M` may mean minutes or months", "`1m` for minutes"),
    ] {
        let error = at(text, NOW).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.hint().unwrap().contains(hint), "{text}");
    }
}

#[test]
fn what_has_no_text_is_out_of_range() {
    for text in
        ["@253402214401", "@-99999999999", "0000-01-01T00:00:00Z", "in 9999999999h", "9999-12-31T00:00:01Z"]
    {
        assert_eq!(at(text, NOW), Err(AtError::OutOfRange(text.to_owned())), "{text}");
    }
}

/// What has the look of a time, now and then.
const NEAR: &str = "(-|\\+|@|in |yesterday |today |Tue |Nov |24/Nov/)?[0-9]{0,4}[-/: ]?[0-9]{0,2}[-/: ]?[0-9]{0,2}\
                    [T: ]?([0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{0,9})?)?)?( ?[-+Z][0-9:]{0,6}| UTC| ago| 2026)?";

proptest! {
    #[test]
    fn no_text_panics(text in ".*", near in NEAR, now: i64) {
        for text in [text, near] {
            if let Ok(expression) = text.parse::<AtExpr>() {
                let instant = expression.resolve(Instant::from_micros(now), &Berlin);
                prop_assert!(instant.is_err() || instant.is_ok_and(Instant::has_text));
            }
        }
    }

    #[test]
    fn a_local_time_is_the_instant_that_prints_it(seconds in 1_770_000_000..1_800_000_000_i64) {
        let instant = Instant::from_micros(seconds * 1_000_000);
        let printed = instant.local(&Berlin).to_string();
        let (without_offset, _) = printed.rsplit_once(' ').unwrap();
        match without_offset.parse::<AtExpr>().unwrap().resolve(instant, &Berlin) {
            Ok(read) => prop_assert_eq!(read, instant),
            Err(AtError::Twice { first, second, .. }) => {
                prop_assert!([first.to_string(), second.to_string()].contains(&printed));
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn a_bare_time_is_within_the_last_day_or_so(seconds in 1_770_000_000..1_800_000_000_i64, minute in 0..1_440) {
        let now = Instant::from_micros(seconds * 1_000_000);
        let text = format!("{:02}:{:02}", minute / 60, minute % 60);
        if let Ok(instant) = text.parse::<AtExpr>().unwrap().resolve(now, &Berlin) {
            let ago = instant.micros_until(now);
            prop_assert!((0..=25 * 3_600_000_000).contains(&ago), "{ago}");
        }
    }
}
