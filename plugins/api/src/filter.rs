//! What the filters of a query mean, for the host and for plugins that filter by themselves.

use crate::{Applied, IpRange, Query, Row, Target, Targets, abi};

/// The filters that [`Query::matches`] checks: what a plugin that calls it with `0` has applied.
pub const FILTERS: Applied = abi::Q_IP
    | abi::Q_RANGE
    | abi::Q_REASON
    | abi::Q_COUNTRY
    | abi::Q_AS
    | abi::Q_SOURCE
    | abi::Q_ACTION
    | abi::Q_NOT_SOURCE
    | abi::Q_TARGET
    | abi::Q_TARGETS;

impl Query<'_> {
    /// Whether a row passes every filter that is set, except those that were `applied` before. The instant and the limit
    /// are not filters: whether a ban holds is for the storage to say.
    #[must_use]
    pub fn matches(&self, row: &Row<'_>, applied: Applied) -> bool {
        let holds = |bit, wanted: Option<&str>, test: fn(&str, &str) -> bool, value| {
            wanted.is_none_or(|wanted| applied & bit != 0 || test(value, wanted))
        };
        // The text first: a range that disagrees with it is a mistake of the plugin that no list would show.
        let addresses = || Target::of_stored(row.target).map(IpRange::from).or(row.range);
        holds(abi::Q_REASON, self.reason, contains, row.reason)
            && holds(abi::Q_COUNTRY, self.country, str::eq_ignore_ascii_case, row.country)
            && holds(abi::Q_AS, self.as_text, contains, row.as_text)
            && holds(abi::Q_SOURCE, self.source, |value, wanted| value == wanted, row.source)
            && holds(abi::Q_ACTION, self.action, |value, wanted| value == wanted, row.action)
            && holds(abi::Q_NOT_SOURCE, self.not_source, |value, unwanted| value != unwanted, row.source)
            && self.matches_addresses(addresses, applied)
    }

    /// Whether a target passes the filters on addresses: for a plugin that knows the target before the rest of the row.
    #[must_use]
    pub fn matches_target(&self, target: Target) -> bool {
        self.matches_addresses(|| Some(target.into()), 0)
    }

    fn matches_addresses(&self, addresses: impl Fn() -> Option<IpRange>, applied: Applied) -> bool {
        let holds = |bit, wanted: Option<Target>, test: fn(IpRange, IpRange) -> bool| {
            wanted.is_none_or(|wanted| {
                applied & bit != 0 || addresses().is_some_and(|found| test(found, wanted.into()))
            })
        };
        let is_among = |targets: &Targets| {
            applied & abi::Q_TARGETS != 0
                || addresses().and_then(IpRange::target).is_some_and(|found| targets.has(found))
        };
        holds(abi::Q_TARGET, self.target, |found, wanted| found == wanted)
            && self.targets.is_none_or(is_among)
            && holds(abi::Q_IP, self.ip, IpRange::contains)
            && holds(abi::Q_RANGE, self.range, |found, wanted| wanted.contains(found))
    }
}

/// Whether `text` contains `part`, ignoring ASCII case. Not Unicode's case, which SQL engines do not agree on.
fn contains(text: &str, part: &str) -> bool {
    part.is_empty() || text.as_bytes().windows(part.len()).any(|w| w.eq_ignore_ascii_case(part.as_bytes()))
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
            action: "ban",
            ..Row::default()
        }
    }

    fn target(text: &str) -> Option<Target> {
        Target::parse(text).ok()
    }

    #[test]
    fn every_filter_that_is_set_must_hold() {
        let none = Query::default();
        let among = |texts: &[&str]| texts.iter().filter_map(|text| target(text)).collect::<Targets>();
        let (hit, miss) =
            (among(&["::1", "10.0.0.0/24", "10.0.0.0"]), among(&["10.0.0.0/25", "10.0.0.0/23"]));
        for (query, is_met) in [
            (none, true),
            (Query { ip: target("10.0.0.7"), ..none }, true),
            (Query { ip: target("10.0.0.0/16"), ..none }, false),
            (Query { ip: target("::a00:7"), ..none }, false),
            (Query { range: target("10.0.0.0/16"), ..none }, true),
            (Query { range: target("10.0.0.7"), ..none }, false),
            (Query { range: target("::/0"), ..none }, false),
            (Query { target: target("10.0.0.0/24"), ..none }, true),
            (Query { target: target("10.0.0.0/25"), ..none }, false),
            (Query { targets: Some(&hit), ..none }, true),
            (Query { targets: Some(&miss), ..none }, false),
            (Query { targets: Some(&Targets::none()), ..none }, false),
            (Query { targets: Some(&hit), source: Some("api"), ..none }, false),
            (Query { reason: Some("BRUTE"), ..none }, true),
            (Query { reason: Some(""), ..none }, true),
            (Query { reason: Some("few"), ..none }, false),
            (Query { country: Some("fr"), ..none }, true),
            (Query { country: Some("F"), ..none }, false),
            (Query { as_text: Some("16276 ovh"), ..none }, true),
            (Query { as_text: Some("OVH "), country: Some("de"), ..none }, false),
            (Query { source: Some("cli"), ..none }, true),
            (Query { source: Some("CLI"), ..none }, false),
            (Query { not_source: Some("api"), ..none }, true),
            (Query { not_source: Some("cli"), ..none }, false),
            (Query { action: Some("ban"), ..none }, true),
            (Query { action: Some("slow"), ..none }, false),
            (Query { source: Some("cli"), reason: Some("few"), ..none }, false),
        ] {
            assert_eq!(query.matches(&row("10.0.0.0/24"), 0), is_met, "{query:?}");
        }
    }

    #[test]
    fn any_spelling_of_a_target_is_understood_and_what_is_none_has_a_range() {
        let query = Query { target: target("2001:db8::2"), ..Query::default() };
        assert!(query.matches(&row("2001:DB8:0::2"), 0));
        assert!(!query.matches(&row("no target"), 0));
        let range = target("2001:db8::2").map(IpRange::from);
        assert!(query.matches(&Row { range, ..row("no target") }, 0));
        assert!(!query.matches(&Row { range, ..row("2001:db8::3") }, 0));
    }

    #[test]
    fn what_was_applied_is_not_checked_again() {
        let query = Query { targets: Some(&Targets::none()), ..Query::default() };
        assert!(query.matches(&row("10.0.0.1"), abi::Q_TARGETS));
        let query = Query { reason: Some("other"), ip: target("192.0.2.1"), ..Query::default() };
        assert!(!query.matches(&row("10.0.0.1"), abi::Q_REASON));
        assert!(!query.matches(&row("10.0.0.1"), abi::Q_IP));
        assert!(query.matches(&row("10.0.0.1"), abi::Q_REASON | abi::Q_IP));
    }

    #[test]
    fn filters_are_all_that_can_be_wanted_but_the_limit() {
        let (text, target) = (Some(""), target("::"));
        let all = Query {
            at_us: 0,
            ip: target,
            range: target,
            reason: text,
            country: text,
            as_text: text,
            source: text,
            action: text,
            not_source: text,
            target,
            targets: Some(&Targets::none()),
            limit: None,
        };
        assert_eq!(all.wanted(), FILTERS);
    }
}
