//! POSIX access control lists, as Linux keeps them: `system.posix_acl_access` (`linux/posix_acl_xattr.h`).

use std::path::Path;

/// Who may write besides the owner and others.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Acl {
    /// The group that the file belongs to.
    pub owning_group_writes: bool,
    users: Vec<u32>,
    groups: Vec<u32>,
}

/// The list of a file that is no link; `None` where there is none, or the file system knows none.
pub fn read(path: &Path) -> Option<Acl> {
    // The kernel allows no longer value.
    let mut buffer = vec![0; 65_536];
    let size = rustix::fs::lgetxattr(path, "system.posix_acl_access", &mut buffer).ok()?;
    parse(&buffer[..size])
}

/// A header of four bytes, then eight for each entry: tag, permissions, id; little-endian.
fn parse(bytes: &[u8]) -> Option<Acl> {
    const USER: u16 = 2;
    const OWNING_GROUP: u16 = 4;
    const GROUP: u16 = 8;
    const MASK: u16 = 16;
    let entries = || {
        bytes.get(4..).unwrap_or_default().chunks_exact(8).map(|entry| {
            let short = |at: usize| u16::from_le_bytes([entry[at], entry[at + 1]]);
            let id = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]);
            (short(0), short(2) & 2 != 0, id)
        })
    };
    if bytes.len() < 4 {
        return None;
    }
    let mut acl = Acl::default();
    // The mask bounds what the named ones and the owning group may do.
    if entries().any(|(tag, writes, _)| tag == MASK && !writes) {
        return Some(acl);
    }
    for (tag, writes, id) in entries().filter(|(_, writes, _)| *writes) {
        match tag {
            USER => acl.users.push(id),
            GROUP => acl.groups.push(id),
            OWNING_GROUP => acl.owning_group_writes = writes,
            _ => {}
        }
    }
    Some(acl)
}

impl Acl {
    /// A user or group that the list lets write, other than root, the caller and a trusted group.
    pub fn other_writer(&self, caller: u32, group: u32) -> Option<String> {
        let user = self.users.iter().find(|id| **id != 0 && **id != caller);
        let other = || self.groups.iter().find(|id| **id != 0 && **id != group);
        user.map(|id| format!("user {id}")).or_else(|| other().map(|id| format!("group {id}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
        let mut bytes = 2_u32.to_le_bytes().to_vec();
        for (tag, permissions, id) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(permissions.to_le_bytes());
            bytes.extend(id.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn a_named_user_writes_only_as_far_as_the_mask_goes() {
        let named = |mask| parse(&list(&[(1, 6, u32::MAX), (2, 6, 65_534), (16, mask, u32::MAX)])).unwrap();
        assert_eq!(named(6).other_writer(0, 0).as_deref(), Some("user 65534"));
        assert_eq!(named(4).other_writer(0, 0), None);
        assert_eq!(named(6).other_writer(65_534, 0), None);
    }

    #[test]
    fn what_is_no_list_is_none() {
        assert_eq!(parse(b""), None);
        assert_eq!(parse(&[2, 0, 0, 0, 1]), Some(Acl::default()));
    }
}
