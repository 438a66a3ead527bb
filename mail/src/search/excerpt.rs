//! Showing why a message was found: a piece of its text with the words that were asked for.

use super::fold::is_silent;
use super::{Form, Query, fold, words};

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// As it is written, white space made single spaces.
    pub text: String,
    /// It is a word that was asked for.
    pub is_hit: bool,
}

/// Octets of a text that are looked through for an excerpt.
const LOOKED_AT_BYTES: usize = 256 * 1024;
/// Octets of a word that are folded.
const WORD_BYTES: usize = 256;

/// A whole text, cut into what was asked for and what was not.
#[must_use]
pub fn highlighted(text: &str, query: &Query) -> Vec<Piece> {
    let asked = Asked::of(query);
    let mut pieces: Vec<Piece> = Vec::new();
    for run in runs(text) {
        let is_hit = asked.has(run);
        match pieces.last_mut() {
            Some(last) if last.is_hit == is_hit => last.text.push_str(run),
            _ => pieces.push(Piece { text: run.to_owned(), is_hit }),
        }
    }
    pieces
}

/// About `chars` characters around the first word that was asked for; nothing when there is none.
#[must_use]
pub fn excerpt(text: &str, query: &Query, chars: usize) -> Option<Vec<Piece>> {
    let asked = Asked::of(query);
    let end = (0..=LOOKED_AT_BYTES.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let text = text.get(..end)?;
    let hit = runs(text).find(|run| asked.has(run))?;
    let at = hit.as_ptr().addr() - text.as_ptr().addr();
    let (before, after) = (text.get(..at)?, text.get(at..)?);
    let start = before.char_indices().rev().take(chars / 3).last().map_or(at, |(at, _)| at);
    // From the next word on, unless it is the beginning of all.
    let from = text.get(start..at)?;
    let start = if start == 0 { 0 } else { start + from.find(char::is_whitespace).unwrap_or(0) };
    let stop = after.char_indices().nth(chars - chars / 3).map_or(after.len(), |(at, _)| at);
    let around = text.get(start..at + stop)?;
    let single = around.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(highlighted(&single, query))
}

/// The words that a question asks for.
struct Asked {
    words: Vec<(String, bool)>,
}

impl Asked {
    fn of(query: &Query) -> Self {
        let mut all = Vec::new();
        for term in query.terms.iter().filter(|term| !term.is_negated) {
            let lookups = term.lookups();
            let last = lookups.len().saturating_sub(1);
            let goes_on = |at: usize| at == last && term.form == Form::Beginning;
            all.extend(lookups.into_iter().enumerate().map(|(at, lookup)| (lookup.word, goes_on(at))));
        }
        Self { words: all }
    }

    fn has(&self, run: &str) -> bool {
        if run.len() > WORD_BYTES || !run.starts_with(is_of_word) {
            return false;
        }
        let folded = fold(run);
        let mut said = words(&folded);
        said.any(|word| {
            self.words.iter().any(|(asked, goes_on)| if *goes_on { word.starts_with(asked) } else { word == asked })
        })
    }
}

/// Runs of a text: of letters, digits and their marks, and of all else.
struct Runs<'a> {
    rest: &'a str,
}

fn runs(text: &str) -> Runs<'_> {
    Runs { rest: text }
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || is_silent(character)
}

impl<'a> Iterator for Runs<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let first = is_of_word(self.rest.chars().next()?);
        let end = self.rest.find(|c: char| is_of_word(c) != first).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(run)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn query(typed: &str) -> Query {
        Query::parse(typed, |_| crate::Timestamp::default())
    }

    fn marked(pieces: &[Piece]) -> String {
        pieces.iter().map(|piece| if piece.is_hit { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
    }

    #[test]
    fn what_was_asked_for_stands_out() {
        let pieces = highlighted("La PRÉFECTURE, l’œuvre & <b>préfectures</b>", &query("prefecture oeuvre -b"));
        assert_eq!(marked(&pieces), "La [PRÉFECTURE], l’[œuvre] & <b>[préfectures]</b>");
    }

    #[test]
    fn an_excerpt_is_around_the_first_hit() {
        let text = format!("{}\r\n La réunion\tdu conseil {}", "avant ".repeat(100), "après ".repeat(100));
        let shown = excerpt(&text, &query("conseil"), 90).unwrap();
        let all: String = shown.iter().map(|piece| piece.text.as_str()).collect();
        assert!(all.contains("réunion du conseil après") && all.chars().count() <= 100, "{all}");
        assert_eq!(excerpt(&text, &query("absent"), 90), None);
        assert_eq!(marked(&excerpt("Conseil", &query("conseil"), 90).unwrap()), "[Conseil]");
    }
}
