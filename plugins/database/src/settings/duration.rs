//! A length of time in a configuration file: `10s`, `1m30s`, `1.5h`, `720h`, `30d`.

use std::time::Duration;

use warden_plugin::{Error, Result};

/// Units and their nanoseconds. `M` is missing: minutes or months?
const UNITS: [(&str, u64); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("w", 604_800_000_000_000),
];

/// Reads the value of a key: numbers with units, Go's way or humantime's.
///
/// # Errors
/// `Config` at `key`.
pub fn parse(key: &str, text: &str) -> Result<Duration> {
    sum(text).ok_or_else(|| {
        Error::config(key, format!("{key}: `{text}` is not a length of time"))
            .with_hint("a number with a unit: 500ms, 10s, 1m30s, 720h, 30d")
    })
}

fn sum(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (number, after) = split_where(rest, |c| !c.is_ascii_digit() && c != '.');
        let (unit, after) = split_where(after.trim_start(), |c| !c.is_alphabetic());
        total = total.checked_add(part(number, unit)?)?;
        rest = after.trim_start();
    }
    (!text.trim().is_empty()).then_some(total)
}

fn split_where(text: &str, end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(end).unwrap_or(text.len()))
}

fn part(number: &str, unit: &str) -> Option<Duration> {
    let nanos = UNITS.into_iter().find(|(name, _)| *name == unit)?.1;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole = whole.parse::<u64>().ok()?.checked_mul(nanos)?;
    let fraction = format!("0.{fraction}").parse::<f64>().ok().filter(|_| !fraction.is_empty())?;
    Duration::from_nanos(whole).checked_add(Duration::from_nanos(nanos).mul_f64(fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_are_read() {
        for (text, millis) in [
            ("10s", 10_000),
            ("500ms", 500),
            ("0s", 0),
            ("1m30s", 90_000),
            ("1m 30s", 90_000),
            ("1.5h", 5_400_000),
            ("720h", 2_592_000_000),
            ("30d", 2_592_000_000),
            ("2w", 1_209_600_000),
        ] {
            assert_eq!(sum(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            " ",
            "10",
            "s",
            "1M",
            "-1s",
            "1.s",
            ".5s",
            "1..5s",
            "forever",
            "99999999999999999999s",
            "1h30",
        ] {
            assert_eq!(sum(text), None, "{text}");
        }
        let error = parse("busy_timeout", "1M").unwrap_err();
        assert_eq!(
            (error.key(), error.message()),
            ("busy_timeout", "busy_timeout: `1M` is not a length of time")
        );
    }
}
