//! Folding: texts that a reader would call the same become the same, octet for octet.
//!
//! ```text
//!   "L’Œuvre  de la PRÉFECTURE"  ──fold──>  "l’oeuvre de la prefecture"  ──words──>  l oeuvre de la prefecture
//! ```
//!
//! Unicode's compatibility decomposition (NFKD, UAX #15) without its marks, in lower case, ligatures and sharp s
//! spelt out, runs of white space made one space. Each character is folded by itself: the folded part of a text is a
//! part of the folded text.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Folds a text.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            'a'..='z' | '0'..='9' => folded.push(character),
            _ if character.is_whitespace() => {
                if !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            _ if character.is_ascii() => folded.push(character.to_ascii_lowercase()),
            _ => decompose_compatible(character, |part| push(&mut folded, part)),
        }
    }
    folded
}

fn push(folded: &mut String, character: char) {
    if is_silent(character) {
        return;
    }
    if character.is_whitespace() {
        if !folded.ends_with(' ') {
            folded.push(' ');
        }
        return;
    }
    for lower in character.to_lowercase() {
        match lower {
            'ß' => folded.push_str("ss"),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            lower if is_combining_mark(lower) => {}
            lower => folded.push(lower),
        }
    }
}

/// What folding takes away.
pub(super) fn is_silent(character: char) -> bool {
    !character.is_ascii() && (is_combining_mark(character) || is_invisible(character))
}

/// What is between letters and not to be seen: soft hyphens, joiners, marks of direction.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// The words of a folded text: runs of letters and digits. Scripts written without spaces give a word a character.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    Words { rest: folded }
}

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.rest.find(char::is_alphanumeric)?;
        let (_, found) = self.rest.split_at(start);
        let first = found.chars().next()?;
        let length = if stands_alone(first) {
            first.len_utf8()
        } else {
            found.find(|c: char| !c.is_alphanumeric() || stands_alone(c)).unwrap_or(found.len())
        };
        let (word, rest) = found.split_at(length);
        self.rest = rest;
        Some(word)
    }
}

/// Kana and ideographs.
pub(super) fn stands_alone(character: char) -> bool {
    !character.is_ascii()
        && matches!(u32::from(character), 0x2e80..=0x2fdf | 0x3005..=0x30ff | 0x3400..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_reads_the_same_is_the_same() {
        for (written, folded) in [
            ("Préfecture", "prefecture"),
            ("PRE\u{301}FECTURE", "prefecture"),
            ("œuvre ŒUVRE", "oeuvre oeuvre"),
            ("Straße STRASSE", "strasse strasse"),
            ("ﬁn nº ½", "fin no 1\u{2044}2"),
            ("Ｅｘａｍｐｌｅ", "example"),
            ("a\u{ad}b \t\r\n c\u{a0}\u{a0}d", "ab c d"),
            ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
            ("İstanbul ısı", "istanbul isi"),
        ] {
            assert_eq!(fold(written), folded, "{written}");
        }
    }

    #[test]
    fn words_are_letters_and_digits() {
        let folded = fold("L'école: jean.dupont@mairie.test, 1 234,56 € 会議は");
        let found: Vec<&str> = words(&folded).collect();
        assert_eq!(found, ["l", "ecole", "jean", "dupont", "mairie", "test", "1", "234", "56", "会", "議", "は"]);
    }

    proptest! {
        #[test]
        fn the_fold_of_a_part_is_part_of_the_fold(before in "\\PC{0,12}", text in "\\PC{0,12}", after in "\\PC{0,12}") {
            let whole = fold(&format!("{before}{text}{after}"));
            prop_assert!(whole.contains(fold(&text).trim_matches(' ')));
            prop_assert_eq!(fold(&whole), whole);
        }
    }
}
