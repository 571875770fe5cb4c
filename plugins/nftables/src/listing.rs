//! What `nft -j list` prints, read element by element: a listing of 100,000 is never in memory here at once.

use std::borrow::Cow;
use std::fmt;
use std::io::{BufReader, Read};
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use warden_plugin::{Error, Result, Target};

/// One element of a set.
#[derive(Debug)]
pub struct Element {
    /// What stands in it.
    pub key: Key,
    /// How long it still stands there, in whole seconds; `None`: for ever.
    pub expires_seconds: Option<i64>,
    /// What somebody noted on it.
    pub comment: Option<String>,
}

/// What stands in a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Addresses, both ends included; a single one is both.
    Span(IpAddr, IpAddr),
    /// An entry of the book-keeping set: a target, and a number to tell the bans on it apart.
    Entry(Target, u16),
}

/// Who takes the elements: gets the set's name with each.
pub type Take<'t> = &'t mut dyn FnMut(&str, Element) -> Result;

/// Reads a listing and hands its elements over.
///
/// # Errors
/// Whatever `take` says, or `Internal` when the listing is not what nft prints.
pub fn read(listing: impl Read, take: Take<'_>) -> Result {
    let mut sink = Sink { take, refused: None };
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, listing));
    let read = Node { sink: &mut sink, at: Place::Document }.deserialize(&mut json);
    match sink.refused {
        Some(error) => Err(error),
        None => read.map_err(|e| Error::internal(format!("nft's listing is not understood: {e}"))),
    }
}

struct Sink<'t> {
    take: Take<'t>,
    refused: Option<Error>,
}

impl Sink<'_> {
    fn put<E: serde::de::Error>(&mut self, set: &str, element: Element) -> Result<(), E> {
        (self.take)(set, element).map_err(|error| {
            self.refused = Some(error);
            E::custom("refused")
        })
    }
}

/// Where in `{"nftables": [{"set": {"name": …, "elem": […]}}, …]}` a node stands.
enum Place {
    Document,
    Objects,
    Object,
    Set,
    Elements(String),
}

/// A node of the document. Of its members, those that do not lead to elements are passed over.
struct Node<'n, 't> {
    sink: &'n mut Sink<'t>,
    at: Place,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a listing of nft")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut name = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let next = match (&self.at, key.as_ref()) {
                (Place::Document, "nftables") => Place::Objects,
                (Place::Object, "set") => Place::Set,
                (Place::Set, "elem") => Place::Elements(name.take().ok_or(A::Error::missing_field("name"))?),
                (Place::Set, "name") => {
                    name = Some(map.next_value()?);
                    continue;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            map.next_value_seed(Node { sink: self.sink, at: next })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if let Place::Elements(set) = &self.at {
            while let Some(element) = seq.next_element::<RawElement>()? {
                let element =
                    element.into_element().ok_or_else(|| A::Error::custom("an unknown kind of element"))?;
                self.sink.put(set, element)?;
            }
        } else {
            while seq.next_element_seed(Node { sink: self.sink, at: Place::Object })?.is_some() {}
        }
        Ok(())
    }
}

/// An element as nft prints it: bare when it has neither timeout nor comment.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawElement {
    Noted { elem: Noted },
    Bare(RawKey),
}

#[derive(Deserialize)]
struct Noted {
    val: RawKey,
    expires: Option<i64>,
    comment: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawKey {
    Address(IpAddr),
    Range { range: (IpAddr, IpAddr) },
    Prefix { prefix: Prefix },
    Entry { concat: (IpAddr, u8, u16) },
}

#[derive(Deserialize)]
struct Prefix {
    addr: IpAddr,
    len: u8,
}

impl RawElement {
    fn into_element(self) -> Option<Element> {
        let (key, expires_seconds, comment) = match self {
            Self::Noted { elem } => (elem.val, elem.expires, elem.comment),
            Self::Bare(key) => (key, None, None),
        };
        Some(Element { key: key.into_key()?, expires_seconds, comment })
    }
}

impl RawKey {
    fn into_key(self) -> Option<Key> {
        Some(match self {
            Self::Address(addr) => Key::Span(addr, addr),
            Self::Range { range: (first, last) } => Key::Span(first, last),
            Self::Prefix { prefix } => {
                let net = IpNet::new(prefix.addr, prefix.len).ok()?;
                Key::Span(net.network(), net.broadcast())
            }
            Self::Entry { concat: (addr, len, number) } => {
                Key::Entry(Target::from(IpNet::new(addr, len).ok()?), number)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As nft 1.0.6 prints it.
    const LISTING: &str = r#"{"nftables": [
        {"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}},
        {"table": {"family": "inet", "name": "warden", "handle": 1}},
        {"set": {"family": "inet", "name": "set4", "table": "warden", "type": "ipv4_addr", "handle": 1,
            "flags": ["timeout"], "elem": [
                {"elem": {"val": "1.2.3.4", "timeout": 100, "expires": 99, "comment": "ban"}}, "10.0.0.1"]}},
        {"set": {"family": "inet", "name": "empty", "table": "warden", "type": "ipv6_addr", "handle": 2}},
        {"set": {"family": "inet", "name": "net4", "table": "warden", "type": "ipv4_addr", "handle": 3,
            "flags": ["interval", "timeout"], "elem": [
                {"elem": {"val": {"range": ["1.2.3.4", "1.2.3.9"]}, "timeout": 9, "expires": 0, "counter": {}}},
                {"prefix": {"addr": "10.0.0.0", "len": 8}}]}},
        {"set": {"family": "inet", "name": "bans", "table": "warden",
            "type": ["ipv6_addr", "inet_service", "inet_service"], "handle": 4, "flags": ["timeout"], "elem": [
                {"elem": {"val": {"concat": ["::ffff:1.2.3.0", 120, 7]}, "comment": "x"}}]}},
        {"chain": {"family": "inet", "table": "warden", "name": "input", "handle": 6}}]}"#;

    fn lines(listing: &str) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        read(listing.as_bytes(), &mut |set, Element { key, expires_seconds, comment }| {
            lines.push(format!("{set} {key:?} {expires_seconds:?} {comment:?}"));
            Ok(())
        })?;
        Ok(lines)
    }

    #[test]
    fn every_kind_of_element_is_read() {
        assert_eq!(
            lines(LISTING).unwrap(),
            [
                r#"set4 Span(1.2.3.4, 1.2.3.4) Some(99) Some("ban")"#,
                "set4 Span(10.0.0.1, 10.0.0.1) None None",
                "net4 Span(1.2.3.4, 1.2.3.9) Some(0) None",
                "net4 Span(10.0.0.0, 10.255.255.255) None None",
                r#"bans Entry(Target(1.2.3.0/24), 7) None Some("x")"#,
            ]
        );
    }

    #[test]
    fn what_is_no_listing_is_an_error() {
        for text in ["", "{", "[1]", r#"{"nftables": [{"set": {"elem": []}}]}"#, &LISTING[..900]] {
            assert!(lines(text).is_err(), "{text}");
        }
        let odd =
            r#"{"nftables": [{"set": {"name": "s", "elem": [{"prefix": {"addr": "1.2.3.4", "len": 99}}]}}]}"#;
        assert!(lines(odd).unwrap_err().message().contains("an unknown kind of element"));
    }

    #[test]
    fn a_reader_that_has_enough_ends_it() {
        let mut seen = 0;
        let ended = read(LISTING.as_bytes(), &mut |_, _| {
            seen += 1;
            Err(Error::stopped())
        });
        assert_eq!((seen, ended.unwrap_err()), (1, Error::stopped()));
    }
}
