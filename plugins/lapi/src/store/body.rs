//! The body of a request: groups of bans as alerts.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use warden_plugin::Target;

use super::batch::Group;
use crate::source;
use crate::span;
use crate::wire::alert::{ACTOR, Alert, Decision, MARK, Meta, Source};
use crate::wire::{duration, time};

/// A mark that no other request has.
pub fn mark(now_us: i64) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{now_us:x}-{:x}-{:x}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The scope of a target.
pub fn scope(target: Target) -> &'static str {
    if target.is_address() { "Ip" } else { "Range" }
}

/// The alerts as JSON.
pub fn of(request: &[Group<'_>], mark: &str, now_us: i64) -> Vec<u8> {
    let texts: Vec<Vec<_>> = request
        .iter()
        .map(|group| group.adds.iter().map(|add| (add.target.text(), source::origin(&add.source))).collect())
        .collect();
    let alerts: Vec<Alert<'_>> = request
        .iter()
        .zip(&texts)
        .map(|(group, texts)| {
            let (info, start_us) = (&group.info, group.info.start_us);
            let decisions = group.adds.iter().zip(texts).map(|(add, (value, origin))| Decision {
                // Checked when the ban was taken.
                duration: duration::text(span::duration(start_us, add.until_us).unwrap_or_default()),
                origin,
                scenario: &add.reason,
                scope: scope(add.target),
                action: &add.action,
                value: value.as_str(),
            });
            let decisions: Vec<_> = decisions.collect();
            let about = match decisions.as_slice() {
                [Decision { scope, value, .. }] => (*scope, *value),
                _ => ("", ""),
            };
            Alert {
                capacity: 0,
                created_at: time::text(now_us),
                decisions,
                events: [],
                events_count: info.events_count,
                labels: None,
                leakspeed: "0",
                message: &info.message,
                meta: [Meta { key: ACTOR, value: &info.actor }, Meta { key: MARK, value: mark }],
                scenario: &info.scenario,
                scenario_hash: "",
                scenario_version: "",
                simulated: info.simulated,
                source: Source {
                    scope: about.0,
                    value: about.1,
                    ip: about.1,
                    cn: &info.country,
                    as_number: &info.as_number,
                    as_name: &info.as_name,
                },
                start_at: time::text(start_us),
                stop_at: time::text(start_us),
            }
        })
        .collect();
    // Text and numbers always serialise.
    serde_json::to_vec(&alerts).unwrap_or_default()
}
