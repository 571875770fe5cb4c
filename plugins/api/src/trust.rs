//! Who may change a file that is about to be believed: code that is loaded, programs that are started, and as root
//! whatever configures warden or a plugin. A path is walked step by step, links too, and only the path that comes out is
//! used from then on: since nobody else can write a folder on it, nobody else can put another file there.

mod acl;

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use rustix::fs::OFlags;

use crate::{Error, ErrorKind, Result};

/// As many links as the kernel follows (`path_resolution(7)`).
const MAX_LINKS: usize = 40;

/// Whether only what root alone can change is believed: for root, and for a program that has more rights than whoever
/// started it (set-user-ID, set-group-ID, file capabilities).
#[must_use]
pub fn is_strict() -> bool {
    rustix::process::geteuid().is_root() || runs_with_more_rights()
}

/// Whether the kernel gave this program more rights than its caller has: `AT_SECURE` of getauxval(3).
#[must_use]
#[allow(unsafe_code, reason = "no safe interface has this value where /proc is not mounted")]
pub fn runs_with_more_rights() -> bool {
    // SAFETY: reads the auxiliary vector of this process, which never changes.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Walks to a file that is there; answers its canonical absolute path.
///
/// In strict mode every folder, link and file on the way belongs to root, and neither others nor a group other than gid 0
/// can write it. Else it belongs to root or the caller, and others cannot write it. A sticky folder may be writable: what
/// lies in it is checked itself. A POSIX access control list counts like the modes.
///
/// # Errors
/// `Config` when the file is missing, `Denied` when somebody else could change it.
pub fn check(path: &Path) -> Result<PathBuf> {
    Walk::new(path)?.finish(false)
}

/// The same for a file that may still be made: then its folder must not be one where somebody else could make it first.
/// `group` may write as gid 0 may.
///
/// # Errors
/// As [`check`].
pub fn check_or_missing(path: &Path, group: Option<u32>) -> Result<PathBuf> {
    let mut walk = Walk::new(path)?;
    walk.group = group.unwrap_or(0);
    walk.finish(true)
}

/// Reads a whole file of text by the path that a walk has answered. `limit`: the most bytes.
///
/// # Errors
/// `Config` when it cannot be read, is no regular file, is too long, or is not UTF-8.
pub fn read_text(real: &Path, limit: u64) -> Result<String> {
    let failed = |what: &str| Error::new(ErrorKind::Config, format!("{} {what}", real.display()));
    let cannot = |e: std::io::Error| {
        Error::new(ErrorKind::Config, format!("cannot read {}: {}", real.display(), reason(&e)))
    };
    // A FIFO would wait for its writer, a device could do anything: neither is opened for long.
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0);
    let file = File::options().read(true).custom_flags(flags).open(real).map_err(cannot)?;
    let meta = file.metadata().map_err(cannot)?;
    if !meta.is_file() {
        return Err(failed("is not a regular file"));
    }
    // At once: what is read may be a secret, and a vector that grows leaves copies.
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len().min(limit) + 1).unwrap_or(0));
    file.take(limit + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > limit {
        return Err(failed(&format!("is longer than {} KiB", limit / 1024)));
    }
    String::from_utf8(bytes).map_err(|_| failed("is not UTF-8 text"))
}

/// A group's number: as it is given, or by its name in `/etc/group`; groups of a directory service have to be given by
/// number.
#[must_use]
pub fn group_id(group: &str) -> Option<u32> {
    let by_name = || {
        let groups = std::fs::read_to_string("/etc/group").ok()?;
        groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(group)).then(|| fields.nth(1)?.parse().ok())?
        })
    };
    group.parse().ok().or_else(by_name)
}

fn missing(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Config, format!("cannot open {}: {}", path.display(), reason(error)))
}

/// A walk from the root to a file. Each step is looked at where nobody else can change it, so that what was seen holds.
struct Walk {
    /// As it was given, for messages.
    path: PathBuf,
    /// Canonical and checked.
    reached: PathBuf,
    /// What is still to be gone, the next step last.
    left: Vec<OsString>,
    /// The links on the way, with their owners.
    links: Vec<(PathBuf, u32)>,
    caller: u32,
    /// May write besides gid 0.
    group: u32,
}

