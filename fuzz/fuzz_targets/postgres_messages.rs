//! What a PostgreSQL server sends, however it is cut, is handed on as it is or refused.

#![no_main]

use database::fuzzing::{Checked, Start};
use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};

/// The server: reads give at most so many bytes at a time.
struct Server<'b> {
    bytes: &'b [u8],
    piece: usize,
}

impl AsyncRead for Server<'_> {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        let length = self.piece.min(buffer.remaining()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(length);
        buffer.put_slice(now);
        self.bytes = later;
        std::task::Poll::Ready(Ok(()))
    }
}

fn read(bytes: &[u8], piece: usize, start: Start) -> (Vec<u8>, bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut read = Vec::new();
    let mut stream = Checked::new(Server { bytes, piece }, start);
    let is_whole = runtime.block_on(stream.read_to_end(&mut read)).is_ok();
    (read, is_whole)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = input;
    for start in [Start::Private, Start::Plain, Start::AnswerOnTls] {
        let (whole, is_whole) = read(bytes, usize::MAX, start);
        assert!(!is_whole || whole == bytes);
        let (_, in_pieces) = read(bytes, usize::from(piece).max(1), start);
        assert_eq!(in_pieces, is_whole, "how it is cut makes a difference");
    }
});
