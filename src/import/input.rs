//! Where an import reads from: a file, a FIFO or standard input, without its byte order mark.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{Fault, Format, caller, detect};
use crate::error::{Error, Kind, Result};
use crate::trust::reason;
use crate::ui;

/// An input, of which the beginning has been looked at.
pub struct Input<'r> {
    head: Cursor<Vec<u8>>,
    rest: BufReader<Box<dyn Read + 'r>>,
    watched: Option<(File, Metadata)>,
    source: Source,
}

/// What messages say of an input.
#[derive(Clone, Default)]
pub struct Source {
    file: Option<PathBuf>,
    /// Its lines must not be read in messages.
    is_hidden: bool,
}

impl Source {
    /// A fault as the user may read it.
    pub fn error(&self, fault: Fault) -> Error {
        let fault = if self.is_hidden {
            let hint = "who called sudo cannot read this file, so it is not quoted";
            Fault::new(fault.at, "this is not understood").with_hint(hint)
        } else {
            fault
        };
        fault.in_file(self.file.as_deref().unwrap_or(Path::new("standard input")))
    }
}

/// What is looked at to tell the format.
const HEAD: usize = 64 << 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Input<'static> {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    /// `Input` when it cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Self::of(io::stdin()).map_err(|e| cannot_read("standard input", &e));
        }
        let failed = |e: io::Error| cannot_read(&ui::shown(path), &e);
        if path.is_dir() {
            return Err(Error::new(Kind::Input, format!("{} is a directory", ui::shown(path))));
        }
        let file = File::open(path).map_err(failed)?;
        let meta = file.metadata().map_err(failed)?;
        let is_hidden = meta.is_file() && !caller::may_see(path, &meta);
        let regular = meta.is_file() && meta.len() > 0;
        let watched = if regular { Some((file.try_clone().map_err(failed)?, meta)) } else { None };
        // A file may grow for ever.
        let most = watched.as_ref().map_or(u64::MAX, |(_, meta)| meta.len());
        let input = Self::of(file.take(most)).map_err(failed)?;
        Ok(Self { watched, source: Source { file: Some(path.to_owned()), is_hidden }, ..input })
    }
}

impl<'r> Input<'r> {
    /// Reads from a reader.
    ///
    /// # Errors
    /// When its beginning cannot be read.
    pub fn of(reader: impl Read + 'r) -> io::Result<Self> {
        let mut rest: Box<dyn Read + 'r> = Box::new(reader);
        let mut head = Vec::new();
        (&mut rest).take(HEAD as u64).read_to_end(&mut head)?;
        if head.starts_with(BYTE_ORDER_MARK) {
            head.drain(..BYTE_ORDER_MARK.len());
        }
        let rest = BufReader::with_capacity(64 << 10, rest);
        Ok(Self { head: Cursor::new(head), rest, watched: None, source: Source::default() })
    }

    /// The format, by the beginning.
    ///
    /// # Errors
    /// When it is no text at all.
    pub fn detect(&self) -> Result<Format, Fault> {
        detect::format(self.head.get_ref())
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.head.get_ref().is_empty()
    }

    /// The file, unless it is standard input.
    pub fn file(&self) -> Option<&Path> {
        self.source.file.as_deref()
    }

    /// What messages say of it.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// What the input is called in messages.
    pub fn name(&self) -> String {
        self.file().map_or_else(|| "standard input".to_owned(), ui::shown)
    }

    /// An error of reading it.
    pub fn unreadable(&self, error: &io::Error) -> Error {
        cannot_read(&self.name(), error)
    }

    /// Whether the file is still the one that was opened: a list that grows while it is read may be cut in the middle
    /// of a line.
    ///
    /// # Errors
    /// `Input` when it has changed.
    pub fn unchanged(&self) -> Result {
        let Some((file, before)) = &self.watched else { return Ok(()) };
        let now = file.metadata().map_err(|e| self.unreadable(&e))?;
        let state = |m: &Metadata| (m.len(), m.mtime(), m.mtime_nsec());
        if state(&now) == state(before) {
            return Ok(());
        }
        let message = format!("{} changed while it was read, so nothing was done", self.name());
        Err(Error::new(Kind::Input, message).with_hint("write the list to another file, then rename it"))
    }
}

fn cannot_read(name: &str, error: &io::Error) -> Error {
    Error::new(Kind::Input, format!("cannot read {name}: {}", reason(error)))
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.head.read(buffer)? {
            0 => self.rest.read(buffer),
            n => Ok(n),
        }
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.in_head() { self.head.fill_buf() } else { self.rest.fill_buf() }
    }

    fn consume(&mut self, n: usize) {
        if self.in_head() { self.head.consume(n) } else { self.rest.consume(n) }
    }
}

impl Input<'_> {
    fn in_head(&self) -> bool {
        self.head.position() < self.head.get_ref().len() as u64
    }
}
