//! What the configured backends are.

use std::ffi::CStr;
use std::path::Path;

use warden_plugin::abi;

use super::Backends;
use crate::error::Error;
use crate::plugin::Plugin;

/// A configured backend.
pub struct Inspected<'b> {
    pub name: &'b str,
    pub file: &'b Path,
    pub path: Option<&'b Path>,
    pub plugin: Option<Plugin>,
    /// The extensions that it offers.
    pub extensions: Vec<String>,
    /// Why it is discarded.
    pub error: Option<&'b Error>,
}

/// The extensions that this host knows.
const EXTENSIONS: [&CStr; 6] = [
    abi::EXT_QUERY,
    abi::EXT_SUMMARY,
    abi::EXT_DELETE_WHERE,
    abi::EXT_HISTORY,
    abi::EXT_UNDO,
    abi::EXT_ENFORCE,
];

impl Backends {
    /// All of them, in the order of their files.
    pub fn inspect(&mut self) -> Vec<Inspected<'_>> {
        let members = self.members.iter_mut().map(|member| {
            member.replied = true;
            let offered = EXTENSIONS.iter().filter(|id| member.instance.offers(id));
            let extensions = offered.map(|id| id.to_string_lossy().into_owned()).collect();
            Inspected {
                name: &member.name,
                file: &member.file,
                path: Some(&member.path),
                plugin: Some(member.instance.plugin()),
                extensions,
                error: None,
            }
        });
        let discarded = self.discarded.iter().map(|discarded| Inspected {
            name: &discarded.name,
            file: &discarded.file,
            path: discarded.path.as_deref(),
            plugin: discarded.plugin,
            extensions: Vec::new(),
            error: Some(&discarded.error),
        });
        let mut all: Vec<_> = members.chain(discarded).collect();
        all.sort_by_key(|backend| backend.file);
        all
    }
}
