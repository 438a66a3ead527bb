//! What can go wrong in a session.

/// Why a session, or a step of one, did not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers there.
    #[error("cannot connect to {host}: {cause}")]
    Connect {
        /// The host and port.
        host: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] std::io::Error),
    /// Nothing came in time.
    #[error("the other end did not answer in {0} seconds")]
    TimedOut(u64),
    /// TLS cannot be had as demanded.
    #[error("TLS: {0}")]
    Tls(String),
    /// The other end shows a certificate that is not to be believed. Nothing was said to it.
    #[error("its certificate is not to be believed: {0}")]
    Certificate(String),
    /// Name or password are wrong, or the account may not.
    #[error("sign-in refused: {0}")]
    SignIn(String),
    /// The command was answered with NO.
    #[error("refused: {text}")]
    No {
        /// The response code, such as `TRYCREATE`, upper case.
        code: Option<String>,
        /// What it said.
        text: String,
    },
    /// The command was answered with BAD.
    #[error("not understood: {0}")]
    Bad(String),
    /// The other end took leave.
    #[error("the other end closed: {0}")]
    Bye(String),
    /// What came is no IMAP.
    #[error("the other end does not speak IMAP: {0}")]
    Rubbish(String),
    /// What came is larger than we take.
    #[error("the other end sent more than {limit_bytes} octets at once")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
}

impl Error {
    /// Whether the same may work later without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Broken(_) | Self::TimedOut(_) | Self::Bye(_) => true,
            Self::No { code, .. } => matches!(code.as_deref(), Some("INUSE" | "UNAVAILABLE" | "SERVERBUG" | "LIMIT")),
            Self::Tls(_)
            | Self::Certificate(_)
            | Self::SignIn(_)
            | Self::Bad(_)
            | Self::Rubbish(_)
            | Self::TooLarge { .. } => false,
        }
    }

    /// Whether the session is of no more use.
    #[must_use]
    pub fn ends_session(&self) -> bool {
        !matches!(self, Self::No { .. } | Self::Bad(_) | Self::SignIn(_))
    }
}
