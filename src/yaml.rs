//! Strict reading of the two kinds of YAML file: every scalar stays the text it was, an unknown or doubled key and a
//! bad value are errors at their own line, with the nearest known key. The only user of `serde_yaml`.

use std::fmt;
use std::path::Path;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::{Error, Result};
use crate::secret::Zeroize;

/// A key that a mapping may hold.
pub struct Key<'a> {
    /// Its name.
    pub name: &'static str,
    /// What stands behind it.
    pub shape: Shape<'a>,
}

/// Checks a pair of a mapping of free keys: a key alone, where it stands, then with its value. Says what is wrong with it.
pub type PairCheck<'a> = &'a dyn Fn(&str, Option<&str>) -> Result<(), String>;

/// What stands behind a key.
#[derive(Clone, Copy)]
pub enum Shape<'a> {
    /// A scalar that the function accepts; it says what is wrong with any other.
    Text(fn(&str) -> Result<(), String>),
    /// The same, with a function that knows more than the text.
    Value(&'a dyn Fn(&str) -> Result<(), String>),
    /// A list of scalars, each accepted by the function.
    List(fn(&str) -> Result<(), String>),
    /// A list of mappings of these keys; a foreign one is refused.
    Maps(&'a [Key<'a>]),
    /// A mapping of free keys to scalars, each pair accepted by the function.
    Pairs(PairCheck<'a>),
    /// A mapping of these keys.
    Keys(Foreign, &'a [Key<'a>]),
}

