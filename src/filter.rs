//! Which bans a command is about: what the user asked for, and what the host checks itself where a plugin does not.

use warden_plugin::{Applied, IpRange, Query, Row, Target, abi};

use crate::instant::Instant;

/// The filters of a command line. All that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Filter {
    /// Only bans of this address, and of ranges that contain it
    #[arg(long, value_name = "IP", value_parser = Target::parse)]
    pub ip: Option<Target>,
    /// Only bans that lie wholly in this range
    #[arg(long, value_name = "CIDR", value_parser = Target::parse)]
    pub range: Option<Target>,
    /// Only bans whose reason contains this, in upper or lower case
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Only bans from this country, by its two letters
    #[arg(long, value_name = "CC")]
    pub country: Option<String>,
    /// Only bans whose autonomous system contains this, number or name, in upper or lower case
    #[arg(long = "as", value_name = "TEXT")]
    pub as_text: Option<String>,
    /// Only bans from this source: cli, api, local …
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// Only bans with this action: ban, captcha, slow …
    #[arg(long, value_name = "ACTION")]
    pub action: Option<String>,
}

impl Filter {
    /// The question for a plugin.
    #[must_use]
    pub fn query(&self, at: Instant, limit: Option<u64>) -> Query<'_> {
        Query {
            at_us: at.micros(),
            ip: self.ip,
            range: self.range,
            reason: self.reason.as_deref(),
            country: self.country.as_deref(),
            as_text: self.as_text.as_deref(),
            source: self.source.as_deref(),
            action: self.action.as_deref(),
            not_source: None,
            target: None,
            limit,
        }
    }
}

/// Whether a row holds what was asked, as far as the plugin has not checked it (`applied`: `WARDEN_Q_*`).
#[must_use]
pub fn matches(query: &Query<'_>, row: &Row<'_>, applied: Applied) -> bool {
    let open = |bit| applied & bit == 0;
    let holds = |bit, wanted: Option<&str>, test: fn(&str, &str) -> bool, value| {
        wanted.is_none_or(|w| !open(bit) || test(value, w))
    };
    holds(abi::Q_REASON, query.reason, contains, row.reason)
        && holds(abi::Q_COUNTRY, query.country, str::eq_ignore_ascii_case, row.country)
        && holds(abi::Q_AS, query.as_text, contains, row.as_text)
        && holds(abi::Q_SOURCE, query.source, |a, b| a == b, row.source)
        && holds(abi::Q_ACTION, query.action, |a, b| a == b, row.action)
        && holds(abi::Q_NOT_SOURCE, query.not_source, |a, b| a != b, row.source)
        && query.target.is_none_or(|t| !open(abi::Q_TARGET) || span(row) == Some(IpRange::from(t)))
        && query.ip.is_none_or(|ip| !open(abi::Q_IP) || covers(span(row), ip))
        && query.range.is_none_or(|range| !open(abi::Q_RANGE) || lies_in(span(row), range))
}

/// Whether `text` contains `part`, without regard to ASCII case.
fn contains(text: &str, part: &str) -> bool {
    part.is_empty() || text.as_bytes().windows(part.len()).any(|w| w.eq_ignore_ascii_case(part.as_bytes()))
}

fn span(row: &Row<'_>) -> Option<IpRange> {
    Target::of_stored(row.target).map(IpRange::from).or(row.range)
}

fn covers(span: Option<IpRange>, ip: Target) -> bool {
    span.is_some_and(|s| {
        s.first.is_ipv4() == ip.first().is_ipv4() && s.first <= ip.first() && ip.last() <= s.last
    })
}

fn lies_in(span: Option<IpRange>, range: Target) -> bool {
    span.is_some_and(|s| {
        s.first.is_ipv4() == range.first().is_ipv4() && range.first() <= s.first && s.last <= range.last()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(target: &'static str) -> Row<'static> {
        Row {
            target,
            reason: "SSH brute force",
            country: "FR",
            as_text: "16276 OVH SAS",
            source: "cli",
            ..Row::default()
        }
    }

    fn filter(f: impl FnOnce(&mut Query<'static>)) -> Query<'static> {
        let mut query = Query::default();
        f(&mut query);
        query
    }

    fn target(text: &str) -> Option<Target> {
        Target::of_stored(text)
    }

    #[test]
    fn all_filters_must_hold() {
        let query = filter(|q| (q.reason, q.country) = (Some("ssh"), Some("fr")));
        assert!(matches(&query, &row("1.2.3.4"), 0));
        assert!(!matches(&Query { country: Some("de"), ..query }, &row("1.2.3.4"), 0));
    }

    #[test]
    fn ip_finds_the_ranges_around_it_and_range_those_wholly_inside() {
        let ip = filter(|q| q.ip = target("10.1.2.3"));
        assert!(matches(&ip, &row("10.1.0.0/16"), 0));
        assert!(!matches(&ip, &row("10.2.0.0/16"), 0));
        let range = filter(|q| q.range = target("10.1.0.0/16"));
        assert!(matches(&range, &row("10.1.2.3"), 0));
        assert!(!matches(&range, &row("10.0.0.0/8"), 0));
        assert!(!matches(&range, &row("::a01:203"), 0));
    }

    #[test]
    fn what_the_plugin_applied_is_not_checked_again() {
        let query = filter(|q| q.reason = Some("other"));
        assert!(!matches(&query, &row("1.2.3.4"), 0));
        assert!(matches(&query, &row("1.2.3.4"), abi::Q_REASON));
    }
}
