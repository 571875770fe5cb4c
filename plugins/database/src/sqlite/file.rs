//! The database file before SQLite touches it: a new one has its permissions from its first moment.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::{Access, access, fremovexattr};
use rustix::io::Errno;
use warden_plugin::{Error, Result, trust};

use super::errors::Attempt;
use crate::settings::SqliteFile;

/// Whether the file is there.
///
/// # Errors
/// When it is a folder, or when nobody can say.
pub fn exists(attempt: &Attempt<'_>) -> Result<bool> {
    match fs::metadata(attempt.path) {
        Ok(data) if data.is_dir() => Err(attempt.folder()),
        // SQLite would wait for the other end of a FIFO.
        Ok(data) if !data.is_file() => Err(attempt.no_file()),
        Ok(_) => check_beside(attempt).map(|()| true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(attempt.failed_to(&error)),
    }
}

/// What SQLite writes beside the file is never a link: whoever shares the folder could lead a write elsewhere with one,
/// and a `-wal` that is somewhere else is one that another reader does not see.
fn check_beside(attempt: &Attempt<'_>) -> Result {
    let real = fs::canonicalize(attempt.path).map_err(|error| attempt.failed_to(&error))?;
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut beside = real.as_os_str().to_owned();
        beside.push(suffix);
        match fs::symlink_metadata(&beside) {
            Ok(data) if !data.is_file() || data.nlink() > 1 => return Err(attempt.beside(Path::new(&beside))),
            _ => {}
        }
    }
    Ok(())
}

/// Makes the file and its folders unless it is there.
pub fn create(settings: &SqliteFile, attempt: &Attempt<'_>) -> Result {
    let failed = |error: io::Error| attempt.failed_to(&error);
    if exists(attempt)? {
        return Ok(());
    }
    let group = settings.group.as_deref().map(group_id).transpose()?;
    let folder = folder_of(&settings.path);
    DirBuilder::new().recursive(true).mode(0o755).create(folder).map_err(failed)?;
    let made = OpenOptions::new().write(true).create_new(true).mode(settings.mode).open(&settings.path);
    match made {
        Ok(file) => {
            equip(&file, settings.mode, group).and_then(|()| File::open(folder)?.sync_all()).map_err(failed)
        }
        // Another process was faster: the file is its work.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// The exact mode, whatever the umask and the folder's default access control list; then the group.
fn equip(file: &File, mode: u32, group: Option<u32>) -> io::Result<()> {
    match fremovexattr(file, "system.posix_acl_access") {
        Ok(()) | Err(Errno::NODATA | Errno::NOTSUP) => {}
        Err(error) => return Err(error.into()),
    }
    file.set_permissions(Permissions::from_mode(mode))?;
    if group.is_some() { fchown(file, None, group) } else { Ok(()) }
}

/// Whether [`create`] could make the file: the nearest folder that is there can be written.
pub fn check_creatable(settings: &SqliteFile, attempt: &Attempt<'_>) -> Result {
    settings.group.as_deref().map(group_id).transpose()?;
    let folder = settings.path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(Path::new("."));
    access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| attempt.failed_to(&error.into()))?;
    if folder.is_dir() { Ok(()) } else { Err(attempt.failed_to(&ErrorKind::NotADirectory.into())) }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn group_id(group: &str) -> Result<u32> {
    trust::group_id(group).ok_or_else(|| {
        Error::config("db_group", format!("db_group: `{group}` is not in /etc/group"))
            .with_hint("give the group's number")
    })
}
