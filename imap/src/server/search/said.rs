//! Texts that a search asks for, what an index says of them, and reading messages where it cannot tell.

use std::collections::HashMap;

use imap_codec::imap_types::search::SearchKey as Key;
use mail::search::{Fields, Form, Term, Text, fold};

use super::{address, inner};
use crate::{Mailbox, MessageKey, Trouble};

/// What a key asks of a text, and who has it.
struct Asked {
    term: Term,
    having: Option<HashMap<MessageKey, bool>>,
}

/// All texts of a search. Found again by address: the keys outlive the search.
pub(super) struct Said(HashMap<usize, Asked>);

/// A message that was read.
#[derive(Default)]
pub(super) struct Readable {
    header: String,
    text: Text,
}

impl Said {
    /// Asks the index once for each text.
    pub(super) async fn of(keys: &[Key<'_>], mailbox: &impl Mailbox) -> Result<Self, Trouble> {
        let mut open: Vec<&Key<'_>> = keys.iter().collect();
        let mut said = HashMap::new();
        while let Some(key) = open.pop() {
            if let Some(term) = term(key) {
                let having = mailbox.having(&term).await?;
                said.insert(address(key), Asked { term, having });
            }
            open.extend(inner(key));
        }
        Ok(Self(said))
    }

    /// Whether a message has what the key asks for; nothing when it has to be read first.
    pub(super) fn matches(&self, key: &Key<'_>, message: MessageKey, read: Option<&Readable>) -> Option<bool> {
        // A key of an extension that we do not offer.
        let Some(asked) = self.0.get(&address(key)) else { return Some(false) };
        match (read, &asked.having) {
            (Some(read), _) => Some(asked.term.is_in(&read.text)),
            (None, Some(having)) => match having.get(&message) {
                None => Some(false),
                Some(true) => Some(true),
                Some(false) => None,
            },
            (None, None) => None,
        }
    }

    /// Whether the index rules the message out, where only other fields decide.
    pub(super) fn rules_out(&self, key: &Key<'_>, message: MessageKey) -> bool {
        let having = self.0.get(&address(key)).and_then(|asked| asked.having.as_ref());
        having.is_some_and(|having| !having.contains_key(&message))
    }
}

impl Readable {
    /// Reads a message; one that is gone says nothing.
    pub(super) async fn of(mailbox: &impl Mailbox, key: MessageKey) -> Result<Self, Trouble> {
        match mailbox.raw(key).await {
            Ok(raw) => {
                let header = raw.get(..crate::server::section::body_start(&raw)).unwrap_or_default();
                // Unfolded before it is folded, which takes its lines away.
                let header = String::from_utf8_lossy(header).replace("\r\n ", " ").replace("\r\n\t", " ");
                Ok(Self { header, text: Text::of(&raw) })
            }
            Err(Trouble::Gone) => Ok(Self::default()),
            Err(trouble) => Err(trouble),
        }
    }

    /// Whether a field of that name has the text; any field of that name when the text is empty.
    pub(super) fn field_has(&self, name: &str, wanted: &str) -> bool {
        let wanted = fold(wanted);
        self.header.lines().any(|line| {
            let field = line.split_once(':').filter(|(found, _)| found.trim().eq_ignore_ascii_case(name));
            field.is_some_and(|(_, value)| fold(value).contains(&wanted))
        })
    }
}

/// The text of a key and where it may stand. TEXT looks where people do: see [`Text::of`].
fn term(key: &Key<'_>) -> Option<Term> {
    let (fields, text) = match key {
        Key::From(text) => (Fields::FROM, text),
        Key::To(text) => (Fields::TO, text),
        Key::Cc(text) => (Fields::CC, text),
        Key::Bcc(text) => (Fields::BCC, text),
        Key::Subject(text) => (Fields::SUBJECT, text),
        Key::Body(text) => (Fields::BODY, text),
        Key::Text(text) => (Fields::ALL, text),
        // Only to rule out: the summary decides.
        Key::Header(name, text) if name.as_ref().eq_ignore_ascii_case(b"message-id") => (Fields::OTHER, text),
        Key::Header(name, text) if name.as_ref().eq_ignore_ascii_case(b"subject") => (Fields::SUBJECT, text),
        _ => return None,
    };
    Term::new(&String::from_utf8_lossy(text.as_ref()), fields, Form::Within)
}
