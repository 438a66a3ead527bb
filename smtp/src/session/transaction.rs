//! MAIL, RCPT, DATA and what follows it (RFC 5321 §3.3).

use mail::{Enhanced, Recipient, Reply, ReversePath};

use super::asking::Asked;
use super::data::{Collected, DataReader};
use super::{Mode, Question, Session, State, new_envelope};
use crate::MailParameters;

impl Session {
    pub(super) fn mail(&mut self, path: ReversePath, parameters: MailParameters) {
        if let Some(refusal) = self.refuse_mail(&parameters) {
            return self.fail(refusal);
        }
        // RFC 1870 §6.1: what is announced as too large is refused before it is sent.
        if parameters.size_bytes.is_some_and(|size| size > self.settings.limits.size_max_bytes) {
            return self.push(too_large());
        }
        self.question = Some(Question::Sender { path: path.clone(), parameters: parameters.clone() });
        self.state = State::Asked(Asked::Sender(path, parameters));
    }

    fn refuse_mail(&self, parameters: &MailParameters) -> Option<Reply> {
        if self.peer.helo.is_none() {
            return Some(Reply::new(503, Enhanced(5, 5, 1), "Say EHLO first"));
        }
        if self.transaction.is_some() {
            // RFC 5321 §4.1.4
            return Some(Reply::new(503, Enhanced(5, 5, 1), "A transaction is already open"));
        }
        if !self.peer.esmtp && *parameters != MailParameters::default() {
            return Some(Reply::new(555, Enhanced(5, 5, 4), "Parameters need EHLO"));
        }
        if self.settings.mode == Mode::Submission {
            return self.refuse_strangers();
        }
        None
    }

    // RFC 6409 §4.3; RFC 4954 §6: 530 5.7.0.
    fn refuse_strangers(&self) -> Option<Reply> {
        if self.peer.protection.is_none() {
            return Some(Reply::new(530, Enhanced(5, 7, 0), "Say STARTTLS first"));
        }
        self.peer.login.is_none().then(|| Reply::new(530, Enhanced(5, 7, 0), "Sign in first"))
    }

    pub(super) fn rcpt(&mut self, recipient: Recipient) {
        let Some((envelope, _)) = &self.transaction else {
            return self.fail(Reply::new(503, Enhanced(5, 5, 1), "Say MAIL first"));
        };
        // RFC 5321 §4.5.3.1.10: too many recipients are a 452, and the rest come in another transaction.
        if envelope.recipients.len() >= self.settings.limits.recipients_max {
            return self.push(Reply::new(452, Enhanced(4, 5, 3), "Too many recipients, send the rest separately"));
        }
        self.question = Some(Question::Recipient { path: recipient.path.clone() });
        self.state = State::Asked(Asked::Recipient(recipient));
    }

    pub(super) fn data(&mut self) {
        let Some((envelope, parameters)) = &self.transaction else {
            return self.fail(Reply::new(503, Enhanced(5, 5, 1), "Say MAIL first"));
        };
        let (limits, room) = (&self.settings.limits, &self.settings.room);
        if envelope.recipients.is_empty() {
            // RFC 5321 §3.3
            return self.fail(Reply::new(554, Enhanced(5, 5, 1), "No valid recipients"));
        }
        if !room.fits(parameters.size_bytes.unwrap_or(0)) {
            return self.push(no_room());
        }
        self.state = State::Data(DataReader::new(limits.size_max_bytes, room));
        self.block_start_bytes = 0;
        self.until = None;
        self.push(Reply::plain(354, "End data with <CR><LF>.<CR><LF>"));
    }

    /// Called after CRLF.CRLF.
    pub(super) fn end_of_data(&mut self) {
        self.until = None;
        let State::Data(reader) = std::mem::replace(&mut self.state, State::Command) else { return };
        let collected = reader.finish();
        let Some((envelope, _)) = self.transaction.take() else { return };
        if let Some(refusal) = self.refuse_content(&collected) {
            return self.push(refusal);
        }
        self.question = Some(Question::Message { envelope, raw: collected.raw });
        self.state = State::Asked(Asked::Message { _held: collected.claim });
    }

    fn refuse_content(&self, collected: &Collected) -> Option<Reply> {
        if collected.too_large {
            return Some(too_large());
        }
        if collected.no_room {
            return Some(no_room());
        }
        if self.settings.mode == Mode::Reception {
            return None;
        }
        if collected.bare_lf {
            // RFC 5321 §2.3.8, and 5.6.11 as Exchange and Gmail answer it.
            return Some(Reply::new(550, Enhanced(5, 6, 11), "Line feeds without a carriage return"));
        }
        if collected.bare_cr {
            // The same rule. On its way out it would become a space under a signature that has the return.
            return Some(Reply::new(550, Enhanced(5, 6, 11), "Carriage returns without a line feed"));
        }
        // RFC 5322 §4 calls NUL obsolete; RFC 6409 §8 lets us refuse what is ill-formed.
        collected.nul.then(|| Reply::new(550, Enhanced(5, 6, 0), "NUL in the message"))
    }

    pub(super) fn sender_answered(
        &mut self,
        path: ReversePath,
        parameters: MailParameters,
        verdict: Result<(), Reply>,
    ) {
        match verdict {
            Ok(()) => {
                self.transaction = Some((new_envelope(path, &parameters), parameters));
                self.push(Reply::new(250, Enhanced(2, 1, 0), "Sender ok"));
            }
            Err(refusal) => self.push(refusal),
        }
    }

    pub(super) fn recipient_answered(&mut self, recipient: Recipient, verdict: Result<(), Reply>) {
        match (verdict, &mut self.transaction) {
            (Ok(()), Some((envelope, _))) => {
                envelope.recipients.push(recipient);
                self.push(Reply::new(250, Enhanced(2, 1, 5), "Recipient ok"));
            }
            (Ok(()), None) => self.push(Reply::trouble()),
            (Err(refusal), _) => self.push(refusal),
        }
    }
}

// RFC 1870 §6.1, with the code of RFC 3463 §3.4
pub(super) fn too_large() -> Reply {
    Reply::new(552, Enhanced(5, 3, 4), "The message is too large")
}

// RFC 5321 §4.2.2 and RFC 3463 §3.4: the sender keeps the message and comes again.
fn no_room() -> Reply {
    Reply::new(452, Enhanced(4, 3, 1), "Too much mail is on its way in, please come back")
}
