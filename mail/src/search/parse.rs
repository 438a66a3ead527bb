//! What somebody typed, taken apart.
//!
//! ```text
//!   query  = *( ["-"] [field ":"] ( word / DQUOTE text DQUOTE ) )     all of them must be met; "-" for not
//!   field  = from to cc subject file / after before / has            or their French and German names
//! ```
//!
//! Words find longer ones that begin with them, from the third letter on; in quotes they are themselves. What is no
//! field we know is a word. Nothing typed is an error.

use super::{Day, Fields, Form, Term, Text, fold};
use crate::Timestamp;

/// Octets of a question that are read.
const QUERY_BYTES: usize = 2000;
/// Terms of a question; more are left out.
const TERMS_MAX: usize = 32;
/// Letters from which on a word stands for longer ones, too.
const BEGINNING_LETTERS: usize = 3;

/// A question: every term and filter has to be met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What has to be said, or not.
    pub terms: Vec<Term>,
    /// Received at or after this moment.
    pub after: Option<Timestamp>,
    /// Received before this moment.
    pub before: Option<Timestamp>,
    /// With or without an attachment.
    pub has_attachment: Option<bool>,
}

/// What stands before a colon.
enum Key {
    Said(Fields),
    After,
    Before,
    Has,
}

impl Query {
    /// Reads what somebody typed. `midnight` tells when a day begins where the organisation is.
    #[must_use]
    pub fn parse(typed: &str, midnight: impl Fn(Day) -> Timestamp) -> Self {
        let mut query = Self::default();
        let end = (0..=QUERY_BYTES.min(typed.len())).rev().find(|at| typed.is_char_boundary(*at)).unwrap_or(0);
        let mut rest = typed.get(..end).unwrap_or_default().trim_start();
        while !rest.is_empty() && query.terms.len() < TERMS_MAX {
            let (said, after) = item(rest);
            rest = after.trim_start();
            let (is_negated, said) = said.strip_prefix('-').map_or((false, said), |said| (true, said));
            query.take(said, is_negated, &midnight);
        }
        query
    }

    fn take(&mut self, said: &str, is_negated: bool, midnight: &impl Fn(Day) -> Timestamp) {
        let keyed =
            said.split_once(':').filter(|(key, value)| !key.contains(['"', '«', '“', '„']) && !value.is_empty());
        let keyed = keyed.and_then(|(name, value)| Some((key(name)?, value)));
        match keyed {
            Some((Key::Said(fields), value)) => self.say(value, fields, is_negated),
            Some((Key::After, value)) if Day::parse(value).is_some() => {
                self.after = Day::parse(value).map(midnight);
            }
            Some((Key::Before, value)) if Day::parse(value).is_some() => {
                self.before = Day::parse(value).map(midnight);
            }
            Some((Key::Has, value)) if is_attachment(value) => self.has_attachment = Some(!is_negated),
            _ => self.say(said, Fields::ALL, is_negated),
        }
    }

    fn say(&mut self, said: &str, fields: Fields, is_negated: bool) {
        let is_quoted = said.starts_with(QUOTES);
        let said = said.trim_matches(QUOTES);
        let is_long = fold(said).chars().filter(|c| c.is_alphanumeric()).count() >= BEGINNING_LETTERS;
        let form = if is_quoted || !is_long { Form::Phrase } else { Form::Beginning };
        self.terms.extend(Term::new(said, fields, form).map(|term| term.negated(is_negated)));
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.after.is_none() && self.before.is_none() && self.has_attachment.is_none()
    }

    /// Whether a message's text meets the question; when it was received is left aside.
    #[must_use]
    pub fn is_met_by(&self, text: &Text) -> bool {
        self.has_attachment.is_none_or(|wanted| wanted == text.has_attachment)
            && self.terms.iter().all(|term| term.is_in(text) != term.is_negated)
    }
}

const QUOTES: [char; 6] = ['"', '«', '»', '“', '”', '„'];

/// The next item and what follows it; white space in quotes does not end it.
fn item(text: &str) -> (&str, &str) {
    let mut closing: Option<&[char]> = None;
    for (at, character) in text.char_indices() {
        match closing {
            Some(ends) if ends.contains(&character) => return text.split_at(at + character.len_utf8()),
            Some(_) => {}
            None if character.is_whitespace() => return text.split_at(at),
            None => closing = closed_by(character),
        }
    }
    (text, "")
}

fn closed_by(character: char) -> Option<&'static [char]> {
    match character {
        '"' => Some(&['"']),
        '«' => Some(&['»']),
        '“' | '„' => Some(&['”', '“']),
        _ => None,
    }
}

