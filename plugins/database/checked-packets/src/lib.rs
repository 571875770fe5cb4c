//! Stands in for `bufstream`, through which the `mysql` crate reads a server's packets, decrypted where TLS is used. The
//! crate makes room for as many columns as an answer announces, up to 2^64, and Rust ends the process when there is no
//! such room. Here such an answer is an error of the connection.

use std::fmt;
use std::io::{self, BufWriter, Read, Write};

/// A stream that a server answers on. What is read is not buffered: the crate has a buffer of its own.
#[derive(Debug)]
pub struct BufStream<S: Write> {
    writer: BufWriter<S>,
    packets: Packets,
}

impl<S: Read + Write> BufStream<S> {
    /// At the beginning of a packet.
    pub fn new(inner: S) -> Self {
        Self { writer: BufWriter::new(inner), packets: Packets::default() }
    }

    /// What lies beneath.
    pub fn get_ref(&self) -> &S {
        self.writer.get_ref()
    }

    /// What lies beneath.
    pub fn get_mut(&mut self) -> &mut S {
        self.writer.get_mut()
    }

    /// What lies beneath, when everything is written.
    ///
    /// # Errors
    /// The system's, of the last write.
    pub fn into_inner(self) -> io::Result<S> {
        self.writer.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl<S: Read + Write> Read for BufStream<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.writer.get_mut().read(buffer)?;
        self.packets.check(&buffer[..count])?;
        Ok(count)
    }
}

impl<S: Read + Write> Write for BufStream<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A packet's length, in three bytes, and its number.
const HEADER: usize = 4;

/// A packet of this length goes on in the next one.
const CONTINUED: usize = 0xff_ffff;

/// Where in a server's packets the stream is.
#[derive(Debug, Default)]
struct Packets {
    header: [u8; HEADER],
    /// How much of the header is here.
    known: usize,
    /// How much of the packet is to come.
    rest: usize,
    /// The next byte is the first of an answer.
    is_first: bool,
    is_continued: bool,
    /// The server took the password: from now on it answers commands.
    is_logged_in: bool,
}

impl Packets {
    fn check(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Some(&byte) = bytes.first() {
            if self.rest == 0 {
                self.header[self.known] = byte;
                self.known += 1;
                bytes = &bytes[1..];
                if self.known == HEADER {
                    self.begin();
                }
                continue;
            }
            if std::mem::take(&mut self.is_first) {
                self.check_first(byte)?;
            }
            let count = bytes.len().min(self.rest);
            self.rest -= count;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    fn begin(&mut self) {
        let [low, middle, high, _] = self.header;
        self.known = 0;
        self.rest = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
        self.is_first = !self.is_continued;
        self.is_continued = self.rest == CONTINUED;
    }

    /// An answer with rows begins with the number of its columns, of which no server has more than 4,096: 0xfd and 0xfe
    /// announce numbers of three and eight bytes. A short packet with 0xfe is the end of the rows; before the login, one
    /// names a way to log in. A row in text whose first column has 64 KiB would begin so too: warden asks for none.
    fn check_first(&mut self, byte: u8) -> io::Result<()> {
        const OK: u8 = 0;
        const COUNT_OF_THREE: u8 = 0xfd;
        const COUNT_OF_EIGHT: u8 = 0xfe;
        match byte {
            OK => self.is_logged_in = true,
            COUNT_OF_THREE if self.is_logged_in => return Err(refused()),
            COUNT_OF_EIGHT if self.is_logged_in && self.rest > 8 => return Err(refused()),
            _ => {}
        }
        Ok(())
    }
}

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, TooManyColumns)
}

/// Why a stream is given up.
#[derive(Debug)]
struct TooManyColumns;

impl fmt::Display for TooManyColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server announces more columns than any table has")
    }
}

impl std::error::Error for TooManyColumns {}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(payload: &[u8]) -> Vec<u8> {
        let mut packet = u32::try_from(payload.len()).unwrap_or_default().to_le_bytes()[..3].to_vec();
        packet.push(1);
        packet.extend(payload);
        packet
    }

    /// However the bytes come.
    fn is_taken(payloads: &[&[u8]]) -> bool {
        let bytes: Vec<u8> = payloads.iter().flat_map(|payload| packet(payload)).collect();
        let sizes = if bytes.len() < CONTINUED { [1, 3, 7] } else { [1 << 12, 1 << 20, bytes.len()] };
        let outcomes = sizes.map(|size| {
            let mut packets = Packets::default();
            bytes.chunks(size).all(|chunk| packets.check(chunk).is_ok())
        });
        assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]));
        outcomes[0]
    }

    const LOGIN: &[u8] = &[0, 0, 0, 2, 0, 0, 0];

    #[test]
    fn a_count_of_columns_that_no_table_has_is_refused() {
        assert!(!is_taken(&[LOGIN, &[0xfe, 0, 0, 0, 0x10, 0, 0, 0, 0]]));
        assert!(!is_taken(&[LOGIN, b"\x02", &[0xfd, 0, 0, 0x10]]));
    }

    #[test]
    fn what_servers_answer_is_taken() {
        assert!(is_taken(&[b"\x0a5.5.5", b"\xfecaching_sha2_password\0", LOGIN, b"\xfc\x00\x10"]));
        let end: &[u8] = &[0xfe, 0, 0, 2, 0];
        assert!(is_taken(&[LOGIN, b"\x01", b"\x03def", end, b"\x00\x00row", end]));
        assert!(is_taken(&[LOGIN, b"", b"\xff\x15\x04#28000no", LOGIN]));
    }

    #[test]
    fn the_rest_of_a_long_packet_is_no_answer_of_its_own() {
        let long = vec![0; CONTINUED];
        assert!(is_taken(&[LOGIN, &long, &[0xfd, 0, 0, 0x10]]));
        assert!(!is_taken(&[LOGIN, &long, b"end", &[0xfd, 0, 0, 0x10]]));
    }
}
