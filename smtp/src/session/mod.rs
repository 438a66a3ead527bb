//! The server's side of one session, without socket and clock.
//!
//! ```text
//!              feed(bytes)                    answer(Answer)
//!   driver ───────────────────> Session <─────────────────── driver <── Reception
//!          <─────────────────── poll(now) -> Write | Ask(Question) | Handshake | Read{until} | Close
//!
//!   Start ── EHLO/HELO ── Command ── MAIL ── RCPT+ ── DATA ── Data ── Asked(Message) ── Command
//! ```
//!
//! Replies gather while commands are pipelined (RFC 2920 §3.2) and go out before anything is waited for.

mod asking;
mod auth;
mod data;
mod greeting;
mod transaction;

use std::sync::Arc;

use mail::{Enhanced, Envelope, Reply, ReversePath, Timestamp};

use crate::command::{Command, syntax};
use crate::{Limits, Login, MailParameters, Peer};

pub use asking::{Answer, Question};
use auth::Exchange;
use data::DataReader;
pub use mail::Room;

/// What a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Mail from other organisations' servers (RFC 5321).
    Reception,
    /// Mail from our own staff, after TLS and sign-in (RFC 6409).
    Submission,
}

/// What all sessions of one listener have in common.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our name, in the greeting and in trace headers.
    pub hostname: String,
    /// What the listener is for.
    pub mode: Mode,
    /// STARTTLS can be offered.
    pub starttls: bool,
    /// How much a peer may ask of us.
    pub limits: Limits,
    /// What messages under way may hold, in all sessions that share it.
    pub room: Room,
}

/// What the driver has to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Write these bytes.
    Write(Vec<u8>),
    /// Put this to [`crate::Reception`] and [`Session::answer`].
    Ask(Question),
    /// Shake hands as the TLS server, then say [`Session::secured`].
    Handshake,
    /// Read some bytes and [`Session::feed`] them; poll again when `until` has come without any.
    Read {
        /// When waiting ends.
        until: Timestamp,
    },
    /// Close the connection.
    Close,
}

#[derive(Debug)]
enum State {
    Greeting,
    Command,
    Exchange(Exchange),
    Data(DataReader),
    Asked(asking::Asked),
    Handshake,
    Closing,
}

/// One session.
#[derive(Debug)]
pub struct Session {
    settings: Arc<Settings>,
    peer: Peer,
    state: State,
    /// MAIL has been accepted when this is here.
    transaction: Option<(Envelope, MailParameters)>,
    input: Vec<u8>,
    /// Octets of an overlong line that have been thrown away.
    overlong_bytes: usize,
    output: Vec<u8>,
    question: Option<Question>,
    errors: usize,
    failed_sign_ins: usize,
    until: Option<Timestamp>,
    block_start_bytes: usize,
    retiring: bool,
}

impl Session {
    /// A session with `peer`, who has just connected.
    #[must_use]
    pub fn new(settings: Arc<Settings>, peer: Peer) -> Self {
        Self {
            settings,
            peer,
            state: State::Greeting,
            transaction: None,
            input: Vec::new(),
            overlong_bytes: 0,
            output: Vec::new(),
            question: None,
            errors: 0,
            failed_sign_ins: 0,
            until: None,
            block_start_bytes: 0,
            retiring: false,
        }
    }

    /// What is known of the other end.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The transaction under way.
    #[must_use]
    pub fn envelope(&self) -> Option<&Envelope> {
        self.transaction.as_ref().map(|(envelope, _)| envelope)
    }

    /// Takes bytes that were read.
    pub fn feed(&mut self, bytes: &[u8]) {
        if let State::Data(reader) = &mut self.state
            && self.input.is_empty()
        {
            match reader.take(bytes) {
                Some(rest) => {
                    self.input.extend_from_slice(rest);
                    self.end_of_data();
                }
                None if reader.is_hopeless() => self.close(transaction::too_large()),
                None => {}
            }
        } else {
            self.input.extend_from_slice(bytes);
        }
    }

