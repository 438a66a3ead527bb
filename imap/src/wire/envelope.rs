//! ENVELOPE (RFC 9051 §7.5.2).

use mail::{Correspondence, Correspondent};

use super::Write;

/// `(date subject from sender reply-to to cc bcc in-reply-to message-id)`
pub(crate) fn write_envelope(out: &mut Vec<u8>, about: &Correspondence) {
    out.put(b"(");
    out.header_text(about.date.as_deref());
    out.put(b" ");
    out.header_text(about.subject.as_deref());
    for field in [&about.from, &about.sender, &about.reply_to, &about.to, &about.cc, &about.bcc] {
        out.put(b" ");
        out.list_or_nil(field, "", write_address);
    }
    out.put(b" ");
    out.header_text(about.in_reply_to.as_deref());
    out.put(b" ");
    out.header_text(about.message_id.as_deref());
    out.put(b")");
}

// address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
fn write_address(out: &mut Vec<u8>, one: &Correspondent) {
    out.put(b"(");
    out.header_text(one.name.as_deref());
    out.put(b" NIL ");
    out.header_text(one.mailbox.as_deref());
    out.put(b" ");
    out.header_text(one.host.as_deref());
    out.put(b")");
}
