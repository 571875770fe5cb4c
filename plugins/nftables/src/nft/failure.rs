//! Why nft did not do it. Its environment is empty, so it speaks English.

use std::io;
use std::process::ExitStatus;

use warden_plugin::{Error, ErrorKind};

/// More than this of nft's words helps nobody.
const MOST_SHOWN: usize = 300;

/// nft's words that tell what to do about it; the first that is found counts.
const TELLING: [(&str, ErrorKind, &str); 5] = [
    ("Operation not permitted", ErrorKind::Denied, NOT_ROOT),
    ("Permission denied", ErrorKind::Denied, NOT_ROOT),
    ("not supported", ErrorKind::Unavailable, "this kernel may lack nf_tables: try `modprobe nf_tables`"),
    (
        "File exists",
        ErrorKind::Unavailable,
        "a set or chain of that name is there with another type or other flags: remove it, or set other names",
    ),
    (
        "Device or resource busy",
        ErrorKind::Unavailable,
        "a rule elsewhere jumps to that chain: remove the rule",
    ),
];

const NOT_ROOT: &str = "run warden as root, or with the capability CAP_NET_ADMIN";

/// A run of nft that did not do what it was to do.
#[derive(Debug)]
pub struct Failure {
    kind: ErrorKind,
    said: String,
    hint: &'static str,
}

impl Failure {
    /// A failure in our own words.
    pub(super) fn new(said: impl Into<String>, hint: &'static str) -> Self {
        Self { kind: ErrorKind::Unavailable, said: said.into(), hint }
    }

    /// nft could not even be run.
    pub(super) fn of_io(what: &str, error: &io::Error) -> Self {
        let said = format!("{what}: {error}");
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self { kind: ErrorKind::Denied, said, hint: NOT_ROOT },
            _ => Self::new(said, ""),
        }
    }

    /// nft's own words.
    pub(super) fn of_said(said: &str, status: ExitStatus) -> Self {
        let told = TELLING.into_iter().find(|(words, ..)| said.contains(words));
        let (_, kind, hint) = told.unwrap_or(("", ErrorKind::Unavailable, ""));
        let said = match shown(said) {
            empty if empty.is_empty() => format!("nft ended with {status}"),
            shown => format!("nft: {shown}"),
        };
        Self { kind, said, hint }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind, failure.said).with_hint(failure.hint)
    }
}

/// nft's lines without its prefixes, each once, on one line.
fn shown(said: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in said.lines().map(bare).filter(|line| line.contains(char::is_alphanumeric)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("; ").replace(char::is_control, " ").chars().take(MOST_SHOWN).collect()
}

fn bare(line: &str) -> &str {
    let line = line.trim();
    let line = match line.split_once(": Error: ") {
        Some((place, rest)) if place.starts_with("/dev/stdin") || place.starts_with("netlink") => rest,
        _ => line,
    };
    ["netlink: ", "Error: ", "Could not process rule: "]
        .into_iter()
        .fold(line, |rest, prefix| rest.strip_prefix(prefix).unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn failure(said: &str) -> Error {
        Failure::of_said(said, ExitStatus::from_raw(256)).into()
    }

    #[test]
    fn the_words_of_nft_are_trimmed() {
        let said = "/dev/stdin:2:1-9: Error: Could not process rule: File exists\nadd chain\n\n\
                    /dev/stdin:3:1-9: Error: Could not process rule: File exists\n^^^\n";
        assert_eq!(failure(said).message(), "nft: File exists; add chain");
        assert_eq!(failure("").message(), "nft ended with exit status: 1");
        assert!(failure(&"é".repeat(1000)).message().chars().count() < 310);
    }

    #[test]
    fn a_failure_tells_what_to_do() {
        for (said, kind, word) in [
            ("Operation not permitted (you must be root)\nnetlink: Error: cache", ErrorKind::Denied, "root"),
            ("Error: Could not process rule: Operation not supported", ErrorKind::Unavailable, "nf_tables"),
            (
                "Unable to initialize Netlink socket: Protocol not supported",
                ErrorKind::Unavailable,
                "nf_tables",
            ),
        ] {
            let error = failure(said);
            assert_eq!(error.kind(), kind, "{said}");
            assert!(error.hint().contains(word), "{said}: {}", error.hint());
        }
    }
}