    /// The service is stopping: the session ends when it is between commands.
    pub fn retire(&mut self) {
        self.retiring = true;
    }

    /// Whether [`Session::retire`] has been said.
    #[must_use]
    pub fn is_retiring(&self) -> bool {
        self.retiring
    }

    /// Whether the peer may be left alone: no message is under way and nobody has been asked.
    #[must_use]
    pub fn is_between_commands(&self) -> bool {
        matches!(self.state, State::Command | State::Greeting | State::Exchange(_)) && self.question.is_none()
    }

    /// Goes on as far as it can with what it has.
    pub fn poll(&mut self, now: Timestamp) -> Step {
        loop {
            if let Some(step) = self.advance(now) {
                return step;
            }
        }
    }

    // One move; `None` when there may be another.
    fn advance(&mut self, now: Timestamp) -> Option<Step> {
        match &mut self.state {
            State::Greeting => self.greet(),
            State::Asked(_) => return self.hand_over(),
            State::Handshake => return Some(self.flush().unwrap_or(Step::Handshake)),
            State::Closing => return Some(self.flush().unwrap_or(Step::Close)),
            State::Data(_) if self.input.is_empty() => return self.wait(now),
            State::Data(_) => {
                let bytes = std::mem::take(&mut self.input);
                self.feed(&bytes);
            }
            State::Command | State::Exchange(_) => match self.take_line() {
                Some(line) => {
                    self.until = None;
                    self.line(&line);
                }
                None => return self.wait(now),
            },
        }
        None
    }

    fn hand_over(&mut self) -> Option<Step> {
        // A message takes time to become durable: nothing waits behind it.
        if matches!(self.question, Some(Question::Message { .. }))
            && let Some(step) = self.flush()
        {
            return Some(step);
        }
        match self.question.take() {
            Some(question) => Some(Step::Ask(question)),
            None => self.flush().or(Some(Step::Close)),
        }
    }

    fn flush(&mut self) -> Option<Step> {
        (!self.output.is_empty()).then(|| Step::Write(std::mem::take(&mut self.output)))
    }

    fn wait(&mut self, now: Timestamp) -> Option<Step> {
        if let Some(step) = self.flush() {
            return Some(step);
        }
        if self.retiring && self.is_between_commands() {
            self.close(Reply::new(421, Enhanced(4, 3, 2), "The service is stopping, please come back"));
            return None;
        }
        let until = self.deadline(now);
        if now >= until {
            // RFC 5321 §4.5.3.2 leaves it to the server to say 421 before it closes.
            self.close(Reply::new(421, Enhanced(4, 4, 2), "Too slow, closing the connection"));
            return None;
        }
        Some(Step::Read { until })
    }

    // RFC 5321 §4.5.3.2.5 and §4.5.3.2.7. In data it moves on with each full block only.
    fn deadline(&mut self, now: Timestamp) -> Timestamp {
        let limits = &self.settings.limits;
        let mut span_s = limits.command_s;
        if let State::Data(reader) = &self.state {
            span_s = limits.data_block_s;
            if reader.taken_bytes() >= self.block_start_bytes + limits.data_block_bytes {
                self.block_start_bytes = reader.taken_bytes();
                self.until = None;
            }
        }
        *self.until.get_or_insert(now.plus_s(i64::try_from(span_s).unwrap_or(i64::MAX)))
    }

