//! Lengths of time: how they are read, on the command line and in every file, and what v0.3 prints as "time left".
//! Instants, and how an engine stores a permanent ban, are not here.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Go's longest `time.Duration` in nanoseconds: 2562047h47m16.854775807s, some 292 years.
const LONGEST_NS: u64 = i64::MAX.unsigned_abs();
/// The same in whole seconds: what v0.3 prints for a ban without end.
const LONGEST_S: u64 = 9_223_372_036;

/// How long a ban lasts. A longer one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BanDuration {
    /// A microsecond at least, 2562047h47m16.854775807s at most.
    For(Duration),
    /// Without end.
    Permanent,
}

/// A text that is not the duration of a ban, and why. Each holds the text as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Nothing was written.
    #[error("the duration is empty")]
    Empty,
    /// `-1h`.
    #[error("`{0}` is negative")]
    Negative(String),
    /// `0s`, or less than the microsecond in which times are kept.
    #[error("`{0}` is too short: a ban must be longer than zero")]
    TooShort(String),
    /// More than Go's longest duration.
    #[error("`{0}` is too long: 2562047h47m16s is the longest, some 292 years")]
    TooLong(String),
    /// `4`.
    #[error("`{text}` has no unit")]
    NoUnit {
        /// The whole text.
        text: String,
        /// The number that needs a unit.
        number: String,
    },
    /// `1M`: minutes for those who write in a hurry, months for humantime.
    #[error("`{text}` may mean minutes or months")]
    MinutesOrMonths {
        /// The whole text.
        text: String,
        /// The number before the `M`.
        number: String,
    },
    /// `forever` and its like.
    #[error("`{0}` is not a duration")]
    Forever(String),
    /// `5x`.
    #[error("`{text}` has an unknown unit `{unit}`")]
    UnknownUnit {
        /// The whole text.
        text: String,
        /// The unit in question.
        unit: String,
    },
    /// `nonsense`.
    #[error("`{0}` is not a duration")]
    Malformed(String),
}

impl DurationError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Empty | Self::Malformed(_) => {
                "write a number and a unit, such as `4h`, `1h30m` or `7d`, or `permanent`".to_owned()
            }
            Self::Negative(_) | Self::TooShort(_) => "to end a ban, use `ban del`".to_owned(),
            Self::TooLong(_) | Self::Forever(_) => "write `permanent` for a ban without end".to_owned(),
            Self::NoUnit { number, .. } => {
                format!("write `{number}h`, `{number}m`, `{number}s` or `{number}d`")
            }
            Self::MinutesOrMonths { number, .. } => {
                format!("write `{number}m` for minutes or `{number}month` for months")
            }
            Self::UnknownUnit { .. } => "the units are ns, us, ms, s, m, h, d, w, month and y".to_owned(),
        }
    }
}

impl BanDuration {
    /// The length in microseconds, what is left below one cut off; `i64::MAX` is for ever.
    #[must_use]
    pub fn micros(self) -> i64 {
        match self {
            Self::For(duration) => i64::try_from(duration.as_micros()).unwrap_or(i64::MAX),
            Self::Permanent => i64::MAX,
        }
    }
}

impl FromStr for BanDuration {
    type Err = DurationError;

    /// Reads Go's notation (`24h`, `1h30m`, `1.5h`; reference/crowdsec-v0.3.md, "Command line"),
    /// humantime's (`7d`, `1day 12h`) and `permanent`.
    fn from_str(text: &str) -> Result<BanDuration, DurationError> {
        match text.to_ascii_lowercase().as_str() {
            "" => return Err(DurationError::Empty),
            "permanent" => return Ok(BanDuration::Permanent),
            "forever" | "for ever" | "perm" | "never" | "always" | "infinite" | "infinity" | "inf" => {
                return Err(DurationError::Forever(text.to_owned()));
            }
            _ => {}
        }
        match parse(text)? {
            short if short < Duration::from_micros(1) => Err(DurationError::TooShort(text.to_owned())),
            long => Ok(BanDuration::For(long)),
        }
    }
}

