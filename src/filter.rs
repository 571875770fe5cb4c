//! Which bans a command is about, as the user asked for them. What the filters mean is in [`Query::matches`].

use warden_plugin::{Query, Target};

use crate::instant::Instant;

/// The filters of a command line. All that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Filter {
    /// Only bans of this address, and of ranges that contain it
    #[arg(long, value_name = "IP", value_parser = Target::parse)]
    pub ip: Option<Target>,
    /// Only bans that lie wholly in this range
    #[arg(long, value_name = "CIDR", value_parser = Target::parse)]
    pub range: Option<Target>,
    /// Only bans whose reason contains this, in upper or lower case
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Only bans from this country, by its two letters
    #[arg(long, value_name = "CC")]
    pub country: Option<String>,
    /// Only bans whose autonomous system contains this, number or name, in upper or lower case
    #[arg(long = "as", value_name = "TEXT")]
    pub as_text: Option<String>,
    /// Only bans from this source: cli, api, local …
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// Only bans with this action: ban, captcha, slow …
    #[arg(long, value_name = "ACTION")]
    pub action: Option<String>,
}

impl Filter {
    /// The question for a plugin.
    pub fn query(&self, at: Instant, limit: Option<u64>) -> Query<'_> {
        Query {
            at_us: at.micros(),
            ip: self.ip,
            range: self.range,
            reason: self.reason.as_deref(),
            country: self.country.as_deref(),
            as_text: self.as_text.as_deref(),
            source: self.source.as_deref(),
            action: self.action.as_deref(),
            not_source: None,
            target: None,
            targets: None,
            limit,
        }
    }
}
