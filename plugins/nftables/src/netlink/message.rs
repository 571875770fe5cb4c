//! Messages: what a datagram of the kernel holds, and the faults among them.

use rustix::io::Errno;

use super::attribute::attribute;
use super::element::{element_at, elements};
use super::{attribute, kind};

/// The length of a message's head.
const HEAD: usize = 16;

/// The length of the head of every message of `nf_tables`, behind the first.
const FAMILY_HEAD: usize = 4;

/// The answer carries more than the errno and the head that it answers to.
const HAS_MORE: u16 = 0x200;
/// What follows the errno is the request's head alone.
const IS_CAPPED: u16 = 0x100;

/// Where in the request the fault lies.
const OFFSET: u16 = 2;

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it is.
    pub kind: u16,
    /// How it is meant.
    pub flags: u16,
    /// The request that it belongs to.
    pub sequence: u32,
    body: &'a [u8],
}

/// The messages of a datagram. What is cut off ends it.
pub fn messages(mut rest: &[u8]) -> impl Iterator<Item = Message<'_>> {
    std::iter::from_fn(move || {
        let length = usize::try_from(u32::from_ne_bytes(*rest.first_chunk()?)).ok()?;
        let body = rest.get(HEAD..length)?;
        let message = Message {
            kind: u16::from_ne_bytes(*rest.get(4..)?.first_chunk()?),
            flags: u16::from_ne_bytes(*rest.get(6..)?.first_chunk()?),
            sequence: u32::from_ne_bytes(*rest.get(8..)?.first_chunk()?),
            body,
        };
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(message)
    })
}

impl<'a> Message<'a> {
    /// The attributes of a message of `nf_tables`; none of what only says how a request went.
    #[must_use]
    pub fn attributes(&self) -> &'a [u8] {
        match self.kind {
            kind::ERROR | kind::DONE => &[],
            _ => self.body.get(FAMILY_HEAD..).unwrap_or_default(),
        }
    }

    /// Whether nothing follows in a dump.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.kind == kind::DONE
    }

    /// What went wrong, if this says so. The end of a dump may say so too.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        if self.kind != kind::ERROR && self.kind != kind::DONE {
            return None;
        }
        let errno = match i32::from_ne_bytes(*self.body.first_chunk()?) {
            0.. => return None,
            code @ -4095..0 => Errno::from_raw_os_error(-code),
            // No number that the kernel has.
            _ => Errno::PROTO,
        };
        Some(Fault { errno, sequence: self.sequence, offset: self.offset() })
    }

    fn offset(&self) -> Option<usize> {
        if self.flags & HAS_MORE == 0 || self.kind != kind::ERROR {
            return None;
        }
        let request = usize::try_from(u32::from_ne_bytes(*self.body.get(4..)?.first_chunk()?)).ok()?;
        let skipped = if self.flags & IS_CAPPED == 0 { request.next_multiple_of(4) } else { HEAD };
        let offset = attribute(self.body.get(skipped.checked_add(4)?..)?, OFFSET)?;
        usize::try_from(u32::from_ne_bytes(offset.try_into().ok()?)).ok()
    }
}

/// What the kernel said against a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why.
    pub errno: Errno,
    /// Which message of the request.
    pub sequence: u32,
    /// Where in that message, counted from its head.
    pub offset: Option<usize>,
}

impl Fault {
    /// A fault of the whole request.
    #[must_use]
    pub fn whole(errno: Errno) -> Self {
        Self { errno, sequence: 0, offset: None }
    }

    /// The set that it is about and the key of the element, as far as the request that was sent tells.
    #[must_use]
    pub fn place<'r>(&self, request: &'r [u8]) -> Option<(&'r str, Option<&'r [u8]>)> {
        let message = messages(request).find(|message| message.sequence == self.sequence)?;
        let set = attribute::name(message.attributes(), 2)?;
        let mut all = elements(message.attributes());
        let (first, second) = (all.next(), all.next());
        // Without an offset only a lone element is known for sure.
        let named = match self.offset {
            Some(offset) => element_at(message.attributes(), offset.checked_sub(HEAD + FAMILY_HEAD)?),
            None => first.filter(|_| second.is_none()),
        };
        Some((set, named.map(|element| element.key)))
    }
}
