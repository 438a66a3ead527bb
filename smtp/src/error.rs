//! What can go wrong on the way to a peer, told apart by who can do something about it.

/// A diagnosis. None of them is ever shown to a peer as a 5yz.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers there.
    #[error("cannot connect to {host}: {cause}")]
    Connect {
        /// Whom we called.
        host: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The connection broke in the middle of a session.
    #[error("the connection broke: {0}")]
    Broken(#[from] std::io::Error),
    /// The peer kept us waiting longer than RFC 5321 §4.5.3.2 allows.
    #[error("the peer kept silent for {waited_s} s")]
    TimedOut {
        /// How long we waited.
        waited_s: u64,
    },
    /// TLS was required and is not offered, or the handshake failed.
    #[error("no TLS with {host}: {cause}")]
    Tls {
        /// Whom we spoke to.
        host: String,
        /// What the handshake said.
        cause: String,
    },
    /// The peer refused the session as a whole.
    #[error("the peer refused the session: {0}")]
    Refused(mail::Reply),
    /// The peer does not speak SMTP.
    #[error("the peer does not speak SMTP: {0}")]
    Rubbish(String),
    /// A signing key that cannot be used.
    #[error("the DKIM key cannot be used: {0}")]
    Key(String),
    /// The queue or the resolver could not answer.
    #[error("{what}: {cause}")]
    Backend {
        /// What was asked.
        what: &'static str,
        /// What it said.
        cause: String,
    },
}

impl Error {
    /// Whether the same may work later. Only a peer that refuses for good, or a bad key, never will.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(reply) => !reply.is_permanent(),
            Self::Key(_) => false,
            _ => true,
        }
    }
}
