//! What can go wrong at a primary, as diagnoses that somebody treats differently.

use store::StoreError;

use crate::Finding;

/// Why a connector could not do its work. Nothing is lost: the next try goes on from the last cursor.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Nobody answers there.
    #[error("{primary} cannot be reached: {cause}")]
    Down {
        /// Whom we called.
        primary: String,
        /// Why.
        cause: String,
    },
    /// It answers, but not in time.
    #[error("{primary} does not answer in time")]
    Slow {
        /// Whom we called.
        primary: String,
    },
    /// It is not who it should be.
    #[error("{primary} shows a certificate that is not to be believed: {cause}")]
    Untrusted {
        /// Whom we called.
        primary: String,
        /// What is wrong with the certificate.
        cause: String,
    },
    /// It does not let us in.
    #[error("{primary} refused our sign-in: {cause}")]
    SignIn {
        /// Whom we called.
        primary: String,
        /// What it said.
        cause: String,
    },
    /// It answers what no such server answers.
    #[error("{primary} answers rubbish: {cause}")]
    Rubbish {
        /// Whom we called.
        primary: String,
        /// What is wrong with it.
        cause: String,
    },
    /// It does not do what it was asked.
    #[error("{primary} refused: {cause}")]
    Refused {
        /// Whom we called.
        primary: String,
        /// What it said.
        cause: String,
    },
    /// A file of ours cannot be read or understood.
    #[error("{file}: {cause}")]
    File {
        /// Which.
        file: String,
        /// Why.
        cause: String,
    },
    /// Sync was frozen meanwhile.
    #[error("sync is frozen")]
    Frozen,
    /// The store could not take it in.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SyncError {
    /// Whether the same may work later without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Down { .. } | Self::Slow { .. } | Self::Frozen => true,
            Self::Store(cause) => cause.is_transient(),
            Self::Untrusted { .. }
            | Self::SignIn { .. }
            | Self::Rubbish { .. }
            | Self::Refused { .. }
            | Self::File { .. } => false,
        }
    }

    /// The finding that an operator reads; `part` is what is being copied, `directory` or `history`.
    #[must_use]
    pub fn finding(&self, part: &str) -> Finding {
        let (kind, remedy) = match self {
            Self::Down { .. } => {
                ("down", "see whether the server runs and the network lets us reach it; we keep trying")
            }
            Self::Slow { .. } => ("slow", "see what the server is busy with; we keep trying"),
            Self::Untrusted { .. } => (
                "not_trusted",
                "see who answers there: no password was said to it. If it is the primary, put the authority that signed \
                 its certificate into ca_file, or name the host as its certificate does, and start relais anew",
            ),
            Self::SignIn { .. } => ("sign_in_refused", "check the account and the password file of the connector"),
            Self::Rubbish { .. } => ("rubbish", "see what listens at that address; we keep trying"),
            Self::Refused { .. } => ("refused", "give the connector's account the right to read what it was refused"),
            Self::File { .. } => ("file_unreadable", "mend the file; it is read again at the next look"),
            Self::Frozen => ("frozen", "nothing is copied until the freeze ends"),
            Self::Store(_) => ("store", "see what the store says; nothing was lost"),
        };
        Finding { name: format!("{part}_{kind}"), what: self.to_string(), remedy: remedy.to_owned() }
    }

    /// Translates what the IMAP client says.
    pub(crate) fn imap(primary: &str, error: imap::Error) -> Self {
        let (primary, cause) = (primary.to_owned(), error.to_string());
        match error {
            imap::Error::Connect { .. } | imap::Error::Broken(_) | imap::Error::Bye(_) | imap::Error::Tls(_) => {
                Self::Down { primary, cause }
            }
            imap::Error::Certificate(cause) => Self::Untrusted { primary, cause },
            imap::Error::TimedOut(_) => Self::Slow { primary },
            imap::Error::SignIn(_) => Self::SignIn { primary, cause },
            imap::Error::No { .. } | imap::Error::Bad(_) => Self::Refused { primary, cause },
            imap::Error::Rubbish(_) | imap::Error::TooLarge { .. } => Self::Rubbish { primary, cause },
        }
    }
}
