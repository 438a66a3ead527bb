//! A block: some tens of kilobytes of sorted words, and which messages have them.
//!
//! ```text
//!   block    = varint(words) words lengths postings
//!   words    = *( varint(shared with the word before) varint(length of the rest) rest )
//!   lengths  = *( varint(length of its postings) )
//!   postings = *( *posting )
//!   posting  = varint(2 * step + places) [ u8(fields) ]    step: messages between this and the one before;
//!                                                          places 0: the body alone, 1: the fields that follow
//! ```

use mail::search::{Fields, How, Lookup};
use memchr::memmem::Finder;

use super::varint::{put, take};

/// Words of a block can hardly be more.
const WORDS_MAX: u32 = 1 << 20;

/// Appends postings, messages rising.
#[derive(Clone, Debug, Default)]
pub(super) struct Postings {
    pub(super) bytes: Vec<u8>,
    /// The number that the next message may have at least.
    next: u32,
}

impl Postings {
    pub(super) fn add(&mut self, message: u32, fields: Fields) {
        let step = message.saturating_sub(self.next);
        self.next = message + 1;
        if fields == Fields::BODY {
            put(&mut self.bytes, step << 1);
        } else {
            put(&mut self.bytes, step << 1 | 1);
            self.bytes.push(fields.bits());
        }
    }
}

/// Reads postings; ends at the first that is none.
pub(super) fn read(mut bytes: &[u8]) -> impl Iterator<Item = (u32, Fields)> {
    let mut next = 0_u32;
    std::iter::from_fn(move || {
        let number = take(&mut bytes)?;
        let fields = if number & 1 == 0 {
            Fields::BODY
        } else {
            let (bits, rest) = bytes.split_first()?;
            bytes = rest;
            Fields::from_bits(*bits)
        };
        let message = next.checked_add(number >> 1)?;
        next = message.checked_add(1)?;
        Some((message, fields))
    })
}

/// Words and postings on their way into a block.
#[derive(Default)]
pub(super) struct BlockWriter {
    words: u32,
    text: Vec<u8>,
    lengths: Vec<u8>,
    postings: Vec<u8>,
    last: String,
}

