//! What a message says, field by field.

use mail_parser::Message;

use super::Fields;
use crate::parse::taken_apart;
use crate::structure::Part;
use crate::words::all_text;
use crate::{Correspondence, Correspondent};

/// Header fields that are searched beside those with a place of their own: who, which message, which list. Left out
/// is what servers write for each other on the way (`Received`, signatures, verdicts).
const OTHERS: [&str; 14] = [
    "comments",
    "delivered-to",
    "keywords",
    "list-id",
    "message-id",
    "organization",
    "reply-to",
    "resent-cc",
    "resent-from",
    "resent-sender",
    "resent-to",
    "sender",
    "user-agent",
    "x-mailer",
];
/// Octets of the header that are looked at for them.
const HEADER_BYTES: usize = 64 * 1024;

/// A message as its reader knows it: decoded, not folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The texts, each with where it stands; a place may come more than once.
    pub said: Vec<(Fields, String)>,
    /// Something hangs on it.
    pub has_attachment: bool,
}

impl Text {
    /// Takes a message apart. Any octets have a text: what is no mail is body.
    ///
    /// The header fields of [`Fields::OTHER`] are those that name people or the message, such as `Reply-To`,
    /// `Message-ID` and `List-Id`, as they are written.
    #[must_use]
    pub fn of(raw: &[u8]) -> Self {
        taken_apart(raw, |message| match message {
            Some(message) => Self::of_message(message, raw),
            None => {
                Self { said: vec![(Fields::BODY, String::from_utf8_lossy(raw).into_owned())], has_attachment: false }
            }
        })
    }

    fn of_message(message: &Message<'_>, raw: &[u8]) -> Self {
        let about = Correspondence::of(message, raw);
        let root = Part::of(message, raw, 0, 0);
        let leaves = root.leaves();
        let mut said = Vec::with_capacity(8);
        let mut say = |place: Fields, text: String| {
            if !text.is_empty() {
                said.push((place, text));
            }
        };
        say(Fields::SUBJECT, about.subject.unwrap_or_default());
        let lists =
            [(Fields::FROM, about.from), (Fields::TO, about.to), (Fields::CC, about.cc), (Fields::BCC, about.bcc)];
        for (place, list) in lists {
            say(place, people(&list));
        }
        for name in leaves.iter().filter_map(|part| part.file_name()) {
            say(Fields::FILES, name.to_owned());
        }
        say(Fields::OTHER, others(raw));
        say(Fields::BODY, all_text(message, raw));
        Self { said, has_attachment: leaves.into_iter().any(Part::is_attachment) }
    }

    /// The texts of some places.
    pub fn at(&self, places: Fields) -> impl Iterator<Item = &str> {
        self.said.iter().filter(move |(place, _)| !(*place & places).is_none()).map(|(_, text)| text.as_str())
    }
}

/// `Name <address>`, one a line.
pub(super) fn people(list: &[Correspondent]) -> String {
    let mut text = String::new();
    for one in list {
        if let Some(name) = &one.name {
            text.push_str(name);
            text.push(' ');
        }
        if let Some(mailbox) = &one.mailbox {
            text.push('<');
            text.push_str(mailbox);
            if let Some(host) = one.host.as_deref().filter(|host| !host.is_empty()) {
                text.push('@');
                text.push_str(host);
            }
            text.push('>');
        }
        text.push('\n');
    }
    text
}

fn others(raw: &[u8]) -> String {
    let header = raw.get(..HEADER_BYTES).unwrap_or(raw);
    let mut text = String::new();
    let mut is_wanted = false;
    for line in header.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let value = match line.first() {
            None => break,
            Some(b' ' | b'\t') => Some(line),
            Some(_) => {
                let colon = line.iter().position(|byte| *byte == b':');
                let parts = colon.and_then(|at| line.split_at_checked(at));
                is_wanted = parts.is_some_and(|(name, _)| is_other(name));
                parts.map(|(_, value)| value.get(1..).unwrap_or_default())
            }
        };
        if let Some(value) = value.filter(|_| is_wanted) {
            text.push_str(String::from_utf8_lossy(value).trim());
            text.push('\n');
        }
    }
    text
}

fn is_other(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    OTHERS.iter().any(|other| name.eq_ignore_ascii_case(other.as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn every_place_is_read() {
        let raw = b"Received: from hidden.test\r\nFrom: =?utf-8?q?H=C3=A9l=C3=A8ne?= <maire@mairie.test>\r\nTo: a@b.test\r\n\
            Cc: c@d.test\r\nReply-To:\r\n answers@mairie.test\r\nSubject: =?utf-8?q?Pr=C3=A9fecture?=\r\nMessage-ID: <1@x>\r\n\
            Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>Bon<b>jour</b></p>\r\n\
            --x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"bail.pdf\"\r\n\r\nAAAA\r\n--x--\r\n";
        let text = Text::of(raw);
        let at = |place| text.at(place).collect::<Vec<_>>().join("|");
        assert_eq!(at(Fields::SUBJECT), "Préfecture");
        assert_eq!(at(Fields::FROM).trim(), "Hélène <maire@mairie.test>");
        assert_eq!(at(Fields::FILES), "bail.pdf");
        assert_eq!(at(Fields::OTHER).trim(), "answers@mairie.test\n<1@x>");
        assert!(at(Fields::BODY).contains("Bonjour") && text.has_attachment);
        assert!(!at(Fields::ALL).contains("hidden"));
    }
}
