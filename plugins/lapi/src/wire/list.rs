//! Reading a list of alerts as it arrives: no more than one alert is held, and of it only the decisions that are
//! wanted, because a whole import is one alert. Its other fields come after its decisions.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use warden_plugin::{Error, Result, Target};

use super::{alert, duration, time};
use crate::intern::Interner;

/// An alert without its decisions.
#[derive(Clone, Debug, Default)]
pub struct Alert {
    pub id: u64,
    pub scenario: String,
    pub actor: String,
    /// The mark of warden's request that made it.
    pub mark: String,
    pub source: Source,
    pub events_count: u64,
    /// The last event; `None` when it cannot be read.
    pub stop_us: Option<i64>,
    pub simulated: bool,
}

/// Whom an alert is about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Source {
    pub cn: String,
    pub as_number: String,
    pub as_name: String,
}

/// An active decision on an address or a range.
#[derive(Clone, Debug)]
pub struct Decision {
    pub id: u64,
    pub target: Target,
    /// The value where it is not the target's canonical text.
    pub spelling: Option<Box<str>>,
    pub scope: Arc<str>,
    pub origin: Arc<str>,
    pub scenario: Arc<str>,
    pub action: Arc<str>,
    /// How long it still held when the server answered.
    pub left_us: i64,
}

/// What a list is read for.
pub struct Reading<'r> {
    /// Which decisions are wanted.
    pub wanted: &'r dyn Fn(&Target) -> bool,
    /// What is done with each alert that has some.
    pub each: &'r mut dyn FnMut(&Alert, &[Decision]) -> Result,
}

/// Why a reading ended early.
#[derive(Debug)]
pub enum Fault {
    /// The answer broke off or is no list of alerts.
    Json(serde_json::Error),
    /// `each` failed or wants no more.
    Each(Error),
}

/// Reads a list; `null` is an empty one.
pub fn read(answer: impl Read, reading: Reading<'_>) -> std::result::Result<(), Fault> {
    let mut state =
        State { reading, decisions: Vec::new(), bytes: 0, texts: Interner::default(), stopped: None };
    let mut json = serde_json::Deserializer::from_reader(answer);
    let done = Alerts(&mut state).deserialize(&mut json).and_then(|()| json.end());
    match state.stopped {
        Some(error) => Err(Fault::Each(error)),
        None => done.map_err(Fault::Json),
    }
}

/// Reads a single alert, as `GET /v1/alerts/ID` answers it.
pub fn read_one(answer: impl Read, reading: Reading<'_>) -> std::result::Result<(), Fault> {
    let one = b"[".chain(answer).chain(&b"]"[..]);
    read(one, reading)
}

/// How much the decisions of one alert may take: an import of two million bans.
const ALERT: usize = 256 << 20;

struct State<'r> {
    reading: Reading<'r>,
    decisions: Vec<Decision>,
    /// How much they take.
    bytes: usize,
    /// Scopes, origins, scenarios and actions.
    texts: Interner,
    stopped: Option<Error>,
}

impl State<'_> {
    /// Keeps a decision that is active, wanted, and on an address or a range.
    fn keep<E: de::Error>(&mut self, raw: &RawDecision) -> Result<(), E> {
        let of_ours = raw.scope.eq_ignore_ascii_case("Ip") || raw.scope.eq_ignore_ascii_case("Range");
        let left_us = duration::parse(&raw.duration).unwrap_or(0);
        let Some(target) = Target::of_stored(&raw.value).filter(|_| of_ours && left_us > 0) else {
            return Ok(());
        };
        if !(self.reading.wanted)(&target) {
            return Ok(());
        }
        let spelling: Option<Box<str>> =
            (target.text().as_str() != raw.value).then(|| raw.value.as_str().into());
        let known = self.texts.bytes();
        let [scope, origin, scenario, action] =
            [&raw.scope, &raw.origin, &raw.scenario, &raw.action].map(|text| self.texts.intern(text));
        let texts = self.texts.bytes() - known + spelling.as_deref().map_or(0, str::len);
        self.bytes += size_of::<Decision>() + texts;
        if self.bytes > ALERT {
            return Err(E::custom("the decisions of one alert take more than 256 MiB"));
        }
        self.decisions.push(Decision {
            id: raw.id,
            target,
            spelling,
            scope,
            origin,
            scenario,
            action,
            left_us,
        });
        Ok(())
    }

    /// The next alert begins.
    fn clear(&mut self) {
        self.decisions.clear();
        self.bytes = 0;
        // Few, as a rule: they are those of the next alert, too.
        if self.texts.bytes() > TEXTS {
            self.texts = Interner::default();
        }
    }
}

/// So many bytes of texts are kept from one alert to the next.
const TEXTS: usize = 1 << 20;

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawDecision {
    id: u64,
    duration: String,
    origin: String,
    scenario: String,
    scope: String,
    #[serde(rename = "type")]
    action: String,
    value: String,
}

#[derive(Deserialize)]
struct RawMeta {
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
}

/// The list itself.
struct Alerts<'s, 'r>(&'s mut State<'r>);

impl<'de> DeserializeSeed<'de> for Alerts<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Alerts<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of alerts")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(OneAlert(self.0))?.is_some() {}
        Ok(())
    }
}

/// One alert of it.
struct OneAlert<'s, 'r>(&'s mut State<'r>);

impl<'de> DeserializeSeed<'de> for OneAlert<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneAlert<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an alert")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let state = self.0;
        state.clear();
        let mut alert = Alert::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "decisions" {
                map.next_value_seed(Decisions(state))?;
            } else {
                field(&mut alert, &key, &mut map)?;
            }
        }
        if !state.decisions.is_empty() {
            (state.reading.each)(&alert, &state.decisions).map_err(|error| {
                state.stopped = Some(error);
                de::Error::custom("stopped")
            })?;
        }
        Ok(())
    }
}

/// One field of an alert that is not its decisions; Go writes `null` for what is empty.
fn field<'de, A: MapAccess<'de>>(alert: &mut Alert, key: &str, map: &mut A) -> Result<(), A::Error> {
    match key {
        "id" => alert.id = map.next_value()?,
        "scenario" => alert.scenario = map.next_value::<Option<_>>()?.unwrap_or_default(),
        "source" => alert.source = map.next_value::<Option<_>>()?.unwrap_or_default(),
        "events_count" => alert.events_count = map.next_value::<Option<_>>()?.unwrap_or_default(),
        "stop_at" => alert.stop_us = map.next_value::<Option<String>>()?.as_deref().and_then(time::parse),
        "simulated" => alert.simulated = map.next_value::<Option<_>>()?.unwrap_or_default(),
        "meta" => map.next_value_seed(Metas(alert))?,
        _ => {
            map.next_value::<IgnoredAny>()?;
        }
    }
    Ok(())
}

/// What the server keeps with an alert; of it, what warden wrote.
struct Metas<'a>(&'a mut Alert);

impl<'de> DeserializeSeed<'de> for Metas<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Metas<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of keys and values")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(meta) = seq.next_element::<RawMeta>()? {
            match meta.key.as_str() {
                alert::ACTOR => self.0.actor = meta.value,
                alert::MARK => self.0.mark = meta.value,
                _ => {}
            }
        }
        Ok(())
    }
}

/// The decisions of an alert.
struct Decisions<'s, 'r>(&'s mut State<'r>);

impl<'de> DeserializeSeed<'de> for Decisions<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Decisions<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of decisions")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<RawDecision>()? {
            self.0.keep(&raw)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
