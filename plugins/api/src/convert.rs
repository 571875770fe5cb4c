//! Between the C structs and the safe model, both ways. Reading a foreign struct is `unsafe` once, at the border;
//! what comes out is checked: no NULL where forbidden, no field beyond the sender's size, text that is UTF-8.

use std::mem::{MaybeUninit, size_of};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use crate::abi;
use crate::model::{Ban, EndKind, Event, IpRange, Query, Row, Signal, Source};

/// Longer text in one field is taken for garbage and not read.
pub const MAX_TEXT: usize = 64 << 20;
/// More elements in one array are taken for garbage and not read.
pub const MAX_COUNT: usize = 1 << 24;

/// How a struct from the other side breaks the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A pointer is NULL where the header forbids it.
    #[error("`{0}` is a null pointer")]
    Null(&'static str),
    /// Text that is not UTF-8.
    #[error("`{0}` is not UTF-8")]
    NotUtf8(&'static str),
    /// A length that no honest value has.
    #[error("`{0}` claims an impossible length")]
    Length(&'static str),
    /// A struct that is shorter than its first version.
    #[error("`{0}` is shorter than the first version of its struct")]
    Short(&'static str),
}

/// A struct that carries its size first and may grow at its end.
///
/// # Safety
/// `repr(C)`, the first field is `struct_size: u32`, and all bits zero are a valid value.
pub unsafe trait Growing: Copy {
    /// The struct's name in the header, without `warden_`.
    const NAME: &'static str;
    /// `sizeof` in minor 0: no honest sender's is less. A minor that appends a field writes the old size down here.
    const FIRST_SIZE: usize;
}

/// Declares which structs grow.
macro_rules! growing {
    ($($type:ident $name:literal $size:expr;)*) => {$(
        // SAFETY: repr(C) in abi.rs, `struct_size` first, and only numbers, pointers and optional functions in it.
        unsafe impl Growing for abi::$type {
            const NAME: &'static str = $name;
            const FIRST_SIZE: usize = $size;
        }
    )*};
}

growing! {
    Source "source" size_of::<abi::Source>();
    Ban "ban" size_of::<abi::Ban>();
    Event "event" size_of::<abi::Event>();
    Signal "signal" size_of::<abi::Signal>();
    Inserted "inserted" size_of::<abi::Inserted>();
    Row "row" size_of::<abi::Row>();
    Query "query" size_of::<abi::Query>();
    Backend "backend" size_of::<abi::Backend>();
}

/// `sizeof` as `struct_size` carries it.
///
/// # Panics
/// At compile time, for a struct of 4 GiB.
#[must_use]
pub const fn size<T>() -> u32 {
    assert!(size_of::<T>() < u32::MAX as usize);
    #[allow(clippy::cast_possible_truncation, reason = "asserted on the line above")]
    {
        size_of::<T>() as u32
    }
}

/// Copies a struct of either a shorter or a longer build; fields that the sender does not have are zero.
///
/// # Safety
/// `from`, unless NULL, points to at least the `struct_size` bytes that stand at its beginning.
///
/// # Errors
/// When it is NULL or shorter than its first version.
pub unsafe fn read_sized<T: Growing>(from: *const T) -> Result<T, Violation> {
    if from.is_null() {
        return Err(Violation::Null(T::NAME));
    }
    // SAFETY: the caller promises the bytes; a Growing struct starts with its size. Unaligned: from a foreign array.
    let claimed = unsafe { ptr::read_unaligned(from.cast::<u32>()) } as usize;
    if claimed < T::FIRST_SIZE {
        return Err(Violation::Short(T::NAME));
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: the source has `claimed` bytes (the caller), the destination size_of::<T>(); all zero is valid (Growing).
    unsafe {
        let bytes = claimed.min(size_of::<T>());
        ptr::copy_nonoverlapping(from.cast::<u8>(), value.as_mut_ptr().cast::<u8>(), bytes);
        Ok(value.assume_init())
    }
}

impl abi::Str {
    /// Borrows `text`; whoever sends it keeps `text` alive for the call.
    #[must_use]
    pub const fn new(text: &str) -> Self {
        Self { ptr: text.as_ptr().cast(), len: text.len() }
    }

    /// The text, as bytes.
    ///
    /// # Safety
    /// A non-NULL `ptr` points to `len` bytes that live for `'a`, unless `len` is beyond [`MAX_TEXT`].
    ///
    /// # Errors
    /// When it is NULL with a length, or longer than [`MAX_TEXT`].
    pub unsafe fn bytes<'a>(self, field: &'static str) -> Result<&'a [u8], Violation> {
        match (self.ptr.is_null(), self.len) {
            (_, 0) => Ok(&[]),
            (true, _) => Err(Violation::Null(field)),
            (_, len) if len > MAX_TEXT => Err(Violation::Length(field)),
            // SAFETY: not NULL, not absurd, and the caller promises the bytes.
            (_, len) => Ok(unsafe { std::slice::from_raw_parts(self.ptr.cast(), len) }),
        }
    }

    /// The text.
    ///
    /// # Safety
    /// As [`Self::bytes`].
    ///
    /// # Errors
    /// As [`Self::bytes`], and when it is not UTF-8.
    pub unsafe fn text<'a>(self, field: &'static str) -> Result<&'a str, Violation> {
        // SAFETY: the caller's promise is that of `bytes`.
        std::str::from_utf8(unsafe { self.bytes(field) }?).map_err(|_| Violation::NotUtf8(field))
    }
}

