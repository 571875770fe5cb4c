//! What nft said against something, and what it means. Its environment is empty, so it speaks English.

use std::io;
use std::process::ExitStatus;

use warden_plugin::{Error, ErrorKind};

/// More than this of nft's words helps nobody.
const MOST_SHOWN: usize = 300;

/// What sort of refusal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The table, set or element is not there.
    Missing,
    /// It is there already, perhaps made otherwise.
    Exists,
    /// A range overlaps another.
    Overlaps,
    /// A rule uses it.
    Busy,
    /// The kernel does not take so much at once.
    TooLong,
    /// We may not.
    Denied,
    /// The kernel does not know how.
    Unsupported,
    /// It took too long.
    Slow,
    /// The user gave up.
    Stopped,
    /// Anything else.
    Other,
}

/// nft's words that tell a kind; the first that is found counts.
const TELLING: [(&str, Kind); 10] = [
    ("Operation not permitted", Kind::Denied),
    ("Permission denied", Kind::Denied),
    ("Message too long", Kind::TooLong),
    ("No buffer space available", Kind::TooLong),
    ("not supported", Kind::Unsupported),
    ("interval overlaps", Kind::Overlaps),
    ("conflicting intervals", Kind::Overlaps),
    ("File exists", Kind::Exists),
    ("No such file or directory", Kind::Missing),
    (BUSY, Kind::Busy),
];

const BUSY: &str = "Device or resource busy";

/// Why nft did not do it.
#[derive(Debug)]
pub struct Refusal {
    kind: Kind,
    said: String,
    busy: usize,
}

impl Refusal {
    /// A refusal in our own words.
    pub(super) fn new(kind: Kind, said: impl Into<String>) -> Self {
        Self { kind, said: said.into(), busy: 0 }
    }

    /// nft could not even be run.
    pub(super) fn of_io(what: &str, error: &io::Error) -> Self {
        let kind = if error.kind() == io::ErrorKind::PermissionDenied { Kind::Denied } else { Kind::Other };
        Self::new(kind, format!("{what}: {error}"))
    }

    /// nft's own words.
    pub(super) fn of_said(said: &str, status: ExitStatus) -> Self {
        let kind =
            TELLING.iter().find(|(words, _)| said.contains(words)).map_or(Kind::Other, |(_, kind)| *kind);
        let shown = match shown(said) {
            empty if empty.is_empty() => format!("nft ended with {status}"),
            shown => format!("nft: {shown}"),
        };
        Self { kind, said: shown, busy: said.matches(BUSY).count() }
    }

    /// What sort it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How many of the things that were to go are in use.
    #[must_use]
    pub fn busy(&self) -> usize {
        self.busy
    }

    /// Whether the sets were not as we had read them, so that another reading may help.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self.kind, Kind::Missing | Kind::Exists | Kind::Overlaps)
    }

    /// Says that it came when a part of the whole was written.
    #[must_use]
    pub fn after(mut self, done: usize, all: usize) -> Self {
        if done > 0 {
            self.said = format!("{} (after {done} of {all} parts were written)", self.said);
        }
        self
    }

    fn hint(&self) -> &'static str {
        match self.kind {
            Kind::Denied => "run warden as root, or with the capability CAP_NET_ADMIN",
            Kind::Unsupported => "this kernel may lack nf_tables: try `modprobe nf_tables`",
            Kind::Exists => {
                "a set or chain of that name is there with another type or other flags: remove it, or set other names"
            }
            Kind::Slow => "set a longer timeout",
            Kind::TooLong => "raise net.core.wmem_max on the host of this container",
            _ => "",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let kind = if refusal.kind == Kind::Denied { ErrorKind::Denied } else { ErrorKind::Unavailable };
        Self::new(kind, &refusal.said).with_hint(refusal.hint())
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
    ["internal:0:0-0: ", "netlink: ", "Error: ", "Could not process rule: "]
        .into_iter()
        .fold(line.trim(), |rest, prefix| rest.strip_prefix(prefix).unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn refusal(said: &str) -> Refusal {
        Refusal::of_said(said, ExitStatus::from_raw(256))
    }

    #[test]
    fn the_words_of_nft_are_trimmed() {
        let said = "internal:0:0-0: Error: Could not process rule: File exists\n\n\
                    internal:0:0-0: Error: Could not process rule: File exists\n^^^\n";
        assert_eq!(Error::from(refusal(said)).message(), "nft: File exists");
        assert_eq!(Error::from(refusal("")).message(), "nft ended with exit status: 1");
        assert!(Error::from(refusal(&"é".repeat(1000))).message().chars().count() < 310);
    }

    #[test]
    fn a_refusal_tells_what_to_do() {
        for (said, kind, word) in [
            ("Operation not permitted (you must be root)\nnetlink: Error: cache", ErrorKind::Denied, "root"),
            ("Error: Could not process rule: Operation not supported", ErrorKind::Unavailable, "nf_tables"),
            (
                "Unable to initialize Netlink socket: Protocol not supported",
                ErrorKind::Unavailable,
                "nf_tables",
            ),
            ("netlink: Error: Could not process rule: Message too long", ErrorKind::Unavailable, "wmem_max"),
        ] {
            let error = Error::from(refusal(said));
            assert_eq!(error.kind(), kind, "{said}");
            assert!(error.hint().contains(word), "{said}: {}", error.hint());
        }
    }

    #[test]
    fn what_is_in_use_is_counted() {
        let line = "internal:0:0-0: Error: Could not process rule: Device or resource busy\n\n";
        assert_eq!(refusal(&line.repeat(4)).busy(), 4);
    }
}
