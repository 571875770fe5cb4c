//! How a backend with little room writes a long text, so that a host can tell that it stands for the whole one.

/// What a text ends with that was cut.
pub const CUT: &str = "…";

/// What stands for the end of a name that was cut: made of all of it, so that two long names stay two.
#[must_use]
pub fn name_end(whole: &str) -> String {
    // FNV-1a: the same in every build and on every machine.
    let hash =
        whole.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("~{hash:08x}")
}

/// Whether a stored name is the whole one, or stands for it.
#[must_use]
pub fn is_name(stored: &str, whole: &str) -> bool {
    stored == whole
        || stored.rfind('~').is_some_and(|at| {
            at < whole.len() && whole.starts_with(&stored[..at]) && stored[at..] == name_end(whole)
        })
}

/// Whether a stored text is the whole one, or the beginning that there was room for.
#[must_use]
pub fn is_text(stored: &str, whole: &str) -> bool {
    stored == whole || stored.strip_suffix(CUT).is_some_and(|begin| whole.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cut_stands_for_the_whole_and_for_nothing_else() {
        let whole = "list:a-very-long-name";
        let stored = format!("list:a{}", name_end(whole));
        assert!(is_name(&stored, whole) && is_name(whole, whole));
        assert!(!is_name(&stored, "list:another-long-name") && !is_name("list:a", whole));
        assert!(is_text("too many…", "too many logins") && !is_text("too many", "too many logins"));
    }
}
