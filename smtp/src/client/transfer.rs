//! One transaction: MAIL, RCPT for each recipient, DATA, pipelined where the server allows it (RFC 2920).
//!
//! ```text
//!   C: [RSET] MAIL RCPT RCPT ... DATA      a batch at a time; one command at a time without PIPELINING
//!   S:  250   250  250  550  ... 354       every reply goes to the command it answers
//! ```

use std::collections::VecDeque;

use mail::{Enhanced, ForwardPath, Notify, Recipient, Reply};

use super::verdict::understood;
use super::{Mail, Offers, Verdict};

/// So many commands are sent before their replies are read: neither side's buffers ever fill up.
const BATCH: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Rset,
    Mail,
    Rcpt(usize),
    Data,
}

/// Where a reply has led.
pub(super) enum Progress {
    /// More replies, or more commands, are to come.
    More,
    /// The content may be sent.
    Content,
    /// The content may be sent and nobody is to have it.
    Nothing,
    /// There will be no content.
    Refused,
}

#[derive(Debug)]
pub(super) struct Transfer {
    lines: VecDeque<(Command, String)>,
    awaited: VecDeque<Command>,
    verdicts: Vec<Option<Reply>>,
    sender_refused: Option<Reply>,
    data_refused: Option<Reply>,
    pipelining: bool,
    dsn: bool,
}

impl Transfer {
    /// Why this server cannot be given this message at all.
    pub(super) fn impossible(mail: &Mail, offers: &Offers) -> Option<Reply> {
        // RFC 1870 §6.1
        if offers.size_max_bytes.is_some_and(|max| mail.raw.len() > max) {
            return Some(Reply::new(552, Enhanced(5, 3, 4), "The message is too large for the recipient's server"));
        }
        // RFC 6531 §3.2: there is no way down from an address that needs UTF-8.
        (needs_utf8(mail) && !offers.smtputf8)
            .then(|| Reply::new(553, Enhanced(5, 6, 7), "The recipient's server takes no UTF-8 addresses"))
    }

    pub(super) fn new(mail: &Mail, offers: &Offers, reset: bool) -> Self {
        let envelope = &mail.envelope;
        let mut lines = VecDeque::new();
        if reset {
            lines.push_back((Command::Rset, "RSET\r\n".to_owned()));
        }
        lines.push_back((Command::Mail, mail_line(mail, offers)));
        for (at, recipient) in envelope.recipients.iter().enumerate() {
            lines.push_back((Command::Rcpt(at), rcpt_line(recipient, offers)));
        }
        lines.push_back((Command::Data, "DATA\r\n".to_owned()));
        Self {
            lines,
            awaited: VecDeque::new(),
            verdicts: vec![None; envelope.recipients.len()],
            sender_refused: None,
            data_refused: None,
            pipelining: offers.pipelining,
            dsn: offers.dsn,
        }
    }

    /// Writes the next batch once the replies to the last one are in.
    pub(super) fn write_commands(&mut self, out: &mut Vec<u8>) {
        if !self.awaited.is_empty() {
            return;
        }
        let batch = if self.pipelining { BATCH } else { 1 };
        for _ in 0..batch {
            let Some((command, line)) = self.lines.pop_front() else { return };
            out.extend_from_slice(line.as_bytes());
            self.awaited.push_back(command);
        }
    }

    pub(super) fn awaits_data(&self) -> bool {
        self.awaited.front() == Some(&Command::Data)
    }

    pub(super) fn reply(&mut self, reply: Reply) -> Progress {
        match self.awaited.pop_front() {
            Some(Command::Mail) if !reply.is_positive() => self.sender_refused = Some(reply),
            Some(Command::Rcpt(at)) if !reply.is_positive() => {
                if let Some(verdict) = self.verdicts.get_mut(at) {
                    *verdict = Some(understood(reply));
                }
            }
            Some(Command::Data) if reply.code == 354 => {
                return if self.is_hopeless() { Progress::Nothing } else { Progress::Content };
            }
            Some(Command::Data) => {
                self.data_refused = Some(reply);
                return Progress::Refused;
            }
            _ => {}
        }
        // Without DATA on its way there is no need to send it.
        let quiet = self.awaited.is_empty();
        let only_data_left = self.lines.front().is_some_and(|(command, _)| *command == Command::Data);
        if quiet && (self.sender_refused.is_some() || (only_data_left && self.is_hopeless())) {
            return Progress::Refused;
        }
        Progress::More
    }

    fn is_hopeless(&self) -> bool {
        self.sender_refused.is_some() || self.verdicts.iter().all(Option::is_some)
    }

    /// The verdicts when no content was sent.
    pub(super) fn verdicts(self) -> Vec<Verdict> {
        // A positive reply here would be read as a delivery.
        let general = self.data_refused.clone().filter(|reply| !reply.is_positive()).unwrap_or_else(Reply::trouble);
        self.finished(general)
    }

