//! What crosses the border, as safe Rust on both sides. All text is borrowed; times are microseconds since the epoch,
//! UTC, with [`FOREVER_US`](crate::FOREVER_US) and [`UNKNOWN_US`](crate::UNKNOWN_US).

use std::net::IpAddr;

use crate::abi;
use crate::{Target, Targets};

/// A span of addresses of one family, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpRange {
    /// The lowest address.
    pub first: IpAddr,
    /// The highest address.
    pub last: IpAddr,
}

impl From<Target> for IpRange {
    fn from(target: Target) -> Self {
        Self { first: target.first(), last: target.last() }
    }
}

impl IpRange {
    /// Whether every address of `other` is in this span. The families never contain one another.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.first.is_ipv4() == other.first.is_ipv4() && self.first <= other.first && other.last <= self.last
    }

    /// The target that covers exactly this span, when there is one.
    #[must_use]
    pub fn target(self) -> Option<Target> {
        Target::from_range(self.first, self.last)
    }
}

/// Who did it, with what enrichment knows (`Source` of `CrowdSec` v0.3).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source<'a> {
    /// The address.
    pub ip: Option<IpRange>,
    /// The network that it belongs to.
    pub range: Option<IpRange>,
    /// The number of the autonomous system, in decimal.
    pub as_number: &'a str,
    /// The organisation behind the autonomous system.
    pub as_name: &'a str,
    /// The country's ISO 3166 code.
    pub country: &'a str,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What enrichment says besides.
    pub flags: Vec<&'a str>,
}

/// One ban order of a signal (`BanApplication` of `CrowdSec` v0.3).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ban<'a> {
    /// Who ordered: `cli`, `api`, `local`, `list:NAME`.
    pub source: &'a str,
    /// `ban`, `captcha`, `slow`, or a word of the user's.
    pub action: &'a str,
    /// Free text beside the action.
    pub extra: &'a str,
    /// An address or a CIDR range, canonical text.
    pub target: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The scenario that the ban itself names; v0.3's command line leaves it empty.
    pub scenario: &'a str,
    /// The country's ISO 3166 code.
    pub country: &'a str,
    /// The organisation behind the autonomous system.
    pub as_name: &'a str,
    /// The person or program on whose behalf.
    pub actor: &'a str,
    /// The number of the autonomous system; 0: not known.
    pub as_number: u32,
    /// When it ends.
    pub until_us: i64,
    /// The addresses of `target`.
    pub range: Option<IpRange>,
}

/// One event behind a signal (`EventSequence` of `CrowdSec` v0.3).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event<'a> {
    /// When it happened.
    pub time_us: i64,
    /// The event's fields as JSON.
    pub serialized: &'a str,
    /// Who did it.
    pub source: Option<Source<'a>>,
}

/// What is inserted (`SignalOccurence` of `CrowdSec` v0.3).
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "four flags, three of them v0.3's, each a fact of its own")]
pub struct Signal<'a> {
    /// v0.3's hash of the scenario.
    pub map_key: &'a str,
    /// What overflowed; the reason of every ban of the signal.
    pub scenario: &'a str,
    /// v0.3's name of the bucket.
    pub bucket_id: &'a str,
    /// A sentence for people.
    pub alert_message: &'a str,
    /// The target that it is about, canonical text.
    pub source_ip: &'a str,
    /// The network of the source.
    pub source_range: &'a str,
    /// The number of the autonomous system, in decimal.
    pub as_number: &'a str,
    /// The organisation behind the autonomous system.
    pub as_name: &'a str,
    /// The country's ISO 3166 code.
    pub country: &'a str,
    /// The address that was attacked.
    pub dest_ip: &'a str,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// How many events led to it.
    pub events_count: u64,
    /// When the record was made.
    pub created_us: i64,
    /// The first event.
    pub start_us: i64,
    /// The last event: from here its bans hold.
    pub stop_us: i64,
    /// The bucket's leak speed in nanoseconds.
    pub leak_speed_ns: i64,
    /// The bucket's capacity.
    pub capacity: i32,
    /// A whitelist took it out.
    pub whitelisted: bool,
    /// Only a simulation.
    pub simulation: bool,
    /// The signal is to be processed again.
    pub reprocess: bool,
    /// Store the bans, not the signal: they list by their own fields.
    pub bans_only: bool,
    /// Who did it.
    pub source: Option<Source<'a>>,
    /// The scenario's labels.
    pub labels: Vec<(&'a str, &'a str)>,
    /// All who took part.
    pub sources: Vec<Source<'a>>,
    /// The ban orders.
    pub bans: Vec<Ban<'a>>,
    /// The events.
    pub events: Vec<Event<'a>>,
}

