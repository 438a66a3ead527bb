//! What a list page and a FETCH of envelopes need to know of a message, so that they never open it.

use mail_parser::{Address, HeaderName, HeaderValue, Message};
use serde::{Deserialize, Serialize};

use crate::Part;
use crate::parse::{readable, taken_apart};
use crate::structure::lines;

/// Characters of the preview.
const PREVIEW_CHARS: usize = 160;
/// Octets of the text that the preview is made of.
const PREVIEW_BYTES: usize = 8 * 1024;
/// Correspondents of one field; more are nobody's letter.
const CORRESPONDENTS_MAX: usize = 2000;
/// Characters of one text of a summary.
const TEXT_CHARS: usize = 4000;

/// A mailbox or a group mark of an address field, as IMAP's ENVELOPE has it (RFC 9051 §7.5.2): without a
/// host it opens a group by its name, without both it closes one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correspondent {
    /// The name, decoded.
    pub name: Option<String>,
    /// The local part, or a group's name.
    pub mailbox: Option<String>,
    /// The domain.
    pub host: Option<String>,
}

impl Correspondent {
    /// The address, where there is one.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        Some(format!("{}@{}", self.mailbox.as_ref()?, self.host.as_ref()?))
    }
}

/// Who wrote what to whom: the fields of IMAP's ENVELOPE. Texts are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correspondence {
    /// Date as it is written.
    pub date: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// From.
    pub from: Vec<Correspondent>,
    /// Sender, or From where there is none.
    pub sender: Vec<Correspondent>,
    /// Reply-To, or From where there is none.
    pub reply_to: Vec<Correspondent>,
    /// To.
    pub to: Vec<Correspondent>,
    /// Cc.
    pub cc: Vec<Correspondent>,
    /// Bcc.
    pub bcc: Vec<Correspondent>,
    /// In-Reply-To as it is written.
    pub in_reply_to: Option<String>,
    /// Message-ID with its angle brackets.
    pub message_id: Option<String>,
}

/// A message's summary. It is sealed like the message itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Who wrote what to whom.
    pub correspondence: Correspondence,
    /// What it is made of.
    pub root: Part,
    /// The message ids of References, with their angle brackets.
    pub references: Vec<String>,
    /// When it says it was written, in Unix seconds.
    pub written_at_s: Option<i64>,
    /// The first words of its text.
    pub preview: String,
    /// Octets of the whole message.
    pub size_bytes: u64,
    /// Something hangs on it.
    pub has_attachment: bool,
}

/// A stored summary that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the summary is not in a form this release knows")]
pub struct SummaryError;

impl Summary {
    /// Takes a message apart. Any octets have a summary: what is no mail is one text part.
    #[must_use]
    pub fn of(raw: &[u8]) -> Self {
        taken_apart(raw, |message| match message {
            Some(message) => Self::of_message(message, raw),
            None => Self { root: opaque(raw), size_bytes: raw.len() as u64, ..Self::default() },
        })
    }

    fn of_message(message: &Message<'_>, raw: &[u8]) -> Self {
        let root = Part::of(message, raw, 0, 0).reaching_the_end_of(raw);
        Self {
            correspondence: Correspondence::of(message, raw),
            references: ids(message.header(HeaderName::References)),
            written_at_s: message.date().map(mail_parser::DateTime::to_timestamp),
            preview: preview(message, raw),
            size_bytes: raw.len() as u64,
            has_attachment: root.leaves().into_iter().any(Part::is_attachment),
            root,
        }
    }

