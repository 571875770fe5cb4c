//! From a path to a plugin's descriptor: who may change the file, what kind of library it is, then `dlopen`. Nothing
//! of the library runs before it has been found to be a warden plugin. The only user of `libloading`.

use std::fs::File;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use object::read::elf::{ElfFile64, FileHeader as _};
use object::{LittleEndian, Object as _, ObjectSymbol as _, ReadCache, ReadRef};
use warden_plugin::convert::{Violation, read_sized, schema_of};
use warden_plugin::{Schema, abi};

use super::{crash, library_path};
use crate::error::{Error, Result};
use crate::trust;
use crate::ui::shown;

/// A plugin that is loaded for as long as the program runs.
#[derive(Clone, Copy)]
pub struct Plugin {
    /// Checked: magic, major and size. Copied, since a plugin of an older minor has a shorter one.
    pub descriptor: &'static abi::Plugin,
    /// All of them are there. Copied as well.
    pub calls: &'static abi::Backend,
    /// Which keys it takes.
    pub schema: Schema,
}

/// Loads a plugin, or finds it loaded; answers its canonical path too.
///
/// # Errors
/// `Config` when the file is missing, can be changed by others, or is not a plugin for this major.
pub fn load(path: &Path) -> Result<(Plugin, PathBuf)> {
    /// What is loaded, by its path: a plugin is asked for its keys before it is started.
    static LOADED: Mutex<Vec<(PathBuf, Plugin)>> = Mutex::new(Vec::new());
    let real = trust::check(path)?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, plugin)) = loaded.iter().find(|(path, _)| *path == real) {
        return Ok((*plugin, real));
    }
    let plugin = open(&real)?;
    loaded.push((real.clone(), plugin));
    Ok((plugin, real))
}

/// Opens the library of a checked path.
fn open(real: &Path) -> Result<Plugin> {
    look_for_symbol(real)?;
    library_path::check(real)?;
    // Before the library: a Go plugin's runtime hands on what is not its own fault to the handlers that were there before.
    crash::install_handlers();
    // SAFETY: dlopen runs the library's constructors. `trust::check` has seen that only root or the caller could put
    // the file there, `look_for_symbol` that it says of itself to be a warden plugin.
    let library = unsafe { Library::open(Some(real), RTLD_NOW | RTLD_LOCAL) }
        .map_err(|e| Error::config(format!("cannot load {}: {}", shown(real), loader_reason(&e, real))))?;
    // SAFETY: the symbol's type is the header's; its name carries the major.
    let symbol = unsafe { library.get::<*const abi::Plugin>(abi::PLUGIN_SYMBOL) }
        .map_err(|e| Error::config(format!("{}: {}", shown(real), loader_reason(&e, real))))?;
    let descriptor = *symbol;
    // Never unloaded: its threads, thread-locals and constant data stay valid.
    std::mem::forget(library);
    // SAFETY: the plugin's constant data, checked before anything behind it is used.
    unsafe { checked(descriptor) }.map_err(|e| e.about(shown(real)))
}

/// What dlerror(3) says, which libloading keeps behind its own words; without the path that stands before it already.
fn loader_reason(error: &libloading::Error, real: &Path) -> String {
    let said = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let path = format!("{}: ", real.display());
    said.strip_prefix(&path).unwrap_or(&said).to_owned()
}

/// Refuses, unopened, whatever does not say of itself to be a warden plugin.
fn look_for_symbol(path: &Path) -> Result {
    let file =
        File::open(path).map_err(|e| Error::config(format!("{}: {}", shown(path), trust::reason(&e))))?;
    probe(&ReadCache::new(file), path)
}

/// Looks at the bytes of a library and at what they say about others.
#[cfg(feature = "fuzzing")]
pub fn probe_bytes(bytes: &[u8]) -> Result {
    let path = Path::new("/lib/x.so");
    library_path::probe_bytes(bytes, path)?;
    probe(bytes, path)
}

