//! A change that can be undone.

use super::{Violation, bit, read_sized, size};
use crate::abi;
use crate::model::Change;

impl Change {
    /// The C form; it borrows from `self`.
    #[must_use]
    pub fn to_abi(&self) -> abi::Change {
        abi::Change {
            struct_size: size::<abi::Change>(),
            flags: bit(self.undone, abi::CHANGE_UNDONE),
            id: self.id,
            at_us: self.at_us,
            added: self.added,
            ended: self.ended,
            command: abi::Str::new(&self.command),
            actor: abi::Str::new(&self.actor),
        }
    }
}

/// Copies a foreign change. Text that is not UTF-8 is repaired with U+FFFD.
///
/// # Safety
/// `change`, unless NULL, points to its `struct_size` bytes, and its texts live until this returns.
///
/// # Errors
/// When it breaks the contract.
pub unsafe fn change_of(change: *const abi::Change) -> Result<Change, Violation> {
    // SAFETY: the caller promises `struct_size` bytes and the texts.
    unsafe {
        let raw = read_sized(change)?;
        let text = |text: abi::Str, name| Ok(String::from_utf8_lossy(text.bytes(name)?).into_owned());
        Ok(Change {
            id: raw.id,
            at_us: raw.at_us,
            added: raw.added,
            ended: raw.ended,
            undone: raw.flags & abi::CHANGE_UNDONE != 0,
            command: text(raw.command, "change.command")?,
            actor: text(raw.actor, "change.actor")?,
        })
    }
}