/// Reads a length of time, which may be zero: Go's notation (`1h30m`, `1.5h`) and humantime's (`7d`, `1day 12h`).
///
/// # Errors
/// When it is none, or longer than Go's longest.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    if text.is_empty() {
        return Err(DurationError::Empty);
    }
    if text.starts_with('-') {
        return Err(DurationError::Negative(text.to_owned()));
    }
    match u64::try_from(sum(text)?) {
        Ok(nanos @ ..=LONGEST_NS) => Ok(Duration::from_nanos(nanos)),
        _ => Err(DurationError::TooLong(text.to_owned())),
    }
}

/// What reads back as the same duration: `24h0m0s`, `1h0m0.5s`, `permanent`.
impl fmt::Display for BanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::For(duration) = self else { return f.write_str("permanent") };
        write_hours_and_minutes(f, duration.as_secs())?;
        write!(f, "{}", duration.as_secs() % 60)?;
        write_fraction(f, duration.subsec_nanos())?;
        f.write_str("s")
    }
}

/// The time left in `micros` microseconds as v0.3 prints it, Go's notation rounded to seconds, half
/// away from zero: `3h59m58s`, `24h0m0s`, `5s`, `-1s`. From 2562047h47m16s on, `i64::MAX` (for ever)
/// included, it stays at that (reference/crowdsec-v0.3.md, "Output").
#[must_use]
pub fn go_duration(micros: i64) -> GoDuration {
    GoDuration { micros }
}

/// What [`go_duration`] prints; it does not allocate.
#[derive(Debug, Clone, Copy)]
pub struct GoDuration {
    micros: i64,
}

impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = (self.micros.unsigned_abs().saturating_add(500_000) / 1_000_000).min(LONGEST_S);
        if self.micros < 0 && seconds > 0 {
            f.write_str("-")?;
        }
        write_hours_and_minutes(f, seconds)?;
        write!(f, "{}s", seconds % 60)
    }
}

fn write_hours_and_minutes(f: &mut fmt::Formatter<'_>, seconds: u64) -> fmt::Result {
    match seconds {
        0..60 => Ok(()),
        60..3_600 => write!(f, "{}m", seconds / 60),
        _ => write!(f, "{}h{}m", seconds / 3_600, seconds / 60 % 60),
    }
}

fn write_fraction(f: &mut fmt::Formatter<'_>, nanos: u32) -> fmt::Result {
    let (mut digits, mut width) = (nanos, 9);
    while digits != 0 && digits % 10 == 0 {
        (digits, width) = (digits / 10, width - 1);
    }
    if digits == 0 { Ok(()) } else { write!(f, ".{digits:0width$}") }
}

/// Nanoseconds, saturating. humantime is asked for the units alone: it reads Go's `1 2h` as 12 h, refuses fractions
/// that its integers do not divide, and panics on `18446744073709551615sec 1000ms`.
fn sum(text: &str) -> Result<u128, DurationError> {
    let malformed = || DurationError::Malformed(text.to_owned());
    let mut rest = text.trim();
    rest = rest.strip_prefix('+').unwrap_or(rest);
    if rest.is_empty() {
        return Err(malformed());
    }
    let mut total = 0_u128;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(span(rest, |char| char.is_ascii_digit() || char == '.'));
        let after = after.trim_start();
        let (unit, after) = after.split_at(span(after, char::is_alphabetic));
        let number_of = Number::read(number).ok_or_else(malformed)?;
        total = total.saturating_add(number_of.times(unit_of(text, number, unit)?));
        rest = after.trim_start();
    }
    Ok(total)
}

fn span(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    text.find(|char| !is_in(char)).unwrap_or(text.len())
}