impl BlockWriter {
    /// The next word.
    pub(super) fn add(&mut self, word: &str, postings: &[u8]) {
        let shared = word.bytes().zip(self.last.bytes()).take_while(|(one, other)| one == other).count();
        let rest = word.as_bytes().get(shared..).unwrap_or_default();
        put(&mut self.text, u32::try_from(shared).unwrap_or_default());
        put(&mut self.text, u32::try_from(rest.len()).unwrap_or_default());
        self.text.extend_from_slice(rest);
        put(&mut self.lengths, u32::try_from(postings.len()).unwrap_or(u32::MAX));
        self.postings.extend_from_slice(postings);
        word.clone_into(&mut self.last);
        self.words += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.text.len() + self.lengths.len() + self.postings.len()
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len() + 5);
        put(&mut bytes, self.words);
        for part in [&self.text, &self.lengths, &self.postings] {
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// A block in memory. Its words stand one after the other, each between two line ends.
#[derive(Debug)]
pub(crate) struct Block {
    text: Vec<u8>,
    /// Where each word starts, and one beyond the last.
    starts: Vec<u32>,
    postings: Vec<u8>,
    /// Where each word's postings end.
    ends: Vec<u32>,
}

impl Block {
    /// Reads a block.
    pub(crate) fn parse(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let words = take(bytes).filter(|words| *words <= WORDS_MAX)?;
        let (text, starts) = parse_words(bytes, words)?;
        let mut ends = Vec::with_capacity(starts.len());
        let mut end = 0_u32;
        for _ in 0..words {
            end = end.checked_add(take(bytes)?)?;
            ends.push(end);
        }
        let is_whole = usize::try_from(end).ok()? == bytes.len();
        is_whole.then(|| Self { text, starts, postings: bytes.to_vec(), ends })
    }

    /// Octets that it takes in memory.
    pub(crate) fn size_bytes(&self) -> usize {
        self.text.len() + self.postings.len() + 4 * (self.starts.len() + self.ends.len())
    }

    pub(super) fn words(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn word(&self, at: usize) -> Option<&[u8]> {
        let (start, next) = (*self.starts.get(at)?, *self.starts.get(at + 1)?);
        self.text.get(start as usize..(next as usize).checked_sub(1)?)
    }

    pub(super) fn postings(&self, at: usize) -> Option<&[u8]> {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.postings.get(start as usize..*self.ends.get(at)? as usize)
    }

    /// Tells every message that has a word which answers the lookup.
    pub(super) fn look_up(&self, lookup: &Lookup, mut tell: impl FnMut(u32, Fields)) {
        let mut tell_word = |at: usize| {
            let postings = self.postings(at).unwrap_or_default();
            read(postings).for_each(|(message, fields)| tell(message, fields));
        };
        let word = lookup.word.as_bytes();
        match lookup.how {
            How::Whole => {
                let at = self.before(|held| held < word);
                if self.word(at) == Some(word) {
                    tell_word(at);
                }
            }
            How::Beginning => {
                let (from, until) =
                    (self.before(|held| held < word), self.before(|held| held < word || held.starts_with(word)));
                (from..until).for_each(tell_word);
            }
            How::End => self.scan(&[word, b"\n"].concat(), tell_word),
            How::Within => self.scan(word, tell_word),
        }
    }

    /// How many words from the first on are so.
    fn before(&self, is_so: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (0, self.words());
        while low < high {
            let middle = low.midpoint(high);
            if self.word(middle).is_some_and(&is_so) { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn scan(&self, piece: &[u8], mut tell_word: impl FnMut(usize)) {
        let finder = Finder::new(piece);
        let mut from = 0;
        while let Some(found) = self.text.get(from..).and_then(|rest| finder.find(rest)) {
            let at = self.starts.partition_point(|start| *start as usize <= from + found).saturating_sub(1);
            tell_word(at);
            from = self.starts.get(at + 1).map_or(usize::MAX, |next| *next as usize);
        }
    }
}

/// Words, each followed by a line end, and where they start.
fn parse_words(bytes: &mut &[u8], words: u32) -> Option<(Vec<u8>, Vec<u32>)> {
    let mut text: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut starts = Vec::with_capacity(words as usize + 1);
    let mut last = 0..0;
    for _ in 0..words {
        let (shared, length) = (take(bytes)? as usize, take(bytes)? as usize);
        let (rest, after) = bytes.split_at_checked(length)?;
        *bytes = after;
        let start = text.len();
        starts.push(u32::try_from(start).ok()?);
        let shared = last.start..last.start + shared;
        if shared.end > last.end {
            return None;
        }
        text.extend_from_within(shared);
        text.extend_from_slice(rest);
        last = start..text.len();
        text.push(b'\n');
    }
    starts.push(u32::try_from(text.len()).ok()?);
    Some((text, starts))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn block() -> Vec<u8> {
        let mut writer = BlockWriter::default();
        for (number, word) in ["mair", "maire", "mairie", "marie", "prefecture"].into_iter().enumerate() {
            let mut postings = Postings::default();
            let number = u32::try_from(number).unwrap();
            postings.add(number, Fields::BODY);
            postings.add(number + 100, Fields::BODY | Fields::FROM);
            writer.add(word, &postings.bytes);
        }
        writer.finish()
    }

    fn found(how: How, word: &str) -> Vec<u32> {
        let mut found = Vec::new();
        Block::parse(&block()).unwrap().look_up(&Lookup { how, word: word.into() }, |message, _| found.push(message));
        found.into_iter().filter(|message| *message < 100).collect()
    }

    #[test]
    fn words_are_found_in_every_way() {
        assert_eq!(found(How::Whole, "maire"), [1]);
        assert_eq!(found(How::Whole, "mai"), [0_u32; 0]);
        assert_eq!(found(How::Beginning, "mair"), [0, 1, 2]);
        assert_eq!(found(How::Beginning, "z"), [0_u32; 0]);
        assert_eq!(found(How::End, "rie"), [2, 3]);
        assert_eq!(found(How::Within, "ri"), [2, 3]);
        assert_eq!(found(How::Within, "r"), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn every_posting_comes_back() {
        let mut all = Vec::new();
        let block = Block::parse(&block()).unwrap();
        block.look_up(&Lookup { how: How::Whole, word: "marie".into() }, |message, fields| all.push((message, fields)));
        assert_eq!(all, [(3, Fields::BODY), (103, Fields::BODY | Fields::FROM)]);
    }

    #[test]
    fn damage_is_no_block_and_no_panic() {
        let whole = block();
        for at in 0..whole.len() {
            assert!(Block::parse(&whole[..at]).is_none(), "cut at {at}");
            let mut changed = whole.clone();
            changed[at] ^= 0x95;
            if let Some(block) = Block::parse(&changed) {
                for how in [How::Whole, How::Beginning, How::End, How::Within] {
                    block.look_up(&Lookup { how, word: "mai".into() }, |_, _| {});
                }
            }
        }
        assert!(Block::parse(&[0xff, 0xff, 0xff, 0xff, 0x0f]).is_none());
    }
}