    /// The stored form: postcard; sealing and compression are the store's affair.
    ///
    /// # Errors
    /// Never for a summary that [`Summary::of`] made.
    pub fn encode(&self) -> Result<Vec<u8>, SummaryError> {
        postcard::to_stdvec(self).map_err(|_| SummaryError)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode(stored: &[u8]) -> Result<Self, SummaryError> {
        postcard::from_bytes(stored).map_err(|_| SummaryError)
    }
}

fn opaque(raw: &[u8]) -> Part {
    Part {
        kind: "text".to_owned(),
        subtype: "plain".to_owned(),
        encoding: "8bit".to_owned(),
        end: u32::try_from(raw.len()).unwrap_or(u32::MAX),
        lines: lines(raw),
        ..Part::default()
    }
}

// The plain text, else what the page says.
fn preview(message: &Message<'_>, raw: &[u8]) -> String {
    let part = |ids: &[u32]| ids.first().and_then(|id| message.parts.get(*id as usize));
    let part = part(&message.text_body).or_else(|| part(&message.html_body));
    let text = part.and_then(|part| readable(part, raw, PREVIEW_BYTES)).unwrap_or_default();
    let words = text.split_whitespace().flat_map(|word| word.chars().chain([' '])).take(PREVIEW_CHARS);
    words.collect::<String>().trim_end().to_owned()
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS).collect()
}

impl Correspondence {
    pub(crate) fn of(message: &Message<'_>, raw: &[u8]) -> Self {
        // Some say it twice; what both say counts.
        let field = |name: HeaderName<'static>| {
            let all = message.parts.first().into_iter().flat_map(|part| &part.headers);
            let said = all.filter(|header| header.name == name).map(|header| &header.value);
            said.flat_map(|value| correspondents(Some(value))).take(CORRESPONDENTS_MAX).collect::<Vec<_>>()
        };
        let from = field(HeaderName::From);
        let or_from = |list: Vec<Correspondent>| if list.is_empty() { from.clone() } else { list };
        Self {
            date: written(message, HeaderName::Date, raw),
            subject: message.subject().map(cut),
            sender: or_from(field(HeaderName::Sender)),
            reply_to: or_from(field(HeaderName::ReplyTo)),
            to: field(HeaderName::To),
            cc: field(HeaderName::Cc),
            bcc: field(HeaderName::Bcc),
            in_reply_to: written(message, HeaderName::InReplyTo, raw),
            message_id: message.message_id().map(|id| format!("<{}>", cut(id))),
            from,
        }
    }
}

/// A field as it is written, unfolded.
fn written(message: &Message<'_>, name: HeaderName<'static>, raw: &[u8]) -> Option<String> {
    let header = message.parts.first()?.headers.iter().rev().find(|header| header.name == name)?;
    let octets = raw.get(header.offset_start as usize..header.offset_end as usize)?;
    let text = String::from_utf8_lossy(octets);
    let unfolded =
        text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    (!unfolded.is_empty()).then(|| cut(&unfolded))
}

fn ids(value: Option<&HeaderValue<'_>>) -> Vec<String> {
    let bracketed = |id: &std::borrow::Cow<'_, str>| format!("<{}>", cut(id));
    match value {
        Some(HeaderValue::Text(one)) => vec![bracketed(one)],
        Some(HeaderValue::TextList(many)) => many.iter().take(200).map(bracketed).collect(),
        _ => Vec::new(),
    }
}

fn correspondents(value: Option<&HeaderValue<'_>>) -> Vec<Correspondent> {
    match value {
        Some(HeaderValue::Address(Address::List(list))) => {
            list.iter().filter_map(mailbox).take(CORRESPONDENTS_MAX).collect()
        }
        Some(HeaderValue::Address(Address::Group(groups))) => {
            groups.iter().flat_map(group).take(CORRESPONDENTS_MAX).collect()
        }
        _ => Vec::new(),
    }
}

fn mailbox(found: &mail_parser::Addr<'_>) -> Option<Correspondent> {
    let name = found.name.as_deref().map(cut);
    let Some(address) = found.address.as_deref() else {
        return name.map(|name| Correspondent { mailbox: Some(name), host: Some(String::new()), name: None });
    };
    let (local, host) = address.rsplit_once('@').unwrap_or((address, ""));
    Some(Correspondent { name, mailbox: Some(local.to_owned()), host: Some(host.to_owned()) })
}

