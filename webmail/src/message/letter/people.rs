//! Who wrote, as they may be shown: the name never without the address.

use mail::Correspondent;

use crate::message::html::is_mixed;
use crate::message::plain;

/// People of a field that are listed.
const LISTED_MAX: usize = 200;

/// Somebody of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name, if it says more than the address.
    pub name: Option<String>,
    /// The address; empty for the name of a group.
    pub address: String,
    /// The name looks like another address, or like letters that it is not made of.
    pub is_disguised: bool,
}

impl Person {
    /// The people of a field.
    #[must_use]
    pub fn all(field: &[Correspondent]) -> Vec<Self> {
        field.iter().take(LISTED_MAX).filter_map(Self::of).collect()
    }

    fn of(one: &Correspondent) -> Option<Self> {
        let address = plain::line(&one.address().unwrap_or_default(), 320);
        let raw = one.name.as_deref().or(one.mailbox.as_deref().filter(|_| address.is_empty())).unwrap_or_default();
        let name = plain::line(raw, 120);
        let is_same = name.is_empty() || name.eq_ignore_ascii_case(&address);
        let domain = address.rsplit('@').next().unwrap_or_default();
        let is_disguised = plain::has_tricks(raw)
            || (!is_same && is_another_address(&name, &address))
            || is_mixed(&name)
            || is_mixed(domain)
            || domain.split('.').any(|label| label.to_ascii_lowercase().starts_with("xn--"));
        let name = (!is_same).then_some(name);
        (name.is_some() || !address.is_empty()).then_some(Self { name, address, is_disguised })
    }
}

/// Whether a name has an address in it that is not the real one.
fn is_another_address(name: &str, address: &str) -> bool {
    let words = name
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | '\'' | ',' | ';' | '[' | ']'));
    let looks_like =
        |word: &&str| word.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'));
    words.into_iter().filter(looks_like).any(|word| !word.eq_ignore_ascii_case(address))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn of(name: &str, mailbox: &str, host: &str) -> Person {
        let some = |text: &str| Some(text.to_owned());
        Person::of(&Correspondent { name: some(name), mailbox: some(mailbox), host: some(host) }).unwrap()
    }

    #[test]
    fn disguises_are_seen() {
        assert!(of("maire@mairie.test", "x", "evil.example").is_disguised);
        assert!(of("Le maire <maire@mairie.test>", "x", "evil.example").is_disguised);
        assert!(of("P\u{430}ypal", "x", "evil.example").is_disguised);
        assert!(of("moc.knab\u{202e}", "x", "evil.example").is_disguised);
        assert!(of("Banque", "x", "xn--bnque-fsa.example").is_disguised);
        assert!(!of("Zoé Ærø", "zoe", "partner.test").is_disguised);
        assert!(!of("Привет Мир", "x", "partner.test").is_disguised);
        assert_eq!(of("X@y.Example", "x", "y.example").name, None);
        assert_eq!(of("a\r\nBcc: b", "x", "y.example").name.unwrap(), "a  Bcc: b");
    }
}
