//! An alert as it is sent: every field here is one that 1.4.6 requires, or that warden reads back.

use serde::Serialize;

/// One alert with its decisions.
#[derive(Serialize)]
pub struct Alert<'a> {
    pub capacity: u32,
    pub created_at: String,
    pub decisions: Vec<Decision<'a>>,
    pub events: [(); 0],
    pub events_count: u64,
    pub labels: Option<()>,
    pub leakspeed: &'static str,
    pub message: &'a str,
    pub meta: [Meta<'a>; 2],
    pub scenario: &'a str,
    pub scenario_hash: &'static str,
    pub scenario_version: &'static str,
    pub simulated: bool,
    pub source: Source<'a>,
    pub start_at: String,
    /// From here on the decisions' durations count.
    pub stop_at: String,
}

/// One decision.
#[derive(Serialize)]
pub struct Decision<'a> {
    pub duration: String,
    pub origin: &'a str,
    pub scenario: &'a str,
    pub scope: &'static str,
    #[serde(rename = "type")]
    pub action: &'a str,
    pub value: &'a str,
}

/// Whom the alert is about; scope and value are empty when it is about many.
#[derive(Serialize)]
pub struct Source<'a> {
    pub scope: &'a str,
    pub value: &'a str,
    pub ip: &'a str,
    pub cn: &'a str,
    pub as_number: &'a str,
    pub as_name: &'a str,
}

/// What the server keeps with an alert and does not look at.
#[derive(Serialize)]
pub struct Meta<'a> {
    pub key: &'static str,
    pub value: &'a str,
}

/// The key of the person on whose behalf.
pub const ACTOR: &str = "warden.actor";

/// The key of the request's own mark, by which it is found again when its answer was lost.
pub const MARK: &str = "warden.request";
