//! What the session asks [`crate::Reception`], by way of its driver, and the answers.

use mail::{Claim, Envelope, ForwardPath, Recipient, Reply, ReversePath};

use super::{Session, State};
use crate::{Login, MailParameters};

/// A question, with what [`crate::Reception`]'s method of the same name takes.
#[derive(Debug, PartialEq, Eq)]
pub enum Question {
    /// May the peer send as this?
    Sender {
        /// MAIL's path.
        path: ReversePath,
        /// MAIL's parameters.
        parameters: MailParameters,
    },
    /// Is this somebody of ours?
    ///
    /// The transaction so far is [`Session::envelope`].
    Recipient {
        /// RCPT's path.
        path: ForwardPath,
    },
    /// Take this over.
    Message {
        /// The whole envelope.
        envelope: Envelope,
        /// The content.
        raw: Vec<u8>,
    },
    /// Is this the password?
    Authenticate {
        /// Who it claims to be.
        login: String,
        /// With which password.
        password: String,
    },
}

/// An answer to the question of the same kind.
#[derive(Debug)]
pub enum Answer {
    /// To `Sender` and `Recipient`.
    Verdict(Result<(), Reply>),
    /// To `Message`.
    Taken(Result<Reply, Reply>),
    /// To `Authenticate`.
    Login(Result<Login, Reply>),
}

/// Which answer is awaited.
#[derive(Debug)]
pub(super) enum Asked {
    Sender(ReversePath, MailParameters),
    Recipient(Recipient),
    /// What the message holds is free again when it is answered.
    Message {
        _held: Claim,
    },
    Login,
}

impl Session {
    /// Takes the answer to the question that [`super::Step::Ask`] put.
    pub fn answer(&mut self, answer: Answer) {
        let State::Asked(asked) = std::mem::replace(&mut self.state, State::Command) else { return };
        match (asked, answer) {
            (Asked::Sender(path, parameters), Answer::Verdict(verdict)) => {
                self.sender_answered(path, parameters, verdict);
            }
            (Asked::Recipient(recipient), Answer::Verdict(verdict)) => self.recipient_answered(recipient, verdict),
            (Asked::Message { .. }, Answer::Taken(Ok(reply) | Err(reply))) => self.push(reply),
            (Asked::Login, Answer::Login(Ok(login))) => self.signed_in(login),
            (Asked::Login, Answer::Login(Err(refusal))) => self.sign_in_failed(refusal),
            // A driver that mixes answers up must not make mail bounce.
            _ => self.push(Reply::trouble()),
        }
    }
}
