//! One signal as JSON. Each field has v0.3's name (Go's, from `pkg/types`) and warden's; a null counts as not there, and
//! what is not known is left alone, as Go's reader does.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _};
use serde::{Deserialize, Deserializer};
use warden_plugin::{Ban, Event, IpRange, Signal, Source, Target};

use crate::instant::Instant;

/// A signal that owns its text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "v0.3's flags")]
pub struct SignalRecord {
    #[serde(alias = "MapKey", deserialize_with = "or_default")]
    pub(crate) map_key: String,
    #[serde(alias = "Scenario", deserialize_with = "or_default")]
    pub(crate) scenario: String,
    #[serde(alias = "Bucket_id", deserialize_with = "or_default")]
    pub(crate) bucket_id: String,
    #[serde(alias = "Alert_message", deserialize_with = "or_default")]
    pub(crate) alert_message: String,
    #[serde(alias = "Source_ip", deserialize_with = "or_default")]
    pub(crate) source_ip: String,
    #[serde(alias = "Source_range", deserialize_with = "or_default")]
    pub(crate) source_range: String,
    #[serde(alias = "Source_AutonomousSystemNumber", deserialize_with = "or_default")]
    pub(crate) as_number: String,
    #[serde(alias = "Source_AutonomousSystemOrganization", deserialize_with = "or_default")]
    pub(crate) as_name: String,
    #[serde(alias = "Source_Country", deserialize_with = "or_default")]
    pub(crate) country: String,
    #[serde(alias = "Source_Latitude", deserialize_with = "or_default")]
    pub(crate) latitude: f64,
    #[serde(alias = "Source_Longitude", deserialize_with = "or_default")]
    pub(crate) longitude: f64,
    #[serde(alias = "dst_ip", alias = "Dest_ip", deserialize_with = "or_default")]
    pub(crate) dest_ip: String,
    #[serde(alias = "Events_count", deserialize_with = "or_default")]
    pub(crate) events_count: u64,
    #[serde(alias = "Start_at", deserialize_with = "time")]
    pub(crate) start_at: Option<Instant>,
    #[serde(alias = "Stop_at", deserialize_with = "time")]
    pub(crate) stop_at: Option<Instant>,
    #[serde(alias = "Leak_speed", deserialize_with = "or_default")]
    pub(crate) leak_speed: i64,
    #[serde(alias = "Capacity", deserialize_with = "or_default")]
    pub(crate) capacity: i32,
    #[serde(alias = "Whitelisted", deserialize_with = "or_default")]
    pub(crate) whitelisted: bool,
    #[serde(alias = "Simulation", deserialize_with = "or_default")]
    pub(crate) simulation: bool,
    #[serde(alias = "Reprocess", deserialize_with = "or_default")]
    pub(crate) reprocess: bool,
    #[serde(alias = "Labels", deserialize_with = "or_default")]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(alias = "Source")]
    pub(crate) source: Option<SourceRecord>,
    #[serde(alias = "Sources", deserialize_with = "or_default")]
    pub(crate) sources: BTreeMap<String, SourceRecord>,
    #[serde(alias = "ban_applications", alias = "BanApplications", deserialize_with = "or_default")]
    pub(crate) bans: Vec<BanRecord>,
    #[serde(alias = "events_sequence", alias = "Events_sequence", deserialize_with = "or_default")]
    pub(crate) events: Vec<EventRecord>,
}

/// Who did it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SourceRecord {
    #[serde(alias = "Ip", deserialize_with = "or_default")]
    ip: String,
    #[serde(alias = "Range", deserialize_with = "or_default")]
    range: Network,
    #[serde(alias = "AutonomousSystemNumber", deserialize_with = "or_default")]
    as_number: String,
    #[serde(alias = "AutonomousSystemOrganization", deserialize_with = "or_default")]
    as_name: String,
    #[serde(alias = "Country", deserialize_with = "or_default")]
    country: String,
    #[serde(alias = "Latitude", deserialize_with = "or_default")]
    latitude: f64,
    #[serde(alias = "Longitude", deserialize_with = "or_default")]
    longitude: f64,
    #[serde(alias = "Flags", deserialize_with = "or_default")]
    flags: BTreeMap<String, bool>,
}

/// A network: `192.0.2.0/24`, or Go's `net.IPNet`, whose mask is base64 and whose address alone is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Network {
    Text(String),
    Go {
        #[serde(rename = "IP", deserialize_with = "or_default")]
        ip: String,
    },
}

impl Default for Network {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// A ban order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BanRecord {
    #[serde(alias = "MeasureSource", deserialize_with = "or_default")]
    pub(crate) source: String,
    #[serde(alias = "MeasureType", deserialize_with = "or_default")]
    pub(crate) action: String,
    #[serde(alias = "MeasureExtra", deserialize_with = "or_default")]
    pub(crate) extra: String,
    #[serde(alias = "IpText", deserialize_with = "or_default")]
    pub(crate) target: String,
    #[serde(alias = "Reason", deserialize_with = "or_default")]
    pub(crate) reason: String,
    #[serde(alias = "Scenario", deserialize_with = "or_default")]
    pub(crate) scenario: String,
    #[serde(alias = "TargetCN", deserialize_with = "or_default")]
    pub(crate) country: String,
    #[serde(alias = "TargetASName", deserialize_with = "or_default")]
    pub(crate) as_name: String,
    #[serde(alias = "TargetAS", deserialize_with = "or_default")]
    pub(crate) as_number: u32,
    #[serde(alias = "Until", deserialize_with = "time")]
    pub(crate) until: Option<Instant>,
}

