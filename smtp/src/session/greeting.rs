//! Who we are, who the peer says it is, what we offer, and the change to TLS.
//!
//! ```text
//!   220 us ── EHLO them ── 250 offers ── STARTTLS ── 220 ── handshake ── EHLO them, all over again
//! ```

use mail::{Enhanced, Reply};

use super::{Mode, Session, State};
use crate::{Peer, Protection};

impl Session {
    /// The handshake that was asked for has succeeded.
    pub fn secured(&mut self, protection: Protection) {
        // RFC 3207 §4.2: what was said before TLS is forgotten; what was sent before it is never read.
        self.input.clear();
        self.transaction = None;
        self.peer = Peer { protection: Some(protection), ..Peer::at(self.peer.address) };
        self.state = State::Command;
        self.until = None;
    }

    /// The connection was under TLS before its first command (RFC 8314 §3.3).
    pub fn begin_secured(&mut self, protection: Option<Protection>) {
        self.peer.protection = protection;
    }

    pub(super) fn greet(&mut self) {
        // RFC 5321 §4.3.1: the greeting starts with the server's name.
        self.push(Reply::plain(220, format!("{} ESMTP Relais", self.settings.hostname)));
        self.state = State::Command;
    }

    pub(super) fn ehlo(&mut self, name: String) {
        self.introduce(name, true);
        let limits = &self.settings.limits;
        // No DSN (RFC 3461): we keep no RET and tell nobody of a delivery to a mailbox here. Without the word the server
        // before us tells that it handed a message on. NOTIFY and ENVID are kept where they come all the same.
        let mut lines = vec![
            self.settings.hostname.clone(),
            "PIPELINING".into(),
            format!("SIZE {}", limits.size_max_bytes),
            "ENHANCEDSTATUSCODES".into(),
            "8BITMIME".into(),
            "SMTPUTF8".into(),
        ];
        // RFC 3207 §4.2: not offered again once it is on.
        if self.settings.starttls && self.peer.protection.is_none() {
            lines.push("STARTTLS".into());
        }
        if self.may_sign_in() {
            lines.push("AUTH PLAIN LOGIN".into());
        }
        self.push(Reply::plain(250, lines.join("\n")));
    }

    pub(super) fn helo(&mut self, name: String) {
        self.introduce(name, false);
        self.push(Reply::plain(250, self.settings.hostname.clone()));
    }

    // RFC 5321 §4.1.4: a new EHLO is also a RSET.
    fn introduce(&mut self, name: String, esmtp: bool) {
        self.transaction = None;
        self.peer.helo = Some(name);
        self.peer.esmtp = esmtp;
    }

    pub(super) fn starttls(&mut self) {
        if self.peer.protection.is_some() {
            return self.fail(Reply::new(503, Enhanced(5, 5, 1), "TLS is already on"));
        }
        if !self.settings.starttls {
            return self.fail(Reply::new(502, Enhanced(5, 5, 1), "TLS is not offered"));
        }
        self.push(Reply::new(220, Enhanced(2, 0, 0), "Go ahead"));
        self.input.clear();
        self.state = State::Handshake;
    }

    fn may_sign_in(&self) -> bool {
        let submission = self.settings.mode == Mode::Submission;
        submission && self.peer.protection.is_some() && self.peer.login.is_none()
    }
}
