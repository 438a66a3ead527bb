//! Lines and literals, with limits.
//!
//! ```text
//!   * 3 FETCH (UID 7 BODY[] {12}CRLF<12 octets> FLAGS ())CRLF
//!     └─ line ────────────────┘     └ literal ┘└─ line ──┘
//! ```

use std::time::Duration;

use memchr::memchr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use crate::Error;
use crate::stream::Stream;

/// Octets read at a time.
const CHUNK: usize = 256 * 1024;
/// What has to come of a response within the time for an answer, so that a server that sends an octet now and then holds
/// nobody for hours.
const BLOCK: usize = 16 * 1024;

/// One response: lines without their ends, each but the last followed by a literal.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) lines: Vec<Vec<u8>>,
    pub(super) literals: Vec<Vec<u8>>,
}

/// The reading side of a connection.
pub(super) struct Reader {
    stream: Stream,
    buffer: Vec<u8>,
    from: usize,
    answer_s: u64,
    /// When the rest of the response, or the next block of it, has to be here.
    until: Instant,
    block_bytes: usize,
    line_max_bytes: usize,
    literal_max_bytes: usize,
}

impl Reader {
    pub(super) fn new(stream: Stream, settings: &super::Settings) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            from: 0,
            answer_s: settings.answer_s,
            until: Instant::now(),
            block_bytes: 0,
            line_max_bytes: settings.line_max_bytes,
            literal_max_bytes: settings.literal_max_bytes,
        }
    }

    pub(super) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Gives the stream back for a TLS handshake. What came before it in the clear is not ours to believe.
    pub(super) fn into_stream(self) -> Result<Stream, Error> {
        match self.buffer.len() > self.from {
            true => Err(Error::Rubbish("octets before the TLS handshake".to_owned())),
            false => Ok(self.stream),
        }
    }

    pub(super) async fn shutdown(&mut self) -> std::io::Result<()> {
        self.stream.shutdown().await
    }

    /// The next whole response.
    pub(super) async fn response(&mut self) -> Result<Raw, Error> {
        self.begin_block();
        let mut raw = Raw::default();
        let mut room = self.line_max_bytes;
        loop {
            let line = self.line(room).await?;
            room -= line.len();
            let literal = literal_size(&line);
            raw.lines.push(line);
            let Some(size) = literal else { return Ok(raw) };
            raw.literals.push(self.literal(size).await?);
            if raw.literals.len() > 64 {
                return Err(Error::Rubbish("too many literals in one response".to_owned()));
            }
        }
    }

    async fn line(&mut self, room: usize) -> Result<Vec<u8>, Error> {
        let mut searched = self.from;
        loop {
            if let Some(at) = memchr(b'\n', self.buffer.get(searched..).unwrap_or_default()) {
                let end = searched + at;
                let line = self.buffer.get(self.from..end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.from = end + 1;
                return if line.len() > room { Err(self.too_long()) } else { Ok(line) };
            }
            if self.buffer.len() - self.from > room {
                return Err(self.too_long());
            }
            let gone = self.from;
            searched = self.buffer.len() - gone;
            self.fill().await?;
        }
    }

    fn too_long(&self) -> Error {
        Error::TooLarge { limit_bytes: self.line_max_bytes }
    }

    async fn literal(&mut self, size: usize) -> Result<Vec<u8>, Error> {
        if size > self.literal_max_bytes {
            return Err(Error::TooLarge { limit_bytes: self.literal_max_bytes });
        }
        // A size is a claim: room is made as octets come.
        let mut literal = Vec::with_capacity(size.min(4 << 20));
        loop {
            let held = self.buffer.get(self.from..).unwrap_or_default();
            let part = held.get(..held.len().min(size - literal.len())).unwrap_or_default();
            literal.extend_from_slice(part);
            self.from += part.len();
            if literal.len() == size {
                return Ok(literal);
            }
            self.fill().await?;
        }
    }

    /// Reads more; what was taken out of the buffer goes.
    async fn fill(&mut self) -> Result<(), Error> {
        self.buffer.drain(..self.from);
        self.from = 0;
        self.buffer.reserve(CHUNK);
        let reading = self.stream.read_buf(&mut self.buffer);
        let read = timeout_at(self.until, reading).await.map_err(|_| Error::TimedOut(self.answer_s))??;
        self.block_bytes += read;
        if self.block_bytes >= BLOCK {
            self.begin_block();
        }
        if read == 0 { Err(Error::Bye("without a word".to_owned())) } else { Ok(()) }
    }

    fn begin_block(&mut self) {
        self.until = Instant::now() + Duration::from_secs(self.answer_s);
        self.block_bytes = 0;
    }
}

/// The size that a line announces at its end: `{n}`, `{n+}`, `~{n}`.
fn literal_size(line: &[u8]) -> Option<usize> {
    let inside = line.strip_suffix(b"}")?;
    let open = inside.iter().rposition(|byte| *byte == b'{')?;
    let digits = inside.get(open + 1..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use crate::client::{Security, Settings};

    #[tokio::test]
    async fn a_response_is_read_whole_however_it_arrives() {
        let text = b"* 1 FETCH (BODY[] {5}\r\na\r\nb) FLAGS ())\r\nr1 OK done\r\n";
        for piece in [1, 7, text.len()] {
            let (ours, mut theirs) = tokio::io::duplex(piece);
            let sending = tokio::spawn(async move {
                theirs.write_all(text).await.unwrap();
                theirs
            });
            let mut reader = Reader::new(Box::new(ours), &Settings::new("h", 1, Security::None));
            let raw = reader.response().await.unwrap();
            assert_eq!(raw.literals, [b"a\r\nb)".to_vec()]);
            assert_eq!(raw.lines[1], b" FLAGS ())");
            assert_eq!(reader.response().await.unwrap().lines, [b"r1 OK done".to_vec()]);
            drop(sending.await);
        }
    }

    #[tokio::test]
    async fn an_octet_now_and_then_is_too_slow_and_much_at_a_slow_pace_is_not() {
        for (piece, is_slow) in [(&b"x"[..], true), (&[b'x'; BLOCK][..], false)] {
            let (ours, mut theirs) = tokio::io::duplex(BLOCK);
            let sending = tokio::spawn(async move {
                let mut pace = tokio::time::interval(Duration::from_millis(200));
                for _ in 0..10 {
                    pace.tick().await;
                    if theirs.write_all(piece).await.is_err() {
                        return;
                    }
                }
                theirs.write_all(b"\r\n").await.unwrap();
            });
            let settings = Settings { answer_s: 1, ..Settings::new("h", 1, Security::None) };
            let read = Reader::new(Box::new(ours), &settings).response().await;
            assert_eq!(matches!(read, Err(Error::TimedOut(1))), is_slow, "{read:?}");
            sending.await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_is_too_large_is_refused_before_it_is_held() {
        let mut settings = Settings::new("h", 1, Security::None);
        (settings.line_max_bytes, settings.literal_max_bytes) = (100, 100);
        for text in [&[b'x'; 400][..], b"* X {99999999999}\r\n"] {
            let (ours, mut theirs) = tokio::io::duplex(1024);
            theirs.write_all(text).await.unwrap();
            let read = Reader::new(Box::new(ours), &settings).response().await;
            assert!(matches!(read, Err(Error::TooLarge { .. })), "{read:?}");
        }
    }
}
