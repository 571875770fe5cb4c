//! Values of flags that several commands take, read for clap.

use crate::duration::{BanDuration, DurationError};

/// A duration, or `permanent`.
pub fn duration(text: &str) -> Result<BanDuration, String> {
    text.parse().map_err(|e: DurationError| format!("{e}\n\nhint: {}", e.hint()))
}
