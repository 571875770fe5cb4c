//! How much of an answer is believed. A list may be long, for it is read as it arrives; a text of it is not, for it is
//! held as a whole.

use std::fmt;
use std::io::{self, Read};

/// The longest text: more than any alert has.
const TEXT: usize = 1 << 20;

/// The deepest JSON.
const DEPTH: usize = 128;

/// JSON whose texts and depth are bounded before a parser holds them.
pub struct Bounded<R> {
    answer: R,
    depth: usize,
    /// In a text: how much of it there was.
    text: Option<usize>,
    /// Behind a backslash.
    is_escaped: bool,
}

impl<R> Bounded<R> {
    pub fn new(answer: R) -> Self {
        Self { answer, depth: 0, text: None, is_escaped: false }
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), TooMuch> {
        for byte in bytes {
            match (&mut self.text, byte) {
                (Some(length), byte) => {
                    let was_escaped = std::mem::take(&mut self.is_escaped);
                    if *byte == b'"' && !was_escaped {
                        self.text = None;
                    } else if *length == TEXT {
                        return Err(TooMuch("a text of more than 1 MiB"));
                    } else {
                        self.is_escaped = *byte == b'\\' && !was_escaped;
                        *length += 1;
                    }
                }
                (None, b'"') => self.text = Some(0),
                (None, b'[' | b'{') if self.depth == DEPTH => {
                    return Err(TooMuch("lists in one another without end"));
                }
                (None, b'[' | b'{') => self.depth += 1,
                (None, b']' | b'}') => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.answer.read(buffer)?;
        self.check(&buffer[..count]).map_err(io::Error::other)?;
        Ok(count)
    }
}

/// An answer that holds as much as a short one may.
pub struct Short<R> {
    answer: io::Take<R>,
}

impl<R: Read> Short<R> {
    /// How long a short answer may be: a token, the ids of a request's alerts, a reason.
    pub const BYTES: u64 = 64 * 1024;

    pub fn new(answer: R) -> Self {
        Self { answer: answer.take(Self::BYTES) }
    }
}

impl<R: Read> Read for Short<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.answer.limit() == 0 {
            return Err(io::Error::other(TooMuch("more than 64 KiB")));
        }
        self.answer.read(buffer)
    }
}

/// What of an answer is too much.
#[derive(Debug)]
pub struct TooMuch(&'static str);

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it has {}", self.0)
    }
}

impl std::error::Error for TooMuch {}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(json: &str) -> Result<String, String> {
        let mut text = String::new();
        let read = Bounded::new(json.as_bytes()).read_to_string(&mut text);
        read.map(|_| text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_in_bounds_goes_through() {
        let deep = "[{".repeat(DEPTH / 2) + &"}]".repeat(DEPTH / 2);
        let long = format!("[{}]", vec![r#"{"value":"1.2.3.4 [[[ \" {{{ \\"}"#; 100_000].join(","));
        for json in ["null", &deep, &long, &format!("\"{}\"", "x".repeat(TEXT))] {
            assert_eq!(outcome(json).unwrap(), json);
        }
    }

    #[test]
    fn a_text_or_a_depth_without_end_is_refused() {
        let long = format!("\"{}\\\"\"", "x".repeat(TEXT - 1));
        assert_eq!(outcome(&long).unwrap_err(), "it has a text of more than 1 MiB");
        assert_eq!(outcome(&"[".repeat(DEPTH + 1)).unwrap_err(), "it has lists in one another without end");
    }
}