/// An event behind the signal.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EventRecord {
    #[serde(alias = "Time", deserialize_with = "time")]
    time: Option<Instant>,
    #[serde(alias = "Serialized", deserialize_with = "or_default")]
    serialized: String,
    #[serde(alias = "Source")]
    source: Option<SourceRecord>,
}

/// Null is the default.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// RFC 3339; Go's zero time and null are none.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Instant>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    if text.is_empty() {
        return Ok(None);
    }
    let time = DateTime::parse_from_rfc3339(&text).map_err(|_| {
        serde::de::Error::custom(format_args!("`{text}` is not a time as RFC 3339 writes it"))
    })?;
    Ok((time.year() > 1).then(|| Instant::from_micros(time.timestamp_micros())))
}

impl SignalRecord {
    /// The signal to insert, with these bans. `now` stands in for the times that it lacks.
    pub fn signal<'a>(&'a self, bans: &'a [BanRecord], now: Instant, actor: &'a str) -> Signal<'a> {
        let stop = self.stop_at.unwrap_or(now);
        Signal {
            map_key: &self.map_key,
            scenario: &self.scenario,
            bucket_id: &self.bucket_id,
            alert_message: &self.alert_message,
            source_ip: &self.source_ip,
            source_range: &self.source_range,
            as_number: &self.as_number,
            as_name: &self.as_name,
            country: &self.country,
            dest_ip: &self.dest_ip,
            latitude: self.latitude,
            longitude: self.longitude,
            events_count: self.events_count,
            created_us: now.micros(),
            start_us: self.start_at.unwrap_or(stop).micros(),
            stop_us: stop.micros(),
            leak_speed_ns: self.leak_speed,
            capacity: self.capacity,
            whitelisted: self.whitelisted,
            simulation: self.simulation,
            reprocess: self.reprocess,
            bans_only: false,
            source: self.source.as_ref().map(SourceRecord::source),
            labels: self.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect(),
            sources: self.sources.values().map(SourceRecord::source).collect(),
            bans: bans.iter().map(|ban| ban.ban(actor)).collect(),
            events: self.events.iter().map(|event| event.event(now)).collect(),
        }
    }
}

impl BanRecord {
    fn ban<'a>(&'a self, actor: &'a str) -> Ban<'a> {
        Ban {
            source: &self.source,
            action: &self.action,
            extra: &self.extra,
            target: &self.target,
            reason: &self.reason,
            scenario: &self.scenario,
            country: &self.country,
            as_name: &self.as_name,
            actor,
            as_number: self.as_number,
            until_us: self.until.unwrap_or(Instant::FOREVER).micros(),
            range: range(&self.target),
        }
    }
}

impl EventRecord {
    fn event(&self, now: Instant) -> Event<'_> {
        Event {
            time_us: self.time.unwrap_or(now).micros(),
            serialized: &self.serialized,
            source: self.source.as_ref().map(SourceRecord::source),
        }
    }
}

impl SourceRecord {
    fn source(&self) -> Source<'_> {
        let (Network::Text(network) | Network::Go { ip: network }) = &self.range;
        Source {
            ip: range(&self.ip),
            range: range(network),
            as_number: &self.as_number,
            as_name: &self.as_name,
            country: &self.country,
            latitude: self.latitude,
            longitude: self.longitude,
            flags: self.flags.iter().filter(|(_, set)| **set).map(|(flag, _)| flag.as_str()).collect(),
        }
    }
}

fn range(text: &str) -> Option<IpRange> {
    Target::of_stored(text).map(IpRange::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_one_signal() {
        let go = r#"{"MapKey":"k","scenario":"ssh","Source_ip":"203.0.113.7","Source_AutonomousSystemNumber":"1",
            "events_count":6,"stop_at":"2026-11-24T02:00:00Z","start_at":"0001-01-01T00:00:00Z","source":null,"Labels":{"a":"b"},
            "Simulation":false,"dst_ip":"203.0.113.1","ban_applications":[{"MeasureType":"ban","IpText":"203.0.113.7","Until":"2026-11-24T06:00:00Z"}]}"#;
        let own = r#"{"map_key":"k","scenario":"ssh","source_ip":"203.0.113.7","as_number":"1","events_count":6,
            "stop_at":"2026-11-24T02:00:00Z","labels":{"a":"b"},"dest_ip":"203.0.113.1","sources":null,
            "bans":[{"action":"ban","target":"203.0.113.7","until":"2026-11-24T06:00:00Z"}],"something":"new"}"#;
        let [go, own]: [SignalRecord; 2] = [go, own].map(|text| serde_json::from_str(text).unwrap());
        let now = Instant::from_micros(1);
        assert_eq!(go.signal(&go.bans, now, ""), own.signal(&own.bans, now, ""));
        assert_eq!(go.signal(&go.bans, now, "").bans[0].target, "203.0.113.7");
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        assert!(serde_json::from_str::<SignalRecord>(r#"{"stop_at":"yesterday"}"#).is_err());
    }
}
