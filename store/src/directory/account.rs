//! What lets somebody in: credentials and sessions, as rows. How secrets are made and checked is `identity`'s.

use mail::Timestamp;
use serde::{Deserialize, Serialize};

use crate::EntryId;

/// Whose a credential or session is. Staff and admins are different people to Relais even when they are one person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Owner {
    /// Somebody of the directory.
    Entry(EntryId),
    /// An admin of Relais, by name.
    Admin(String),
}

impl Owner {
    /// The stored form: `entry:<id>` or `admin:<name>`.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Entry(id) => format!("entry:{}", id.0),
            Self::Admin(name) => format!("admin:{name}"),
        }
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "entry" => Some(Self::Entry(EntryId(rest.to_owned()))),
            "admin" => Some(Self::Admin(rest.to_owned())),
            _ => None,
        }
    }
}

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// For one mail program, generated, 128 bits.
    AppPassword,
    /// A code that lets somebody in once, to set up something better.
    Activation,
    /// What somebody chose.
    Password,
    /// A seed of time-based codes (RFC 6238), sealed by `identity`.
    Totp,
    /// The public half of a passkey (WebAuthn).
    Passkey,
    /// A code on paper that stands in once for the other second factors.
    Recovery,
}

impl CredentialKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::AppPassword, Self::Activation, Self::Password, Self::Totp, Self::Passkey, Self::Recovery];

    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppPassword => "app-password",
            Self::Activation => "activation",
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::Recovery => "recovery",
        }
    }

    /// Whether it lets its owner in by itself; the others are asked for in addition.
    #[must_use]
    pub fn is_a_way_in(self) -> bool {
        !matches!(self, Self::Totp | Self::Recovery)
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A credential's random name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CredentialId(pub [u8; 16]);

/// One credential. What is here lets nobody in: a hash, a public half, or what is sealed under a key kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its name.
    pub id: CredentialId,
    /// Whose it is.
    pub owner: Owner,
    /// What it is.
    pub kind: CredentialKind,
    /// The hash (or public half, or sealed seed), in the form that `identity` gave it.
    pub secret_hash: Vec<u8>,
    /// What its owner calls it: a device, a program.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the hour. A hint: not covered by the MAC.
    pub used_at: Option<Timestamp>,
}

impl Credential {
    /// Whether it may be used at this moment.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reads and writes one's own mail.
    Staff,
    /// Runs Relais; reads nobody's mail.
    Admin,
}

impl Role {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        [Self::Staff, Self::Admin].into_iter().find(|role| role.as_str() == word)
    }
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Hash of the token that the browser holds.
    pub token_hash: [u8; 32],
    /// Whose it is.
    pub owner: Owner,
    /// What it may do.
    pub role: Role,
    /// How its owner signed in: `password`, `password+totp`, `passkey`, `activation`, `saml`.
    pub via: String,
    /// From where.
    pub peer: String,
    /// With what program, as it says itself.
    pub agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// Milliseconds without a request after which it is over, at a shared computer.
    pub idle_ms: Option<i64>,
    /// When it was last used. A hint: not covered by the MAC.
    pub seen_at: Option<Timestamp>,
}

impl Session {
    /// Whether it goes on at this moment.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        let seen = self.seen_at.map_or(self.created_at, |seen| seen.max(self.created_at));
        let idle = self.idle_ms.is_some_and(|idle| now.ms_since(seen) >= idle);
        self.ended_at.is_none() && now < self.expires_at && !idle
    }
}

/// Which sessions to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionsOf {
    /// Those of one owner.
    Owner(Owner),
    /// Those that came in this way, such as `saml` when the primary's identity provider is refused.
    Via(String),
    /// All of them.
    Everyone,
}
