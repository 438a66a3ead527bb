//! The client's side of a session: how mail leaves (RFC 5321 §3.3, §4.5.4).
//!
//! ```text
//!   Greeting ─ Ehlo ─ [StartTls ─ Handshake ─ Ehlo] ─ [Auth] ─ Ready ── deliver ──> Envelope ─ Content ─ Verdict
//!      │         └ Helo                                          ^                                         │
//!      └ refused, rubbish, silence: Closed                       └──────── one reply per recipient ────────┘
//! ```
//!
//! [`Machine`] is the protocol; [`Connection`] owns the socket. Which host to call is `outbound`'s affair.

mod body;
mod connection;
mod machine;
mod offers;
mod tls;
mod transfer;
mod verdict;

use std::time::Duration;

use mail::Envelope;

pub use body::Stuffing;
#[cfg(test)]
pub(crate) use body::stuffed;
pub use connection::{Connection, Settings, Target};
pub use machine::{Hello, Machine, Step};
pub use offers::Offers;
pub use tls::{unverified_tls, verified_tls};
pub use verdict::Verdict;

/// When TLS is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsPolicy {
    /// Not at all.
    Never,
    /// When offered, whatever the certificate says (RFC 7435).
    Opportunistic,
    /// Always by STARTTLS, or not at all.
    Required,
    /// From the first byte on (RFC 8314 §3.3).
    Implicit,
}

/// How we sign in at a smarthost.
#[derive(Clone)]
pub struct Credentials {
    /// The name.
    pub login: String,
    /// The password.
    pub password: String,
}

/// One message to hand over.
#[derive(Clone, Debug)]
pub struct Mail {
    /// From whom and to whom.
    pub envelope: Envelope,
    /// The content with CRLF line ends, not stuffed.
    pub raw: std::sync::Arc<Vec<u8>>,
}

/// How long we wait for what (RFC 5321 §4.5.3.2).
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// For a connection; the RFC leaves it open.
    pub connect: Duration,
    /// For the greeting: 5 minutes (§4.5.3.2.1).
    pub greeting: Duration,
    /// For MAIL, RCPT and the rest: 5 minutes (§4.5.3.2.2, §4.5.3.2.3).
    pub command: Duration,
    /// For 354: 2 minutes (§4.5.3.2.4).
    pub data: Duration,
    /// For each block of content: 3 minutes (§4.5.3.2.5).
    pub block: Duration,
    /// For the reply to the end of data: 10 minutes (§4.5.3.2.6).
    pub end: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        Self {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            command: minutes(5),
            data: minutes(2),
            block: minutes(3),
            end: minutes(10),
        }
    }
}