impl From<Option<IpRange>> for abi::Range {
    fn from(range: Option<IpRange>) -> Self {
        let mut out = Self::default();
        match range.map(|r| (r.first, r.last)) {
            Some((IpAddr::V4(first), IpAddr::V4(last))) => {
                out.family = 4;
                out.first[..4].copy_from_slice(&first.octets());
                out.last[..4].copy_from_slice(&last.octets());
            }
            Some((IpAddr::V6(first), IpAddr::V6(last))) => {
                out.family = 6;
                out.first = first.octets();
                out.last = last.octets();
            }
            _ => {}
        }
        out
    }
}

impl From<abi::Range> for Option<IpRange> {
    fn from(range: abi::Range) -> Self {
        let v4 = |o: [u8; 16]| IpAddr::V4(Ipv4Addr::new(o[0], o[1], o[2], o[3]));
        match range.family {
            4 => Some(IpRange { first: v4(range.first), last: v4(range.last) }),
            6 => Some(IpRange {
                first: Ipv6Addr::from(range.first).into(),
                last: Ipv6Addr::from(range.last).into(),
            }),
            _ => None,
        }
    }
}

impl Row<'_> {
    /// The C form; it borrows from `self`.
    #[must_use]
    pub fn to_abi(&self) -> abi::Row {
        abi::Row {
            struct_size: size::<abi::Row>(),
            flags: bit(self.orphan, abi::ROW_ORPHAN) | bit(self.simulation, abi::ROW_SIMULATION),
            id: abi::Str::new(self.id),
            source: abi::Str::new(self.source),
            target: abi::Str::new(self.target),
            reason: abi::Str::new(self.reason),
            scenario: abi::Str::new(self.scenario),
            action: abi::Str::new(self.action),
            country: abi::Str::new(self.country),
            as_text: abi::Str::new(self.as_text),
            as_name: abi::Str::new(self.as_name),
            actor: abi::Str::new(self.actor),
            ended_by: abi::Str::new(self.ended_by),
            as_number: self.as_number,
            end_kind: self.end_kind.code(),
            ban_count: self.ban_count,
            events_count: self.events_count,
            start_us: self.start_us,
            until_us: self.until_us,
            ended_us: self.ended_us,
            range: self.range.into(),
        }
    }
}

/// How many texts a row has.
const TEXTS: usize = 11;

/// The texts of a row, in the order of the struct.
const ROW_TEXTS: [&str; TEXTS] = [
    "id", "source", "target", "reason", "scenario", "action", "country", "as_text", "as_name", "actor",
    "ended_by",
];

