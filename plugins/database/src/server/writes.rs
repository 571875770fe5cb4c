//! What a transaction does, in words that outlive the call: so that it can be done again on another server.

use std::borrow::Cow;
use std::collections::BTreeSet;

use warden_plugin::{Ban, Error, Event, Host, Result, Signal, Target};

use crate::common::audit;
use crate::common::spelling::spelled;

/// One call of the host that changes the store.
#[derive(Debug)]
pub enum Write {
    /// Insert.
    Insert(Box<NewSignal>),
    /// Delete, by a target's text.
    Delete(String),
    /// Ends these bans, by their ids.
    End(Vec<i64>),
    /// `DeleteAll`.
    DeleteAll,
    /// Logs what was changed so far as one change.
    Log,
    /// Takes a change back if it is the last.
    Undo(u64),
}

/// A signal to write.
#[derive(Debug)]
pub struct NewSignal {
    /// `bans_only`: no row of its own.
    pub bans_only: bool,
    pub created_us: i64,
    pub map_key: String,
    pub scenario: String,
    pub bucket_id: String,
    pub alert_message: String,
    pub events_count: i32,
    pub start_us: i64,
    pub stop_us: i64,
    pub source_ip: String,
    pub source_range: String,
    pub as_number: String,
    pub as_name: String,
    pub country: String,
    pub latitude: f64,
    pub longitude: f64,
    pub dest_ip: String,
    pub capacity: i32,
    pub leak_speed_ns: i64,
    pub reprocess: bool,
    pub events: Vec<NewEvent>,
    pub bans: Vec<NewBan>,
}

/// An event to write.
#[derive(Debug)]
pub struct NewEvent {
    pub time_us: i64,
    pub source_ip: String,
    pub source_range: String,
    pub as_number: String,
    pub as_name: String,
    pub country: String,
    pub serialized: String,
}

/// A ban to write.
#[derive(Debug)]
pub struct NewBan {
    pub target: Target,
    /// The target's canonical text.
    pub text: String,
    pub source: String,
    pub action: String,
    pub extra: String,
    /// Whether `extra` is warden's own note, which may be left out.
    pub is_note: bool,
    pub actor: String,
    pub until_us: i64,
    pub country: String,
    pub as_number: i32,
    pub as_name: String,
    pub reason: String,
    pub scenario: String,
}

impl Write {
    /// How much of the journal it takes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Insert(signal) => 1 + signal.bans.len() + signal.events.len(),
            Self::End(ids) => ids.len(),
            Self::Delete(_) | Self::DeleteAll | Self::Log | Self::Undo(_) => 1,
        }
    }
}

impl NewSignal {
    /// Which of the store's locks guard its targets: no two writers may replace a target's bans at once.
    pub fn slots(&self) -> Vec<u16> {
        if self.bans.is_empty() {
            return vec![slot(&self.source_ip)];
        }
        slots(self.bans.iter().map(|ban| &ban.text))
    }

    /// Copies a signal; `now` stands in for a missing time of its record.
    ///
    /// # Errors
    /// `Invalid` when a ban's target is none.
    pub fn of(signal: &Signal<'_>, host: Host) -> Result<Self> {
        let bans = signal.bans.iter().map(|ban| NewBan::of(ban, host)).collect::<Result<_>>()?;
        Ok(Self {
            bans_only: signal.bans_only,
            created_us: if signal.created_us == 0 { host.now_us() } else { signal.created_us },
            map_key: signal.map_key.to_owned(),
            scenario: signal.scenario.to_owned(),
            bucket_id: signal.bucket_id.to_owned(),
            alert_message: signal.alert_message.to_owned(),
            events_count: i32::try_from(signal.events_count).unwrap_or(i32::MAX),
            start_us: signal.start_us,
            stop_us: signal.stop_us,
            source_ip: signal.source_ip.to_owned(),
            source_range: signal.source_range.to_owned(),
            as_number: signal.as_number.to_owned(),
            as_name: signal.as_name.to_owned(),
            country: signal.country.to_owned(),
            latitude: signal.latitude,
            longitude: signal.longitude,
            dest_ip: signal.dest_ip.to_owned(),
            capacity: signal.capacity,
            leak_speed_ns: signal.leak_speed_ns,
            reprocess: signal.reprocess,
            events: signal.events.iter().map(NewEvent::of).collect(),
            bans,
        })
    }
}

impl NewEvent {
    fn of(event: &Event<'_>) -> Self {
        let source = event.source.clone().unwrap_or_default();
        Self {
            time_us: event.time_us,
            source_ip: source.ip.map_or_else(String::new, spelled),
            source_range: source.range.map_or_else(String::new, spelled),
            as_number: source.as_number.to_owned(),
            as_name: source.as_name.to_owned(),
            country: source.country.to_owned(),
            serialized: event.serialized.to_owned(),
        }
    }
}

impl NewBan {
    fn of(ban: &Ban<'_>, host: Host) -> Result<Self> {
        let target = Target::parse(ban.target).map_err(|error| Error::invalid(error.to_string()))?;
        let actor = if ban.actor.is_empty() { host.actor() } else { ban.actor };
        let is_note = ban.extra.is_empty();
        let extra: Cow<'_, str> = if is_note { audit::beginning(actor).into() } else { ban.extra.into() };
        Ok(Self {
            target,
            text: target.to_string(),
            source: ban.source.to_owned(),
            action: ban.action.to_owned(),
            extra: extra.into_owned(),
            is_note,
            actor: actor.to_owned(),
            until_us: ban.until_us,
            country: ban.country.to_owned(),
            as_number: i32::try_from(ban.as_number).unwrap_or(i32::MAX),
            as_name: ban.as_name.to_owned(),
            reason: ban.reason.to_owned(),
            scenario: ban.scenario.to_owned(),
        })
    }
}

/// The lock of a target's canonical text, by FNV-1a: the same in every version of warden.
pub fn slot(text: &str) -> u16 {
    let hash =
        text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u16::try_from(hash % u32::from(SLOTS)).unwrap_or(0)
}

/// How many locks of targets there are.
pub const SLOTS: u16 = 1024;

/// The lock of whoever does not know the targets beforehand: who ends all bans or chosen ones, or takes a change back. It
/// is taken before those of targets.
pub const ANY_TARGET: u16 = SLOTS;

/// The locks of targets, given by their canonical texts: each once, in the order in which every writer takes
/// them: in another order two writers of the same two targets would wait for each other.
pub fn slots<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Vec<u16> {
    let slots: BTreeSet<u16> = texts.into_iter().map(|text| slot(text.as_ref())).collect();
    slots.into_iter().collect()
}

/// Runs of bans in which no target comes twice: of two for the same, the second replaces the first.
pub fn runs(bans: &[NewBan], longest: usize) -> impl Iterator<Item = &[NewBan]> {
    let mut rest = bans;
    std::iter::from_fn(move || {
        let mut seen = std::collections::HashSet::new();
        let end = rest.iter().take(longest).take_while(|ban| seen.insert(&ban.target)).count();
        let (chunk, after) = rest.split_at(end);
        rest = after;
        (!chunk.is_empty()).then_some(chunk)
    })
}
