//! The message that a draft becomes (RFC 5322, MIME).

use std::collections::HashSet;

use mail::{Address, Envelope, ForwardPath, ReversePath, Timestamp};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Written;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};
use sha2::{Digest as _, Sha256};
use store::DraftId;
use store::region::{Draft, DraftKind};

use super::flowed::flowed;
use super::original::File;
use super::recipients::Recipient;
use super::reply::references;
use crate::Trouble;

/// A draft whose recipients are known.
pub struct Letter<'a> {
    /// What was typed.
    pub draft: &'a Draft,
    /// Who sends it.
    pub from: Recipient,
    /// To, Cc and Bcc.
    pub to: [Vec<Recipient>; 3],
    /// What hangs on it.
    pub files: Vec<File>,
    /// When it is sent.
    pub at: Timestamp,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
}

/// The Message-ID of a draft, without angle brackets: always the same, so that it is known again in Sent Items.
#[must_use]
pub fn message_id(id: DraftId, from: &Address) -> String {
    let digest = hex::encode(Sha256::digest(format!("relais draft {}", id.0)));
    format!("{}@{}", digest.get(..32).unwrap_or(&digest), from.domain())
}

impl Letter<'_> {
    /// Everybody it goes to, each once.
    #[must_use]
    pub fn envelope(&self) -> Envelope {
        let mut known = HashSet::new();
        let fresh = self.to.iter().flatten().filter(|to| known.insert(to.address.key()));
        let recipients = fresh.map(|to| ForwardPath::Address(to.address.clone()).into()).collect();
        let smtputf8 = self.from.address.needs_utf8() || self.to.iter().flatten().any(|to| to.address.needs_utf8());
        Envelope {
            reverse_path: ReversePath::Address(self.from.address.clone()),
            recipients,
            body_8bit: false,
            smtputf8,
            envelope_id: None,
        }
    }

    /// The octets. Bcc is not in them.
    ///
    /// # Errors
    /// [`Trouble::Internal`] when they cannot be written, which nothing typed leads to.
    pub fn raw(self) -> Result<Vec<u8>, Trouble> {
        let [to, cc, _] = &self.to;
        let mut letter = MessageBuilder::new()
            .from(written(&self.from))
            .header("Date", Raw::new(self.at.rfc5322()))
            .message_id(self.message_id.clone())
            .subject(self.draft.subject.clone());
        letter = match to.as_slice() {
            // RFC 5322 §3.4: a group without members, where everybody is in Cc or Bcc.
            [] => letter.to(Written::new_group(Some("undisclosed-recipients"), Vec::new())),
            to => letter.to(Written::new_list(to.iter().map(written).collect())),
        };
        if !cc.is_empty() {
            letter = letter.cc(Written::new_list(cc.iter().map(written).collect()));
        }
        letter = self.answering(letter);
        let text = ContentType::new("text/plain").attribute("charset", "utf-8").attribute("format", "flowed");
        let text = MimePart::new(text, BodyPart::from(flowed(&self.draft.text)));
        let mut parts = vec![text];
        parts.extend(self.files.into_iter().map(attached));
        let body = match parts.len() {
            1 => parts.pop(),
            _ => Some(MimePart::new("multipart/mixed", parts)),
        };
        let letter = body.map_or(MessageBuilder::new(), |body| letter.body(body));
        letter.write_to_vec().map_err(|error| Trouble::Internal(error.to_string()))
    }

    fn answering<'x>(&self, letter: MessageBuilder<'x>) -> MessageBuilder<'x> {
        let answers = matches!(self.draft.kind, DraftKind::Reply | DraftKind::ReplyAll);
        let Some(original) = self.draft.original.as_ref().filter(|_| answers) else { return letter };
        let all = references(&original.references, original.message_id.as_ref());
        let letter = match original.message_id.as_deref().and_then(bare) {
            Some(id) => letter.in_reply_to(MessageId::new(id)),
            None => letter,
        };
        let all: Vec<String> = all.iter().filter_map(|id| bare(id)).collect();
        if all.is_empty() { letter } else { letter.references(MessageId::new_list(all.into_iter())) }
    }
}

/// A message id that can stand in a header of ours: a stranger wrote it.
fn bare(id: &str) -> Option<String> {
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    let plain = id.bytes().all(|octet| octet.is_ascii_graphic() && !matches!(octet, b'<' | b'>'));
    (plain && !id.is_empty() && id.len() <= 900).then(|| id.to_owned())
}

fn written(who: &Recipient) -> Written<'static> {
    let name = Some(super::typed::line(&who.name)).filter(|name| !name.is_empty());
    Written::new_address(name, who.address.to_string())
}

