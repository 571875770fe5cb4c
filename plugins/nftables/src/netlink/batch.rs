//! A request: messages in a row of bytes. Framed as a batch, all of it is one transaction.

use super::element::{COMMENT, ENTRY, KEY, LIST, TIMEOUT, USER_DATA, VALUE};
use super::{INET, flag, kind};

/// The bit of an attribute that holds others.
const NESTED: u16 = 0x8000;

/// The longest list of elements that is begun: its length has 16 bits, and the longest element is far shorter than what
/// is left.
const MOST_IN_LIST: usize = 0xffff - 1024;

/// The subsystem of a batch: `nf_tables`.
const SUBSYSTEM: u16 = 10;

/// A request that grows.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    sequence: u32,
    /// Where the last message begins.
    message: usize,
    open: Option<Open>,
    is_framed: bool,
}

/// The message whose list still takes elements.
#[derive(Debug)]
struct Open {
    kind: u16,
    flags: u16,
    set: String,
    list: usize,
}

impl Batch {
    /// Plain messages, to ask with.
    #[must_use]
    pub fn questions() -> Self {
        Self::default()
    }

    /// A transaction. With a generation it is refused when somebody wrote since.
    #[must_use]
    pub fn transaction(generation: Option<u32>) -> Self {
        let mut batch = Self { is_framed: true, ..Self::default() };
        batch.head(kind::BATCH_BEGIN, flag::REQUEST, 0, SUBSYSTEM);
        if let Some(generation) = generation {
            batch.attribute(1, &[&generation.to_be_bytes()]);
        }
        batch.close();
        batch
    }

