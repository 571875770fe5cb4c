//! One object: a ban, or an alert of `CrowdSec` with its decisions.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::super::fields::Name;
use super::super::{Cell, Fault, Fields, Key, RecordSink, shown};
use super::{Array, Shared};

/// Of an alert so many decisions wait until its source is known; those of a larger one, an import, go without.
pub const MOST_DECISIONS: usize = 256;

/// An element of an array, or the object of a line.
pub struct Object<'s, 't> {
    pub shared: Shared<'s>,
    pub sink: RecordSink<'t>,
    /// It is a decision of an alert.
    pub in_alert: bool,
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<(), D::Error> {
        de.deserialize_any(self)
    }
}

impl Object<'_, '_> {
    fn hand_on<E: Error>(self, result: Result<Fields<'_>, Fault>) -> Result<(), E> {
        hand_on(self.shared, self.sink, result)
    }

    /// What is no object.
    fn other<E: Error>(self, what: &str) -> Result<(), E> {
        let at = self.shared.place.begin();
        let fault = Fault::new(at, format!("{what}, where an object was expected"));
        self.hand_on(Err(fault.with_hint("for example `{\"value\": \"203.0.113.7\", \"duration\": \"4h\"}`")))
    }
}

/// Hands a record on; serde is told to end when no more is wanted.
fn hand_on<E: Error>(
    shared: Shared<'_>,
    sink: RecordSink<'_>,
    result: Result<Fields<'_>, Fault>,
) -> Result<(), E> {
    sink(result).map_err(|stop| {
        shared.stop.set(Some(stop));
        E::custom("stopped")
    })
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let at = self.shared.place.begin();
        let Self { shared, sink, in_alert } = self;
        let mut reading = Reading { shared, fields: Fields::new(at), fault: None, decisions: None };
        reading.fields.in_alert = in_alert;
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            reading.member(&name, &mut map, sink)?;
        }
        reading.end(sink)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.other("a boolean")
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.other("a number")
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.other("a number")
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.other("a number")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.other("a text")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.other("`null`")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.other("an array")
    }
}

/// An object that is being read.
struct Reading<'s> {
    shared: Shared<'s>,
    fields: Fields<'static>,
    /// The first thing that is wrong with it.
    fault: Option<Fault>,
    /// The first decisions of an alert; `None`: it is no alert, or they were too many to hold.
    decisions: Option<Decisions>,
}

/// The decisions of an alert.
#[derive(Default)]
struct Decisions {
    waiting: Vec<Result<Fields<'static>, Fault>>,
    /// More came than may wait: all were handed on.
    over: bool,
}

impl Reading<'_> {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut A,
        sink: RecordSink<'_>,
    ) -> Result<(), A::Error> {
        if name == "decisions" && !self.fields.in_alert {
            return self.decisions(map, sink);
        }
        let key = match Name::find(name) {
            Name::Of(key) => key,
            Name::Like(meant) => {
                let fault = Fault::new(self.shared.place.last(), format!("unknown key `{}`", shown(name)));
                self.note(fault.with_hint(format!("did you mean `{meant}`?")));
                return map.next_value::<IgnoredAny>().map(drop);
            }
            _ => return map.next_value::<IgnoredAny>().map(drop),
        };
        match map.next_value_seed(Value { shared: self.shared })? {
            Read::Nothing => {}
            Read::Text(cell) => self.set(key, cell),
            // An alert says of its source what a ban says of itself.
            Read::Source(source) if key == Key::Source => self.fields.fill(&source, SOURCE),
            Read::Source(at) => self.note(Fault::new(at.at, format!("`{name}` is an object, not a text"))),
            Read::Array(at) => self.note(Fault::new(at, format!("`{name}` is an array, not a text"))),
        }
        Ok(())
    }

    fn set(&mut self, key: Key, cell: Cell<'static>) {
        if let Err(fault) = self.fields.set(key, cell) {
            self.note(fault);
        }
    }

    fn note(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }

    fn decisions<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        sink: RecordSink<'_>,
    ) -> Result<(), A::Error> {
        let decisions = self.decisions.get_or_insert_default();
        let mut hold = |result: Result<Fields<'_>, Fault>| {
            if decisions.over {
                return sink(result);
            }
            decisions.waiting.push(result.map(Fields::into_owned));
            if decisions.waiting.len() > MOST_DECISIONS {
                decisions.over = true;
                return decisions.waiting.drain(..).try_for_each(&mut *sink);
            }
            Ok(())
        };
        map.next_value_seed(Array { shared: self.shared, sink: &mut hold, in_alert: true })
    }

    fn end<E: Error>(self, sink: RecordSink<'_>) -> Result<(), E> {
        let Self { shared, fields, fault, decisions } = self;
        let Some(decisions) = decisions else {
            return hand_on(shared, sink, fault.map_or(Ok(fields), Err));
        };
        for decision in decisions.waiting {
            let filled = decision.map(|mut decision| {
                if decision.text(Key::Target) == fields.text(Key::Target) {
                    decision.fill(&fields, ENRICHED);
                }
                decision
            });
            hand_on(shared, &mut *sink, filled)?;
        }
        Ok(())
    }
}

/// What an alert's source tells of the alert.
const SOURCE: &[Key] = &[Key::Target, Key::Country, Key::As, Key::AsNumber, Key::AsName];
/// What of it holds for a decision on that very target.
const ENRICHED: &[Key] = &[Key::Country, Key::As, Key::AsNumber, Key::AsName];

/// The value of a member.
enum Read {
    Nothing,
    Text(Cell<'static>),
    Source(Box<Fields<'static>>),
    Array(super::super::Position),
}

/// Reads a member's value.
#[derive(Clone, Copy)]
struct Value<'s> {
    shared: Shared<'s>,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Read;

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<Read, D::Error> {
        self.shared.place.expect_value();
        de.deserialize_any(self)
    }
}

impl Value<'_> {
    fn text(self, text: impl fmt::Display) -> Read {
        Read::Text(Cell { text: Cow::Owned(text.to_string()), at: self.shared.place.value() })
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_unit<E: Error>(self) -> Result<Read, E> {
        Ok(Read::Nothing)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Read, E> {
        Ok(self.text(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Read, E> {
        Ok(self.text(value))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Read, E> {
        Ok(self.text(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Read, E> {
        Ok(self.text(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Read, E> {
        Ok(self.text(number))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Read, A::Error> {
        let at = self.shared.place.value();
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Read::Array(at))
    }

    /// The source of an alert: names of which some are those of a ban.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let mut fields = Fields::new(self.shared.place.value());
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            // Beside `value`, a source names its address and network.
            let key = match (&*name, Name::find(&name)) {
                ("ip" | "range", _) => None,
                (_, Name::Of(key)) if SOURCE.contains(&key) => Some(key),
                _ => None,
            };
            let Some(key) = key else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if let Read::Text(cell) = map.next_value_seed(Scalar(self))? {
                // A source that names a thing twice says nothing that a ban depends on.
                let _ = fields.set(key, cell);
            }
        }
        Ok(Read::Source(Box::new(fields)))
    }
}

/// A value inside a source: no source again.
struct Scalar<'s>(Value<'s>);

impl<'de> DeserializeSeed<'de> for Scalar<'_> {
    type Value = Read;

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<Read, D::Error> {
        self.0.deserialize(de)
    }
}