/// What an insert did, for the user's report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inserted {
    /// Bans that are now pending.
    pub inserted: u64,
    /// Active bans of the same target and source that they end.
    pub replaced: u64,
    /// The latest end among the replaced; 0: none.
    pub replaced_until_us: i64,
    /// Bans left out since their action is not applied here. They end the active ban of their target and source all the
    /// same.
    pub skipped_action: u64,
    /// Bans left out for another reason, which the plugin logs.
    pub skipped_other: u64,
}

/// How a ban ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndKind {
    /// Not yet, or not known.
    #[default]
    None,
    /// Its time was over.
    Expired,
    /// Somebody took it back.
    Deleted,
    /// A newer ban of the same target and source took its place.
    Replaced,
}

impl EndKind {
    /// `WARDEN_END_*`.
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::None => abi::END_NONE,
            Self::Expired => abi::END_EXPIRED,
            Self::Deleted => abi::END_DELETED,
            Self::Replaced => abi::END_REPLACED,
        }
    }

    /// The kind behind a code; an unknown one is `None`.
    #[must_use]
    pub fn from_code(code: u32) -> Self {
        match code {
            abi::END_EXPIRED => Self::Expired,
            abi::END_DELETED => Self::Deleted,
            abi::END_REPLACED => Self::Replaced,
            _ => Self::None,
        }
    }
}

/// One ban as `ReadAT` returns it. It lives as long as the call that hands it over.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Row<'a> {
    /// The storage's own name of the ban; may be empty.
    pub id: &'a str,
    /// Who ordered: `cli`, `api`, `local`, `list:NAME`.
    pub source: &'a str,
    /// An address or a CIDR range, in whatever spelling the storage holds.
    pub target: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The signal's scenario.
    pub scenario: &'a str,
    /// `ban`, `captcha`, `slow`, or a word of the user's.
    pub action: &'a str,
    /// The country's ISO 3166 code.
    pub country: &'a str,
    /// Number, space, organisation, as v0.3 prints it.
    pub as_text: &'a str,
    /// The organisation behind the autonomous system.
    pub as_name: &'a str,
    /// On whose behalf.
    pub actor: &'a str,
    /// Who deleted or replaced it; may be empty.
    pub ended_by: &'a str,
    /// The number of the autonomous system; 0: not known.
    pub as_number: u32,
    /// Its signal is missing.
    pub orphan: bool,
    /// Only a simulation.
    pub simulation: bool,
    /// How it ended.
    pub end_kind: EndKind,
    /// Signals for this target up to the instant that was asked for.
    pub ban_count: u64,
    /// The sum of their events.
    pub events_count: u64,
    /// From when it holds.
    pub start_us: i64,
    /// Until when it holds.
    pub until_us: i64,
    /// When it was deleted or replaced; `UNKNOWN_US` otherwise.
    pub ended_us: i64,
    /// The addresses of `target`.
    pub range: Option<IpRange>,
}

/// Which bans to read. Every filter that is set must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<'a> {
    /// Active at this instant.
    pub at_us: i64,
    /// The target contains all of this.
    pub ip: Option<Target>,
    /// The target lies wholly in this.
    pub range: Option<Target>,
    /// `reason` contains it, without regard to ASCII case.
    pub reason: Option<&'a str>,
    /// `country` equals it, without regard to ASCII case.
    pub country: Option<&'a str>,
    /// `as_text` contains it, without regard to ASCII case.
    pub as_text: Option<&'a str>,
    /// `source` equals it.
    pub source: Option<&'a str>,
    /// `action` equals it.
    pub action: Option<&'a str>,
    /// `source` differs from it.
    pub not_source: Option<&'a str>,
    /// The target equals this by value.
    pub target: Option<Target>,
    /// The target equals one of these by value; of none: no ban passes.
    pub targets: Option<&'a Targets>,
    /// The first so many rows suffice.
    pub limit: Option<u64>,
}

/// A change that a command made to a storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The storage's own number of the change, not 0.
    pub id: u64,
    /// When it was made.
    pub at_us: i64,
    /// Bans that undoing it now would end; 0 when it is undone.
    pub added: u64,
    /// Bans that undoing it now would restore; 0 when it is undone.
    pub ended: u64,
    /// It is undone.
    pub undone: bool,
    /// The command that made it: `ban add`.
    pub command: String,
    /// On whose behalf.
    pub actor: String,
}

/// The state of what applies bans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enforcement {
    /// What it had is gone, as after a reboot: the next write should refill it.
    pub lost: bool,
    /// Nothing leads packets to it.
    pub unhooked: bool,
    /// How many packets it dropped, where that is counted.
    pub dropped_packets: Option<u64>,
}
