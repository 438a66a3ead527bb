//! One thing that is asked for: words that follow each other, or a piece of text.

use super::fold::stands_alone;
use super::terms::held;
use super::{Fields, PIECE_BYTES, Text, fold, words};

/// How a term is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Whole words, one after the other.
    Phrase,
    /// The same, and the last may go on: somebody is typing, or wants `facture` to find `factures`.
    Beginning,
    /// A piece of the folded text, wherever it starts and ends: what IMAP asks for.
    Within,
}

/// How a word is looked up in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is the word.
    Whole,
    /// The word begins with it.
    Beginning,
    /// The word ends with it.
    End,
    /// The word has it somewhere.
    Within,
}

/// One word to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// How.
    pub how: How,
    /// The folded word, or as much of it as an index is sure to hold.
    pub word: String,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The folded text.
    text: String,
    /// Where it may stand.
    pub fields: Fields,
    /// How it is meant.
    pub form: Form,
    /// It must not be there.
    pub is_negated: bool,
}

impl Term {
    /// A term; nothing for a text without a single word, unless it is to be found within.
    #[must_use]
    pub fn new(text: &str, fields: Fields, form: Form) -> Option<Self> {
        let folded = fold(text);
        let text = if form == Form::Within { folded } else { words(&folded).collect::<Vec<_>>().join(" ") };
        (form == Form::Within || !text.is_empty()).then_some(Self { text, fields, form, is_negated: false })
    }

    /// The same, forbidden or asked for.
    #[must_use]
    pub fn negated(self, is_negated: bool) -> Self {
        Self { is_negated, ..self }
    }

    /// What has to be in an index of a message for the term to be in the message: all of these, in one field.
    #[must_use]
    pub fn lookups(&self) -> Vec<Lookup> {
        let all: Vec<&str> = words(&self.text).collect();
        let last = all.len().saturating_sub(1);
        let numbered = all.into_iter().enumerate();
        numbered.map(|(at, word)| self.lookup(word, at == last)).collect()
    }

    fn lookup(&self, word: &str, is_last: bool) -> Lookup {
        let how = match self.form {
            Form::Phrase => How::Whole,
            Form::Beginning if is_last => How::Beginning,
            Form::Beginning => How::Whole,
            Form::Within => self.how_within(word),
        };
        if matches!(how, How::Whole | How::Beginning) && word.len() <= PIECE_BYTES {
            return Lookup { how, word: word.to_owned() };
        }
        let cut = held(word).to_owned();
        match how {
            How::Whole => Lookup { how: How::Beginning, word: cut },
            // Which piece of a longer word has its beginning, nobody knows.
            How::End if cut.len() < word.len() => Lookup { how: How::Within, word: cut },
            how => Lookup { how, word: cut },
        }
    }

    /// A word that touches an end of the text may be a part of a longer one there.
    fn how_within(&self, word: &str) -> How {
        if word.chars().next().is_some_and(stands_alone) {
            return How::Whole;
        }
        // Words are slices of the text: their addresses say where.
        let start = word.as_ptr().addr() - self.text.as_ptr().addr();
        match (start == 0, start + word.len() == self.text.len()) {
            (true, true) => How::Within,
            (true, false) => How::End,
            (false, true) => How::Beginning,
            (false, false) => How::Whole,
        }
    }

    /// Whether a message that an index finds for all lookups has the term for certain.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        let mut all = words(&self.text);
        let only = (all.next(), all.next());
        let (Some(word), None) = only else { return false };
        held(word).len() == word.len() && (self.form != Form::Within || word.len() == self.text.len())
    }

    /// Whether a message's text has it, negation left aside.
    #[must_use]
    pub fn is_in(&self, text: &Text) -> bool {
        text.at(self.fields).any(|said| self.is_in_folded(&fold(said)))
    }

    /// Whether a folded text has it.
    #[must_use]
    pub fn is_in_folded(&self, folded: &str) -> bool {
        if self.form == Form::Within {
            return folded.contains(&self.text);
        }
        let asked: Vec<&str> = words(&self.text).collect();
        let Some((first, rest)) = asked.split_first() else { return true };
        for word in words(folded) {
            let is_first = if rest.is_empty() { self.is_last(word, first) } else { word == *first };
            if is_first && (rest.is_empty() || self.follows(folded, word, rest)) {
                return true;
            }
        }
        false
    }

    fn is_last(&self, word: &str, asked: &str) -> bool {
        if self.form == Form::Beginning { word.starts_with(asked) } else { word == asked }
    }

    fn follows(&self, folded: &str, word: &str, rest: &[&str]) -> bool {
        let end = word.as_ptr().addr() - folded.as_ptr().addr() + word.len();
        let mut said = words(folded.get(end..).unwrap_or_default());
        let last = rest.len() - 1;
        rest.iter().enumerate().all(|(at, asked)| {
            said.next().is_some_and(|word| if at == last { self.is_last(word, asked) } else { word == *asked })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::super::Terms;
    use super::*;

    fn term(text: &str, form: Form) -> Term {
        Term::new(text, Fields::ALL, form).unwrap()
    }

    fn text(said: &str) -> Text {
        Text { said: vec![(Fields::BODY, said.to_owned())], has_attachment: false }
    }

    /// What an index would say of one message.
    fn indexed(asked: &Term, said: &Text) -> bool {
        let terms = Terms::of(said);
        asked.lookups().iter().all(|lookup| {
            terms.places.keys().any(|word| match lookup.how {
                How::Whole => **word == *lookup.word,
                How::Beginning => word.starts_with(&lookup.word),
                How::End => word.ends_with(&lookup.word),
                How::Within => word.contains(&lookup.word),
            })
        })
    }

    #[test]
    fn phrases_follow_each_other() {
        let said = text("Le conseil\r\n municipal se réunit. Conseil de développement.");
        assert!(term("Conseil MUNICIPAL", Form::Phrase).is_in(&said));
        assert!(!term("municipal conseil", Form::Phrase).is_in(&said));
        assert!(!term("conseil municip", Form::Phrase).is_in(&said));
        assert!(term("conseil municip", Form::Beginning).is_in(&said));
        assert!(term("conseil de dev", Form::Beginning).is_in(&said));
        assert!(term("eil muni", Form::Within).is_in(&said));
        assert!(!term("eilmuni", Form::Within).is_in(&said));
        assert!(term("jean.dupont@mairie.test", Form::Beginning).is_in(&text("<Jean.Dupont@mairie.test>")));
    }

    #[test]
    fn a_piece_of_a_long_word_is_found() {
        let said = text(&format!("http://x.test/{}", "0123456789abcdefghijklmnopqrstuvwxyz".repeat(9)));
        for asked in ["efgh", "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789"] {
            let asked = term(asked, Form::Within);
            assert!(asked.is_in(&said) && indexed(&asked, &said));
        }
    }

    proptest! {
        /// Nothing that a reader finds is lost by asking an index first; what it decides is so.
        #[test]
        fn the_index_loses_nothing(said in "[a-cé会 .@-]{0,60}", from in 0..60_usize, length in 1..12_usize) {
            let asked: String = said.chars().skip(from).take(length).collect();
            let said = text(&said);
            for form in [Form::Phrase, Form::Beginning, Form::Within] {
                let Some(asked) = Term::new(&asked, Fields::ALL, form) else { continue };
                if asked.is_in(&said) {
                    prop_assert!(indexed(&asked, &said), "{asked:?}");
                }
                if asked.is_decided() && indexed(&asked, &said) {
                    prop_assert!(asked.is_in(&said), "{asked:?}");
                }
            }
        }
    }
}
