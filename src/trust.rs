//! Who may change a file that warden is about to believe; the walk itself is `warden_plugin::trust`'s.

use std::path::{Path, PathBuf};

use warden_plugin::trust;
pub use warden_plugin::trust::{group_id, is_strict, reason, runs_with_more_rights};

use crate::error::{Error, Result};
use crate::ui::shown;

/// Walks to a file that is there; answers its canonical absolute path.
///
/// # Errors
/// `Config` when the file is missing or somebody else could change it.
pub fn check(path: &Path) -> Result<PathBuf> {
    trust::check(path).map_err(|e| told(&e))
}

/// The same for a file that may still be made, and that a group may write.
///
/// # Errors
/// As [`check`].
pub fn check_or_missing(path: &Path, group: Option<u32>) -> Result<PathBuf> {
    trust::check_or_missing(path, group).map_err(|e| told(&e))
}

fn told(error: &warden_plugin::Error) -> Error {
    let told = Error::config(error.message());
    if error.hint().is_empty() { told } else { told.with_hint(error.hint()) }
}

/// Reads a whole file of text by its canonical path, which it answers too; in strict mode only one that [`check`] allows.
/// `limit`: the most bytes.
///
/// # Errors
/// `Config` when it cannot be read or believed, is no regular file, is too long, or is not UTF-8.
pub fn read(path: &Path, limit: u64) -> Result<(PathBuf, String)> {
    let cannot = |e: &std::io::Error| {
        Error::config(format!("cannot read {}: {}", shown(path), reason(e))).in_file(path, None)
    };
    let mut real = path.canonicalize().map_err(|e| cannot(&e))?;
    if is_strict() {
        real = check(path).map_err(|e| e.in_file(path, None))?;
    }
    let text = trust::read_text(&real, limit).map_err(|e| told(&e).in_file(&real, None))?;
    Ok((real, text))
}