    /// The verdicts after the reply to the end of data.
    pub(super) fn finished(self, reply: Reply) -> Vec<Verdict> {
        // Only who has just taken some of them will take more.
        let took_some = reply.is_positive() && self.verdicts.iter().any(Option::is_none);
        let dsn = self.dsn;
        let verdict = |refusal: Option<Reply>| match (&self.sender_refused, refusal) {
            // The replies to RCPT only say that there was no sender.
            (Some(refusal), _) => Verdict { reply: refusal.clone(), is_left_over: false, dsn },
            (None, Some(refusal)) => Verdict { is_left_over: took_some && refusal.code == 452, reply: refusal, dsn },
            (None, None) => Verdict { reply: reply.clone(), is_left_over: false, dsn },
        };
        self.verdicts.into_iter().map(verdict).collect()
    }
}

fn needs_utf8(mail: &Mail) -> bool {
    let envelope = &mail.envelope;
    let sender = envelope.reverse_path.address().is_some_and(mail::Address::needs_utf8);
    let recipient = envelope.recipients.iter().any(|recipient| match &recipient.path {
        ForwardPath::Address(address) => address.needs_utf8(),
        ForwardPath::Postmaster => false,
    });
    sender || recipient || (envelope.smtputf8 && !crate::header::header_of(&mail.raw).is_ascii())
}

fn mail_line(mail: &Mail, offers: &Offers) -> String {
    let envelope = &mail.envelope;
    let mut line = format!("MAIL FROM:{}", envelope.reverse_path);
    if offers.size {
        line.push_str(&format!(" SIZE={}", mail.raw.len()));
    }
    // RFC 6152 §3 would have us recode 8-bit content for a server without 8BITMIME. Such servers are
    // gone but for some that are 8-bit clean and do not say so: they get it as it is, unbroken signatures
    // and all.
    if offers.eight_bit && !mail.raw.is_ascii() {
        line.push_str(" BODY=8BITMIME");
    }
    if needs_utf8(mail) {
        line.push_str(" SMTPUTF8");
    }
    if let Some(id) = envelope.envelope_id.as_ref().filter(|_| offers.dsn) {
        line.push_str(&format!(" ENVID={id}"));
    }
    line + "\r\n"
}

fn rcpt_line(recipient: &Recipient, offers: &Offers) -> String {
    let mut line = format!("RCPT TO:{}", recipient.path);
    if offers.dsn {
        if recipient.notify != Notify::default() {
            line.push_str(&format!(" NOTIFY={}", notify_words(recipient.notify)));
        }
        if let Some(original) = &recipient.original {
            line.push_str(&format!(" ORCPT={original}"));
        }
    }
    line + "\r\n"
}

// RFC 3461 §4.1
fn notify_words(notify: Notify) -> String {
    let named = [(notify.success, "SUCCESS"), (notify.failure, "FAILURE"), (notify.delay, "DELAY")];
    let words: Vec<&str> = named.into_iter().filter_map(|(on, word)| on.then_some(word)).collect();
    if words.is_empty() { "NEVER".to_owned() } else { words.join(",") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use mail::{Envelope, ReversePath};

    use super::*;

    /// Plays the replies to MAIL, two RCPT and DATA, and the one to the end of data.
    fn play(replies: [u16; 4], end: u16) -> Vec<(u16, bool)> {
        let recipient = |name: &str| Recipient::from(ForwardPath::Address(mail::Address::parse(name).unwrap()));
        let envelope = Envelope {
            reverse_path: ReversePath::Null,
            recipients: vec![recipient("a@d.test"), recipient("b@d.test")],
            body_8bit: false,
            smtputf8: false,
            envelope_id: None,
        };
        let mail = Mail { envelope, raw: std::sync::Arc::new(b"x\r\n".to_vec()) };
        let offers = Offers { pipelining: true, ..Offers::default() };
        let mut transfer = Transfer::new(&mail, &offers, false);
        transfer.write_commands(&mut Vec::new());
        for code in replies {
            transfer.reply(Reply::new(code, Enhanced(5, 5, 3), "."));
        }
        let verdicts = transfer.finished(Reply::plain(end, "."));
        verdicts.into_iter().map(|verdict| (verdict.reply.code, verdict.is_left_over)).collect()
    }

    #[test]
    fn who_is_one_too_many_is_left_over_and_not_refused() {
        for code in [452, 552] {
            assert_eq!(play([250, 250, code, 354], 250), [(250, false), (452, true)]);
            assert_eq!(play([250, code, code, 354], 554), [(452, false); 2], "nobody was taken");
            assert_eq!(play([250, 250, code, 354], 451), [(451, false), (452, false)]);
        }
        assert_eq!(play([250, 250, 450, 354], 250), [(250, false), (450, false)]);
        assert_eq!(play([452, 452, 452, 503], 250), [(452, false); 2], "there was no sender");
    }
}