/// A unit in nanoseconds. Go takes a bare `0`.
fn unit_of(text: &str, number: &str, unit: &str) -> Result<u128, DurationError> {
    let (whole, owned) = (|| text.to_owned(), str::to_owned);
    match unit {
        "" if text == "0" => Ok(0),
        "" => Err(DurationError::NoUnit { text: whole(), number: owned(number) }),
        // humantime's months.
        "M" => Err(DurationError::MinutesOrMonths { text: whole(), number: owned(number) }),
        // Go's other spelling, with the Greek letter in place of the micro sign.
        "μs" => Ok(1_000),
        _ => humantime::parse_duration(&format!("1{unit}"))
            .map(|one| one.as_nanos())
            .map_err(|_| DurationError::UnknownUnit { text: whole(), unit: owned(unit) }),
    }
}

/// A decimal number as Go takes it: `1`, `1.5`, `.5`, `1.`.
struct Number {
    whole: u128,
    /// The digits behind the point, cut to eighteen, and ten to the power of their count.
    fraction: (u128, u128),
}

impl Number {
    fn read(text: &str) -> Option<Number> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let fraction = &fraction[..fraction.len().min(18)];
        let power = fraction.bytes().fold(1, |power, _| power * 10);
        Some(Number { whole: digits(whole), fraction: (digits(fraction), power) })
    }

    fn times(&self, unit: u128) -> u128 {
        let (digits, power) = self.fraction;
        self.whole.saturating_mul(unit).saturating_add(digits * unit / power)
    }
}

