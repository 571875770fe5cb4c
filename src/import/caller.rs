//! Who asked root to read a file: lines of one that they could not read themselves are not shown to them.

use std::env;
use std::fs::{File, Metadata};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::thread;

use rustix::fs::OFlags;
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};

use crate::trust;

/// Whether lines of an opened file may be quoted.
pub fn may_see(path: &Path, opened: &Metadata) -> bool {
    if trust::runs_with_more_rights() {
        return false;
    }
    let number = |name: &str| env::var(name).ok()?.parse::<u32>().ok();
    match number("SUDO_UID").filter(|_| rustix::process::geteuid().is_root()) {
        None | Some(0) => true,
        Some(uid) => {
            let gid = number("SUDO_GID").unwrap_or(uid);
            let groups = groups(&env::var("SUDO_USER").unwrap_or_default());
            could_read(path, opened, uid, gid, &groups)
        }
    }
}

/// Opens the file once more on a thread that has the rights of a user alone: so modes, access control lists and the
/// folders on the way count as the kernel counts them.
fn could_read(path: &Path, opened: &Metadata, uid: u32, gid: u32, groups: &[Gid]) -> bool {
    let as_user = || -> std::io::Result<Metadata> {
        set_thread_groups(groups)?;
        set_thread_gid(Gid::from_raw(gid))?;
        set_thread_uid(Uid::from_raw(uid))?;
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
        File::options().read(true).custom_flags(i32::try_from(flags).unwrap_or(0)).open(path)?.metadata()
    };
    // The file is compared, not its name alone: a link may lead elsewhere by now.
    let file = |meta: &Metadata| (meta.dev(), meta.ino());
    thread::scope(|scope| scope.spawn(as_user).join())
        .is_ok_and(|seen| seen.is_ok_and(|seen| file(&seen) == file(opened)))
}

/// The groups that `/etc/group` puts a user into; those of a directory service are not known, and then less is shown.
fn groups(user: &str) -> Vec<Gid> {
    let text = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let of_line = |line: &str| {
        let mut fields = line.split(':').skip(2);
        let (number, members) = (fields.next()?.parse().ok()?, fields.next()?);
        members.split(',').any(|member| !member.is_empty() && member == user).then(|| Gid::from_raw(number))
    };
    text.lines().filter_map(of_line).collect()
}
