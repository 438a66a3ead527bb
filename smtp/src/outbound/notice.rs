//! Notices about mail that is late or undeliverable (RFC 3464).
//!
//! ```text
//! multipart/report; report-type=delivery-status
//!   ├─ text/plain                what happened, for people
//!   ├─ message/delivery-status   the same for programs: per message, then per recipient
//!   └─ text/rfc822-headers       the header of the message it is about
//! ```

use std::borrow::Cow;

use mail::{Address, Enhanced, Reply, Timestamp};
use mail_builder::MessageBuilder;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};

use super::Item;
use crate::Error;
use crate::header::{header_of, value_of};

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// It will not be delivered.
    Failed,
    /// It is not delivered yet.
    Delayed,
    /// It has been handed on to a server that sends no notices itself (RFC 3461 §5.2.2).
    Relayed,
}

/// One notice about one recipient.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    /// What it is about.
    pub kind: NoticeKind,
    /// Which recipient.
    pub item: &'a Item,
    /// What their server said.
    pub reply: &'a Reply,
    /// The message.
    pub original: &'a [u8],
}

impl NoticeKind {
    // RFC 3464 §2.3.3
    fn action(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Relayed => "relayed",
        }
    }

    fn subject(self) -> &'static str {
        match self {
            Self::Failed => "Undelivered: your message could not be delivered",
            Self::Delayed => "Delayed: your message has not been delivered yet",
            Self::Relayed => "Relayed: your message has been handed on",
        }
    }

    fn explanation(self, recipient: &Address) -> String {
        match self {
            Self::Failed => {
                format!("Your message could not be delivered to <{recipient}>. It will not be tried again.")
            }
            Self::Delayed => {
                format!("Your message to <{recipient}> is late. It is still being tried; you need not send it again.")
            }
            Self::Relayed => format!("Your message to <{recipient}> has been handed to the recipient's server."),
        }
    }
}

/// Writes a notice to `to` from `hostname`'s postmaster. `unique` makes its message id.
///
/// # Errors
/// [`Error::Broken`] when it cannot be written, which memory never refuses.
pub fn compose(
    notice: &Notice<'_>,
    to: &Address,
    hostname: &str,
    unique: [u8; 16],
    now: Timestamp,
) -> Result<Vec<u8>, Error> {
    let report = ContentType::new("multipart/report").attribute("report-type", "delivery-status");
    let parts = vec![
        MimePart::new("text/plain", BodyPart::Text(text(notice, hostname).into())),
        MimePart::new("message/delivery-status", BodyPart::Text(status(notice, hostname, now).into()))
            .transfer_encoding("7bit"),
        original(notice),
    ];
    let mut message = MessageBuilder::new()
        .header("From", Raw::new(format!("Mail Delivery System <postmaster@{hostname}>")))
        .header("To", Raw::new(format!("<{to}>")))
        .subject(notice.kind.subject())
        .date(now.as_unix_s())
        .message_id(format!("{:032x}@{hostname}", u128::from_be_bytes(unique)))
        // RFC 3834 §5: nobody's absence note answers this.
        .header("Auto-Submitted", Raw::new("auto-replied"));
    if let Some(id) = value_of(notice.original, "Message-ID").filter(|id| is_message_id(id)) {
        message = message.header("In-Reply-To", Raw::new(id.clone())).header("References", Raw::new(id));
    }
    let mut raw = Vec::new();
    message.body(MimePart::new(report, BodyPart::Multipart(parts))).write_to(&mut raw)?;
    Ok(raw)
}

fn is_message_id(id: &str) -> bool {
    id.starts_with('<') && id.ends_with('>') && id.len() < 500 && id.bytes().all(|b| b.is_ascii_graphic())
}

fn text(notice: &Notice<'_>, hostname: &str) -> String {
    let subject = value_of(notice.original, "Subject").unwrap_or_default();
    format!(
        "This is the mail server {hostname}.\r\n\r\n{}\r\n\r\nSubject of your message: {}\r\nThe answer was: {}\r\n",
        notice.kind.explanation(&notice.item.waiting.address),
        subject.chars().take(200).collect::<String>(),
        notice.reply
    )
}