/// Hands a foreign row to `f` as safe Rust. Text that is not UTF-8 is repaired with U+FFFD; `f` is told.
///
/// # Safety
/// `row`, unless NULL, points to its `struct_size` bytes, and its texts live until this returns.
///
/// # Errors
/// When the row breaks the contract; `f` is not called then.
pub unsafe fn with_row<R>(row: *const abi::Row, f: impl FnOnce(&Row<'_>, bool) -> R) -> Result<R, Violation> {
    // SAFETY: the caller promises `struct_size` bytes.
    let raw = unsafe { read_sized(row) }?;
    let fields = [
        raw.id,
        raw.source,
        raw.target,
        raw.reason,
        raw.scenario,
        raw.action,
        raw.country,
        raw.as_text,
        raw.as_name,
        raw.actor,
        raw.ended_by,
    ];
    let mut bytes: [&[u8]; TEXTS] = [&[]; TEXTS];
    let mut texts: [&str; TEXTS] = [""; TEXTS];
    let mut valid = true;
    for (i, field) in fields.into_iter().enumerate() {
        // SAFETY: the caller promises that the texts live until we return; `bytes` does not outlive this function.
        bytes[i] = unsafe { field.bytes(ROW_TEXTS[i]) }?;
        match std::str::from_utf8(bytes[i]) {
            Ok(text) => texts[i] = text,
            Err(_) => valid = false,
        }
    }
    if valid {
        return Ok(f(&row_of(&raw, texts), false));
    }
    let repaired = bytes.map(String::from_utf8_lossy);
    for (text, repaired) in texts.iter_mut().zip(&repaired) {
        *text = repaired;
    }
    Ok(f(&row_of(&raw, texts), true))
}

/// The safe form of a row whose texts are checked.
fn row_of<'a>(raw: &abi::Row, texts: [&'a str; TEXTS]) -> Row<'a> {
    let [id, source, target, reason, scenario, action, country, as_text, as_name, actor, ended_by] = texts;
    Row {
        id,
        source,
        target,
        reason,
        scenario,
        action,
        country,
        as_text,
        as_name,
        actor,
        ended_by,
        as_number: raw.as_number,
        orphan: raw.flags & abi::ROW_ORPHAN != 0,
        simulation: raw.flags & abi::ROW_SIMULATION != 0,
        end_kind: EndKind::from_code(raw.end_kind),
        ban_count: raw.ban_count,
        events_count: raw.events_count,
        start_us: raw.start_us,
        until_us: raw.until_us,
        ended_us: raw.ended_us,
        range: raw.range.into(),
    }
}

impl Query<'_> {
    /// The C form; it borrows from `self`.
    #[must_use]
    pub fn to_abi(&self) -> abi::Query {
        let text = |t: Option<&str>| {
            t.map_or(abi::Str::new(""), |t| abi::Str { ptr: t.as_ptr().cast(), len: t.len() })
        };
        abi::Query {
            struct_size: size::<abi::Query>(),
            wanted: self.wanted(),
            at_us: self.at_us,
            ip: self.ip.map(IpRange::from).into(),
            range: self.range.map(IpRange::from).into(),
            reason: text(self.reason),
            country: text(self.country),
            as_text: text(self.as_text),
            source: text(self.source),
            action: text(self.action),
            not_source: text(self.not_source),
            limit: self.limit.unwrap_or(0),
            target: self.target.map(IpRange::from).into(),
        }
    }

    /// The filters that are set, as `WARDEN_Q_*`.
    #[must_use]
    pub fn wanted(&self) -> u32 {
        bit(self.ip.is_some(), abi::Q_IP)
            | bit(self.range.is_some(), abi::Q_RANGE)
            | bit(self.reason.is_some(), abi::Q_REASON)
            | bit(self.country.is_some(), abi::Q_COUNTRY)
            | bit(self.as_text.is_some(), abi::Q_AS)
            | bit(self.source.is_some(), abi::Q_SOURCE)
            | bit(self.action.is_some(), abi::Q_ACTION)
            | bit(self.not_source.is_some(), abi::Q_NOT_SOURCE)
            | bit(self.target.is_some(), abi::Q_TARGET)
            | bit(self.limit.is_some(), abi::Q_LIMIT)
    }
}

