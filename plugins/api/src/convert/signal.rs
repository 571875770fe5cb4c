//! A signal with its bans, events and sources.

use std::mem::size_of;
use std::ptr;

use super::{Violation, bit, each, pointer, read_sized, size};
use crate::abi;
use crate::model::{Ban, Event, Signal, Source};

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
