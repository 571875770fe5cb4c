//! nft's commands as JSON. Names are words by [`Settings`](crate::settings::Settings), so they need no escape.

use std::fmt::Display;

use warden_plugin::Target;

use crate::comment;
use crate::held::Held;
use crate::kernel::Family;
use crate::pieces::Span;

/// Commands, joined by commas, as the input of one run.
#[must_use]
pub fn batch(commands: impl Display) -> String {
    format!(r#"{{"nftables":[{commands}]}}"#)
}

/// Adds, creates or deletes elements.
#[must_use]
pub fn elements<T: AsRef<str>>(verb: &str, table: &str, set: &str, elements: &[T]) -> String {
    let elements: Vec<&str> = elements.iter().map(AsRef::as_ref).collect();
    let elements = elements.join(",");
    format!(
        r#"{{"{verb}":{{"element":{{"family":"inet","table":"{table}","name":"{set}","elem":[{elements}]}}}}}}"#
    )
}

/// Empties a set.
#[must_use]
pub fn flush_set(table: &str, set: &str) -> String {
    format!(r#"{{"flush":{{"set":{{"family":"inet","table":"{table}","name":"{set}"}}}}}}"#)
}

/// An address as the key of its set.
#[must_use]
pub fn address_key(target: Target) -> String {
    format!(r#""{}""#, target.addr())
}

/// A piece as the key of its interval set.
#[must_use]
pub fn piece_key(family: Family, span: Span) -> String {
    let [first, last] = [span.first, span.last].map(|number| family.address(number));
    if first == last { format!(r#""{first}""#) } else { format!(r#"{{"range":["{first}","{last}"]}}"#) }
}

/// A target with a number as the key of the book-keeping set, where IPv4 stands as `::ffff:0:0/96`.
#[must_use]
pub fn entry_key(target: Target, number: u16) -> String {
    let (addr, len) = match target.addr() {
        std::net::IpAddr::V4(addr) => (addr.to_ipv6_mapped(), target.prefix_len() + 96),
        std::net::IpAddr::V6(addr) => (addr, target.prefix_len()),
    };
    format!(r#"{{"concat":["{addr}",{len},{number}]}}"#)
}

/// A key with a ban's timeout and comment.
#[must_use]
pub fn element(key: &str, held: &Held, now_us: i64) -> String {
    noted(key, &comment::write(held), held.timeout_seconds(now_us))
}

fn noted(key: &str, comment: &str, timeout: Option<i64>) -> String {
    let comment = serde_json::Value::from(comment);
    let timeout = timeout.map(|seconds| format!(r#","timeout":{seconds}"#)).unwrap_or_default();
    format!(r#"{{"elem":{{"val":{key}{timeout},"comment":{comment}}}}}"#)
}

#[cfg(test)]
mod tests {
    use warden_plugin::FOREVER_US;

    use super::*;

    fn target(text: &str) -> Target {
        Target::parse(text).unwrap()
    }

    #[test]
    fn a_key_is_numbers_and_never_a_name() {
        assert_eq!(address_key(target("2001:DB8::1")), r#""2001:db8::1""#);
        assert_eq!(entry_key(target("1.2.3.0/24"), 7), r#"{"concat":["::ffff:1.2.3.0",120,7]}"#);
        assert_eq!(entry_key(target("::/0"), 0), r#"{"concat":["::",0,0]}"#);
        let piece = |text| piece_key(Family::of(target(text)), target(text).into());
        assert_eq!(piece("1.2.3.0/30"), r#"{"range":["1.2.3.0","1.2.3.3"]}"#);
        assert_eq!(piece("1.2.3.4"), r#""1.2.3.4""#);
        assert_eq!(piece("2001:db8::/127"), r#"{"range":["2001:db8::","2001:db8::1"]}"#);
    }

    #[test]
    fn a_comment_is_escaped_for_json() {
        let held = Held { source: "cli".into(), reason: r"a\b".into(), start_us: 0, until_us: 90_000_000 };
        assert_eq!(
            element("1", &held, 0),
            r#"{"elem":{"val":1,"timeout":90,"comment":"ban cli 0 90000000 a\\b"}}"#
        );
        let forever = Held { until_us: FOREVER_US, ..held };
        assert_eq!(element("1", &forever, 0), r#"{"elem":{"val":1,"comment":"ban cli 0 - a\\b"}}"#);
    }

    #[test]
    fn elements_go_in_one_command() {
        assert_eq!(
            batch(elements("add", "t", "s", &["1", "2"])),
            r#"{"nftables":[{"add":{"element":{"family":"inet","table":"t","name":"s","elem":[1,2]}}}]}"#
        );
    }
}