/// The safe form of a foreign query. A wanted filter whose value is no target counts as not asked for: it is then not
/// applied, and the host does it.
///
/// # Safety
/// `query`, unless NULL, points to its `struct_size` bytes, and its texts live for `'a`.
///
/// # Errors
/// When it breaks the contract.
pub unsafe fn query_of<'a>(query: *const abi::Query) -> Result<Query<'a>, Violation> {
    // SAFETY: the caller promises `struct_size` bytes.
    let raw = unsafe { read_sized(query) }?;
    let wants = |bit| raw.wanted & bit != 0;
    let range = |bit, range: abi::Range| {
        wants(bit).then(|| Option::<IpRange>::from(range).and_then(IpRange::target)).flatten()
    };
    let text = |bit, text: abi::Str, name| match wants(bit) {
        // SAFETY: the caller promises the texts for 'a.
        true => unsafe { text.text(name) }.map(Some),
        false => Ok(None),
    };
    Ok(Query {
        at_us: raw.at_us,
        ip: range(abi::Q_IP, raw.ip),
        range: range(abi::Q_RANGE, raw.range),
        reason: text(abi::Q_REASON, raw.reason, "reason")?,
        country: text(abi::Q_COUNTRY, raw.country, "country")?,
        as_text: text(abi::Q_AS, raw.as_text, "as_text")?,
        source: text(abi::Q_SOURCE, raw.source, "source")?,
        action: text(abi::Q_ACTION, raw.action, "action")?,
        not_source: text(abi::Q_NOT_SOURCE, raw.not_source, "not_source")?,
        target: range(abi::Q_TARGET, raw.target),
        limit: wants(abi::Q_LIMIT).then_some(raw.limit),
    })
}

impl Signal<'_> {
    /// Hands the C form to `f`; it is dead when this returns.
    pub fn with_abi<R>(&self, f: impl FnOnce(&abi::Signal) -> R) -> R {
        let flags = |s: &Source<'_>| s.flags.iter().map(|f| abi::Str::new(f)).collect::<Vec<_>>();
        let own_flags = self.source.as_ref().map(flags).unwrap_or_default();
        let own_source = self.source.as_ref().map(|s| source_to_abi(s, &own_flags));
        let source_flags: Vec<_> = self.sources.iter().map(flags).collect();
        let sources: Vec<_> =
            self.sources.iter().zip(&source_flags).map(|(s, flags)| source_to_abi(s, flags)).collect();
        let event_flags: Vec<_> =
            self.events.iter().map(|e| e.source.as_ref().map(flags).unwrap_or_default()).collect();
        let event_sources: Vec<_> = (self.events.iter().zip(&event_flags))
            .map(|(e, flags)| e.source.as_ref().map(|s| source_to_abi(s, flags)))
            .collect();
        let events: Vec<_> =
            self.events.iter().zip(&event_sources).map(|(e, s)| event_to_abi(e, s.as_ref())).collect();
        let labels: Vec<_> = (self.labels.iter())
            .map(|(key, value)| abi::Pair { key: abi::Str::new(key), value: abi::Str::new(value) })
            .collect();
        let bans: Vec<_> = self.bans.iter().map(ban_to_abi).collect();
        f(&abi::Signal {
            struct_size: size::<abi::Signal>(),
            flags: bit(self.whitelisted, abi::SIGNAL_WHITELISTED)
                | bit(self.simulation, abi::SIGNAL_SIMULATION)
                | bit(self.reprocess, abi::SIGNAL_REPROCESS)
                | bit(self.bans_only, abi::SIGNAL_BANS_ONLY),
            map_key: abi::Str::new(self.map_key),
            scenario: abi::Str::new(self.scenario),
            bucket_id: abi::Str::new(self.bucket_id),
            alert_message: abi::Str::new(self.alert_message),
            source_ip: abi::Str::new(self.source_ip),
            source_range: abi::Str::new(self.source_range),
            as_number: abi::Str::new(self.as_number),
            as_name: abi::Str::new(self.as_name),
            country: abi::Str::new(self.country),
            dest_ip: abi::Str::new(self.dest_ip),
            latitude: self.latitude,
            longitude: self.longitude,
            events_count: self.events_count,
            created_us: self.created_us,
            start_us: self.start_us,
            stop_us: self.stop_us,
            leak_speed_ns: self.leak_speed_ns,
            capacity: self.capacity,
            reserved: 0,
            source: pointer(own_source.as_ref()),
            labels: labels.as_ptr(),
            label_count: labels.len(),
            sources: sources.as_ptr(),
            source_count: sources.len(),
            source_stride: size_of::<abi::Source>(),
            bans: bans.as_ptr(),
            ban_count: bans.len(),
            ban_stride: size_of::<abi::Ban>(),
            events: events.as_ptr(),
            event_count: events.len(),
            event_stride: size_of::<abi::Event>(),
        })
    }
}

