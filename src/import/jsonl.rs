//! One JSON object a line. A line that is wrong is one bad record: the next line starts anew.

use std::io::BufRead;

use super::lines::Lines;
use super::{RecordSink, Stop, json};

/// No longer line is read.
const LONGEST: usize = 1 << 20;

pub fn read(input: &mut dyn BufRead, sink: RecordSink<'_>) -> Result<(), Stop> {
    let mut lines = Lines::new(input, LONGEST);
    while let Some(line) = lines.next()? {
        match line.text {
            Err(fault) => sink(Err(fault))?,
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => json::object(text, line.number, sink)?,
        }
    }
    Ok(())
}