fn group(found: &mail_parser::Group<'_>) -> Vec<Correspondent> {
    let members = found.addresses.iter().filter_map(mailbox);
    let Some(name) = found.name.as_deref() else { return members.collect() };
    let opening = Correspondent { mailbox: Some(name.to_owned()), ..Correspondent::default() };
    std::iter::once(opening).chain(members).chain([Correspondent::default()]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    const LETTER: &[u8] = b"From: =?utf-8?q?H=C3=A9l=C3=A8ne?= <maire@mairie.test>\r\nTo: a@b.test, Elus: c@d.test;\r\n\
        Subject: =?utf-8?q?Pr=C3=A9fecture?=\r\nDate: Mon, 2 Nov 2026 01:00:00 +0000\r\nMessage-ID: <1@mairie.test>\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n--x\r\nContent-Type: text/plain\r\n\r\n\
        Bonjour\r\nmonde\r\n--x\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nHello\r\n\
        --x--\r\n";

    #[test]
    fn parts_point_at_their_own_octets() {
        let summary = Summary::of(LETTER);
        let slice = |range: std::ops::Range<usize>| std::str::from_utf8(&LETTER[range]).unwrap();
        assert_eq!(slice(summary.root.at(&[1]).unwrap().body()), "Bonjour\r\nmonde");
        assert_eq!(slice(summary.root.at(&[2]).unwrap().body()), "AAAA");
        assert_eq!(slice(summary.root.at(&[3]).unwrap().body()), "Subject: inner\r\n\r\nHello");
        assert_eq!(slice(summary.root.at(&[3, 1]).unwrap().body()), "Hello");
        assert!(slice(summary.root.at(&[2]).unwrap().header()).starts_with("Content-Type: application/pdf"));
        assert!(summary.root.at(&[4]).is_none() && summary.root.at(&[1, 2]).is_none());
    }

    #[test]
    fn texts_are_decoded_and_groups_marked() {
        let summary = Summary::of(LETTER);
        let correspondence = &summary.correspondence;
        assert_eq!(correspondence.subject.as_deref(), Some("Préfecture"));
        assert_eq!(correspondence.from[0].name.as_deref(), Some("Hélène"));
        assert_eq!(correspondence.sender, correspondence.from);
        assert_eq!(correspondence.message_id.as_deref(), Some("<1@mairie.test>"));
        assert_eq!(summary.preview, "Bonjour monde");
        assert!(summary.has_attachment);
    }

    #[test]
    fn the_stored_form_is_read_back() {
        let summary = Summary::of(LETTER);
        assert_eq!(Summary::decode(&summary.encode().unwrap()).unwrap(), summary);
    }

    #[test]
    fn messages_in_messages_without_end_do_no_harm() {
        let raw = "Content-Type: message/rfc822\r\n\r\n".repeat(200_000);
        assert!(Summary::of(raw.as_bytes()).root.inner.is_none());
        let raw = "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n".repeat(50_000);
        let _ = Summary::of(raw.as_bytes());
    }

    #[test]
    fn a_message_alone_is_one_part_and_what_it_holds_another() {
        // RFC 9051 §6.4.5.1: a message that is no multipart has one part.
        let raw = b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nHello\r\n";
        let root = Summary::of(raw).root;
        assert_eq!(&raw[root.at(&[1]).unwrap().body()], b"Subject: inner\r\n\r\nHello\r\n");
        assert_eq!(&raw[root.at(&[1, 1]).unwrap().body()], b"Hello\r\n");
        assert!(root.at(&[2]).is_none() && root.at(&[1, 1, 1]).is_none());
    }

    #[test]
    fn encoded_messages_stay_closed_whatever_they_hold() {
        // "Content-Type: message/rfc822" over and over.
        let encoded = "Q29udGVudC1UeXBlOiBtZXNzYWdlL3JmYzgyMg0KDQpY".repeat(100_000);
        for field in ["base64", "=?utf-8?q?base64?=", "BASE64 (x)", "quoted-printable"] {
            let raw =
                format!("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: {field}\r\n\r\n{encoded}\r\n");
            let _ = (Summary::of(raw.as_bytes()), crate::readable_text(raw.as_bytes()));
        }
        let raw = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA==\r\n";
        let root = Summary::of(raw.as_bytes()).root;
        assert_eq!((root.kind.as_str(), root.encoding.as_str(), root.inner.is_none()), ("application", "base64", true));
    }

    #[test]
    fn what_follows_an_encoded_message_is_found() {
        let raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822;\r\n name=a.eml\r\n\
            Content-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA==\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n--b--\r\n";
        let root = Summary::of(raw).root;
        assert_eq!(&raw[root.at(&[1]).unwrap().body()], b"U3ViamVjdDogeA==");
        assert_eq!((root.children[0].kind.as_str(), root.children[0].encoding.as_str()), ("application", "base64"));
        assert_eq!(&raw[root.at(&[2]).unwrap().body()], b"<p>x");
    }

    #[test]
    fn a_field_that_is_said_twice_counts_twice() {
        let summary = Summary::of(b"Cc: a@x.test\r\nSubject: s\r\nCc: b@x.test, c@x.test\r\n\r\n");
        assert_eq!(summary.correspondence.cc.len(), 3);
    }

    #[test]
    fn what_costs_more_than_mail_is_worth_is_read_by_its_header() {
        let part = "--b\r\nContent-Type: multipart/mixed; boundary=nowhere\r\n\r\n";
        let raw = format!("Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}", part.repeat(100_000));
        let summary = Summary::of(raw.as_bytes());
        assert_eq!(summary.correspondence.subject.as_deref(), Some("x"));
        assert_eq!(summary.root.end as usize, raw.len());
        assert!(summary.root.children.is_empty());
        let _ = Summary::of("a:\n".repeat(2_000_000).as_bytes());
    }

    #[test]
    fn previews_are_decoded() {
        let raw = "Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            <p>Pr=E9fec=\r\nture</p>\r\n";
        assert_eq!(Summary::of(raw.as_bytes()).preview, "Préfecture");
    }

    #[test]
    fn nor_do_those_that_do_not_say_what_they_are() {
        for level in [
            // RFC 2046 §5.1.5: what a digest holds are messages, unsaid.
            "Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\n",
            "Content-Type: message/global\r\n\r\n",
            "Content-Type: message/\r\n rfc822\r\n\r\n",
            "Content-Type: message (a) / (b) rfc822\r\n\r\n",
            "Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n",
        ] {
            let _ = Summary::of(level.repeat(50_000).as_bytes());
            let _ = crate::readable_text(level.repeat(50_000).as_bytes());
        }
    }

    proptest! {
        #[test]
        fn any_octets_have_a_summary(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
            let summary = Summary::of(&raw);
            prop_assert_eq!(Summary::decode(&summary.encode().unwrap()).unwrap(), summary);
        }

        #[test]
        fn anything_like_mail_has_parts_within_it(pieces in proptest::collection::vec(prop_oneof![
            Just("Content-Type: multipart/mixed; boundary=b\r\n"), Just("--b\r\n"), Just("--b--\r\n"), Just("\r\n"),
            Just("Content-Type: message/rfc822\r\n"), Just("text\r\n"), Just("Content-Type: text/html\r\n"), Just("To: ("),
        ], 0..40)) {
            let raw = pieces.concat().into_bytes();
            let summary = Summary::of(&raw);
            for leaf in summary.root.leaves() {
                prop_assert!(raw.get(leaf.body()).is_some() && raw.get(leaf.header()).is_some());
            }
        }
    }
}