fn ban_to_abi(ban: &Ban<'_>) -> abi::Ban {
    abi::Ban {
        struct_size: size::<abi::Ban>(),
        as_number: ban.as_number,
        source: abi::Str::new(ban.source),
        action: abi::Str::new(ban.action),
        extra: abi::Str::new(ban.extra),
        target: abi::Str::new(ban.target),
        reason: abi::Str::new(ban.reason),
        scenario: abi::Str::new(ban.scenario),
        country: abi::Str::new(ban.country),
        as_name: abi::Str::new(ban.as_name),
        actor: abi::Str::new(ban.actor),
        until_us: ban.until_us,
        range: ban.range.into(),
    }
}

fn event_to_abi(event: &Event<'_>, source: Option<&abi::Source>) -> abi::Event {
    abi::Event {
        struct_size: size::<abi::Event>(),
        reserved: 0,
        time_us: event.time_us,
        serialized: abi::Str::new(event.serialized),
        source: pointer(source),
    }
}

fn source_to_abi(source: &Source<'_>, flags: &[abi::Str]) -> abi::Source {
    abi::Source {
        struct_size: size::<abi::Source>(),
        reserved: 0,
        ip: source.ip.into(),
        range: source.range.into(),
        as_number: abi::Str::new(source.as_number),
        as_name: abi::Str::new(source.as_name),
        country: abi::Str::new(source.country),
        latitude: source.latitude,
        longitude: source.longitude,
        flags: flags.as_ptr(),
        flag_count: flags.len(),
    }
}

/// The safe form of a foreign signal.
///
/// # Safety
/// `signal`, unless NULL, points to its `struct_size` bytes; what it points to is as the header says and lives for
/// `'a`.
///
/// # Errors
/// When it breaks the contract.
pub unsafe fn signal_of<'a>(signal: *const abi::Signal) -> Result<Signal<'a>, Violation> {
    // SAFETY: the caller promises `struct_size` bytes, and everything behind the pointers for 'a.
    unsafe {
        let raw = read_sized(signal)?;
        let labels = each(raw.labels, raw.label_count, size_of::<abi::Pair>(), "labels", |p| {
            let pair = ptr::read_unaligned(p);
            Ok((pair.key.text("label")?, pair.value.text("label")?))
        })?;
        Ok(Signal {
            map_key: raw.map_key.text("map_key")?,
            scenario: raw.scenario.text("scenario")?,
            bucket_id: raw.bucket_id.text("bucket_id")?,
            alert_message: raw.alert_message.text("alert_message")?,
            source_ip: raw.source_ip.text("source_ip")?,
            source_range: raw.source_range.text("source_range")?,
            as_number: raw.as_number.text("as_number")?,
            as_name: raw.as_name.text("as_name")?,
            country: raw.country.text("country")?,
            dest_ip: raw.dest_ip.text("dest_ip")?,
            latitude: raw.latitude,
            longitude: raw.longitude,
            events_count: raw.events_count,
            created_us: raw.created_us,
            start_us: raw.start_us,
            stop_us: raw.stop_us,
            leak_speed_ns: raw.leak_speed_ns,
            capacity: raw.capacity,
            whitelisted: raw.flags & abi::SIGNAL_WHITELISTED != 0,
            simulation: raw.flags & abi::SIGNAL_SIMULATION != 0,
            reprocess: raw.flags & abi::SIGNAL_REPROCESS != 0,
            bans_only: raw.flags & abi::SIGNAL_BANS_ONLY != 0,
            source: optional_source(raw.source)?,
            labels,
            sources: each(raw.sources, raw.source_count, raw.source_stride, "sources", |p| source_of(p))?,
            bans: each(raw.bans, raw.ban_count, raw.ban_stride, "bans", |p| ban_of(p))?,
            events: each(raw.events, raw.event_count, raw.event_stride, "events", |p| event_of(p))?,
        })
    }
}

