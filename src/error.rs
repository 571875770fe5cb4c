//! What can go wrong, and the one table from an error's kind to the exit code.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Exit {
    /// All done.
    #[default]
    Done,
    /// Nothing was done.
    Failed,
    /// The command line is wrong.
    Usage,
    /// Some backend was discarded or failed; the others did it.
    Partial,
    /// Nothing matched.
    NoMatch,
    /// Ctrl-C, or another signal to end: what was pending is discarded.
    Interrupted,
}

impl Exit {
    /// The code that a script sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::NoMatch => 4,
            // As a shell reports a program that SIGINT ended.
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// What sort of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The arguments alone can refuse it.
    Usage,
    /// A configuration file, or what it names.
    Config,
    /// Every backend failed.
    Backend,
    /// What was to be read cannot be read or understood.
    Input,
    /// A person said no, or could not be asked.
    Refused,
    /// Standard output or another stream cannot be written.
    Output,
}

/// An error as the user reads it: what failed on what, in which file, and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    message: String,
    place: Option<Place>,
    hint: Option<String>,
}

/// A file, and a line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The character in the line, from 1.
    pub column: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        [self.line, self.column].into_iter().flatten().try_for_each(|number| write!(f, ":{number}"))
    }
}

/// The result of whatever can fail before or around the backends.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of a kind; the message is lower case, without a full stop, the user's words in backticks.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), place: None, hint: None }
    }

    /// The arguments are wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A configuration file is wrong.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// Adds the file that it is about.
    pub fn in_file(mut self, file: impl Into<PathBuf>, line: Option<usize>) -> Self {
        self.place.get_or_insert(Place { file: file.into(), line, column: None });
        self
    }

    /// Adds the character in the line that it is about.
    pub fn in_column(mut self, column: usize) -> Self {
        if let Some(place) = &mut self.place {
            place.column = Some(column);
        }
        self
    }

    /// Adds what the user can do, unless something is said already.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// Puts words before the message.
    pub fn about(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Says, after the message, what was being done.
    pub fn during(mut self, what: &str) -> Self {
        self.message = format!("{} (during {what})", self.message);
        self
    }

    /// The file that it is about.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// What sort of error it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The table from kind to exit code.
    pub fn exit(&self) -> Exit {
        match self.kind {
            Kind::Usage => Exit::Usage,
            Kind::Config | Kind::Backend | Kind::Input | Kind::Refused | Kind::Output => Exit::Failed,
        }
    }
}
