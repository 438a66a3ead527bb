//! The content of a message as it arrives after DATA.
//!
//! ```text
//!                  "."              CR             LF
//!   LineStart ───────────> Dot ──────────> DotCr ──────> end of data      (only CRLF.CRLF ends it)
//!     │  ^                  │ other: the dot was stuffing     │ other
//!     v  │ CRLF             v                                 v
//!   Middle <────────────────┴─────────────────────────────────┘
//! ```
//!
//! Whole stretches are copied at once; nothing is allocated per line. A line feed without its carriage
//! return is made a CRLF and remembered; the line after it does not count as the start of a line, so no
//! spelling of a dot between bare line ends can end the data (SMTP smuggling).

use mail::{Claim, Room};

/// What is taken for a message before anything of it is there.
const FIRST_BYTES: usize = 16 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    LineStart,
    Dot,
    DotCr,
    AfterCr,
    Middle,
}

/// Collects one message.
#[derive(Debug)]
pub(super) struct DataReader {
    at: At,
    raw: Vec<u8>,
    claim: Claim,
    max_bytes: usize,
    dropped_bytes: usize,
    bare_lf: bool,
}

/// What was collected.
#[derive(Debug)]
pub(super) struct Collected {
    /// The message with CRLF line ends, empty when it could not be held.
    pub(super) raw: Vec<u8>,
    /// What `raw` holds of the room.
    pub(super) claim: Claim,
    /// It was larger than allowed.
    pub(super) too_large: bool,
    /// There was no room for it just now.
    pub(super) no_room: bool,
    /// It had a line feed without a carriage return.
    pub(super) bare_lf: bool,
    /// It had a carriage return without a line feed.
    pub(super) bare_cr: bool,
    /// It had a NUL.
    pub(super) nul: bool,
}

impl DataReader {
    pub(super) fn new(max_bytes: usize, room: &Room) -> Self {
        let (raw, claim) = (Vec::new(), room.claim());
        Self { at: At::LineStart, raw, claim, max_bytes, dropped_bytes: 0, bare_lf: false }
    }

