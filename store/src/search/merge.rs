//! Many segments become one.

use super::block::{Postings, read};
use super::build::Writer;
use super::{Block, Built};

/// A segment to be merged.
pub(crate) struct Source {
    /// A byte for each message.
    pub(crate) flags: Vec<u8>,
    /// Which messages stay.
    pub(crate) stays: Vec<bool>,
    /// All its blocks, in order.
    pub(crate) blocks: Vec<Block>,
}

/// Where one source stands.
struct Cursor<'a> {
    source: &'a Source,
    /// The new numbers of its messages.
    numbers: Vec<Option<u32>>,
    block: usize,
    word: usize,
}

impl<'a> Cursor<'a> {
    fn current(&self) -> Option<&'a [u8]> {
        self.source.blocks.get(self.block)?.word(self.word)
    }

    fn step(&mut self) {
        self.word += 1;
        if self.source.blocks.get(self.block).is_some_and(|block| self.word >= block.words()) {
            self.block += 1;
            self.word = 0;
        }
    }

    fn pass_on(&self, postings: &mut Postings) {
        let all = self.source.blocks.get(self.block).and_then(|block| block.postings(self.word));
        for (message, fields) in read(all.unwrap_or_default()) {
            if let Some(Some(number)) = self.numbers.get(message as usize) {
                postings.add(*number, fields);
            }
        }
    }
}

/// One segment with the messages that stay, in the order of the sources.
pub(crate) fn merge(sources: &[Source]) -> Built {
    let mut flags = Vec::new();
    let mut cursors: Vec<Cursor<'_>> = sources.iter().map(|source| begin(source, &mut flags)).collect();
    let mut writer = Writer::default();
    while let Some(word) = cursors.iter().filter_map(Cursor::current).min() {
        let mut postings = Postings::default();
        for cursor in cursors.iter_mut().filter(|cursor| cursor.current() == Some(word)) {
            cursor.pass_on(&mut postings);
            cursor.step();
        }
        if let Some(word) = std::str::from_utf8(word).ok().filter(|_| !postings.bytes.is_empty()) {
            writer.add(word, &postings.bytes);
        }
    }
    writer.finish(flags)
}

fn begin<'a>(source: &'a Source, flags: &mut Vec<u8>) -> Cursor<'a> {
    let mut numbers = Vec::with_capacity(source.flags.len());
    for (flag, stays) in source.flags.iter().zip(&source.stays) {
        numbers.push(stays.then(|| u32::try_from(flags.len()).unwrap_or(u32::MAX)));
        if *stays {
            flags.push(*flag);
        }
    }
    Cursor { source, numbers, block: 0, word: 0 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use mail::search::{Fields, Form, Term, Terms, Text};

    use super::super::{Answer, Builder, Part, answers};
    use super::*;

    fn built(texts: &[&str]) -> Built {
        let mut builder = Builder::default();
        for text in texts {
            let text = Text { said: vec![(Fields::BODY, (*text).to_owned())], has_attachment: false };
            builder.add(Some((&Terms::of(&text), false)));
        }
        builder.finish()
    }

    fn source(built: Built, stays: &[bool]) -> Source {
        let blocks = built.blocks.iter().map(|block| Block::parse(block).unwrap()).collect();
        Source { flags: built.outline.flags, stays: stays.to_vec(), blocks }
    }

    fn found(built: &Built, word: &str) -> Vec<usize> {
        let blocks: Vec<Block> = built.blocks.iter().map(|block| Block::parse(block).unwrap()).collect();
        let term = Term::new(word, Fields::ALL, Form::Phrase).unwrap();
        let part = Part { flags: &built.outline.flags, block: &|number| blocks.get(number), outline: &built.outline };
        let all = answers(&term, &part);
        all.iter().enumerate().filter(|(_, answer)| **answer == Answer::Yes).map(|(at, _)| at).collect()
    }

    #[test]
    fn what_stays_is_found_and_what_goes_is_not() {
        let one = source(built(&["conseil municipal", "budget"]), &[true, false]);
        let other = source(built(&["budget annuel", "conseil"]), &[true, true]);
        let merged = merge(&[one, other]);
        assert_eq!(merged.outline.flags.len(), 3);
        assert_eq!(found(&merged, "conseil"), [0, 2]);
        assert_eq!(found(&merged, "budget"), [1]);
        assert_eq!(found(&merged, "municipal"), [0]);
    }

    #[test]
    fn many_words_make_many_blocks() {
        let texts: Vec<String> =
            (0..40).map(|text| (0..2000).map(|word| format!("m{text}x{word} ")).collect()).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let whole = built(&texts);
        assert!(whole.blocks.len() > 3);
        assert_eq!(found(&whole, "m17x1999"), [17]);
        let merged = merge(&[source(built(&texts[..20]), &[true; 20]), source(built(&texts[20..]), &[true; 20])]);
        assert_eq!((merged.outline == whole.outline, merged.blocks == whole.blocks), (true, true));
    }
}
