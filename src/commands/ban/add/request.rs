//! What was typed after `ban add ip` or `ban add range`, made into what is meant.

use std::collections::HashSet;

use warden_plugin::Target;

use super::Words;
use crate::duration::{BanDuration, DurationError};
use crate::error::{Error, Result};
use crate::import::long_reason;

/// What the verb says that a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    Address,
    Range,
}

/// What to ban.
#[derive(Debug)]
pub struct Request {
    /// Each target once.
    pub targets: Vec<Target>,
    /// Those whose host bits were cut, with what was typed.
    pub cut: Vec<(String, Target)>,
    pub duration: BanDuration,
    /// The duration as it was typed.
    pub typed_duration: String,
    pub reason: String,
}

impl Request {
    pub fn read(kind: TargetKind, words: Words) -> Result<Self> {
        let mut left = words.words.into_iter();
        let targets = if words.targets.is_empty() {
            vec![left.next().ok_or_else(|| missing("TARGET", "what to ban"))?]
        } else {
            words.targets
        };
        let typed_duration = match words.duration {
            Some(duration) => duration,
            None => left.next().ok_or_else(|| missing("DURATION", "for how long, such as `4h`"))?,
        };
        let mut request = Self {
            targets: Vec::with_capacity(targets.len()),
            cut: Vec::new(),
            duration: BanDuration::Permanent,
            typed_duration,
            reason: String::new(),
        };
        for text in targets {
            request.add(kind, text)?;
        }
        let mut seen = HashSet::new();
        request.targets.retain(|target| seen.insert(*target));
        request.duration = duration(&request.typed_duration)?;
        request.reason = reason(words.reason, left, words.rest)?;
        Ok(request)
    }

    fn add(&mut self, kind: TargetKind, text: String) -> Result {
        let noted = Target::parse_noting(&text).map_err(|e| Error::usage(e.to_string()))?;
        match (kind, noted.target.is_range()) {
            (TargetKind::Address, true) => return Err(wrong_verb(&text, "a range", "ban add range")),
            (TargetKind::Range, false) if !text.contains('/') => {
                return Err(wrong_verb(&text, "an address", "ban add ip"));
            }
            _ => {}
        }
        self.targets.push(noted.target);
        if noted.host_bits_cut {
            self.cut.push((text, noted.target));
        }
        Ok(())
    }
}

pub fn duration(text: &str) -> Result<BanDuration> {
    text.parse().map_err(|e: DurationError| Error::usage(e.to_string()).with_hint(e.hint()))
}

/// The words of the reason, joined by a space as in v0.3.
pub fn reason(
    given: Option<String>,
    words: impl Iterator<Item = String>,
    rest: Vec<String>,
) -> Result<String> {
    let all: Vec<String> = given.into_iter().chain(words).chain(rest).collect();
    let reason = all.join(" ");
    if reason.trim().is_empty() {
        return Err(missing("REASON", "why"));
    }
    long_reason(&reason).map_or(Ok(reason), |message| Err(Error::usage(message)))
}

pub fn missing(name: &str, what: &str) -> Error {
    Error::usage(format!("{name} is missing: {what}"))
        .with_hint("warden ban add ip 203.0.113.7 4h \"ssh brute force\"")
}

fn wrong_verb(text: &str, what: &str, verb: &str) -> Error {
    Error::usage(format!("`{text}` is {what}")).with_hint(format!("use `{verb} {text} …`"))
}
