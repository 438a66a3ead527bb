//! What came with the form of a draft, as somebody typed it.

use mail::Address;
use store::region::Draft;
use store::{DraftId, StoreError};

use crate::Trouble;
use crate::guard::{Fields, Staff};

/// The longest subject or list of recipients, in characters.
const LINE_CHARS: usize = 100_000;

/// The fields of the form, laid over the draft they belong to: what it answers is not in the form.
pub fn typed(fields: &Fields, over: Draft) -> Draft {
    Draft {
        from: line(fields.value("from")),
        to: lines(fields.value("to")),
        cc: lines(fields.value("cc")),
        bcc: lines(fields.value("bcc")),
        subject: line(fields.value("subject")),
        text: text(fields.value("text")),
        ..over
    }
}

/// The revision that the form began from.
pub fn revision(fields: &Fields) -> u32 {
    fields.value("revision").parse().unwrap_or_default()
}

/// A draft's number as it stands in a path.
pub fn number(id: i64) -> DraftId {
    DraftId(id)
}

/// The text of a form: browsers end lines with CRLF (HTML, "constructing the entry list").
pub fn text(typed: &str) -> String {
    let typed = typed.replace("\r\n", "\n").replace('\r', "\n");
    typed.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// One line without controls, nor the invisible marks with which a name can show itself as another one.
pub fn line(typed: &str) -> String {
    let spaced = typed.chars().map(|c| if c.is_control() { ' ' } else { c });
    spaced.filter(|c| !is_turning(*c)).take(LINE_CHARS).collect::<String>().trim().to_owned()
}

fn lines(typed: &str) -> String {
    line(&typed.replace(['\r', '\n'], ", "))
}

/// Marks that turn the direction of what follows (UAX #9), which no honest name needs.
fn is_turning(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The address that a draft is sent from: the one that was chosen, if it is theirs, else the primary one.
///
/// # Errors
/// [`Trouble::Store`] for somebody without an address.
pub fn sender(staff: &Staff, draft: &Draft) -> Result<Address, Trouble> {
    let entry = &staff.person.entry;
    let chosen = entry.addresses().find(|own| own.to_string().eq_ignore_ascii_case(&draft.from));
    let sender = chosen.or(entry.primary.as_ref()).cloned();
    sender.ok_or_else(|| StoreError::NoSuch("address to send from".to_owned()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_turn_itself_round_and_a_text_keeps_its_lines() {
        assert_eq!(line(" a\u{202e}b\r\nBcc: x\u{2066} שלום 🙂 "), "ab  Bcc: x שלום 🙂");
        assert_eq!(lines("a@x.test\r\nb@x.test"), "a@x.test, , b@x.test");
        assert_eq!(text("a\r\nb\rc\n\td\0"), "a\nb\nc\n\td");
    }
}