    /// Cuts a line off the input; an overlong one is thrown away and answered here.
    fn take_line(&mut self) -> Option<Vec<u8>> {
        let limits = &self.settings.limits;
        let in_exchange = matches!(self.state, State::Exchange(_));
        let is_auth = self.input.get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH "));
        let max = if in_exchange || is_auth { limits.auth_line_max_bytes } else { limits.command_line_max_bytes };
        let Some(lf) = memchr::memchr(b'\n', &self.input) else {
            if self.input.len() > max {
                self.overlong_bytes += self.input.len();
                self.input.clear();
            }
            if self.overlong_bytes > 64 * 1024 {
                self.close(Reply::new(421, Enhanced(4, 7, 0), "This is not SMTP"));
            }
            return None;
        };
        let mut line: Vec<u8> = self.input.drain(..=lf).collect();
        if std::mem::take(&mut self.overlong_bytes) > 0 || line.len() > max {
            // RFC 5321 §4.5.3.1.10; RFC 4954 §6 names 5.5.6 for an exchange.
            let enhanced = if in_exchange { Enhanced(5, 5, 6) } else { Enhanced(5, 5, 2) };
            self.state = State::Command;
            self.fail(Reply::new(500, enhanced, "Line too long"));
            return self.take_line_unless_closing();
        }
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        } else if self.settings.mode == Mode::Submission {
            // RFC 5321 §2.3.8: our own programs have to end lines properly.
            self.fail(syntax("Lines end with CR LF"));
            return self.take_line_unless_closing();
        }
        Some(line)
    }

    fn take_line_unless_closing(&mut self) -> Option<Vec<u8>> {
        if matches!(self.state, State::Closing) { None } else { self.take_line() }
    }

    fn line(&mut self, line: &[u8]) {
        if let State::Exchange(exchange) = std::mem::replace(&mut self.state, State::Command) {
            return self.go_on_with(exchange, line);
        }
        match Command::parse(line) {
            Ok(command) => self.command(command),
            Err(reply) => self.fail(reply),
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Ehlo(name) => self.ehlo(name),
            Command::Helo(name) => self.helo(name),
            Command::Mail(path, parameters) => self.mail(path, parameters),
            Command::Rcpt(recipient) => self.rcpt(recipient),
            Command::Data => self.data(),
            Command::StartTls => self.starttls(),
            Command::Auth(mechanism, initial) => self.auth(&mechanism, initial),
            Command::Rset => {
                self.transaction = None;
                self.push(ok("Forgotten"));
            }
            Command::Noop => self.push(ok("Still here")),
            // RFC 5321 §3.5.3: we say nothing of who exists, and still try to deliver.
            Command::Vrfy => self.push(Reply::new(252, Enhanced(2, 1, 5), "Send mail and see")),
            Command::Expn => self.fail(Reply::new(502, Enhanced(5, 5, 1), "Not offered")),
            Command::Help => self.push(Reply::new(214, Enhanced(2, 0, 0), "RFC 5321")),
            Command::Quit => self.close(Reply::new(221, Enhanced(2, 0, 0), "Goodbye")),
        }
    }

    fn push(&mut self, reply: Reply) {
        crate::wire::write_reply(&mut self.output, &reply);
    }

    fn close(&mut self, reply: Reply) {
        self.push(reply);
        self.transaction = None;
        self.state = State::Closing;
    }

    /// Answers a mistake, and ends a session that makes too many.
    fn fail(&mut self, reply: Reply) {
        self.push(reply);
        self.errors += 1;
        if self.errors >= self.settings.limits.errors_max {
            self.close(Reply::new(421, Enhanced(4, 7, 0), "Too many errors, closing the connection"));
        }
    }

    fn signed_in(&mut self, login: Login) {
        self.peer.login = Some(login);
        self.push(Reply::new(235, Enhanced(2, 7, 0), "Signed in"));
    }
}

fn ok(text: &'static str) -> Reply {
    Reply::new(250, Enhanced(2, 0, 0), text)
}

fn new_envelope(reverse_path: ReversePath, parameters: &MailParameters) -> Envelope {
    Envelope {
        reverse_path,
        recipients: Vec::new(),
        body_8bit: parameters.body_8bit,
        smtputf8: parameters.smtputf8,
        envelope_id: parameters.envelope_id.clone(),
    }
}
