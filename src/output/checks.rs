//! The answers of `ban check`, as they come: a target with the bans that cover it.

use std::io::{self, Write};

use warden_plugin::Target;

use super::json::Objects;
use super::raw::Raw;
use super::{Escapes, Format as _, Output, Stdout, covering, finished, local_second, stdout_of};
use crate::ban_row::BanRow;
use crate::error::Result;
use crate::instant::Instant;

/// Prints the answers.
pub struct Checks {
    /// `None`: nothing is printed.
    output: Option<Output>,
    /// The verb, and the time that was asked for.
    words: (&'static str, String),
    out: Stdout,
    targets: u64,
    bans: u64,
    written: io::Result<()>,
}

impl Checks {
    /// Begins; `at`: the time that was asked for, if one was.
    pub fn begin(output: Option<Output>, at: Option<Instant>, now: Instant) -> Self {
        let words = match at {
            None => ("is", String::new()),
            Some(at) => (if at < now { "was" } else { "is" }, format!(" at {}", local_second(at))),
        };
        let mut out = stdout_of(output.unwrap_or_default());
        let written = match output {
            Some(Output::Json) => out.write_all(b"["),
            Some(Output::Raw) => Raw::new(None, Escapes::default()).begin(&mut out),
            Some(Output::Human | Output::Jsonl) | None => Ok(()),
        };
        Self { output, words, out, targets: 0, bans: 0, written }
    }

    /// The next target.
    pub fn target(&mut self, target: Target) {
        let lead = match (self.output, self.targets) {
            (Some(Output::Json), 0) => "\n ",
            (Some(Output::Json), _) => ",\n ",
            (Some(Output::Jsonl), _) => "",
            (Some(Output::Human | Output::Raw) | None, _) => return self.targets += 1,
        };
        (self.targets, self.bans) = (self.targets + 1, 0);
        self.write(|out| write!(out, "{lead}{{\"target\":\"{target}\",\"bans\":["));
    }

    /// A ban that covers it; answers whether more are wanted.
    pub fn ban(&mut self, target: Target, ban: &BanRow<'_>) -> bool {
        let first = self.bans == 0;
        self.bans += 1;
        match self.output {
            None => {}
            Some(Output::Human) => {
                let (is, at) = self.words.clone();
                self.write(|out| {
                    if first {
                        writeln!(out, "{target} {is} banned{at}:")?;
                    }
                    writeln!(out, "  {}", covering(ban))
                });
            }
            Some(Output::Raw) => self.write(|out| Raw::new(None, Escapes::default()).row(ban, out)),
            Some(Output::Json | Output::Jsonl) => self.write(|out| {
                out.write_all(if first { b"" } else { b"," })?;
                Objects::default().row(ban, out)
            }),
        }
        self.written.is_ok()
    }

    /// Its answer; `None`: a backend did not answer, and the others hold no ban.
    pub fn answer(&mut self, target: Target, banned: Option<bool>) {
        let (is, at) = self.words.clone();
        self.bans = 0;
        self.write_answer(banned, |out, json_end| match (json_end, banned) {
            (Some(end), Some(banned)) => write!(out, "],\"banned\":{banned}}}{end}"),
            (Some(end), None) => write!(out, "],\"banned\":null}}{end}"),
            (None, Some(_)) => writeln!(out, "{target} {is} not banned{at}"),
            (None, None) => writeln!(out, "{target} may be banned: not every backend answered"),
        });
    }

    /// Writes an answer where the format has one; tells what ends it in JSON.
    fn write_answer(
        &mut self,
        banned: Option<bool>,
        f: impl FnOnce(&mut dyn Write, Option<&'static str>) -> io::Result<()>,
    ) {
        let end = match self.output {
            Some(Output::Json) => Some(""),
            Some(Output::Jsonl) => Some("\n"),
            Some(Output::Human) if banned != Some(true) => None,
            Some(Output::Human | Output::Raw) | None => return,
        };
        self.write(|out| f(out, end));
    }

    /// The end. What is not complete stays without it in JSON, so that no script takes a part for the whole.
    ///
    /// # Errors
    /// `Output` when standard output cannot be written.
    pub fn end(mut self, complete: bool) -> Result {
        match self.output {
            Some(Output::Json) if complete => self.write(|out| out.write_all(b"\n]\n")),
            Some(Output::Json | Output::Jsonl | Output::Human | Output::Raw) => {}
            None => return Ok(()),
        }
        finished(self.written.and_then(|()| self.out.flush()))
    }

    fn write(&mut self, f: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.written.is_ok() {
            self.written = f(&mut self.out);
        }
    }
}
