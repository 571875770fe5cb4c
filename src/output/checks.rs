//! The answers of `ban check`, as they come: a target with the bans that cover it.

use std::io::{self, Write};

use serde::Serialize;
use warden_plugin::Target;

use super::json::Objects;
use super::raw::Raw;
use super::{Escapes, Format as _, Output, Stdout, finished, local_second, ordered, stdout_of};
use crate::ban_row::BanRow;
use crate::error::Result;
use crate::instant::Instant;
use crate::ui::Escaped;

/// Whether an enforcer drops what a question is about.
#[derive(Clone, Debug, Serialize)]
pub struct Enforcer {
    /// The backend's name.
    pub backend: String,
    /// `None`: it cannot be asked.
    pub drops: Option<bool>,
    /// Whether that is what the stores say.
    pub agrees: Option<bool>,
}

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
                let by = match Target::of_stored(ban.row.target) == Some(target) {
                    true => String::new(),
                    false => format!(" by {}", Escaped(ban.row.target)),
                };
                self.write(|out| writeln!(out, "{target} {is} banned{at}{by}: {}", ordered(ban)));
            }
            Some(Output::Raw) => self.write(|out| Raw::new(None, Escapes::default()).row(ban, out)),
            Some(Output::Json | Output::Jsonl) => self.write(|out| {
                out.write_all(if first { b"" } else { b"," })?;
                Objects::default().row(ban, out)
            }),
        }
        self.written.is_ok()
    }

    /// Its answer; `banned` is `None` when a backend did not answer and the others hold no ban.
    pub fn answer(&mut self, target: Target, banned: Option<bool>, enforcers: &[Enforcer]) {
        let (is, at) = self.words.clone();
        self.bans = 0;
        self.write_answer(|out, json_end| {
            let Some(end) = json_end else {
                match banned {
                    Some(true) => {}
                    Some(false) => writeln!(out, "{target} {is} not banned{at}")?,
                    None => writeln!(out, "{target} may be banned: not every backend answered")?,
                }
                let mut drops = enforcers.iter().filter(|one| one.drops == Some(true));
                return drops
                    .try_for_each(|one| writeln!(out, "{target} is dropped by {}", Escaped(&one.backend)));
            };
            let banned = banned.map_or("null", |banned| if banned { "true" } else { "false" });
            let enforcers = serde_json::to_string(enforcers)?;
            write!(out, "],\"banned\":{banned},\"enforcers\":{enforcers}}}{end}")
        });
    }

    /// Writes an answer where the format has one; tells what ends it in JSON.
    fn write_answer(&mut self, f: impl FnOnce(&mut dyn Write, Option<&'static str>) -> io::Result<()>) {
        let end = match self.output {
            Some(Output::Json) => Some(""),
            Some(Output::Jsonl) => Some("\n"),
            Some(Output::Human) => None,
            Some(Output::Raw) | None => return,
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
