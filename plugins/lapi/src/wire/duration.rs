//! Go's notation of a length of time, `3h59m59.17325509s`: a decision's time left, and how long a new one is to hold.

use std::fmt::Write as _;

/// Units and their microseconds; the smaller ones are a fraction of one.
const UNITS: [(&str, f64); 7] =
    [("ns", 0.001), ("us", 1.0), ("µs", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 60e6), ("h", 3600e6)];

/// Reads a length of time in microseconds; a sign is allowed.
pub fn parse(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i64 = 0;
    let mut first = true;
    while first || !rest.is_empty() {
        let (number, after) = split_where(rest, |c| !c.is_ascii_digit() && c != '.');
        let (unit, after) = split_where(after, |c| c.is_ascii_digit() || c == '.');
        total = total.checked_add(part(number, unit)?)?;
        (rest, first) = (after, false);
    }
    Some(sign * total)
}

fn split_where(text: &str, end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(end).unwrap_or(text.len()))
}

/// Whole units are counted in integers: `2562047h` has more digits than a float keeps.
#[allow(clippy::cast_possible_truncation, reason = "a fraction of a unit is at most one hour")]
fn part(number: &str, unit: &str) -> Option<i64> {
    let micros = UNITS.into_iter().find(|(name, _)| *name == unit)?.1;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: f64 = format!("0.{fraction}0").parse().ok()?;
    let whole = if micros < 1.0 { whole / 1000 } else { whole.checked_mul(micros as i64)? };
    whole.checked_add((fraction * micros).round() as i64)
}

/// Writes a length of time as Go does: `4h0m0s`, `1m0.5s`, `2s`.
pub fn text(micros: i64) -> String {
    let mut out = String::new();
    if micros < 0 {
        out.push('-');
    }
    let micros = micros.unsigned_abs();
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    // Writing to a `String` cannot fail.
    if hours > 0 {
        let _ = write!(out, "{hours}h");
    }
    if hours > 0 || minutes > 0 {
        let _ = write!(out, "{minutes}m");
    }
    let _ = match fraction {
        0 => write!(out, "{seconds}s"),
        _ => write!(out, "{}s", format!("{seconds}.{fraction:06}").trim_end_matches('0')),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_writes_is_read() {
        for (text, micros) in [
            ("3h59m59.17325509s", 14_399_173_255),
            ("59m59.938341973s", 3_599_938_342),
            ("2562047h47m15.938344196s", 9_223_372_035_938_344),
            ("-1h0m0.5s", -3_600_500_000),
            ("0s", 0),
            ("0", 0),
            ("734.5ms", 734_500),
            ("12.5µs", 13),
            ("12us", 12),
            ("2000ns", 2),
            ("1.5h", 5_400_000_000),
        ] {
            assert_eq!(parse(text), Some(micros), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "-", "5", "1d", "h", "1h5", "1.2.3s", "four", "9999999999999h", "1 h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn it_is_written_as_go_writes_it() {
        for (micros, expected) in [
            (14_400_000_000, "4h0m0s"),
            (60_500_000, "1m0.5s"),
            (2_000_000, "2s"),
            (1, "0.000001s"),
            (-2_000_000, "-2s"),
            (9_223_372_036_000_000, "2562047h47m16s"),
        ] {
            assert_eq!(text(micros), expected);
            assert_eq!(parse(expected), Some(micros));
        }
    }
}