fn digits(text: &str) -> u128 {
    text.bytes().fold(0, |sum: u128, byte| sum.saturating_mul(10).saturating_add(u128::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<BanDuration, DurationError> {
        text.parse()
    }

    fn millis(text: &str) -> u128 {
        match read(text) {
            Ok(BanDuration::For(duration)) => duration.as_millis(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn gos_notation_is_read() {
        for (text, expected) in [
            ("24h", 86_400_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            ("300ms", 300),
            ("1h0.5s", 3_600_500),
            ("+1h", 3_600_000),
            (".5s", 500),
            ("1.s", 1_000),
            ("2000us", 2),
            ("2000µs", 2),
            ("2000μs", 2),
            ("1000000ns", 1),
            ("1m1h", 3_660_000),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }

    #[test]
    fn humantimes_notation_is_read() {
        for (text, expected) in [
            ("7d", 604_800_000),
            ("1day 12h", 129_600_000),
            ("2 weeks", 1_209_600_000),
            ("1.5d", 129_600_000),
            ("1month", 2_630_016_000),
            ("1y", 31_557_600_000),
            ("2hrs 5 mins", 7_500_000),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }

    #[test]
    fn permanent_is_the_longest() {
        assert_eq!(read("permanent"), Ok(BanDuration::Permanent));
        assert!(BanDuration::Permanent > read("290y").unwrap());
        assert_eq!(BanDuration::Permanent.micros(), i64::MAX);
    }

    #[test]
    fn gos_longest_duration_is_the_limit() {
        let longest = Duration::from_nanos(u64::try_from(i64::MAX).unwrap());
        assert_eq!(read("2562047h47m16.854775807s"), Ok(BanDuration::For(longest)));
        let many_digits = "9".repeat(99) + "h";
        for text in ["2562047h47m16.854775808s", "9999999999h", "293y", &many_digits] {
            assert_eq!(read(text), Err(DurationError::TooLong(text.to_owned())));
        }
    }

    #[test]
    fn what_makes_humantime_panic_is_too_long() {
        let text = "18446744073709551615sec 1000ms";
        assert_eq!(read(text), Err(DurationError::TooLong(text.to_owned())));
    }

    /// Everything that is refused, with the words that people see.
    #[test]
    fn a_refusal_says_what_is_wrong_and_what_to_write() {
        for (text, message, hint) in [
            ("", "the duration is empty", "`1h30m`"),
            ("4", "`4` has no unit", "write `4h`, `4m`, `4s` or `4d`"),
            ("1h30", "`1h30` has no unit", "`30m`"),
            ("1.5", "`1.5` has no unit", "`1.5h`"),
            ("-1h", "`-1h` is negative", "`ban del`"),
            ("0s", "`0s` is too short: a ban must be longer than zero", "`ban del`"),
            ("0", "`0` is too short", "`ban del`"),
            ("0.4us", "`0.4us` is too short", "`ban del`"),
            ("1M", "`1M` may mean minutes or months", "`1m` for minutes or `1month` for months"),
            ("1h 2M", "`1h 2M` may mean minutes or months", "`2m` for minutes or `2month` for months"),
            ("9999999999h", "`9999999999h` is too long", "write `permanent`"),
            ("forever", "`forever` is not a duration", "write `permanent`"),
            ("Forever", "`Forever` is not a duration", "write `permanent`"),
            ("5x", "`5x` has an unknown unit `x`", "h, d, w"),
            ("1D", "`1D` has an unknown unit `D`", "h, d, w"),
            ("nonsense", "`nonsense` is not a duration", "or `permanent`"),
            (".h", "`.h` is not a duration", "or `permanent`"),
            ("1.2.3h", "`1.2.3h` is not a duration", "or `permanent`"),
            ("1h-30m", "`1h-30m` is not a duration", "or `permanent`"),
            ("1h,30m", "`1h,30m` is not a duration", "or `permanent`"),
            ("++1h", "`++1h` is not a duration", "or `permanent`"),
            ("+", "`+` is not a duration", "or `permanent`"),
            (" ", "` ` is not a duration", "or `permanent`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.to_string().starts_with(message), "{text}: {error}");
            assert!(error.hint().contains(hint), "{text}: {:?}", error.hint());
        }
    }

    #[test]
    fn time_left_prints_as_v0_3_does() {
        const SECOND: i64 = 1_000_000;
        for (micros, text) in [
            (0, "0s"),
            (499_999, "0s"),
            (-499_999, "0s"),
            (500_000, "1s"),
            (-500_000, "-1s"),
            (5 * SECOND, "5s"),
            (60 * SECOND, "1m0s"),
            (3_597 * SECOND, "59m57s"),
            (3_599 * SECOND + 500_000, "1h0m0s"),
            (14_398 * SECOND, "3h59m58s"),
            (86_400 * SECOND, "24h0m0s"),
            (-3_661 * SECOND, "-1h1m1s"),
            (9_223_372_036_854_775, "2562047h47m16s"),
            (i64::MAX, "2562047h47m16s"),
            (i64::MIN, "-2562047h47m16s"),
        ] {
            assert_eq!(go_duration(micros).to_string(), text, "{micros}");
        }
    }

    #[test]
    fn a_duration_prints_in_gos_notation() {
        for (text, printed) in
            [("7d", "168h0m0s"), ("300ms", "0.3s"), ("90s", "1m30s"), ("1h0.05s", "1h0m0.05s")]
        {
            assert_eq!(read(text).unwrap().to_string(), printed);
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(nanos in 1_000..=u64::try_from(i64::MAX).unwrap()) {
            let duration = BanDuration::For(Duration::from_nanos(nanos));
            prop_assert_eq!(read(&duration.to_string()), Ok(duration));
        }

        #[test]
        fn time_left_in_whole_seconds_reads_back(seconds in 1..=9_223_372_036_i64) {
            let printed = go_duration(seconds * 1_000_000).to_string();
            prop_assert_eq!(read(&printed).unwrap().micros(), seconds * 1_000_000);
        }

        #[test]
        fn what_humantime_prints_reads_back(seconds in 1..=9_000_000_000_u64, nanos in 0..1_000_000_000_u32) {
            let duration = Duration::new(seconds, nanos);
            let printed = humantime::format_duration(duration).to_string();
            prop_assert_eq!(read(&printed), Ok(BanDuration::For(duration)));
        }

        #[test]
        fn no_text_panics(text in ".*", near in "[-+]?([0-9.]{1,40} ?(h|m|M|s|ms|µs|day|y|x)? ?){0,4}") {
            for text in [text, near] {
                match read(&text) {
                    Ok(duration) => prop_assert!(duration.micros() > 0),
                    Err(error) => prop_assert!(!error.hint().is_empty()),
                }
            }
        }
    }
}
