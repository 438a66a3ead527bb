//! Who keeps writing from the partner town: a question now and then, an answer to everything that staff send.
//!
//! ```text
//!   seed ──> Correspondent ── question ──> whoever it is for        got ── answer ──> whoever wrote
//! ```
//!
//! The same seed writes the same letters in the same order. It has neither clock nor socket.

use mail::{Address, ReversePath, Timestamp};

use crate::letters::{Draft, Parts, compose, named, of_partner};
use crate::partner::{Got, PARTNER_DOMAIN};
use crate::staff::DOMAIN;

/// A letter ready to be sent.
#[derive(Clone, Debug)]
pub struct Written {
    /// Who writes.
    pub from: Address,
    /// To whom.
    pub to: Address,
    /// The message.
    pub raw: Vec<u8>,
}

/// Somebody with much to ask.
#[derive(Clone, Debug)]
pub struct Correspondent {
    seed: u64,
    written: usize,
}

impl Correspondent {
    /// Writes by `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, written: 0 }
    }

    /// How long until the next question: about a minute, in seconds.
    pub fn pause_s(&mut self) -> u64 {
        45 + self.chance() % 30
    }

    /// The next question; every one comes once before any comes again.
    pub fn question(&mut self, now: Timestamp) -> Option<Written> {
        let letters = of_partner('p');
        let first = usize::try_from(self.seed % 97).unwrap_or_default();
        let draft: &Draft = letters.get((first + self.written) % letters.len().max(1))?;
        let from = address_in(&draft.from)?;
        let to: Address = format!("{}@{DOMAIN}", draft.to).parse().ok()?;
        let id = format!("{}.{}", draft.id, self.next());
        let header_from = named(&draft.from);
        let parts = Parts {
            from: &header_from,
            to: &to.to_string(),
            subject: &draft.subject,
            body: &draft.body,
            id: &id,
            at: now,
        };
        Some(Written { raw: compose(&parts), from, to })
    }

    /// The answer to what somebody of the staff sent; nothing to machines, which would answer in turn (RFC 3834 §2).
    pub fn answer(&mut self, got: &Got, now: Timestamp) -> Option<Written> {
        let header = |name: &str| smtp::header::value_of(&got.raw, name);
        let ReversePath::Address(to) = &got.envelope.reverse_path else { return None };
        if to.domain().as_str() != DOMAIN || header("Auto-Submitted").is_some_and(|value| value != "no") {
            return None;
        }
        let from = got.envelope.recipients.iter().find_map(|recipient| match &recipient.path {
            mail::ForwardPath::Address(address) if address.domain().as_str() == PARTNER_DOMAIN => Some(address.clone()),
            _ => None,
        })?;
        let letters = of_partner('a');
        let chosen = usize::try_from(self.chance() % 1000).unwrap_or_default();
        let body = &letters.get(chosen % letters.len().max(1))?.body;
        let subject = header("Subject").unwrap_or_default();
        let subject = if subject.starts_with("Re:") { subject } else { format!("Re: {subject}") };
        let id = format!("answer.{}", self.next());
        let parts = Parts { from: &from.to_string(), to: &to.to_string(), subject: &subject, body, id: &id, at: now };
        let answered = header("Message-ID").unwrap_or_default();
        let threaded = format!("In-Reply-To: {answered}\r\nReferences: {answered}\r\n");
        Some(Written { raw: [threaded.into_bytes(), compose(&parts)].concat(), from, to: to.clone() })
    }

    fn next(&mut self) -> usize {
        self.written += 1;
        self.written
    }

    /// Knuth's linear congruence: chance enough for letters.
    const fn chance(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.seed >> 33
    }
}

fn address_in(mailbox: &str) -> Option<Address> {
    mailbox.rsplit_once('<')?.1.trim_end_matches('>').parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use mail::{Envelope, ForwardPath};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_s(1_763_800_000);

    fn got(from: &str, header: &str) -> Got {
        let envelope = Envelope {
            reverse_path: ReversePath::Address(from.parse().unwrap()),
            recipients: vec![ForwardPath::Address("leoni.brandt@partnerstadt.test".parse().unwrap()).into()],
            body_8bit: true,
            smtputf8: false,
            envelope_id: None,
        };
        Got { envelope, raw: format!("{header}Subject: Oui\r\nMessage-ID: <1@x>\r\n\r\nOui.\r\n").into_bytes() }
    }

    #[test]
    fn the_same_seed_writes_the_same_letters() {
        let letters = |seed| {
            let mut writer = Correspondent::new(seed);
            (0..20).map(|_| writer.question(NOW).unwrap().raw).collect::<Vec<_>>()
        };
        assert_eq!(letters(7), letters(7));
        assert_ne!(letters(7), letters(8));
    }

    #[test]
    fn people_are_answered_and_machines_are_not() {
        let mut writer = Correspondent::new(7);
        let answer = writer.answer(&got("maire@mairie.test", ""), NOW).unwrap();
        assert_eq!(smtp::header::value_of(&answer.raw, "Subject").unwrap(), "Re: Oui");
        assert_eq!(smtp::header::value_of(&answer.raw, "In-Reply-To").unwrap(), "<1@x>");
        assert!(writer.answer(&got("maire@mairie.test", "Auto-Submitted: auto-replied\r\n"), NOW).is_none());
        assert!(writer.answer(&got("x@elsewhere.test", ""), NOW).is_none());
    }
}
