//! What became of one recipient of one transaction.

use mail::{Enhanced, Reply};

/// The server's word on a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// To RCPT when that was refused, else to the end of data.
    pub reply: Reply,
    /// The server took as many recipients as it takes at once, and this one was not among them: it wants
    /// another transaction, at once (RFC 5321 §4.5.3.1.10).
    pub is_left_over: bool,
    /// The server tells the sender what the sender wants to hear (RFC 3461 §5.2.2).
    pub dsn: bool,
}

/// A refusal of RCPT as it is to be understood: RFC 5321 §4.5.3.1.10 has clients read 552 as 452, as servers
/// of RFC 821 spelt it.
pub(super) fn understood(reply: Reply) -> Reply {
    match reply {
        Reply { code: 552, enhanced, text } => {
            let enhanced = enhanced.map(|Enhanced(_, subject, detail)| Enhanced(4, subject, detail));
            Reply { code: 452, enhanced, text }
        }
        reply => reply,
    }
}
