//! Who may change a file that warden is about to believe: code that it loads, programs that it starts, and as root its
//! own configuration. The file and every folder above it count.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::ui::shown;

/// Checks the file behind a path, whatever links lead there; answers its canonical absolute path.
///
/// As root: owner root, no write for others, for a group only if it is gid 0. As another user: owner root or the
/// caller, no write for others. A sticky folder may be writable: what lies in it is checked itself.
///
/// # Errors
/// `Config` when the file is missing or somebody else could change it.
pub fn check(path: &Path) -> Result<PathBuf> {
    let real = path
        .canonicalize()
        .map_err(|e| Error::config(format!("cannot open {}: {}", shown(path), reason(&e))))?;
    let caller = rustix::process::geteuid().as_raw();
    for place in real.ancestors() {
        let meta = place
            .metadata()
            .map_err(|e| Error::config(format!("cannot look at {}: {}", shown(place), reason(&e))))?;
        if let Some(objection) = objection(&meta, caller) {
            return Err(Error::config(format!("{} {objection}", shown(place))).with_hint(hint(caller)));
        }
    }
    Ok(real)
}

/// Why a file or folder cannot be trusted.
fn objection(meta: &Metadata, caller: u32) -> Option<String> {
    let (mode, owner) = (meta.mode(), meta.uid());
    let sticky = meta.is_dir() && mode & 0o1000 != 0;
    if owner != 0 && owner != caller {
        Some(format!("belongs to user {owner}, who could change it"))
    } else if mode & 0o002 != 0 && !sticky {
        Some("can be written by everyone".into())
    } else if caller == 0 && mode & 0o020 != 0 && meta.gid() != 0 && !sticky {
        Some(format!("can be written by group {}", meta.gid()))
    } else {
        None
    }
}

fn hint(caller: u32) -> &'static str {
    if caller == 0 {
        "as root warden believes only what root alone can change: `chown root` and `chmod go-w` it, or install with `cargo xtask install`"
    } else {
        "`chmod o-w` it, or move it to a folder of your own"
    }
}

/// An input-output error without Rust's `(os error 2)`.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut rest = text.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}
