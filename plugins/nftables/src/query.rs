//! Which bans a query means. An element tells no country and no autonomous system.

use warden_plugin::{Error, Query, Result, Row, Target, abi};

use crate::ban::{ACTION, StoredBan};
use crate::comment::stored_source;

/// Refuses what cannot be told from an element.
///
/// # Errors
/// `Unsupported`.
pub fn refuse_unknown(query: &Query<'_>) -> Result {
    match (query.country, query.as_text) {
        (None, None) => Ok(()),
        _ => Err(Error::unsupported("nftables knows neither the country of a ban nor its autonomous system")),
    }
}

/// Whether every filter that is set holds for a ban.
#[must_use]
pub fn matches(query: &Query<'_>, target: Target, ban: &StoredBan) -> bool {
    let [source, not_source] = [query.source, query.not_source].map(|source| source.map(stored_source));
    let texts = Query { source: source.as_deref(), not_source: not_source.as_deref(), ..*query };
    let row = Row { source: &ban.source, reason: &ban.reason, action: ACTION, ..Row::default() };
    query.matches_target(target)
        && texts.matches(&row, abi::Q_IP | abi::Q_RANGE | abi::Q_TARGET | abi::Q_TARGETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches_ban(query: &Query<'_>) -> bool {
        let ban =
            StoredBan { source: "cli".into(), reason: "Too many logins".into(), start_us: 0, until_us: 9 };
        matches(query, target("10.0.0.0/24"), &ban)
    }

    fn target(text: &str) -> Target {
        Target::parse(text).unwrap()
    }

    #[test]
    fn every_filter_that_is_set_must_hold() {
        let none = Query::default();
        assert!(matches_ban(&none));
        for (query, is_met) in [
            (Query { ip: Some(target("10.0.0.7")), ..none }, true),
            (Query { ip: Some(target("10.0.0.0/16")), ..none }, false),
            (Query { range: Some(target("10.0.0.0/16")), ..none }, true),
            (Query { range: Some(target("10.0.0.7")), ..none }, false),
            (Query { target: Some(target("10.0.0.0/24")), ..none }, true),
            (Query { target: Some(target("10.0.0.0/25")), ..none }, false),
            (Query { reason: Some("MANY"), ..none }, true),
            (Query { reason: Some("few"), ..none }, false),
            (Query { source: Some("cli"), ..none }, true),
            (Query { source: Some("CLI"), ..none }, false),
            (Query { not_source: Some("api"), ..none }, true),
            (Query { not_source: Some("cli"), ..none }, false),
            (Query { action: Some("ban"), ..none }, true),
            (Query { action: Some("slow"), ..none }, false),
            (Query { source: Some("cli"), reason: Some("few"), ..none }, false),
        ] {
            assert_eq!(matches_ban(&query), is_met, "{query:?}");
        }
    }

    #[test]
    fn what_an_element_does_not_tell_is_refused() {
        assert!(refuse_unknown(&Query { country: Some("FR"), ..Query::default() }).is_err());
        assert!(refuse_unknown(&Query { as_text: Some("x"), ..Query::default() }).is_err());
        assert!(refuse_unknown(&Query { source: Some("x"), ..Query::default() }).is_ok());
    }
}
