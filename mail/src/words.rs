//! Texts of header fields: as encoded words on the way out, as plain text for whoever searches.

use mail_parser::{Message, PartType};

use crate::parse::{readable, taken_apart};

/// A header text as it may stand in a field: itself when it is ASCII, else encoded words of at most 75
/// octets each (RFC 2047 §2), to be parted by white space.
#[must_use]
pub fn encoded_words(text: &str) -> Vec<String> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return vec![text.to_owned()];
    }
    let mut words = vec![String::new()];
    for character in text.chars() {
        let mut utf8 = [0; 4];
        let piece: String = character.encode_utf8(&mut utf8).bytes().map(quoted).collect();
        match words.last_mut() {
            // RFC 2047 §5: a character is never cut in two.
            Some(word) if word.len() + piece.len() <= 60 => word.push_str(&piece),
            _ => words.push(piece),
        }
    }
    words.into_iter().map(|word| format!("=?utf-8?q?{word}?=")).collect()
}

fn quoted(byte: u8) -> String {
    match byte {
        b' ' => "_".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("={byte:02X}"),
    }
}

/// Everything in a message that people read: its text parts and those of messages inside, decoded. Empty for
/// what is no mail.
#[must_use]
pub fn readable_text(raw: &[u8]) -> String {
    taken_apart(raw, |message| message.map(|message| all_text(message, raw)).unwrap_or_default())
}

pub(crate) fn all_text(message: &Message<'_>, raw: &[u8]) -> String {
    let mut text = String::new();
    let mut open = vec![message.parts.iter()];
    let mut left = 500;
    while let Some(part) = open.last_mut().map(Iterator::next) {
        let Some(part) = part.filter(|_| left > 0) else {
            open.pop();
            continue;
        };
        left -= 1;
        if let PartType::Message(inside) = &part.body {
            open.push(inside.parts.iter());
        } else if let Some(said) = readable(part, raw, usize::MAX) {
            text.push_str(&said);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn ascii_stays_as_it_is_and_the_rest_is_cut_between_characters() {
        assert_eq!(encoded_words("plain text"), ["plain text"]);
        let words = encoded_words(&"é".repeat(40));
        assert!(words.len() > 1 && words.iter().all(|word| word.len() <= 75 && word.matches("=C3=A9").count() > 0));
    }

    #[test]
    fn encoded_bodies_are_readable() {
        let raw =
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nUHLDqWZlY3R1cmU=\r\n";
        assert!(readable_text(raw).contains("Préfecture"));
    }
}
