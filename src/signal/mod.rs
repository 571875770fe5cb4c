//! Signals from outside: `SignalOccurence` as JSON lines, under the names of `CrowdSec` v0.3 and under warden's own; and
//! what a profile makes of one.

mod criterion;
mod json;
pub mod profile;

pub use json::{BanRecord, SignalRecord};
