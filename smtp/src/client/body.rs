//! Message content as DATA sends it, a block at a time.
//!
//! ```text
//!   at the start of a line:  "." ─> ".."
//!   LF, CRLF, CR at the end ─> CRLF      any other CR ─> " "      after all: "." CRLF
//! ```

/// Octets of a block, some more when it ends in the middle of something.
const BLOCK_BYTES: usize = 64 * 1024;

/// A message with CRLF line ends, dots stuffed and the end of data appended (RFC 5321 §4.5.2), without a second
/// copy of it.
///
/// Stray carriage returns become spaces and stray line feeds become line ends: what we send must not be
/// read as the end of data by anybody who is lax about line ends.
#[derive(Debug)]
pub struct Stuffing<'a> {
    rest: &'a [u8],
    at_line_start: bool,
    ended: bool,
}

impl<'a> Stuffing<'a> {
    /// For one message.
    #[must_use]
    pub fn new(raw: &'a [u8]) -> Self {
        Self { rest: raw, at_line_start: true, ended: false }
    }

    /// Puts the next block into `out` in place of what it holds; `false` when there is none.
    pub fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        out.clear();
        while out.len() < BLOCK_BYTES && !self.ended {
            if self.rest.is_empty() {
                out.extend_from_slice(if self.at_line_start { b".\r\n" } else { b"\r\n.\r\n" });
                self.ended = true;
            } else {
                self.take_stretch(out);
            }
        }
        !out.is_empty()
    }

    fn take_stretch(&mut self, out: &mut Vec<u8>) {
        if self.at_line_start && self.rest.first() == Some(&b'.') {
            out.push(b'.');
        }
        let near = self.rest.get(..BLOCK_BYTES).unwrap_or(self.rest);
        let (text, _) = near.split_at(memchr::memchr2(b'\r', b'\n', near).unwrap_or(near.len()));
        out.extend_from_slice(text);
        self.rest = self.rest.get(text.len()..).unwrap_or_default();
        let (written, taken): (&[u8], usize) = match self.rest {
            [b'\r', b'\n', ..] => (b"\r\n", 2),
            [b'\n', ..] | [b'\r'] => (b"\r\n", 1),
            [b'\r', ..] => (b" ", 1),
            _ => (b"", 0),
        };
        out.extend_from_slice(written);
        self.rest = self.rest.get(taken..).unwrap_or_default();
        self.at_line_start = written == b"\r\n";
    }
}

#[cfg(test)]
pub(crate) fn stuffed(raw: &[u8]) -> Vec<u8> {
    let (mut stuffing, mut block, mut all) = (Stuffing::new(raw), Vec::new(), Vec::new());
    while stuffing.fill(&mut block) {
        assert!(block.len() <= 2 * BLOCK_BYTES + 4);
        all.extend_from_slice(&block);
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_end_looks_like_the_end() {
        assert_eq!(stuffed(b"a\r\n.b\r\n.\r\n"), b"a\r\n..b\r\n..\r\n.\r\n");
        assert_eq!(stuffed(b"a\n.\rb"), b"a\r\n.. b\r\n.\r\n");
        assert_eq!(stuffed(b"\r.\r\r\n"), b" . \r\n.\r\n");
        assert_eq!(stuffed(b"a\r"), b"a\r\n.\r\n");
        assert_eq!(stuffed(b""), b".\r\n");
    }

    proptest! {
        /// Line ends and dots lie on, before and behind the ends of blocks.
        #[test]
        fn blocks_change_nothing(before in BLOCK_BYTES - 4..BLOCK_BYTES + 1, text in "[a.\r\n]{0,12}") {
            let line = "x".repeat(before);
            let short = stuffed(format!("y{text}").as_bytes());
            let long = stuffed(format!("{line}{text}").as_bytes());
            prop_assert_eq!(&short[1..], &long[before..]);
        }
    }
}
