//! Values of flags that several commands take, read for clap.

use crate::duration::{BanDuration, DurationError};
use crate::import::long_reason;

/// A reason of bounded length.
pub fn reason(text: &str) -> Result<String, String> {
    long_reason(text).map_or_else(|| Ok(text.to_owned()), Err)
}

/// A duration, or `permanent`.
pub fn duration(text: &str) -> Result<BanDuration, String> {
    text.parse().map_err(|e: DurationError| format!("{e}\n\nhint: {}", e.hint()))
}