/// What a key means that a mapping does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A mistake: the mapping is read by warden alone.
    Refused,
    /// It is another program's business: the mapping is `CrowdSec`'s, which shares its file with warden.
    LeftAlone,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A scalar, unquoted; a null is empty.
    Text(String),
    /// A list of scalars.
    List(Vec<String>),
    /// A list of mappings.
    Maps(Vec<Node>),
    /// A mapping in the order of the file.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The keys of a mapping, foreign ones too.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let pairs = if let Self::Map(pairs) = self { pairs.as_slice() } else { &[] };
        pairs.iter().map(|(key, _)| key.as_str())
    }

    /// What stands behind a key of a mapping.
    pub fn at(&self, key: &str) -> Option<&Node> {
        match self {
            Self::Map(pairs) => pairs.iter().find(|(k, _)| k == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The scalar behind a key; an empty one counts as not set.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.at(key) {
            Some(Self::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The scalars of the list behind a key.
    pub fn list(&self, key: &str) -> &[String] {
        match self.at(key) {
            Some(Self::List(items)) => items,
            _ => &[],
        }
    }

    /// The mappings of the list behind a key.
    pub fn maps(&self, key: &str) -> &[Node] {
        match self.at(key) {
            Some(Self::Maps(items)) => items,
            _ => &[],
        }
    }

    /// The scalars of the mapping behind a key.
    pub fn texts(&self, key: &str) -> impl Iterator<Item = (&str, &str)> {
        let pairs = match self.at(key) {
            Some(Self::Map(pairs)) => pairs.as_slice(),
            _ => &[],
        };
        pairs.iter().filter_map(|(key, node)| match node {
            Node::Text(text) => Some((key.as_str(), text.as_str())),
            _ => None,
        })
    }
}

/// Any text of a file may be a secret.
impl Zeroize for Node {
    fn zeroize(&mut self) {
        match self {
            Self::Text(text) => text.zeroize(),
            Self::List(items) => items.zeroize(),
            Self::Maps(items) => items.iter_mut().for_each(Zeroize::zeroize),
            Self::Map(pairs) => pairs.iter_mut().for_each(|(_, node)| node.zeroize()),
        }
    }
}

/// Accepts any scalar.
#[allow(clippy::unnecessary_wraps, reason = "it stands in a table beside others that refuse")]
pub fn any(_: &str) -> Result<(), String> {
    Ok(())
}

/// Accepts `true` and `false`, and YAML 1.1's other words for them, which v0.3 took.
///
/// # Errors
/// For anything else.
pub fn boolean(text: &str) -> Result<(), String> {
    truth(text).map(|_| ()).ok_or_else(|| format!("`{text}` is neither `true` nor `false`"))
}

/// The boolean that a scalar stands for (YAML 1.1, as v0.3's reader had it).
pub fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Some(true),
        "false" | "no" | "off" | "n" => Some(false),
        _ => None,
    }
}

/// Reads one document.
///
/// # Errors
/// `Config`, with file and line.
pub fn read(text: &str, shape: Shape<'_>, file: &Path) -> Result<Node> {
    refuse_costly(text, file)?;
    Reader(shape).deserialize(serde_yaml::Deserializer::from_str(text)).map_err(|e| located(&e, file))
}

/// Reads every document of a text.
///
/// # Errors
/// `Config`, with file and line.
pub fn read_all(text: &str, shape: Shape<'_>, file: &Path) -> Result<Vec<Node>> {
    refuse_costly(text, file)?;
    let documents = serde_yaml::Deserializer::from_str(text);
    documents.map(|document| Reader(shape).deserialize(document).map_err(|e| located(&e, file))).collect()
}

/// So many of them are more than any configuration needs, wherever they stand.
const MOST_COSTLY: usize = 1000;

/// For each token the reader walks through all brackets that are open there, and for each `%TAG` through those before
/// it: a file of nothing else takes the square of its length. Which of them nest is not looked at, so neither quotes nor
/// comments mislead the count.
fn refuse_costly(text: &str, file: &Path) -> Result {
    let Some((at, _)) = text.match_indices(['[', '{', '%']).nth(MOST_COSTLY) else { return Ok(()) };
    let line = text[..at].matches('\n').count() + 1;
    let message = format!("nested too deeply: more than {MOST_COSTLY} `[`, `{{` and `%` in one file");
    let hint = "a list can be written as lines that begin with `- `";
    Err(Error::config(message).in_file(file, Some(line)).with_hint(hint))
}

/// An error of the reader; its place is printed on a line of its own.
fn located(error: &serde_yaml::Error, file: &Path) -> Error {
    let line = error.location().map(|at| at.line());
    let words = error.to_string();
    let words = words.rfind(" at line ").map_or(words.as_str(), |end| &words[..end]);
    Error::config(words).in_file(file, line)
}

/// Reads what a shape describes.
struct Reader<'a>(Shape<'a>);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Node;

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<Node, D::Error> {
        match self.0 {
            // An option tells a bare null from a quoted one, and leaves every other scalar the text it was.
            Shape::Text(_) | Shape::Value(_) => from.deserialize_option(self),
            Shape::List(_) | Shape::Maps(_) => from.deserialize_seq(self),
            Shape::Pairs(_) | Shape::Keys(..) => from.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Shape::Text(_) | Shape::Value(_) => "a text",
            Shape::List(_) | Shape::Maps(_) => "a list",
            _ => "keys and values",
        })
    }

    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Text(String::new()))
    }

    fn visit_some<D: de::Deserializer<'de>>(self, from: D) -> Result<Node, D::Error> {
        from.deserialize_str(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        let accepted = match self.0 {
            Shape::Text(check) => check(text),
            Shape::Value(check) => check(text),
            _ => return Err(E::invalid_type(de::Unexpected::Str(text), &self)),
        };
        accepted.map(|()| Node::Text(text.to_owned())).map_err(E::custom)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        match self.0 {
            Shape::Text(_) | Shape::Value(_) => Ok(Node::Text(String::new())),
            Shape::List(_) => Ok(Node::List(Vec::new())),
            Shape::Maps(_) => Ok(Node::Maps(Vec::new())),
            _ => Ok(Node::Map(Vec::new())),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let check = match self.0 {
            Shape::List(check) => check,
            Shape::Maps(keys) => {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element_seed(Reader(Shape::Keys(Foreign::Refused, keys)))? {
                    items.push(item);
                }
                return Ok(Node::Maps(items));
            }
            _ => return Err(de::Error::invalid_type(de::Unexpected::Seq, &self)),
        };
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Reader(Shape::Text(check)))? {
            if let Node::Text(text) = item {
                items.push(text);
            }
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut pairs: Vec<(String, Node)> = Vec::new();
        while let Some(key) = map.next_key_seed(KeyReader { shape: self.0, seen: &pairs })? {
            let Some(shape) = behind(self.0, &key) else {
                map.next_value::<IgnoredAny>()?;
                // That it is there says whose file it is.
                pairs.push((key, Node::Text(String::new())));
                continue;
            };
            let node = match self.0 {
                Shape::Pairs(check) => {
                    let accepts = |text: &str| check(&key, Some(text));
                    map.next_value_seed(Reader(Shape::Value(&accepts)))?
                }
                _ => map.next_value_seed(Reader(shape))?,
            };
            pairs.push((key, node));
        }
        Ok(Node::Map(pairs))
    }
}