fn key(name: &str) -> Option<Key> {
    Some(match fold(name).as_str() {
        "from" | "de" | "von" | "expediteur" | "absender" => Key::Said(Fields::FROM),
        "to" | "a" | "pour" | "an" | "destinataire" | "empfanger" => Key::Said(Fields::RECIPIENTS),
        "cc" | "copie" | "kopie" => Key::Said(Fields::CC),
        "subject" | "objet" | "sujet" | "betreff" => Key::Said(Fields::SUBJECT),
        "body" | "texte" | "text" => Key::Said(Fields::BODY),
        "file" | "filename" | "fichier" | "datei" => Key::Said(Fields::FILES),
        "after" | "since" | "apres" | "depuis" | "nach" | "seit" | "ab" => Key::After,
        "before" | "avant" | "vor" => Key::Before,
        "has" | "avec" | "mit" => Key::Has,
        _ => return None,
    })
}

fn is_attachment(value: &str) -> bool {
    let known = ["attachment", "attachments", "pj", "piece", "pieces", "piecejointe", "anhang", "anlage", "file"];
    known.contains(&fold(value.trim_matches(QUOTES)).replace(['-', ' '], "").as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    fn midnight(day: Day) -> Timestamp {
        Timestamp::parse_rfc3339(&format!("{}-{:02}-{:02}T00:00:00Z", day.year, day.month, day.day)).unwrap()
    }

    fn parse(typed: &str) -> Query {
        Query::parse(typed, midnight)
    }

    fn letter(from: &str, subject: &str, body: &str) -> Text {
        let said = [(Fields::FROM, from), (Fields::SUBJECT, subject), (Fields::BODY, body)];
        Text { said: said.map(|(place, text)| (place, text.to_owned())).to_vec(), has_attachment: false }
    }

    #[test]
    fn words_and_phrases_have_to_be_met() {
        let text =
            letter("Hélène <maire@mairie.test>", "Réunion à la Préfecture", "Les factures du conseil municipal.");
        for met in [
            "prefecture",
            "PRÉFECTURE factur",
            "\"conseil municipal\"",
            "«factures du conseil»",
            "facture",
            "maire@mairie.test",
            "de:hélène",
            "von:maire objet:prefecture",
            "-brouillon réunion",
            "from:\"maire@mairie\"",
        ] {
            assert!(parse(met).is_met_by(&text), "{met}");
        }
        for missed in [
            "\"municipal conseil\"",
            "\"facture\"",
            "objet:facture",
            "-préfecture",
            "de:prefecture",
            "to:maire",
            "has:attachment",
            "mit:anhang",
        ] {
            assert!(!parse(missed).is_met_by(&text), "{missed}");
        }
    }

    #[test]
    fn filters_are_known_in_three_languages() {
        for typed in
            ["after:2026-11-03 before:2026-12-01", "après:03/11/2026 avant:1/12/2026", "nach:3.11.2026 vor:1.12.2026"]
        {
            let query = parse(typed);
            assert_eq!(query.after, Timestamp::parse_rfc3339("2026-11-03T00:00:00Z"), "{typed}");
            assert_eq!(query.before, Timestamp::parse_rfc3339("2026-12-01T00:00:00Z"), "{typed}");
            assert!(query.terms.is_empty());
        }
        for typed in ["has:attachment", "avec:pièce", "mit:Anhang", "avec:pj"] {
            assert_eq!(parse(typed).has_attachment, Some(true), "{typed}");
        }
        assert_eq!(parse("-has:attachment").has_attachment, Some(false));
        assert_eq!(parse("à:maire").terms[0].fields, Fields::RECIPIENTS);
    }

    #[test]
    fn what_is_no_field_is_a_word() {
        assert_eq!(parse("https://mairie.test/a").terms.len(), 1);
        assert_eq!(parse("after:demain").terms.len(), 1);
        assert!(parse("  - : \"\" «» ?").is_empty());
        assert_eq!(parse(&"mot ".repeat(9000)).terms.len(), TERMS_MAX);
        assert_eq!(parse("\"never closed").terms.len(), 1);
        assert_eq!(parse("or de").terms.iter().filter(|term| term.form == Form::Phrase).count(), 2);
    }

    proptest! {
        #[test]
        fn anything_can_be_typed(typed in "\\PC{0,80}") {
            let _ = parse(&typed).is_met_by(&letter("a", "b", &typed));
        }
    }
}
