//! From a letter to a message (RFC 5322, RFC 2045): plain, with HTML beside it, with attachments behind it.
//!
//! ```text
//!   multipart/mixed ─┬─ multipart/alternative ─┬─ text/plain
//!                    │                         └─ text/html
//!                    └─ attachments, base64
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail::Timestamp;

use super::attachment::{self, Attachment};
use super::script::{Draft, find};
use super::{encoded, named};
use crate::staff::{DOMAIN, Person};

/// The letter as it lies in `person`'s mailbox.
pub fn message(draft: &Draft, person: &Person, now: Timestamp) -> Vec<u8> {
    let at = now.plus_s(-draft.age_s);
    let own = format!("{} <{}>", person.name(), person.address());
    let mailbox = |text: &str| named(&text.replace("{self}", &own));
    let mut lines = vec![format!("From: {}", mailbox(&draft.from)), format!("To: {}", mailbox(&draft.to))];
    if !draft.cc.is_empty() {
        lines.push(format!("Cc: {}", mailbox(&draft.cc)));
    }
    lines.push(format!("Subject: {}", encoded(&draft.subject)));
    lines.push(format!("Date: {}", at.rfc5322()));
    lines.push(format!("Message-ID: {}", message_id(draft, person, now)));
    if let Some(answered) = find(&draft.reply) {
        let id = message_id(answered, person, now);
        lines.push(format!("In-Reply-To: {id}"));
        lines.push(format!("References: {id}"));
    }
    if draft.html == "newsletter" {
        let domain = draft.from.rsplit_once('@').map_or(DOMAIN, |(_, domain)| domain.trim_end_matches('>'));
        lines.push(format!("List-Unsubscribe: <https://{domain}/unsubscribe>"));
    }
    lines.push("MIME-Version: 1.0".to_owned());
    format!("{}\r\n{}", lines.join("\r\n"), content(draft, now)).into_bytes()
}

fn message_id(draft: &Draft, person: &Person, now: Timestamp) -> String {
    let at = now.plus_s(-draft.age_s);
    format!("<{}.{}.{}@{DOMAIN}>", draft.id, person.login, at.as_unix_s())
}

/// Content fields, an empty line, and the content.
fn content(draft: &Draft, now: Timestamp) -> String {
    let text = body(draft);
    let attachments: Vec<Attachment> =
        draft.attach.iter().map(|name| attachment::make(name, &draft.subject, now)).collect();
    if attachments.is_empty() {
        return text;
    }
    let parts = std::iter::once(text).chain(attachments.iter().map(attached));
    multipart("mixed", &draft.id, parts)
}

fn body(draft: &Draft) -> String {
    let plain = part("text/plain", &draft.body);
    match draft.html.as_str() {
        "" => plain,
        look => multipart("alternative", &draft.id, [plain, part("text/html", &page(draft, look))]),
    }
}

fn part(kind: &str, text: &str) -> String {
    let text = text.replace('\n', "\r\n");
    format!("Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n")
}

fn multipart(kind: &str, id: &str, parts: impl IntoIterator<Item = String>) -> String {
    let boundary = format!("={kind}={id}=");
    let head = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n");
    let parts: String = parts.into_iter().map(|part| format!("--{boundary}\r\n{part}\r\n")).collect();
    format!("{head}{parts}--{boundary}--\r\n")
}

fn attached(attachment: &Attachment) -> String {
    let Attachment { name, kind, bytes } = attachment;
    let base64 = STANDARD.encode(bytes);
    let lines: Vec<&str> = base64.as_bytes().chunks(76).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!(
        "Content-Type: {kind}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        lines.join("\r\n")
    )
}

/// HTML as such letters come: tables and styles in a newsletter, with the picture that tells the sender who read it.
fn page(draft: &Draft, look: &str) -> String {
    let paragraphs: Vec<String> = draft.body.split("\n\n").map(escaped).collect();
    if look != "newsletter" {
        let text: String = paragraphs.iter().map(|text| format!("<p>{text}</p>\n")).collect();
        return format!("<html><body style=\"font-family:Calibri,sans-serif;font-size:11pt\">\n{text}</body></html>");
    }
    let (first, rest) = paragraphs.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let rest: String = rest.iter().map(|text| format!("<p style=\"line-height:1.5\">{text}</p>\n")).collect();
    let host = draft.from.rsplit_once('@').map_or("elsewhere.test", |(_, domain)| domain.trim_end_matches('>'));
    format!(
        "<html><head><style>h1 {{ color: #fff }} .go {{ background: #b5431c }}</style></head>\n\
         <body style=\"margin:0;background:#efe9df\"><table width=\"600\" align=\"center\" cellpadding=\"24\" \
         style=\"background:#ffffff;font-family:Georgia,serif;color:#333333\">\n\
         <tr><td style=\"background:#23395b\"><h1>{first}</h1></td></tr>\n<tr><td>{rest}\
         <p><a class=\"go\" style=\"color:#ffffff;padding:8px 16px\" href=\"https://{host}/place\">{}</a></p></td></tr>\n\
         </table><img src=\"https://{host}/open.gif?reader=42\" width=\"1\" height=\"1\" alt=\"\"></body></html>",
        escaped(&draft.subject)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>\n")
}
