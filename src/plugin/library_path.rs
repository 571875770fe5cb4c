//! Where the loader looks for the libraries that a plugin needs. `DT_RPATH` and `DT_RUNPATH` (ld.so(8)) send it into
//! folders of their own: whoever can write one of those runs code here as surely as who can write the plugin.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use object::read::elf::ElfFile64;
use object::{LittleEndian, ReadCache, ReadRef, elf};

use crate::error::{Error, Result};
use crate::trust;
use crate::ui::shown;

/// Checks the folders that a library of a canonical path names, what it needs from them, and what that names in turn.
///
/// # Errors
/// `Config`, with the step, when somebody else could put a library there.
pub fn check(plugin: &Path) -> Result {
    let mut libraries = vec![plugin.to_owned()];
    // One for all of them: with DT_RPATH, a library is also looked for where those that need it name.
    let mut folders = Vec::new();
    let mut next = 0;
    while let Some(library) = libraries.get(next).cloned() {
        for found in check_library(&library, &mut folders)? {
            if !libraries.contains(&found) {
                libraries.push(found);
            }
        }
        next += 1;
    }
    Ok(())
}

/// Checks one library; answers those that it needs and that are there, by their canonical paths.
fn check_library(library: &Path, folders: &mut Vec<Folder>) -> Result<Vec<PathBuf>> {
    let Some(Dynamic { search, needed }) = Dynamic::read(library)? else { return Ok(Vec::new()) };
    for (tag, entry) in search {
        let step = format!("{}: its {tag} `{entry}`", shown(library));
        let path = expanded(&entry, library).map_err(|e| e.about(&step))?;
        folders.push(Folder { path, step });
    }
    // Below it the loader looks first, where it is; nobody else may make it.
    let below = folders.iter().map(|folder| (folder.path.join("glibc-hwcaps"), &folder.step));
    for (path, step) in below {
        trust::check_or_missing(&path, None).map_err(|e| e.about(step))?;
    }
    let mut found = Vec::new();
    for name in needed {
        let step = format!("{}: it needs `{}`", shown(library), shown(Path::new(&name)));
        let places: Vec<_> = match name.as_bytes().contains(&b'/') {
            true if Path::new(name.as_os_str()).is_relative() => return Err(anywhere().about(step)),
            true => vec![(PathBuf::from(&name), &step)],
            false => folders.iter().map(|folder| (folder.path.join(&name), &folder.step)).collect(),
        };
        for (path, step) in places {
            let real = trust::check_or_missing(&path, None).map_err(|e| e.about(step))?;
            found.extend(real.exists().then_some(real));
        }
    }
    Ok(found)
}

/// A folder in which libraries are looked for.
struct Folder {
    path: PathBuf,
    /// Which library leads there, for messages.
    step: String,
}

/// What of a library's dynamic section is about other libraries.
struct Dynamic {
    /// The entries of `DT_RPATH` and `DT_RUNPATH`, with the name of the tag.
    search: Vec<(&'static str, String)>,
    needed: Vec<std::ffi::OsString>,
}

impl Dynamic {
    /// `None`: the file is not a library for this machine, which the loader passes over or refuses.
    fn read(library: &Path) -> Result<Option<Self>> {
        let file = File::open(library)
            .map_err(|e| Error::config(format!("{}: {}", shown(library), trust::reason(&e))))?;
        Self::of(&ReadCache::new(file), library)
    }

    /// The same of its bytes.
    fn of<'d>(data: impl ReadRef<'d>, library: &Path) -> Result<Option<Self>> {
        let Ok(elf) = ElfFile64::<LittleEndian, _>::parse(data) else { return Ok(None) };
        let broken = |_| Error::config(format!("{}: its dynamic section is broken", shown(library)));
        let table = elf.elf_section_table().dynamic_table(LittleEndian, data).map_err(broken)?;
        let mut dynamic = Self { search: Vec::new(), needed: Vec::new() };
        for entry in &table {
            let tag = match entry.tag {
                elf::DT_RPATH => "RPATH",
                elf::DT_RUNPATH => "RUNPATH",
                elf::DT_NEEDED | elf::DT_AUXILIARY | elf::DT_FILTER => "",
                _ => continue,
            };
            let text = table.string(entry).map_err(broken)?;
            if tag.is_empty() {
                dynamic.needed.push(OsStr::from_bytes(text).to_owned());
            } else {
                let entries =
                    text.split(|b| *b == b':').map(|e| (tag, String::from_utf8_lossy(e).into_owned()));
                dynamic.search.extend(entries);
            }
        }
        Ok(Some(dynamic))
    }
}

/// Reads what the bytes of a library say about others.
#[cfg(feature = "fuzzing")]
pub fn probe_bytes(bytes: &[u8], library: &Path) -> Result {
    let Some(dynamic) = Dynamic::of(bytes, library)? else { return Ok(()) };
    for (_, entry) in &dynamic.search {
        assert!(expanded(entry, library).map_or(true, |folder| folder.is_absolute()));
    }
    Ok(())
}

/// The folder that an entry means. An empty one is the working directory.
fn expanded(entry: &str, library: &Path) -> Result<PathBuf> {
    let origin = library.parent().unwrap_or(Path::new("/")).to_string_lossy();
    let text = entry.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin);
    if text.contains('$') {
        // $LIB and $PLATFORM: what they stand for is known to the loader alone.
        return Err(Error::config("only `$ORIGIN` is known in it").with_hint(REBUILD));
    }
    if text.starts_with('/') { Ok(text.into()) } else { Err(anywhere()) }
}

fn anywhere() -> Error {
    Error::config("it starts at the working directory, wherever warden is run").with_hint(REBUILD)
}

const REBUILD: &str =
    "build it with `-Wl,-rpath,` and an absolute folder, or one that begins with `$ORIGIN`, or without";