/// What stands behind a key of a mapping; `None`: a foreign key.
fn behind<'a>(shape: Shape<'a>, key: &str) -> Option<Shape<'a>> {
    match shape {
        Shape::Keys(_, keys) => keys.iter().find(|k| k.name == key).map(|k| k.shape),
        _ => Some(Shape::Text(any)),
    }
}

/// Reads a key, and refuses an unknown or a doubled one where it stands.
struct KeyReader<'a> {
    shape: Shape<'a>,
    seen: &'a [(String, Node)],
}

impl<'de> DeserializeSeed<'de> for KeyReader<'_> {
    type Value = String;

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<String, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyReader<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<String, E> {
        if self.seen.iter().any(|(seen, _)| seen == key) {
            return Err(E::custom(format!("the key `{key}` is there twice")));
        }
        match self.shape {
            Shape::Keys(Foreign::Refused, keys) if behind(self.shape, key).is_none() => {
                Err(E::custom(unknown(key, keys.iter().map(|k| k.name))))
            }
            Shape::Pairs(check) => check(key, None).map(|()| key.to_owned()).map_err(E::custom),
            _ => Ok(key.to_owned()),
        }
    }
}

/// Says that a key is unknown, and which known one is nearest.
pub fn unknown<'a>(key: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(key, known.clone()) {
        Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
        None => format!("unknown key `{key}`; known are {}", known.collect::<Vec<_>>().join(", ")),
    }
}

/// The known word that a mistyped one most likely means.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |candidate: &str| match strsim::damerau_levenshtein(word, candidate) {
        0 | 1 => 1.0,
        _ => strsim::jaro_winkler(word, candidate),
    };
    known
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_main(text: &str) -> Result<Node> {
        let shape = Shape::Keys(Foreign::LeftAlone, &[Key { name: "known", shape: Shape::Text(any) }]);
        read(text, shape, Path::new("x.yaml"))
    }

    #[test]
    fn brackets_without_end_are_refused_with_their_line_before_they_are_read() {
        let open = "[".repeat(100_000);
        for text in [format!("a:\n  {open}"), format!("a:\n  {}", open.replace('[', "{a: "))] {
            let error = read_main(&text).unwrap_err();
            assert!(error.to_string().starts_with("nested too deeply"), "{error}");
            assert_eq!(error.place().unwrap().line, Some(2));
        }
        let tags = "%TAG ! x\n".repeat(2000);
        assert_eq!(read_main(&tags).unwrap_err().place().unwrap().line, Some(1001));
        let error = read_main(&"[\n".repeat(1001)).unwrap_err();
        assert_eq!(error.place().unwrap().line, Some(1001));
        let many = format!("a: [{}]\nknown: b\n", "[], ".repeat(999));
        assert_eq!(read_main(&many).unwrap().text("known"), Some("b"));
    }

    #[test]
    fn whose_mapping_it_is_tells_what_a_foreign_key_means() {
        let keys = &[Key { name: "known", shape: Shape::Text(any) }];
        let text = "known: a\nother: {x: [1]}\n";
        assert!(read(text, Shape::Keys(Foreign::LeftAlone, keys), Path::new("x")).is_ok());
        let error = read(text, Shape::Keys(Foreign::Refused, keys), Path::new("x")).unwrap_err();
        assert_eq!(error.to_string(), "unknown key `other`; known are known");
    }
}
