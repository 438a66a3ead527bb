//! CAPABILITY (RFC 9051 §6.1.1), ID (RFC 2971) and NAMESPACE (RFC 2342).

use super::session::Session;
use crate::Accounts;
use crate::wire::Write as _;

/// What a signed-in client may use.
const SIGNED_IN: &str =
    "IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE CHILDREN SPECIAL-USE UIDPLUS MOVE UNSELECT";

impl<A: Accounts> Session<A> {
    /// The capabilities as they are now.
    pub(super) fn capabilities(&self) -> String {
        if self.mailbox.is_some() {
            return SIGNED_IN.to_owned();
        }
        let mut words = "IMAP4rev1 LITERAL+ SASL-IR ID ENABLE".to_owned();
        if self.service.tls.is_some() && !self.peer.secure {
            words.push_str(" STARTTLS");
        }
        // RFC 9051 §6.2.3: LOGINDISABLED until the password is safe.
        words.push_str(if self.may_sign_in() { " AUTH=PLAIN" } else { " LOGINDISABLED" });
        words
    }

    pub(super) fn capability(&self, out: &mut Vec<u8>) {
        out.put(format!("* CAPABILITY {}\r\n", self.capabilities()));
    }

    pub(super) fn id(&self, out: &mut Vec<u8>) {
        out.put(b"* ID (\"name\" \"Relais\")\r\n");
    }

    pub(super) fn namespace(&self, out: &mut Vec<u8>) {
        out.put(b"* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
    }
}
