//! A JSON array of bans: warden's own list, `CrowdSec`'s `decisions import` file, or the alerts with their decisions of
//! its `decisions list`. Read as a stream: no more than one element is held, of an alert no more than [`HELD`] decisions.

mod object;
mod place;

use std::cell::Cell;
use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::{Fault, Fields, Stop, Taker};
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

pub fn read(input: &mut dyn std::io::BufRead, taker: Taker<'_>) -> Result<(), Stop> {
    document(input, taker, |shared, taker, de| Array { shared, taker, in_alert: false }.deserialize(de))
}

/// Reads one object: a line of JSON lines, whose number is given.
pub fn object(line: &str, number: u64, taker: Taker<'_>) -> Result<(), Stop> {
    // Held until the line has proved whole.
    let mut held = Vec::new();
    let mut hold = |result: Result<Fields<'_>, Fault>| {
        held.push(result.map(Fields::into_owned));
        Ok(())
    };
    let read = document(&mut line.as_bytes(), &mut hold, |shared, taker, de| {
        Object { shared, taker, in_alert: false }.deserialize(de)
    });
    match read {
        Err(Stop::Fault(fault)) => taker(Err(on_line(fault, number))),
        Err(other) => Err(other),
        Ok(()) => held.into_iter().try_for_each(|result| match result {
            Err(fault) => taker(Err(on_line(fault, number))),
            Ok(mut fields) => {
                fields.move_to_line(number);
                taker(Ok(fields))
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
    taker: Taker<'_>,
    f: impl FnOnce(Shared<'_>, Taker<'_>, &mut Source<'_>) -> serde_json::Result<()>,
) -> Result<(), Stop> {
    let (place, stop) = (Place::default(), Cell::new(None));
    let shared = Shared { place: &place, stop: &stop };
    let counted = Counted::new(BufReader::with_capacity(64 << 10, input), &place);
    let mut de = serde_json::Deserializer::from_reader(counted);
    let result = f(shared, taker, &mut de).and_then(|()| de.end());
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
    taker: Taker<'t>,
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
            let taker = &mut *self.taker;
            let object = Object { shared: self.shared, taker, in_alert: self.in_alert };
            if seq.next_element_seed(object)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Object { shared: self.shared, taker: self.taker, in_alert: self.in_alert }.visit_map(map)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