/// The same of its bytes.
fn probe<'d>(data: impl ReadRef<'d>, path: &Path) -> Result {
    let elf = ElfFile64::<LittleEndian, _>::parse(data)
        .map_err(|_| Error::config(format!("{} is not a shared library", shown(path))))?;
    let header = elf.elf_header();
    if header.e_type(LittleEndian) != object::elf::ET_DYN || header.e_machine(LittleEndian) != machine() {
        return Err(Error::config(format!("{} is not a shared library for this machine", shown(path))));
    }
    let mut other_major = None;
    for symbol in elf.dynamic_symbols().filter(object::ObjectSymbol::is_definition) {
        match symbol.name() {
            Ok(abi::PLUGIN_SYMBOL) => return Ok(()),
            Ok(name) if name.starts_with("warden_plugin_v") => other_major = Some(name.to_owned()),
            _ => {}
        }
    }
    if let Some(name) = other_major {
        return Err(Error::config(format!(
            "{} is a plugin of another version of warden (`{name}`)",
            shown(path)
        ))
        .with_hint(format!("this warden loads plugins that export `{}`", abi::PLUGIN_SYMBOL)));
    }
    let go = elf.sections().any(|s| {
        use object::ObjectSection as _;
        // CrowdSec's own plugins have the note alone; the others are those of libraries that Go builds in other ways.
        let names = [".note.go.buildid", ".go.", ".gopclntab"];
        s.name().is_ok_and(|name| names.iter().any(|start| name.starts_with(start)))
    });
    Err(if go {
        // Not `path`: CrowdSec reads the same file, and no other plugin than its own can stand there.
        Error::config(format!("{} is a Go plugin of CrowdSec v0.3, not one of warden", shown(path)))
            .with_hint(
                "leave CrowdSec's files as they are, and give warden a main file and a backend folder of its own: \
                 \"Moving over\" in the documentation",
            )
    } else {
        Error::config(format!(
            "{} is not a warden plugin: it does not export `{}`",
            shown(path),
            abi::PLUGIN_SYMBOL
        ))
    })
}

/// The machine that this program is built for, as ELF names it.
const fn machine() -> object::elf::Machine {
    if cfg!(target_arch = "aarch64") { object::elf::EM_AARCH64 } else { object::elf::EM_X86_64 }
}

/// Checks a descriptor before anything is called.
///
/// # Safety
/// `descriptor` is NULL or points to constant data that starts as the header says.
unsafe fn checked(descriptor: *const abi::Plugin) -> Result<Plugin> {
    let broken = |what: &str| Error::config(format!("the plugin is broken: {what}"));
    // SAFETY: the first four fields are there in every version; the caller promises them.
    let head = unsafe { descriptor.cast::<[u32; 4]>().as_ref() }.ok_or_else(|| broken("no descriptor"))?;
    let [magic, size, major, minor] = *head;
    if magic != abi::PLUGIN_MAGIC {
        return Err(broken("the descriptor has another magic number"));
    }
    if major != abi::ABI_MAJOR {
        let ours = format!("this warden has {}.{}", abi::ABI_MAJOR, abi::ABI_MINOR);
        return Err(Error::config(format!("the plugin is built for ABI {major}.{minor}")).with_hint(ours));
    }
    if (size as usize) < FIRST_DESCRIPTOR {
        return Err(broken("the descriptor is shorter than its first version"));
    }
    let mut copy = MaybeUninit::<abi::Plugin>::zeroed();
    // SAFETY: the descriptor has `size` bytes, as it says of itself; all zero is a valid one.
    let descriptor = unsafe {
        let bytes = (size as usize).min(size_of::<abi::Plugin>());
        std::ptr::copy_nonoverlapping(descriptor.cast::<u8>(), copy.as_mut_ptr().cast::<u8>(), bytes);
        Box::leak(Box::new(copy.assume_init()))
    };
    // SAFETY: the table starts with its size, as the header says.
    let calls = unsafe { calls_of(descriptor.backend) }.map_err(|what| broken(&what))?;
    // SAFETY: the table of keys is constant data of a library that is never unloaded; without one its fields are zero.
    let schema = unsafe { schema_of(descriptor) }.map_err(|violation| broken(&violation.to_string()))?;
    Ok(Plugin { descriptor, calls, schema })
}

/// The size of the descriptor's first version, which had no table of keys.
const FIRST_DESCRIPTOR: usize = 96;

/// Checks that every call of the table is there.
///
/// # Safety
/// `backend` is NULL or points to a constant table that starts with its size.
unsafe fn calls_of(backend: *const abi::Backend) -> Result<&'static abi::Backend, String> {
    // SAFETY: the caller's promise.
    let calls = unsafe { read_sized(backend) }.map_err(|violation| match violation {
        Violation::Null(_) => "it has no table of calls".to_owned(),
        _ => "its table of calls is shorter than its first version".to_owned(),
    })?;
    let missing = [
        ("init", calls.init.is_none()),
        ("probe", calls.probe.is_none()),
        ("insert", calls.insert.is_none()),
        ("read_at", calls.read_at.is_none()),
        ("delete_target", calls.delete_target.is_none()),
        ("delete_all", calls.delete_all.is_none()),
        ("flush", calls.flush.is_none()),
        ("discard", calls.discard.is_none()),
        ("start_auto_commit", calls.start_auto_commit.is_none()),
        ("shutdown", calls.shutdown.is_none()),
        ("destroy", calls.destroy.is_none()),
        ("get_extension", calls.get_extension.is_none()),
    ];
    match missing.iter().find(|(_, missing)| *missing) {
        Some((name, _)) => Err(format!("`{name}` is a null pointer")),
        None => Ok(Box::leak(Box::new(calls))),
    }
}
