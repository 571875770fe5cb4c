//! What a MySQL server sends, in pieces as they come, is handed on as it is or refused, however it is cut.

#![no_main]

use std::io::{self, Read, Write};

use bufstream::BufStream;
use libfuzzer_sys::fuzz_target;

/// The server: reads give at most so many bytes at a time.
struct Server<'b> {
    bytes: &'b [u8],
    piece: usize,
}

impl Read for Server<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.piece.min(buffer.len());
        self.bytes.read(&mut buffer[..length])
    }
}

impl Write for Server<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read(bytes: &[u8], piece: usize) -> (Vec<u8>, bool) {
    let mut read = Vec::new();
    let is_whole = BufStream::new(Server { bytes, piece }).read_to_end(&mut read).is_ok();
    (read, is_whole)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = input;
    let (whole, is_whole) = read(bytes, usize::MAX);
    assert!(!is_whole || whole == bytes);
    let (pieces, in_pieces) = read(bytes, usize::from(piece).max(1));
    assert!(bytes.starts_with(&pieces));
    assert_eq!(in_pieces, is_whole, "how it is cut makes a difference");
});