fn attached(file: File) -> MimePart<'static> {
    // A message cannot be encoded (RFC 2046 §5.2.1), and a multipart not either: they go as octets.
    let kind = file.media_type.to_ascii_lowercase();
    let plain = kind.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"/.+-_".contains(&octet));
    let (top, sub) = kind.split_once('/').unwrap_or_default();
    let fits = plain && !top.is_empty() && !sub.is_empty() && !matches!(top, "message" | "multipart");
    let kind = if fits { kind } else { "application/octet-stream".to_owned() };
    MimePart::new(ContentType::new(kind), BodyPart::from(file.bytes)).attachment(file.name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use mail::Summary;
    use store::region::Original;
    use store::{ContentId, FolderId};

    use super::*;

    fn who(name: &str, address: &str) -> Recipient {
        Recipient { name: name.to_owned(), address: Address::parse(address).unwrap() }
    }

    fn letter(draft: &Draft, files: Vec<File>) -> Letter<'_> {
        Letter {
            draft,
            from: who("Anne \"la\" Müller", "anne@corp.test"),
            to: [
                vec![who("🙂 שלום", "z@partner.test"), who("Lœwe, C.", "c@corp.test")],
                vec![],
                vec![who("", "b@corp.test"), who("", "Z@partner.test")],
            ],
            files,
            at: Timestamp::from_unix_s(1_790_000_000),
            message_id: message_id(DraftId(7), &Address::parse("anne@corp.test").unwrap()),
        }
    }

    fn draft() -> Draft {
        let original = Original {
            content: ContentId([0; 16]),
            folder: FolderId(1),
            uid: 1,
            message_id: Some("<one@partner.test>".to_owned()),
            references: vec!["<zero@partner.test>".to_owned(), "<evil\r\nBcc: x@evil.test>".to_owned()],
        };
        Draft {
            kind: DraftKind::Reply,
            subject: "Re: Été 🙂 à l’hôtel de ville".to_owned(),
            text: format!("Bonjour,\n{}\n", "très long ".repeat(30)),
            original: Some(original),
            ..Draft::default()
        }
    }

    #[test]
    fn names_subject_and_threads_come_through_any_reader() {
        let (draft, name) = (draft(), "plan \"b\" été 🙂 שלום.pdf");
        let file = File { name: name.to_owned(), media_type: "application/pdf".to_owned(), bytes: vec![0, 255, 10] };
        let raw = letter(&draft, vec![file]).raw().unwrap();
        let text = String::from_utf8(raw.clone()).unwrap();
        assert!(text.is_ascii(), "{text}");
        assert!(text.lines().all(|line| line.len() <= 998));
        assert!(text.contains("format=\"flowed\"") || text.contains("format=flowed"), "{text}");
        assert!(!text.to_lowercase().contains("bcc"), "{text}");
        let read = Summary::of(&raw).correspondence;
        assert_eq!(read.subject.as_deref(), Some("Re: Été 🙂 à l’hôtel de ville"));
        assert_eq!(read.from[0].name.as_deref(), Some("Anne \"la\" Müller"));
        let to: Vec<_> = read.to.iter().map(|to| to.name.as_deref().unwrap()).collect();
        assert_eq!(to, ["🙂 שלום", "Lœwe, C."]);
        assert_eq!(read.in_reply_to.as_deref(), Some("<one@partner.test>"));
        assert_eq!(Summary::of(&raw).references, ["<zero@partner.test>", "<one@partner.test>"]);
        let files = super::super::original::files(&Summary::of(&raw), &raw);
        assert_eq!((files[0].name.as_str(), files[0].bytes.as_slice()), (name, &[0, 255, 10][..]));
    }

    #[test]
    fn everybody_gets_it_once() {
        let draft = draft();
        let envelope = letter(&draft, Vec::new()).envelope();
        let to: Vec<ForwardPath> = envelope.recipients.into_iter().map(|to| to.path).collect();
        let expected = ["z@partner.test", "c@corp.test", "b@corp.test"];
        assert_eq!(to, expected.map(|to| ForwardPath::Address(Address::parse(to).unwrap())));
        assert!(!envelope.smtputf8);
    }

    #[test]
    fn only_hidden_recipients_leave_no_names() {
        let draft = Draft { text: "x".to_owned(), ..Draft::default() };
        let mut letter = letter(&draft, Vec::new());
        letter.to = [vec![], vec![], vec![who("Geheim", "g@partner.test")]];
        let text = String::from_utf8(letter.raw().unwrap()).unwrap();
        assert!(
            text.contains("undisclosed-recipients") && !text.contains("Geheim") && !text.contains("g@partner"),
            "{text}"
        );
    }

    #[test]
    fn a_message_that_is_attached_goes_as_octets() {
        let inside = File {
            name: "a.eml".to_owned(),
            media_type: "message/rfc822".to_owned(),
            bytes: b"Subject: x\r\n\r\ny".to_vec(),
        };
        let odd = File { name: "b".to_owned(), media_type: "text/x\r\nBcc: e".to_owned(), bytes: vec![1] };
        let draft = draft();
        let text = String::from_utf8(letter(&draft, vec![inside, odd]).raw().unwrap()).unwrap();
        assert_eq!(text.matches("application/octet-stream").count(), 2, "{text}");
    }
}
