//! Asking the server for what is active.

use std::fmt::Write as _;

use warden_plugin::{Query, Result, Target};

use crate::client::{Client, Outcome};
use crate::clock::Clock;
use crate::source;
use crate::span;
use crate::wire::list::{self, Alert, Decision, Fault, Reading};

/// `limit=0`: without it the server answers a hundred alerts. Decisions of the central API are among them.
const ACTIVE: &str = "/v1/alerts?has_active_decision=true&limit=0";

/// What a list is asked for. The server answers whole alerts, and those of other targets: it only saves time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertQuery(String);

/// One decision with its alert.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    pub alert: &'a Alert,
    pub decision: &'a Decision,
    pub until_us: i64,
}

impl AlertQuery {
    /// Everything that is active.
    pub fn all() -> Self {
        Self(ACTIVE.to_owned())
    }

    /// What covers a target; of one source, when its decisions have one origin.
    pub fn covering(target: Target, source: Option<&str>) -> Self {
        let kind = if target.is_address() { "ip" } else { "range" };
        Self::all().with(kind, target.text().as_str()).from(source)
    }

    /// What a query is about.
    pub fn of(query: &Query<'_>) -> Self {
        match (query.target.or(query.ip), query.range) {
            (Some(target), _) => Self::covering(target, query.source),
            (None, Some(range)) => {
                Self::all().with("range", range.text().as_str()).with("contains", "false").from(query.source)
            }
            (None, None) => Self::all().from(query.source),
        }
    }

    fn from(self, source: Option<&str>) -> Self {
        match source.and_then(source::only_origin) {
            Some(origin) => self.with("origin", &origin),
            None => self,
        }
    }

    fn with(mut self, key: &str, value: &str) -> Self {
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, "&{key}={}", encoded(value));
        self
    }
}

/// Hands over each active decision on a wanted target.
pub fn read(
    client: &mut Client,
    clock: &Clock,
    ask: &AlertQuery,
    wanted: &dyn Fn(&Target) -> bool,
    each: &mut dyn FnMut(Found<'_>) -> Result,
) -> Outcome {
    let answer = client.get(&ask.0)?;
    let now_us = clock.now_us();
    let mut alert = |alert: &Alert, decisions: &[Decision]| {
        for decision in decisions {
            each(Found { alert, decision, until_us: span::end(now_us, decision.left_us, alert.stop_us) })?;
        }
        Ok(())
    };
    list::read(answer, Reading { wanted, each: &mut alert }).map_err(|fault| client.fault(fault, &ask.0))
}

/// A value in a query.
pub fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

impl Client {
    /// A list that could not be read to its end.
    pub fn fault(&self, fault: Fault, path: &str) -> crate::client::Failure {
        match fault {
            Fault::Json(error) => {
                self.context(&crate::client::described(&ureq::http::Method::GET, path)).json(error)
            }
            Fault::Each(error) => crate::client::Failure::new(crate::client::ServerState::NothingDone, error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: Query<'_>) -> String {
        AlertQuery::of(&query).0.strip_prefix(ACTIVE).unwrap().to_owned()
    }

    #[test]
    fn the_server_is_asked_for_as_little_as_it_understands() {
        let target = |text| Target::parse(text).ok();
        let all = Query::default();
        assert_eq!(asked(all), "");
        assert_eq!(asked(Query { ip: target("10.1.2.3"), ..all }), "&ip=10.1.2.3");
        assert_eq!(asked(Query { target: target("2001:db8::/32"), ..all }), "&range=2001:db8::/32");
        assert_eq!(asked(Query { range: target("10.0.0.0/8"), ..all }), "&range=10.0.0.0/8&contains=false");
        assert_eq!(asked(Query { source: Some("cli"), ..all }), "&origin=cscli");
        assert_eq!(asked(Query { source: Some("list:x"), ..all }), "");
        assert_eq!(asked(Query { source: Some("a&b c"), ..all }), "&origin=a%26b%20c");
    }
}
