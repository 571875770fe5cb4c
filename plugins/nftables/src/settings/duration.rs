//! A length of time in the configuration: `500ms`, `10s`, `2m`.

use std::time::Duration;

use warden_plugin::{Error, Result};

/// Reads the value of a key: a whole number with its unit.
///
/// # Errors
/// `Config` at `key`.
pub fn parse(key: &str, text: &str) -> Result<Duration> {
    of(text).ok_or_else(|| {
        Error::config(key, format!("{key}: `{text}` is not a length of time"))
            .with_hint("a whole number with a unit: 500ms, 10s, 2m")
    })
}

fn of(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let number = number.parse::<u32>().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number.into())),
        "s" => Some(Duration::from_secs(number.into())),
        "m" => Some(Duration::from_mins(number.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_its_unit_is_read() {
        for (text, millis) in [("500ms", 500), ("0s", 0), ("10s", 10_000), ("2m", 120_000)] {
            assert_eq!(of(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "10", "s", "-1s", "1.5s", "1M", "1h30m", " 1s", "99999999999s"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