    /// How many bytes it has so far.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Whether a transaction has nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sequence <= 1
    }

    /// Adds an element; one that is there already is a fault when `is_new`, and otherwise stays as it is.
    pub fn add(
        &mut self,
        (table, set): (&str, &str),
        (key, is_new): (&[u8], bool),
        timeout_ms: Option<u64>,
        comment: Option<&str>,
    ) {
        let exclusive = if is_new { flag::EXCLUSIVE } else { 0 };
        self.list(kind::NEW_ELEMENT, flag::CREATE | exclusive, table, set);
        self.element(key, timeout_ms, comment);
    }

    /// Deletes an element, which must be there.
    pub fn delete(&mut self, (table, set): (&str, &str), key: &[u8]) {
        self.list(kind::DEL_ELEMENT, 0, table, set);
        self.element(key, None, None);
    }

    /// Deletes all elements of a set.
    pub fn empty(&mut self, table: &str, set: &str) {
        self.message_about(kind::DEL_ELEMENT, &[table, set]);
    }

    /// Deletes a set, which no rule may use.
    pub fn delete_set(&mut self, table: &str, set: &str) {
        self.message_about(kind::DEL_SET, &[table, set]);
    }

    /// Adds a chain that no hook leads to, unless it is there already.
    pub fn add_chain(&mut self, table: &str, chain: &str) {
        self.chain(kind::NEW_CHAIN, flag::CREATE, table, chain);
    }

    /// Deletes a chain, which has no rules any more and which nothing jumps to.
    pub fn delete_chain(&mut self, table: &str, chain: &str) {
        self.chain(kind::DEL_CHAIN, 0, table, chain);
    }

    fn chain(&mut self, kind: u16, flags: u16, table: &str, chain: &str) {
        self.close();
        self.head(kind, flag::REQUEST | flags, INET, 0);
        self.name(1, table);
        self.name(3, chain);
        self.close();
    }

    /// Deletes a rule of a chain.
    pub fn delete_rule(&mut self, table: &str, chain: &str, handle: u64) {
        self.close();
        self.head(kind::DEL_RULE, flag::REQUEST, INET, 0);
        self.name(1, table);
        self.name(2, chain);
        self.attribute(3, &[&handle.to_be_bytes()]);
        self.close();
    }

    /// Asks for one element; answers the number of the message.
    pub fn get(&mut self, table: &str, set: &str, key: &[u8]) -> u32 {
        // A message a key: the kernel answers those of one message only up to the first that is missing.
        self.close();
        self.list(kind::GET_ELEMENT, 0, table, set);
        self.element(key, None, None);
        self.close();
        self.sequence
    }

    /// Asks for all elements of a set.
    pub fn dump(&mut self, table: &str, set: &str) {
        self.close();
        self.head(kind::GET_ELEMENT, flag::REQUEST | flag::DUMP, INET, 0);
        self.name(1, table);
        self.name(2, set);
        self.close();
    }

    /// Asks for the sets, chains or rules of a table.
    pub(super) fn list_of(&mut self, kind: u16, table: &str) {
        self.close();
        self.head(kind, flag::REQUEST | flag::DUMP, INET, 0);
        self.name(1, table);
        self.close();
    }

    /// Asks for the generation.
    pub(super) fn generation(&mut self) {
        self.head(kind::GET_GENERATION, flag::REQUEST, 0, 0);
        self.close();
    }

    /// The whole request. The last message of a transaction is to be acknowledged.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.close();
        if self.is_framed {
            let at = self.message + 6;
            let flags = [self.bytes[at], self.bytes[at + 1]];
            let flags = u16::from_ne_bytes(flags) | flag::ACK;
            self.bytes[at..at + 2].copy_from_slice(&flags.to_ne_bytes());
            self.head(kind::BATCH_END, flag::REQUEST, 0, SUBSYSTEM);
            self.close();
        }
        self.bytes
    }

    /// Makes sure that a message of this kind about this set takes elements.
    fn list(&mut self, kind: u16, flags: u16, table: &str, set: &str) {
        let fits = |open: &Open| {
            (open.kind, open.flags) == (kind, flags)
                && open.set == set
                && self.bytes.len() - open.list < MOST_IN_LIST
        };
        if self.open.as_ref().is_some_and(fits) {
            return;
        }
        self.close();
        self.head(kind, flag::REQUEST | flags, INET, 0);
        self.name(1, table);
        self.name(2, set);
        let list = self.nest(LIST);
        self.open = Some(Open { kind, flags, set: set.to_owned(), list });
    }

    fn element(&mut self, key: &[u8], timeout_ms: Option<u64>, comment: Option<&str>) {
        let element = self.nest(ENTRY);
        let nested = self.nest(KEY);
        self.attribute(VALUE, &[key]);
        self.end(nested);
        if let Some(timeout) = timeout_ms {
            self.attribute(TIMEOUT, &[&timeout.to_be_bytes()]);
        }
        if let Some(comment) = comment {
            // A comment is at most 128 bytes by our own rule, and nft takes no more.
            let length = u8::try_from(comment.len() + 1).unwrap_or(u8::MAX);
            let text = &comment.as_bytes()[..usize::from(length) - 1];
            self.attribute(USER_DATA, &[&[COMMENT, length], text, &[0]]);
        }
        self.end(element);
    }

    /// A message whose attributes are names, numbered from 1.
    fn message_about(&mut self, kind: u16, names: &[&str]) {
        self.close();
        self.head(kind, flag::REQUEST, INET, 0);
        for (number, name) in (1..).zip(names) {
            self.name(number, name);
        }
        self.close();
    }

    fn head(&mut self, kind: u16, flags: u16, family: u8, subsystem: u16) {
        self.sequence += 1;
        self.message = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.bytes.extend_from_slice(&flags.to_ne_bytes());
        self.bytes.extend_from_slice(&self.sequence.to_ne_bytes());
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&[family, 0]);
        self.bytes.extend_from_slice(&subsystem.to_be_bytes());
    }

    fn name(&mut self, kind: u16, name: &str) {
        self.attribute(kind, &[name.as_bytes(), &[0]]);
    }

    fn attribute(&mut self, kind: u16, parts: &[&[u8]]) {
        let at = self.begin(kind);
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.end(at);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// Begins an attribute that holds others.
    fn nest(&mut self, kind: u16) -> usize {
        self.begin(kind | NESTED)
    }

    fn begin(&mut self, kind: u16) -> usize {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        at
    }

    /// Writes the length of the attribute that begins there.
    fn end(&mut self, at: usize) {
        let length = u16::try_from(self.bytes.len() - at).unwrap_or(u16::MAX);
        self.bytes[at..at + 2].copy_from_slice(&length.to_ne_bytes());
    }

    /// Writes the length of the last message.
    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.end(open.list);
        }
        if self.sequence > 0 {
            let length = u32::try_from(self.bytes.len() - self.message).unwrap_or(u32::MAX);
            let at = self.message;
            self.bytes[at..at + 4].copy_from_slice(&length.to_ne_bytes());
        }
    }
}
