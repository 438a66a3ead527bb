//! The words of one message, for an index; bounded whatever the message.

use std::collections::HashMap;

use super::{Fields, Text, fold, words};

/// Octets of the longest piece of a word that an index holds. Longer words are held as pieces that overlap by half,
/// so that every part of nearly half this length lies in one of them; all but the first begin with `GOES_ON`.
pub const PIECE_BYTES: usize = 48;
/// What no word begins with.
const GOES_ON: char = '\u{2}';
/// Octets of folded text that are looked at; what follows is found by reading the message.
const TEXT_BYTES: usize = 2 * 1024 * 1024;
/// Different words of a message; more is no letter.
const TERMS_MAX: usize = 20_000;

/// The different words of a message and where each stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Word to places.
    pub places: HashMap<Box<str>, Fields>,
    /// Words were left out: only reading the message tells whether it has another word.
    pub is_cut: bool,
}

impl Terms {
    /// The words of a text.
    #[must_use]
    pub fn of(text: &Text) -> Self {
        let mut terms = Self::default();
        let mut left = TEXT_BYTES;
        for (place, said) in &text.said {
            let end = floor(said, left);
            terms.is_cut |= end < said.len();
            left -= end;
            let folded = fold(said.get(..end).unwrap_or_default());
            words(&folded).for_each(|word| terms.add_word(word, *place));
        }
        terms
    }

    fn add_word(&mut self, word: &str, place: Fields) {
        let mut all = pieces(word);
        if let Some(first) = all.next() {
            self.add(first, place);
        }
        all.for_each(|piece| self.add(&format!("{GOES_ON}{piece}"), place));
    }

    fn add(&mut self, piece: &str, place: Fields) {
        if let Some(places) = self.places.get_mut(piece) {
            *places = *places | place;
        } else if self.places.len() < TERMS_MAX {
            self.places.insert(piece.into(), place);
        } else {
            self.is_cut = true;
        }
    }
}

/// The pieces as which an index holds a word.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(word);
    std::iter::from_fn(move || {
        let word = rest?;
        let piece = word.get(..floor(word, PIECE_BYTES))?;
        rest = (piece.len() < word.len()).then(|| word.get(floor(word, PIECE_BYTES / 2)..)).flatten();
        Some(piece)
    })
}

/// The first octets of a word that one piece of it is sure to hold.
pub(super) fn held(word: &str) -> &str {
    // A character may be cut off at each end of a piece.
    word.get(..floor(word, PIECE_BYTES / 2 - 8)).unwrap_or(word)
}

/// The last end of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn body(text: String) -> Terms {
        Terms::of(&Text { said: vec![(Fields::BODY, text)], has_attachment: false })
    }

    #[test]
    fn places_add_up() {
        let said = vec![(Fields::SUBJECT, "Budget".to_owned()), (Fields::BODY, "budget annuel".to_owned())];
        let terms = Terms::of(&Text { said, has_attachment: false });
        assert_eq!(terms.places.get("budget"), Some(&(Fields::SUBJECT | Fields::BODY)));
        assert_eq!(terms.places.get("annuel"), Some(&Fields::BODY));
        assert!(!terms.is_cut);
    }

    #[test]
    fn hostile_texts_are_bounded() {
        let long = body("x".repeat(5_000_000));
        assert!(long.is_cut && long.places.len() <= 3);
        let many = body((0..1_000_000).map(|number| format!("w{number} ")).collect());
        assert!(many.is_cut && many.places.len() == TERMS_MAX);
        assert!(body("mot ".repeat(5_000_000)).is_cut);
    }

    #[test]
    fn every_part_of_a_long_word_is_held() {
        let word: String =
            (0..400).map(|number| char::from(b'a' + (number * 7 % 26) as u8)).collect::<String>() + &"é会".repeat(40);
        let folded = fold(&word);
        let word = words(&folded).next().unwrap();
        let all: Vec<&str> = pieces(word).collect();
        for start in 0..word.len() {
            let part = &word[start..];
            assert!(all.iter().any(|piece| piece.contains(held(part))), "{start}");
        }
    }
}