// RFC 3464 §2.2 and §2.3
fn status(notice: &Notice<'_>, hostname: &str, now: Timestamp) -> String {
    let item = notice.item;
    let mut out = String::new();
    if let Some(id) = &item.waiting.envelope_id {
        out.push_str(&format!("Original-Envelope-Id: {}\r\n", one_line(id)));
    }
    out.push_str(&format!(
        "Reporting-MTA: dns; {hostname}\r\nArrival-Date: {}\r\n\r\n",
        item.waiting.queued_at.rfc5322()
    ));
    if let Some(original) = &item.waiting.original {
        out.push_str(&format!("Original-Recipient: {}\r\n", one_line(original)));
    }
    // RFC 6533 §3: the type of an address that needs UTF-8
    let kind = if item.waiting.address.needs_utf8() { "utf-8" } else { "rfc822" };
    out.push_str(&format!("Final-Recipient: {kind}; {}\r\n", escaped(&item.waiting.address)));
    out.push_str(&format!("Action: {}\r\nStatus: {}\r\n", notice.kind.action(), enhanced(notice)));
    out.push_str(&format!("Diagnostic-Code: smtp; {}\r\n", one_line(&notice.reply.to_string())));
    out.push_str(&format!("Last-Attempt-Date: {}\r\n", now.rfc5322()));
    out
}

// RFC 6533 §3: utf-8-addr-xtext, which stays ASCII
fn escaped(address: &Address) -> String {
    let escape = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\x{{{:X}}}", u32::from(c)) };
    address.to_string().chars().map(escape).collect()
}

fn enhanced(notice: &Notice<'_>) -> Enhanced {
    let class = match notice.kind {
        NoticeKind::Failed => 5,
        NoticeKind::Delayed => 4,
        NoticeKind::Relayed => 2,
    };
    // RFC 3464 §2.3.4: the class says what became of it, whatever the reply's own class was.
    notice.reply.enhanced.map_or(Enhanced(class, 0, 0), |code| Enhanced(class, code.1, code.2))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).take(900).collect()
}

fn original<'a>(notice: &Notice<'a>) -> MimePart<'a> {
    let header = header_of(notice.original);
    let header = header.get(..header.len().min(64 * 1024)).unwrap_or_default();
    let text: Cow<'a, str> = String::from_utf8_lossy(header);
    let plain = text.is_ascii();
    let part = MimePart::new("text/rfc822-headers", BodyPart::Text(text));
    // RFC 6522 §4 would rather have it readable as it is.
    if plain { part.transfer_encoding("7bit") } else { part }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use mail::{Notify, ReversePath, Waiting};

    use super::*;

    #[test]
    fn a_notice_says_it_to_people_and_to_programs() {
        let item = Item {
            outgoing: 1,
            recipient: 2,
            waiting: Waiting {
                reverse_path: ReversePath::Null,
                address: Address::parse("gone@partner.test").unwrap(),
                notify: Notify::default(),
                original: Some("rfc822;gone@partner.test".into()),
                envelope_id: Some("QQ1".into()),
                smtputf8: false,
                attempts: 0,
                queued_at: Timestamp::from_unix_s(0),
                failed: None,
            },
            size_bytes: 60,
        };
        let reply = Reply::new(550, Enhanced(5, 1, 1), "no such user\nsorry");
        let original = b"Message-ID: <x@corp.test>\r\nSubject: s\r\n\r\nsecret body\r\n";
        let notice = Notice { kind: NoticeKind::Failed, item: &item, reply: &reply, original };
        let to = Address::parse("a@corp.test").unwrap();
        let raw = compose(&notice, &to, "mx.test", [0; 16], Timestamp::from_unix_s(60)).unwrap();
        let text = String::from_utf8(raw.clone()).unwrap();
        assert!(!text.contains("secret body"));
        for expected in ["Action: failed", "Status: 5.1.1", "In-Reply-To: <x@corp.test>", "Original-Envelope-Id: QQ1"] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        let parsed = mail_parser::MessageParser::new().parse(&raw).unwrap();
        assert_eq!(parsed.parts.len(), 4);
        assert!(
            text.to_lowercase().contains("report-type=\"delivery-status\"")
                || text.contains("report-type=delivery-status")
        );
    }
}
