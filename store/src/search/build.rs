//! Making a segment of messages' words.

use std::collections::HashMap;

use mail::search::{Fields, Terms};

use super::block::{BlockWriter, Postings};
use super::{ATTACHMENT, CUT, Outline};

/// Octets of a block before compression: large enough that pages are full, small enough to open for one word.
const BLOCK_BYTES: usize = 64 * 1024;

/// Words of a batch of messages.
#[derive(Default)]
pub(crate) struct Builder {
    words: HashMap<Box<str>, Postings>,
    flags: Vec<u8>,
}

/// A segment before it is sealed.
#[derive(Default)]
pub(crate) struct Built {
    pub(crate) outline: Outline,
    pub(crate) blocks: Vec<Vec<u8>>,
}

impl Builder {
    /// The next message; `None` for one that cannot be read now: it is never ruled out.
    pub(crate) fn add(&mut self, message: Option<(&Terms, bool)>) {
        let number = u32::try_from(self.flags.len()).unwrap_or(u32::MAX);
        let Some((terms, has_attachment)) = message else {
            self.flags.push(CUT);
            return;
        };
        for (word, fields) in &terms.places {
            self.post(word, number, *fields);
        }
        self.flags.push(if terms.is_cut { CUT } else { 0 } | if has_attachment { ATTACHMENT } else { 0 });
    }

    fn post(&mut self, word: &str, number: u32, fields: Fields) {
        match self.words.get_mut(word) {
            Some(postings) => postings.add(number, fields),
            None => self.words.entry(word.into()).or_default().add(number, fields),
        }
    }

    /// All that was added.
    pub(crate) fn finish(self) -> Built {
        let mut words: Vec<(Box<str>, Postings)> = self.words.into_iter().collect();
        words.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut writer = Writer::default();
        for (word, postings) in words {
            writer.add(&word, &postings.bytes);
        }
        writer.finish(self.flags)
    }
}

/// Cuts sorted words into blocks.
#[derive(Default)]
pub(super) struct Writer {
    firsts: Vec<String>,
    blocks: Vec<Vec<u8>>,
    current: BlockWriter,
}

impl Writer {
    pub(super) fn add(&mut self, word: &str, postings: &[u8]) {
        if self.current.len() >= BLOCK_BYTES {
            self.blocks.push(std::mem::take(&mut self.current).finish());
        }
        if self.current.len() == 0 {
            self.firsts.push(word.to_owned());
        }
        self.current.add(word, postings);
    }

    pub(super) fn finish(mut self, flags: Vec<u8>) -> Built {
        if self.current.len() > 0 {
            self.blocks.push(self.current.finish());
        }
        Built { outline: Outline { flags, firsts: self.firsts }, blocks: self.blocks }
    }
}
