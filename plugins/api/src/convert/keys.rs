//! A plugin's table of keys, copied and checked once.

use super::{Violation, each, read_sized};
use crate::{Key, Kind, Schema, abi};

/// The table of a descriptor, for as long as the program runs: plugins are loaded once and never unloaded.
///
/// # Safety
/// The fields of the table are those of a plugin's descriptor, or zero: constant data that lives as long as the program.
///
/// # Errors
/// When the table breaks the contract.
pub unsafe fn schema_of(plugin: &abi::Plugin) -> Result<Schema, Violation> {
    let read = |key: *const abi::Key| {
        // SAFETY: `each` hands out elements of the array that the caller promises; the texts are constant too.
        unsafe {
            let key = read_sized(key)?;
            Ok(Key {
                kind: Kind::from_code(key.kind),
                name: key.name.text("key.name")?,
                preset: key.preset.text("key.preset")?,
                choices: key.choices.text("key.choices")?,
                help: key.help.text("key.help")?,
            })
        }
    };
    // SAFETY: the caller's promise.
    let keys = || unsafe { each(plugin.keys, plugin.key_count, plugin.key_stride, "keys", read) };
    Ok(match plugin.schema {
        abi::SCHEMA_CLOSED => Schema::Closed(keys()?.leak()),
        abi::SCHEMA_OPEN => Schema::Open(keys()?.leak()),
        _ => Schema::None,
    })
}
