//! Values as bytes: for a copy that outlives what a call borrows, and for records that are sorted on disk. The bytes are
//! read by the program that wrote them and have no form to keep; beyond their end come zeros and empty texts.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::{Ban, Config, EndKind, Event, IpRange, Query, Row, Signal, Source, Target, Targets};

/// What can be written as bytes, and read back with its texts borrowed from them.
pub trait Pack<'b>: Sized {
    /// Appends the value.
    fn pack(&self, out: &mut Vec<u8>);

    /// Takes the value off the front.
    fn unpack(from: &mut Unpack<'b>) -> Self;
}

/// Appends a number.
pub fn put(out: &mut Vec<u8>, number: i64) {
    number.pack(out);
}

/// Appends a text.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    text.pack(out);
}

/// Takes values off the front of bytes.
#[derive(Clone, Copy)]
pub struct Unpack<'b>(pub &'b [u8]);

impl<'b> Unpack<'b> {
    /// A number.
    pub fn number(&mut self) -> i64 {
        Pack::unpack(self)
    }

    /// A number that is not negative.
    pub fn count(&mut self) -> u64 {
        u64::try_from(self.number()).unwrap_or(0)
    }

    /// A text.
    pub fn text(&mut self) -> &'b str {
        Pack::unpack(self)
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let (head, rest) = self.0.split_first_chunk().map_or(([0; N], &[][..]), |(head, rest)| (*head, rest));
        self.0 = rest;
        head
    }

    fn bytes(&mut self, len: usize) -> &'b [u8] {
        let (head, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        head
    }
}

macro_rules! numbers {
    ($($type:ident)*) => {$(
        impl Pack<'_> for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn unpack(from: &mut Unpack<'_>) -> Self {
                Self::from_le_bytes(from.array())
            }
        }
    )*};
}

numbers! { u8 u32 i32 u64 i64 f64 }

impl Pack<'_> for bool {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push((*self).into());
    }

    fn unpack(from: &mut Unpack<'_>) -> Self {
        u8::unpack(from) != 0
    }
}

impl<'b> Pack<'b> for &'b str {
    /// No text here has four gigabytes ([`MAX_TEXT`](crate::convert::MAX_TEXT)): a shorter length makes smaller records.
    fn pack(&self, out: &mut Vec<u8>) {
        let len = u32::try_from(self.len()).unwrap_or(0);
        len.pack(out);
        out.extend_from_slice(&self.as_bytes()[..len as usize]);
    }

    fn unpack(from: &mut Unpack<'b>) -> Self {
        let len = u32::unpack(from);
        str::from_utf8(from.bytes(len as usize)).unwrap_or_default()
    }
}

impl<'b, T: Pack<'b>> Pack<'b> for Option<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.is_some().pack(out);
        if let Some(value) = self {
            value.pack(out);
        }
    }

    fn unpack(from: &mut Unpack<'b>) -> Self {
        bool::unpack(from).then(|| T::unpack(from))
    }
}

impl<'b, T: Pack<'b>> Pack<'b> for Vec<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        u32::try_from(self.len()).unwrap_or(u32::MAX).pack(out);
        for value in self {
            value.pack(out);
        }
    }

    fn unpack(from: &mut Unpack<'b>) -> Self {
        let count = u32::unpack(from);
        (0..count).map_while(|_| (!from.0.is_empty()).then(|| T::unpack(from))).collect()
    }
}

impl<'b, A: Pack<'b>, B: Pack<'b>> Pack<'b> for (A, B) {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
        self.1.pack(out);
    }

    fn unpack(from: &mut Unpack<'b>) -> Self {
        (A::unpack(from), B::unpack(from))
    }
}

impl Pack<'_> for IpAddr {
    fn pack(&self, out: &mut Vec<u8>) {
        self.is_ipv6().pack(out);
        match self {
            Self::V4(addr) => out.extend_from_slice(&addr.octets()),
            Self::V6(addr) => out.extend_from_slice(&addr.octets()),
        }
    }

    fn unpack(from: &mut Unpack<'_>) -> Self {
        match bool::unpack(from) {
            false => from.array::<4>().into(),
            true => from.array::<16>().into(),
        }
    }
}

