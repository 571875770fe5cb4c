//! What a server may send: no message longer than a row of bans can be, and over plain TCP no question for the password
//! in clear text. The driver makes room for whatever length a message announces, and Rust ends the process when there is
//! no such room.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::TryFutureExt;
use futures_util::future::MapOk;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// The longest message that is read.
const LONGEST: u32 = 16 * 1024 * 1024;

/// A stream whose messages are looked at before the driver reads them.
pub struct Checked<S> {
    stream: S,
    messages: Messages,
}

impl<S> Checked<S> {
    /// A stream as it was connected.
    pub fn new(stream: S, start: Start) -> Self {
        Self { stream, messages: Messages { start, ..Messages::default() } }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Checked<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = outcome {
            let checked = self.messages.check(&buffer.filled()[before..]);
            if checked.is_err() {
                // An error means that nothing was read.
                buffer.set_filled(before);
            }
            return Poll::Ready(checked.map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why)));
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Checked<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: TlsStream + Unpin> TlsStream for Checked<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}

/// TLS, with what it decrypts looked at.
pub struct CheckedTls<T>(pub T);

impl<S, T: TlsConnect<S>> TlsConnect<S> for CheckedTls<T> {
    type Stream = Checked<T::Stream>;
    type Error = T::Error;
    type Future = MapOk<T::Future, fn(T::Stream) -> Self::Stream>;

    fn connect(self, stream: S) -> Self::Future {
        self.0.connect(stream).map_ok(|stream| Checked::new(stream, Start::Private))
    }
}

/// What a stream begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Messages that nobody else reads: through TLS or a unix socket.
    #[default]
    Private,
    /// Messages in clear text, as the user wants it.
    Plain,
    /// The answer to the question for TLS; without it, no password goes out in clear text.
    AnswerOnTls,
}

/// Why a stream is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A message of so many bytes.
    TooLong(u32),
    /// The question for a password in clear text.
    ClearText,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(length) => write!(f, "the server announces a message of {length} bytes"),
            Self::ClearText => f.write_str("the server asks for the password in clear text, without TLS"),
        }
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// Why the driver failed, if it was this.
    pub fn of(error: &tokio_postgres::Error) -> Option<Self> {
        let error = std::error::Error::source(error)?.downcast_ref::<io::Error>()?;
        error.get_ref()?.downcast_ref().copied()
    }
}

/// Where in a server's messages the stream is.
#[derive(Debug, Default)]
struct Messages {
    start: Start,
    /// The kind of the message, its length, and the first word of its body where that is looked at.
    head: [u8; 9],
    /// How much of the head is here.
    known: usize,
    /// How much of the message is to come.
    rest: usize,
    /// TLS begins: these are no messages.
    is_over: bool,
    is_answered: bool,
}

impl Messages {
    fn check(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        while let Some(&byte) = bytes.first()
            && !self.is_over
        {
            if self.start == Start::AnswerOnTls && !self.is_answered {
                self.is_answered = true;
                self.is_over = byte == b'S';
                bytes = &bytes[1..];
            } else if self.rest == 0 {
                self.head[self.known] = byte;
                self.known += 1;
                bytes = &bytes[1..];
                self.check_head()?;
            } else {
                let count = bytes.len().min(self.rest);
                self.rest -= count;
                bytes = &bytes[count..];
            }
        }
        Ok(())
    }

    fn check_head(&mut self) -> Result<(), Refusal> {
        const AUTHENTICATION: u8 = b'R';
        const CLEAR_TEXT: [u8; 4] = [0, 0, 0, 3];
        let [kind, a, b, c, d, code @ ..] = self.head;
        let length = u32::from_be_bytes([a, b, c, d]);
        if self.known < 5 {
            return Ok(());
        }
        if length > LONGEST {
            return Err(Refusal::TooLong(length));
        }
        // The length counts itself, and not the kind.
        let more = if kind == AUTHENTICATION && length >= 8 { 9 } else { 5 };
        if self.known < more {
            return Ok(());
        }
        if more == 9 && code == CLEAR_TEXT && self.start == Start::AnswerOnTls {
            return Err(Refusal::ClearText);
        }
        self.rest = usize::try_from(length).unwrap_or(usize::MAX).saturating_sub(more - 1);
        self.known = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the bytes come.
    fn check(start: Start, bytes: &[u8]) -> Result<(), Refusal> {
        let outcomes = [1, 2, 7, bytes.len()].map(|size| {
            let mut messages = Messages { start, ..Messages::default() };
            bytes.chunks(size).try_for_each(|chunk| messages.check(chunk))
        });
        assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]), "{outcomes:?}");
        outcomes[0]
    }

    #[test]
    fn a_message_that_is_too_long_is_refused_before_it_is_read() {
        let two = b"S\0\0\0\x0ename\0text\0D\x7f\xff\xff\xff";
        assert_eq!(check(Start::Plain, two), Err(Refusal::TooLong(0x7fff_ffff)));
        assert_eq!(check(Start::Private, b"R\xff\xff\xff\xff"), Err(Refusal::TooLong(u32::MAX)));
        assert_eq!(check(Start::Plain, b"D\x01\0\0\0D\0\0\0\x04"), Ok(()));
    }

    #[test]
    fn a_question_for_a_password_in_clear_text_is_refused_without_tls() {
        let question = b"R\0\0\0\x08\0\0\0\x03";
        let after = |answer: u8| [&[answer], &question[..]].concat();
        assert_eq!(check(Start::AnswerOnTls, &after(b'N')), Err(Refusal::ClearText));
        assert_eq!(check(Start::AnswerOnTls, &after(b'S')), Ok(()), "TLS begins");
        assert_eq!(check(Start::Private, question), Ok(()));
        assert_eq!(check(Start::Plain, question), Ok(()));
        assert_eq!(check(Start::AnswerOnTls, b"NR\0\0\0\x08\0\0\0\0Z\0\0\0\x05I"), Ok(()));
    }
}