    /// Takes bytes; returns what is left of them once the data has ended, `None` before.
    pub(super) fn take<'a>(&mut self, mut bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.make_room(bytes.len());
        while let Some((&first, rest)) = bytes.split_first() {
            bytes = match (self.at, first) {
                (At::LineStart, b'.') => self.step(At::Dot, rest),
                (At::Dot, b'\r') => self.step(At::DotCr, rest),
                (At::DotCr, b'\n') => return Some(rest),
                // The dot was stuffing and there is more on its line (RFC 5321 §4.5.2).
                (At::DotCr, _) => {
                    self.raw.push(b'\r');
                    self.step(At::AfterCr, bytes)
                }
                (At::AfterCr, b'\n') => {
                    self.raw.push(b'\n');
                    self.step(At::LineStart, rest)
                }
                _ => self.copy(bytes),
            };
        }
        self.drop_what_is_too_much();
        None
    }

    /// Doubles what is held, but never far beyond what can be taken at all.
    fn make_room(&mut self, more_bytes: usize) {
        let needed = self.raw.len() + more_bytes;
        if needed > self.raw.capacity() {
            let doubled = (self.raw.capacity() * 2).min(self.max_bytes).max(FIRST_BYTES);
            self.raw.reserve_exact(needed.max(doubled) - self.raw.len());
        }
    }

    fn step<'a>(&mut self, at: At, rest: &'a [u8]) -> &'a [u8] {
        self.at = at;
        rest
    }

    /// Copies up to and with the first line feed that needs a look, and returns the rest.
    fn copy<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut seen = 0;
        while let Some(found) = memchr::memchr(b'\n', bytes.get(seen..).unwrap_or_default()) {
            let lf = seen + found;
            let after_cr = lf.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\r');
            if !after_cr {
                self.raw.extend_from_slice(bytes.get(..lf).unwrap_or_default());
                self.raw.extend_from_slice(b"\r\n");
                self.bare_lf = true;
                return self.step(At::Middle, bytes.get(lf + 1..).unwrap_or_default());
            }
            seen = lf + 1;
            if matches!(bytes.get(seen), None | Some(b'.')) {
                self.raw.extend_from_slice(bytes.get(..seen).unwrap_or_default());
                return self.step(At::LineStart, bytes.get(seen..).unwrap_or_default());
            }
        }
        self.raw.extend_from_slice(bytes);
        let at = if bytes.last() == Some(&b'\r') { At::AfterCr } else { At::Middle };
        self.step(at, &[])
    }

    fn drop_what_is_too_much(&mut self) {
        let held = self.dropped_bytes == 0 && self.raw.len() <= self.max_bytes;
        if !held || !self.claim.resize(self.raw.capacity()) {
            self.dropped_bytes += self.raw.len();
            self.raw = Vec::new();
            self.claim.resize(0);
        }
    }

    /// Octets taken so far.
    pub(super) fn taken_bytes(&self) -> usize {
        self.raw.len() + self.dropped_bytes
    }

    /// Whether the peer goes on long after it became too large.
    pub(super) fn is_hopeless(&self) -> bool {
        self.dropped_bytes > self.max_bytes.saturating_mul(2).saturating_add(64 * 1024)
    }

    pub(super) fn finish(mut self) -> Collected {
        self.drop_what_is_too_much();
        // RFC 5321 §4.5.2 delivers every character; who wants no NUL asks.
        let nul = memchr::memchr(0, &self.raw).is_some();
        // No line feed is without a carriage return here, so that one too many is one without a line feed.
        let count = |octet| memchr::memchr_iter(octet, &self.raw).count();
        let bare_cr = count(b'\r') != count(b'\n');
        let (dropped, too_large) = (self.dropped_bytes > 0, self.dropped_bytes > self.max_bytes);
        let Self { raw, claim, bare_lf, .. } = self;
        Collected { raw, claim, too_large, no_room: dropped && !too_large, bare_lf, bare_cr, nul }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    fn whole(input: &[u8]) -> Option<(Collected, Vec<u8>)> {
        let mut reader = DataReader::new(10_000, &Room::default());
        let rest = reader.take(input)?.to_vec();
        Some((reader.finish(), rest))
    }

    fn byte_by_byte(input: &[u8]) -> Option<(Collected, Vec<u8>)> {
        let mut reader = DataReader::new(10_000, &Room::default());
        for (at, byte) in input.iter().enumerate() {
            if reader.take(std::slice::from_ref(byte)).is_some() {
                return Some((reader.finish(), input[at + 1..].to_vec()));
            }
        }
        None
    }

    fn raw(input: &[u8]) -> String {
        let (collected, rest) = whole(input).expect("the data ends");
        assert_eq!(rest, b"REST");
        String::from_utf8(collected.raw).unwrap()
    }

    #[test]
    fn an_empty_message_ends_at_once() {
        assert_eq!(raw(b".\r\nREST"), "");
        assert_eq!(raw(b"\r\n.\r\nREST"), "\r\n");
    }

    #[test]
    fn stuffing_is_undone_on_every_line() {
        assert_eq!(raw(b"..a\r\n..\r\nb.\r\n.c\r\n.\r\nREST"), ".a\r\n.\r\nb.\r\nc\r\n");
    }

    #[test]
    fn nothing_but_crlf_dot_crlf_ends_the_data() {
        for smuggled in
            ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n..\r\n", "\r\n\0.\r\n", "\r\r.\r\n"]
        {
            let input = format!("a{smuggled}MAIL FROM:<x@y.z>\r\n.\r\nREST");
            assert!(raw(input.as_bytes()).contains("MAIL FROM"), "{smuggled:?}");
        }
    }

    #[test]
    fn bare_line_feeds_become_line_ends_and_are_told() {
        let (collected, _) = whole(b"a\nb\r\n\nc\r\n.\r\n").unwrap();
        assert_eq!(collected.raw, b"a\r\nb\r\n\r\nc\r\n");
        assert!(collected.bare_lf && !collected.nul && !collected.too_large);
    }

    #[test]
    fn bare_carriage_returns_are_told() {
        for (input, bare_cr) in [("a\r\nb", false), ("a\nb", false), ("a\rb", true), ("a\r\r\nb", true), (".\rb", true)]
        {
            let (collected, _) = whole(format!("{input}\r\n.\r\n").as_bytes()).unwrap();
            assert_eq!(collected.bare_cr, bare_cr, "{input:?}");
        }
    }

    #[test]
    fn one_byte_too_many_is_too_large() {
        for (length, too_large) in [(98, false), (99, true)] {
            let mut reader = DataReader::new(100, &Room::default());
            let input = format!("{}\r\n.\r\n", "a".repeat(length));
            assert!(reader.take(input.as_bytes()).is_some());
            assert_eq!(reader.finish().too_large, too_large);
        }
    }

    #[test]
    fn what_finds_no_room_is_dropped_at_once_and_told_apart_from_what_is_too_large() {
        let room = Room::of(100_000);
        let mut first = DataReader::new(200_000, &room);
        assert!(first.take(&[b'a'; 90_000]).is_none());
        for (length, too_large) in [(50_000, false), (300_000, true)] {
            let mut second = DataReader::new(200_000, &room);
            assert!(second.take(&vec![b'b'; length]).is_none() && second.raw.is_empty());
            assert!(second.take(b"\r\n.\r\n").is_some());
            let collected = second.finish();
            assert_eq!((collected.too_large, collected.no_room), (too_large, !too_large));
            assert!(collected.raw.is_empty());
        }
        assert!(room.held_bytes() >= 90_000);
        drop(first.finish());
        assert_eq!(room.held_bytes(), 0);
    }

    proptest! {
        #[test]
        fn cuts_between_reads_change_nothing(input in "[a.\r\n\0]{0,40}") {
            let mut input = input.into_bytes();
            input.extend_from_slice(b"\r\n.\r\nX");
            let seen = |one: Option<(Collected, Vec<u8>)>| one.map(|(all, rest)| (all.raw, all.bare_lf, all.nul, rest));
            prop_assert_eq!(seen(whole(&input)), seen(byte_by_byte(&input)));
        }

        #[test]
        fn what_is_stuffed_comes_out_as_it_was(lines in proptest::collection::vec("[a.]{0,4}", 0..8)) {
            let message: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let mut wire = crate::client::stuffed(message.as_bytes());
            wire.extend_from_slice(b"REST");
            prop_assert_eq!(raw(&wire), message);
        }
    }
}
