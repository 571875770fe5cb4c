//! `--at`.

use chrono::Local;
use clap::Args;

use crate::error::{Error, Result};
use crate::instant::{AtError, AtExpr, Instant};

/// At which time.
#[derive(Debug, Args)]
pub struct AtFlag {
    /// At this time: `2026-11-24 02:00`, `02:00`, `2h ago`, RFC 3339 …; without a zone it is local time
    #[arg(long, value_name = "T", value_parser = parse, allow_hyphen_values = true)]
    at: Option<AtExpr>,
}

impl AtFlag {
    /// The instant that is meant, without the option now.
    ///
    /// # Errors
    /// `Usage` when the machine's zone skips that time.
    pub fn resolve(&self, now: Instant) -> Result<Instant> {
        let Some(at) = &self.at else { return Ok(now) };
        at.resolve(now, &Local).map_err(|e| match e.hint() {
            Some(hint) => Error::usage(e.to_string()).with_hint(hint),
            None => Error::usage(e.to_string()),
        })
    }

    /// Whether a time was given.
    pub fn is_given(&self) -> bool {
        self.at.is_some()
    }
}

fn parse(text: &str) -> std::result::Result<AtExpr, String> {
    text.parse().map_err(|e: AtError| match e.hint() {
        Some(hint) => format!("{e}\n\nhint: {hint}"),
        None => e.to_string(),
    })
}
