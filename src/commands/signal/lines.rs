//! Where the signals come from: a thread reads lines and makes records of them, a bounded way ahead of the inserts. Lines
//! that lie ready together travel together: to hand each over by itself costs more than to insert it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use crate::signal::SignalRecord;
use crate::trust::reason;

/// So many lines travel together, at most.
const TOGETHER: usize = 64;

/// So many of those wait to be inserted, at most.
const AHEAD: usize = 16;

/// A longer line is refused, in bytes.
const MAX_LINE: u64 = 16 << 20;

/// How long to wait for a file to grow.
const POLL: Duration = Duration::from_millis(50);

/// A line of the input.
pub struct SignalLine {
    /// From 1.
    pub number: u64,
    /// The signal, or what is wrong with the line.
    pub record: Result<Box<SignalRecord>, String>,
}

/// Opens the input, `-` for standard input, and starts reading. The channel closes at its end.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &Path, follow: bool) -> io::Result<Receiver<Vec<SignalLine>>> {
    let input: Box<dyn Read + Send> =
        if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
    let (send, receive) = sync_channel(AHEAD);
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || read(BufReader::with_capacity(1 << 16, input), follow, &send))?;
    Ok(receive)
}

/// Reads until the end, or until nobody listens.
fn read(mut input: BufReader<impl Read>, follow: bool, send: &SyncSender<Vec<SignalLine>>) {
    let mut batch = Batch { lines: Vec::new(), send };
    let mut text = Vec::new();
    let mut number = 0;
    loop {
        let got = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut text);
        let whole = text.last() == Some(&b'\n');
        let record = match got {
            // What is there of a line may be the beginning of one that grows.
            Ok(0) if follow => {
                thread::sleep(POLL);
                continue;
            }
            Ok(0) if text.is_empty() => {
                let _ = batch.hand_over();
                return;
            }
            Ok(n) if !whole && n as u64 == MAX_LINE => {
                let skipped = skip_line(&mut input);
                skipped
                    .and_then(|()| Err(io::Error::other("the line is longer than 16 MiB")))
                    .map_err(|e| reason(&e))
            }
            Ok(_) if !whole && follow => continue,
            Ok(_) => record(&text),
            Err(ref e) => Err(reason(e)),
        };
        // What cannot be read once will not be the next time.
        let broken = got.is_err();
        number += 1;
        text.clear();
        let blank = matches!(record, Ok(None));
        let record = record.and_then(|r| r.ok_or_else(String::new));
        if !blank {
            batch.lines.push(SignalLine { number, record });
        }
        // To read on may take long.
        let is_due = broken || batch.lines.len() == TOGETHER || !input.buffer().contains(&b'\n');
        if is_due && batch.hand_over().is_err() || broken {
            return;
        }
    }
}

/// The lines that wait for their neighbours.
struct Batch<'s> {
    lines: Vec<SignalLine>,
    send: &'s SyncSender<Vec<SignalLine>>,
}

impl Batch<'_> {
    fn hand_over(&mut self) -> Result<(), SendError<Vec<SignalLine>>> {
        if self.lines.is_empty() { Ok(()) } else { self.send.send(std::mem::take(&mut self.lines)) }
    }
}

/// Passes over the rest of a line.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let (found, used) = {
            let buffer = input.fill_buf()?;
            match buffer.iter().position(|b| *b == b'\n') {
                Some(at) => (true, at + 1),
                None => (buffer.is_empty(), buffer.len()),
            }
        };
        input.consume(used);
        if found {
            return Ok(());
        }
    }
}

/// The record of a line; `None`: a blank one.
fn record(line: &[u8]) -> Result<Option<Box<SignalRecord>>, String> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(line).map(|record| Some(Box::new(record))).map_err(|e| told(&e))
}

/// The line is known: only the column of serde's place is told.
fn told(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or(&words);
    format!("{words} (column {})", error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(u64, Result<String, String>)> {
        let (send, receive) = sync_channel(AHEAD);
        read(BufReader::new(text), false, &send);
        drop(send);
        receive.iter().flatten().map(|line| (line.number, line.record.map(|r| r.scenario))).collect()
    }

    #[test]
    fn a_bad_line_is_told_and_the_next_is_read() {
        let read = lines(b"{\"scenario\":\"a\"}\n\nnonsense\n{\"scenario\":\"b\"}");
        assert_eq!(read.len(), 3);
        assert_eq!(read[0], (1, Ok("a".into())));
        assert!(read[1].0 == 3 && read[1].1.is_err());
        assert_eq!(read[2], (4, Ok("b".into())));
    }

    #[test]
    fn what_cannot_be_read_is_told_once() {
        let (send, receive) = sync_channel(AHEAD);
        let folder = File::open("/").unwrap();
        read(BufReader::new(b"{\"scenario\":\"a\"}\n".chain(folder)), false, &send);
        drop(send);
        let told: Vec<_> = receive.iter().flatten().map(|line| (line.number, line.record.is_ok())).collect();
        assert_eq!(told, [(1, true), (2, false)]);
    }

    #[test]
    fn a_line_without_an_end_costs_bounded_memory() {
        let mut text = vec![b'x'; 17 << 20];
        text.extend(b"\n{\"scenario\":\"b\"}\n");
        let read = lines(&text);
        assert_eq!(read[0].1, Err("the line is longer than 16 MiB".into()));
        assert_eq!(read[1], (2, Ok("b".into())));
    }
}
