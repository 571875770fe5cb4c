//! Instants on the wire: RFC 3339 as it is sent, and Go's `2026-11-24 04:12:23.123456 +0000 UTC` as it is answered.

use chrono::{DateTime, SecondsFormat};

/// The text of an instant; one that the calendar does not know is the epoch.
pub fn text(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Reads an instant in microseconds, in either form.
pub fn parse(text: &str) -> Option<i64> {
    let rfc = DateTime::parse_from_rfc3339(text);
    let time = rfc.or_else(|_| DateTime::parse_from_str(without_zone_name(text), "%Y-%m-%d %H:%M:%S%.f %z"));
    Some(time.ok()?.timestamp_micros())
}

/// Date, time and offset: the name of the zone says nothing more.
fn without_zone_name(text: &str) -> &str {
    text.match_indices(' ').nth(2).map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let micros = 1_795_493_543_123_456;
        assert_eq!(text(micros), "2026-11-24T04:12:23.123456Z");
        for form in [
            "2026-11-24T04:12:23.123456Z",
            "2026-11-24T05:12:23.123456+01:00",
            "2026-11-24 04:12:23.123456 +0000 UTC",
            "2026-11-24 05:12:23.123456 +0100 CET",
        ] {
            assert_eq!(parse(form), Some(micros), "{form}");
        }
        assert_eq!(parse("2026-11-24 04:12:23 +0000 UTC"), Some(1_795_493_543_000_000));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "yesterday", "2026-11-24", "2026-11-24 04:12:23 UTC"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
