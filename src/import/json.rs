//! A JSON array of bans: warden's own list, `CrowdSec`'s `decisions import` file, or the alerts with their decisions of
//! its `decisions list`. Read as a stream: no more than one element is held, of an alert no more than [`object::MOST_DECISIONS`] decisions.

mod object;
mod place;

use std::cell::Cell;
use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::{Fault, Fields, RecordSink, Stop};
use object::Object;
use place::{Counted, Place};

/// What the readers of a document share.
#[derive(Clone, Copy)]
struct Shared<'s> {
    /// How far the document is read.
    place: &'s Place,
    /// Why the receiver wants no more.
    stop: &'s Cell<Option<Stop>>,
}

pub fn read(input: &mut dyn std::io::BufRead, sink: RecordSink<'_>) -> Result<(), Stop> {
    document(input, sink, |shared, sink, de| Array { shared, sink, in_alert: false }.deserialize(de))
}

/// Reads one object: a line of JSON lines, whose number is given.
pub fn object(line: &str, number: u64, sink: RecordSink<'_>) -> Result<(), Stop> {
    // They wait until the line has proved whole: of a broken one nothing is to be banned.
    let mut waiting = Vec::new();
    let mut hold = |result: Result<Fields<'_>, Fault>| {
        waiting.push(result.map(Fields::into_owned));
        Ok(())
    };
    let read = document(&mut line.as_bytes(), &mut hold, |shared, sink, de| {
        Object { shared, sink, in_alert: false }.deserialize(de)
    });
    match read {
        Err(Stop::Fault(fault)) => sink(Err(on_line(fault, number))),
        Err(other) => Err(other),
        Ok(()) => waiting.into_iter().try_for_each(|result| match result {
            Err(fault) => sink(Err(on_line(fault, number))),
            Ok(mut fields) => {
                fields.move_to_line(number);
                sink(Ok(fields))
            }
        }),
    }
}

fn on_line(mut fault: Fault, number: u64) -> Fault {
    fault.at.line = number;
    fault
}

/// serde's reader over bytes that are counted.
type Source<'r> = serde_json::Deserializer<serde_json::de::IoRead<Counted<'r>>>;

/// Runs a reader over a whole document.
fn document(
    input: &mut dyn Read,
    sink: RecordSink<'_>,
    f: impl FnOnce(Shared<'_>, RecordSink<'_>, &mut Source<'_>) -> serde_json::Result<()>,
) -> Result<(), Stop> {
    let (place, stop) = (Place::default(), Cell::new(None));
    let shared = Shared { place: &place, stop: &stop };
    let counted = Counted::new(BufReader::with_capacity(64 << 10, input), &place);
    let mut de = serde_json::Deserializer::from_reader(counted);
    let result = f(shared, sink, &mut de).and_then(|()| de.end());
    match (stop.take(), result) {
        (Some(stop), _) => Err(stop),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(stopped(error, &place)),
    }
}

/// What a fault of the document itself comes to.
fn stopped(error: serde_json::Error, place: &Place) -> Stop {
    if let Some(longest) = place.too_long() {
        return Fault::new(place.start(), format!("the element is longer than {longest} bytes")).into();
    }
    if error.is_io() {
        return Stop::Io(error.into());
    }
    if error.is_eof() {
        let fault = Fault::new(place.last(), "the document is cut off: it ends in the middle");
        return fault.with_hint("fetch the list again").into();
    }
    let message = error.to_string();
    let words = message.rsplit_once(" at line ").map_or(message.as_str(), |(words, _)| words);
    let what = if error.is_data() { "this is not a list of bans" } else { "this is not JSON" };
    Fault::new(place.last(), format!("{what}: {words}")).into()
}

/// An array of objects, or `null`, as `CrowdSec` writes an empty one.
struct Array<'s, 't> {
    shared: Shared<'s>,
    sink: RecordSink<'t>,
    in_alert: bool,
}

impl<'de> DeserializeSeed<'de> for Array<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<(), D::Error> {
        de.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Array<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of bans")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let sink = &mut *self.sink;
            let object = Object { shared: self.shared, sink, in_alert: self.in_alert };
            if seq.next_element_seed(object)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Object { shared: self.shared, sink: self.sink, in_alert: self.in_alert }.visit_map(map)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