impl Pack<'_> for Target {
    fn pack(&self, out: &mut Vec<u8>) {
        (self.addr(), self.prefix_len()).pack(out);
    }

    fn unpack(from: &mut Unpack<'_>) -> Self {
        let (addr, prefix_len): (IpAddr, u8) = Pack::unpack(from);
        IpNet::new(addr, prefix_len).map_or_else(|_| addr.into(), Self::from)
    }
}

/// That there are some, and not which: they cannot be borrowed from bytes. See [`OwnedQuery`].
impl Pack<'_> for &Targets {
    fn pack(&self, _out: &mut Vec<u8>) {}

    fn unpack(_from: &mut Unpack<'_>) -> Self {
        static NONE: Targets = Targets::none();
        &NONE
    }
}

impl Pack<'_> for EndKind {
    fn pack(&self, out: &mut Vec<u8>) {
        self.code().pack(out);
    }

    fn unpack(from: &mut Unpack<'_>) -> Self {
        Self::from_code(Pack::unpack(from))
    }
}

impl<'b> Pack<'b> for Config<'b> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.iter().collect::<Vec<_>>().pack(out);
    }

    fn unpack(from: &mut Unpack<'b>) -> Self {
        Self::new(Pack::unpack(from))
    }
}

/// A struct, field by field: one that is forgotten here does not compile.
macro_rules! structs {
    ($($type:ty { $($field:ident)* })*) => {$(
        impl<'b> Pack<'b> for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                $(self.$field.pack(out);)*
            }

            fn unpack(from: &mut Unpack<'b>) -> Self {
                Self { $($field: Pack::unpack(from)),* }
            }
        }
    )*};
}

structs! {
    IpRange { first last }
    Source<'b> { ip range as_number as_name country latitude longitude flags }
    Ban<'b> {
        source action extra target reason scenario country as_name actor as_number until_us range
    }
    Event<'b> { time_us serialized source }
    Signal<'b> {
        map_key scenario bucket_id alert_message source_ip source_range as_number as_name country dest_ip latitude
        longitude events_count created_us start_us stop_us leak_speed_ns capacity whitelisted simulation reprocess
        bans_only source labels sources bans events
    }
    Row<'b> {
        id source target reason scenario action country as_text as_name actor ended_by as_number orphan simulation
        end_kind ban_count events_count start_us until_us ended_us range
    }
    Query<'b> {
        at_us ip range reason country as_text source action not_source target targets limit
    }
}

/// What most rows take, so that a copy allocates once.
const ROOM: usize = 256;

macro_rules! owned {
    ($($name:ident $type:ident $what:literal;)*) => {$(
        #[doc = concat!("A copy of a ", $what, " that owns its texts.")]
        #[derive(Clone)]
        pub struct $name(Vec<u8>);

        impl $name {
            #[doc = concat!("Copies a ", $what, ".")]
            #[must_use]
            pub fn new(value: &$type<'_>) -> Self {
                let mut bytes = Vec::with_capacity(ROOM);
                value.pack(&mut bytes);
                Self(bytes)
            }

            #[doc = concat!("The ", $what, ". Each call reads it anew.")]
            #[must_use]
            pub fn get(&self) -> $type<'_> {
                Pack::unpack(&mut Unpack(&self.0))
            }
        }
    )*};
}

owned! {
    OwnedConfig Config "configuration";
    OwnedRow Row "row";
    OwnedSignal Signal "signal";
}

/// A copy of a query that owns its texts and targets.
#[derive(Clone)]
pub struct OwnedQuery {
    query: Vec<u8>,
    targets: Option<Targets>,
}

impl OwnedQuery {
    /// Copies a query.
    #[must_use]
    pub fn new(value: &Query<'_>) -> Self {
        let mut query = Vec::with_capacity(ROOM);
        value.pack(&mut query);
        Self { query, targets: value.targets.cloned() }
    }

    /// The query. Each call reads it anew.
    #[must_use]
    pub fn get(&self) -> Query<'_> {
        Query { targets: self.targets.as_ref(), ..Pack::unpack(&mut Unpack(&self.query)) }
    }
}