impl Walk {
    fn new(path: &Path) -> Result<Self> {
        let absolute = std::path::absolute(path).map_err(|e| missing(path, &e))?;
        let caller = if is_strict() { 0 } else { rustix::process::geteuid().as_raw() };
        let path = path.to_owned();
        let mut walk =
            Self { path, reached: PathBuf::new(), left: Vec::new(), links: Vec::new(), caller, group: 0 };
        walk.follow(&absolute);
        Ok(walk)
    }

    fn finish(mut self, may_be_missing: bool) -> Result<PathBuf> {
        while let Some(name) = self.left.pop() {
            if name == ".." {
                self.reached.pop();
                continue;
            }
            let folder = self.reached.clone();
            self.reached.push(&name);
            let meta = match self.reached.symlink_metadata() {
                Ok(meta) => meta,
                Err(e) if may_be_missing && e.kind() == std::io::ErrorKind::NotFound => {
                    return self.missing_in(&folder);
                }
                Err(e) => return Err(missing(&self.path, &e)),
            };
            if let Some(objection) = self.objection(&meta) {
                return Err(self.refused(&objection, meta.uid()));
            }
            if meta.is_symlink() {
                let target = self.reached.read_link().map_err(|e| missing(&self.path, &e))?;
                if self.links.len() == MAX_LINKS {
                    return Err(missing(&self.path, &rustix::io::Errno::LOOP.into()));
                }
                self.links.push((self.reached.clone(), meta.uid()));
                self.reached = folder;
                self.follow(&target);
            }
        }
        Ok(self.reached)
    }

    /// Puts a path before what is left.
    fn follow(&mut self, path: &Path) {
        for step in path.components().rev() {
            match step {
                Component::RootDir => self.left.push("/".into()),
                Component::ParentDir => self.left.push("..".into()),
                Component::Normal(name) => self.left.push(name.to_owned()),
                Component::CurDir | Component::Prefix(_) => {}
            }
        }
    }

    /// The end of a walk to what is still to be made.
    fn missing_in(mut self, folder: &Path) -> Result<PathBuf> {
        let meta = folder.metadata().map_err(|e| missing(folder, &e))?;
        if meta.mode() & 0o1002 == 0o1002 {
            let what =
                format!("{} can be written by everyone, who could make the file first", folder.display());
            return Err(Error::denied(what).with_hint("keep it in a folder that others cannot write"));
        }
        self.reached.extend(self.left.iter().rev());
        Ok(self.reached)
    }

    /// Why the file, folder or link that was reached cannot be trusted.
    fn objection(&self, meta: &Metadata) -> Option<String> {
        let (mode, owner) = (meta.mode(), meta.uid());
        if owner != 0 && owner != self.caller {
            return Some(format!("belongs to user {owner}, who could change it"));
        }
        let sticky = meta.is_dir() && mode & 0o1000 != 0;
        // The modes of a link mean nothing: only its folder's writers can change it.
        if meta.is_symlink() || sticky {
            return None;
        }
        if mode & 0o002 != 0 {
            return Some("can be written by everyone".into());
        }
        // The modes of a group are the mask of a list, where there is one.
        let list = acl::read(&self.reached);
        let by_group = list.as_ref().map_or(mode & 0o020 != 0, |list| list.owning_group_writes);
        if self.caller == 0 && by_group && meta.gid() != 0 && meta.gid() != self.group {
            return Some(format!("can be written by group {}", meta.gid()));
        }
        list.and_then(|list| list.other_writer(self.caller, self.group))
            .map(|who| format!("can be written by {who}, by its access control list"))
    }

    fn refused(&self, objection: &str, owner: u32) -> Error {
        let place = self.reached.display();
        let links = self.links.iter().map(|(link, owner)| format!("{} (owner {owner}) → ", link.display()));
        let way = match links.collect::<String>() {
            none if none.is_empty() => none,
            links => format!("{links}{place} (owner {owner}): refused: "),
        };
        let hint = if objection.ends_with("access control list") {
            "`setfacl -b` removes the list"
        } else if self.caller == 0 {
            "as root warden believes only what root alone can change: `chown root` and `chmod go-w` it, or install with `cargo xtask install`"
        } else {
            "`chmod o-w` it, or move it to a folder of your own"
        };
        Error::denied(format!("{way}{place} {objection}")).with_hint(hint)
    }
}

/// An input-output error without Rust's `(os error 2)`.
#[must_use]
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut rest = text.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}
