//! Whom the session asks: [`Reception`], and what it is told about the peer.

use std::future::Future;
use std::net::SocketAddr;

use mail::{Envelope, ForwardPath, Reply, ReversePath};

/// The TLS of a session, for the trace header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// Such as `TLSv1.3`.
    pub version: String,
    /// Such as `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
}

/// Whom a session signed in as. Both texts are [`Reception`]'s own; the session only hands them back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who it is, as the implementor identifies people.
    pub id: String,
    /// The name for logs.
    pub name: String,
    /// What they signed in with, as the implementor names it; empty where that cannot be withdrawn.
    pub key: String,
}

/// The other end of a session.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Where it calls from.
    pub address: SocketAddr,
    /// What it says its name is, after HELO or EHLO.
    pub helo: Option<String>,
    /// It said EHLO, not HELO.
    pub esmtp: bool,
    /// The session's TLS, when it has any.
    pub protection: Option<Protection>,
    /// Whom it signed in as, in submission.
    pub login: Option<Login>,
}

impl Peer {
    /// A peer of which nothing but its address is known.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        Self { address, helo: None, esmtp: false, protection: None, login: None }
    }
}

/// What a MAIL command carries besides the path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// SIZE: how large the sender says the message is (RFC 1870 §4).
    pub size_bytes: Option<usize>,
    /// `BODY=8BITMIME` (RFC 6152 §2).
    pub body_8bit: bool,
    /// SMTPUTF8 (RFC 6531 §3.4).
    pub smtputf8: bool,
    /// `RET=FULL`: the sender wants the whole message back in a notification (RFC 3461 §4.3).
    pub return_full: bool,
    /// ENVID as it came (RFC 3461 §4.4).
    pub envelope_id: Option<String>,
}

/// What becomes of mail that a peer brings. A refusal is the reply the peer sees; unknown trouble is
/// [`Reply::trouble`], never a 5yz.
pub trait Reception: Send + Sync + 'static {
    /// May this peer send as `path`?
    fn sender(
        &self,
        peer: &Peer,
        path: &ReversePath,
        parameters: &MailParameters,
    ) -> impl Future<Output = Result<(), Reply>> + Send;

    /// Is `path` somebody we accept mail for, beside those already in `envelope`?
    fn recipient(
        &self,
        peer: &Peer,
        envelope: &Envelope,
        path: &ForwardPath,
    ) -> impl Future<Output = Result<(), Reply>> + Send;

    /// Takes the message over. `Ok` promises that it is durable (RFC 5321 §6.1); `raw` has CRLF line ends
    /// and no trace header of ours yet.
    fn message(
        &self,
        peer: &Peer,
        envelope: Envelope,
        raw: Vec<u8>,
    ) -> impl Future<Output = Result<Reply, Reply>> + Send;

    /// Is this the password of `login`? Asked only in submission and only under TLS.
    fn authenticate(
        &self,
        peer: &Peer,
        login: &str,
        password: &str,
    ) -> impl Future<Output = Result<Login, Reply>> + Send;
}