/// # Safety
/// As [`signal_of`].
unsafe fn ban_of<'a>(ban: *const abi::Ban) -> Result<Ban<'a>, Violation> {
    // SAFETY: the caller's promise.
    unsafe {
        let raw = read_sized(ban)?;
        Ok(Ban {
            source: raw.source.text("ban.source")?,
            action: raw.action.text("ban.action")?,
            extra: raw.extra.text("ban.extra")?,
            target: raw.target.text("ban.target")?,
            reason: raw.reason.text("ban.reason")?,
            scenario: raw.scenario.text("ban.scenario")?,
            country: raw.country.text("ban.country")?,
            as_name: raw.as_name.text("ban.as_name")?,
            actor: raw.actor.text("ban.actor")?,
            as_number: raw.as_number,
            until_us: raw.until_us,
            range: raw.range.into(),
        })
    }
}

/// # Safety
/// As [`signal_of`].
unsafe fn event_of<'a>(event: *const abi::Event) -> Result<Event<'a>, Violation> {
    // SAFETY: the caller's promise.
    unsafe {
        let raw = read_sized(event)?;
        Ok(Event {
            time_us: raw.time_us,
            serialized: raw.serialized.text("event.serialized")?,
            source: optional_source(raw.source)?,
        })
    }
}

/// # Safety
/// As [`signal_of`].
unsafe fn optional_source<'a>(source: *const abi::Source) -> Result<Option<Source<'a>>, Violation> {
    // SAFETY: the caller's promise.
    if source.is_null() { Ok(None) } else { unsafe { source_of(source) }.map(Some) }
}

/// # Safety
/// As [`signal_of`].
unsafe fn source_of<'a>(source: *const abi::Source) -> Result<Source<'a>, Violation> {
    // SAFETY: the caller's promise.
    unsafe {
        let raw = read_sized(source)?;
        let flags = each(raw.flags, raw.flag_count, size_of::<abi::Str>(), "source.flags", |p| {
            ptr::read_unaligned(p).text("source.flags")
        })?;
        Ok(Source {
            ip: raw.ip.into(),
            range: raw.range.into(),
            as_number: raw.as_number.text("source.as_number")?,
            as_name: raw.as_name.text("source.as_name")?,
            country: raw.country.text("source.country")?,
            latitude: raw.latitude,
            longitude: raw.longitude,
            flags,
        })
    }
}

/// Walks a foreign array by its stride.
///
/// # Safety
/// A non-NULL `first` points to `count` elements of `stride` bytes each.
unsafe fn each<T, R>(
    first: *const T,
    count: usize,
    stride: usize,
    name: &'static str,
    f: impl Fn(*const T) -> Result<R, Violation>,
) -> Result<Vec<R>, Violation> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if first.is_null() {
        return Err(Violation::Null(name));
    }
    if count > MAX_COUNT || stride < size_of::<u32>() || stride > 1 << 20 {
        return Err(Violation::Length(name));
    }
    // SAFETY: `i` stays below `count`, so the element is inside the array that the caller promises.
    (0..count).map(|i| f(unsafe { first.byte_add(i * stride) })).collect()
}

/// `mask` when `set`.
fn bit(set: bool, mask: u32) -> u32 {
    if set { mask } else { 0 }
}

/// A pointer that is NULL for `None`.
fn pointer<T>(value: Option<&T>) -> *const T {
    value.map_or(ptr::null(), ptr::from_ref)
}
