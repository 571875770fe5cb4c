//! Go's notation of a length of time, `3h59m59.17325509s`: a decision's time left, and how long a new one is to hold.

use std::time::Duration;

use warden_plugin::duration::{self, BanDuration};

/// Reads a length of time in microseconds, rounded; a sign is allowed.
pub fn parse(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let nanos = duration::parse(text).ok()?.as_nanos();
    i64::try_from((nanos + 500) / 1_000).ok().map(|micros| sign * micros)
}

/// Writes a length of time as Go does: `4h0m0s`, `1m0.5s`, `2s`.
pub fn text(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    format!("{sign}{}", BanDuration::For(Duration::from_micros(micros.unsigned_abs())))
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
        for text in ["", "-", "--1h", "5", "h", "1h5", "1.2.3s", "four", "9999999999999h"] {
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
