//! The client's protocol, without socket and clock.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::Reply;

use super::transfer::{Progress, Transfer};
use super::{Credentials, Mail, Offers, Timeouts, TlsPolicy, Verdict};
use crate::Error;
use crate::wire::take_reply;

/// How we introduce ourselves.
#[derive(Clone)]
pub struct Hello {
    /// Our own name.
    pub name: String,
    /// The server's name, for messages.
    pub host: String,
    /// When TLS is used.
    pub tls: TlsPolicy,
    /// For a smarthost.
    pub credentials: Option<Credentials>,
    /// How long to wait.
    pub timeouts: Timeouts,
}

/// What the driver has to do next.
#[derive(Debug)]
pub enum Step {
    /// Write these bytes.
    Write(Vec<u8>),
    /// Write the message's content, stuffed and ended, then say [`Machine::content_written`].
    WriteContent,
    /// Read some bytes and [`Machine::feed`] them.
    Read {
        /// How long to wait for the next byte.
        within: Duration,
    },
    /// Shake hands as the TLS client, then say [`Machine::secured`].
    Handshake,
    /// The next message may come; [`Machine::take_verdicts`] has those of the last one.
    Ready,
    /// It is over.
    Closed(Error),
}

#[derive(Debug)]
enum State {
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    Handshake,
    AuthPlain,
    AuthLogin(Vec<String>),
    Ready,
    Envelope(Transfer),
    Content(Transfer),
    Verdict(Transfer),
    Quit,
    Closed(Option<Error>),
}

/// One session.
pub struct Machine {
    hello: Hello,
    state: State,
    offers: Offers,
    secure: bool,
    input: Vec<u8>,
    output: Vec<u8>,
    verdicts: Option<Vec<Verdict>>,
    dirty: bool,
}

impl Machine {
    /// A session that has just been connected, under TLS already when the policy is `Implicit`.
    #[must_use]
    pub fn new(hello: Hello) -> Self {
        let secure = hello.tls == TlsPolicy::Implicit;
        let (input, output) = (Vec::new(), Vec::new());
        let offers = Offers::default();
        Self { hello, state: State::Greeting, offers, secure, input, output, verdicts: None, dirty: false }
    }

    /// Takes bytes that were read.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// What the server offers.
    #[must_use]
    pub fn offers(&self) -> &Offers {
        &self.offers
    }

    /// Begins a transaction; only after [`Step::Ready`].
    pub fn deliver(&mut self, mail: &Mail) {
        self.verdicts = None;
        if let Some(refusal) = Transfer::impossible(mail, &self.offers) {
            let refused = Verdict { reply: refusal, is_left_over: false, dsn: self.offers.dsn };
            self.verdicts = Some(vec![refused; mail.envelope.recipients.len()]);
            return;
        }
        let reset = std::mem::take(&mut self.dirty);
        self.state = State::Envelope(Transfer::new(mail, &self.offers, reset));
    }

    /// The content and its end have been written.
    pub fn content_written(&mut self) {
        match std::mem::replace(&mut self.state, State::Closed(None)) {
            State::Content(transfer) => self.state = State::Verdict(transfer),
            other => self.state = other,
        }
    }

    /// The handshake has succeeded.
    pub fn secured(&mut self) {
        // RFC 3207 §4.2: nothing said before TLS counts, and nothing sent before it is read.
        self.input.clear();
        self.offers = Offers::default();
        self.secure = true;
        self.ehlo();
    }

    /// Takes leave.
    pub fn quit(&mut self) {
        self.say("QUIT");
        self.state = State::Quit;
    }

    /// One verdict per recipient of the last message, in their order.
    pub fn take_verdicts(&mut self) -> Option<Vec<Verdict>> {
        self.verdicts.take()
    }

    /// Goes on as far as it can.
    pub fn poll(&mut self) -> Step {
        loop {
            if let State::Envelope(transfer) = &mut self.state {
                transfer.write_commands(&mut self.output);
            }
            if !self.output.is_empty() {
                return Step::Write(std::mem::take(&mut self.output));
            }
            match &mut self.state {
                State::Handshake => return Step::Handshake,
                State::Ready => return Step::Ready,
                State::Content(_) => return Step::WriteContent,
                State::Closed(error) => return Step::Closed(error.take().unwrap_or_else(over)),
                _ => {}
            }
            match take_reply(&mut self.input) {
                Ok(Some(reply)) => self.reply(reply),
                Ok(None) => return Step::Read { within: self.patience() },
                Err(line) => self.state = State::Closed(Some(Error::Rubbish(line))),
            }
        }
    }

    fn patience(&self) -> Duration {
        let timeouts = &self.hello.timeouts;
        match &self.state {
            State::Greeting => timeouts.greeting,
            State::Envelope(transfer) if transfer.awaits_data() => timeouts.data,
            State::Verdict(_) => timeouts.end,
            _ => timeouts.command,
        }
    }

    fn reply(&mut self, reply: Reply) {
        match std::mem::replace(&mut self.state, State::Closed(None)) {
            State::Greeting if reply.code == 220 => self.ehlo(),
            State::Ehlo if reply.code == 250 => self.introduced(Offers::read(&reply)),
            // RFC 5321 §3.2: a server that knows no EHLO is greeted with HELO.
            State::Ehlo if reply.is_permanent() => self.helo(),
            State::Helo if reply.code == 250 => self.introduced(Offers::default()),
            State::StartTls if reply.code == 220 => self.state = State::Handshake,
            State::StartTls if self.hello.tls == TlsPolicy::Opportunistic => self.sign_in(),
            State::AuthPlain if reply.code == 235 => self.state = State::Ready,
            State::AuthLogin(answers) if reply.code == 334 => self.answer(answers),
            State::AuthLogin(_) if reply.code == 235 => self.state = State::Ready,
            State::Envelope(transfer) => self.envelope_reply(transfer, reply),
            State::Verdict(transfer) => self.conclude(transfer.finished(reply)),
            State::Quit => self.state = State::Closed(None),
            _ => self.state = State::Closed(Some(Error::Refused(reply))),
        }
    }

    fn envelope_reply(&mut self, mut transfer: Transfer, reply: Reply) {
        // RFC 5321 §3.8: after 421 the server closes, whatever was under way.
        if reply.code == 421 {
            self.state = State::Closed(Some(Error::Refused(reply)));
            return;
        }
        match transfer.reply(reply) {
            Progress::More => self.state = State::Envelope(transfer),
            Progress::Content => self.state = State::Content(transfer),
            // RFC 2920 §3.1: the end of data alone; nobody is to have the message.
            Progress::Nothing => {
                self.output.extend_from_slice(b".\r\n");
                self.state = State::Verdict(transfer);
            }
            Progress::Refused => {
                self.dirty = true;
                self.conclude(transfer.verdicts());
            }
        }
    }

    fn conclude(&mut self, verdicts: Vec<Verdict>) {
        self.verdicts = Some(verdicts);
        self.state = State::Ready;
    }

    fn ehlo(&mut self) {
        self.say(&format!("EHLO {}", self.hello.name));
        self.state = State::Ehlo;
    }

    fn helo(&mut self) {
        self.say(&format!("HELO {}", self.hello.name));
        self.state = State::Helo;
    }

    fn introduced(&mut self, offers: Offers) {
        self.offers = offers;
        match self.hello.tls {
            TlsPolicy::Opportunistic | TlsPolicy::Required if !self.secure && self.offers.starttls => {
                self.say("STARTTLS");
                self.state = State::StartTls;
            }
            TlsPolicy::Required if !self.secure => {
                let (host, cause) = (self.hello.host.clone(), "STARTTLS is not offered".to_owned());
                self.state = State::Closed(Some(Error::Tls { host, cause }));
            }
            _ => self.sign_in(),
        }
    }

    fn sign_in(&mut self) {
        let Some(Credentials { login, password }) = self.hello.credentials.clone() else {
            self.state = State::Ready;
            return;
        };
        if !self.secure {
            let (host, cause) = (self.hello.host.clone(), "a password is only said under TLS".to_owned());
            self.state = State::Closed(Some(Error::Tls { host, cause }));
        } else if self.offers.auth_plain || !self.offers.auth_login {
            self.say(&format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{login}\0{password}"))));
            self.state = State::AuthPlain;
        } else {
            self.say("AUTH LOGIN");
            self.state = State::AuthLogin(vec![STANDARD.encode(password), STANDARD.encode(login)]);
        }
    }

    fn answer(&mut self, mut answers: Vec<String>) {
        let answer = answers.pop().unwrap_or_else(|| "*".to_owned());
        self.say(&answer);
        self.state = State::AuthLogin(answers);
    }

    fn say(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }
}

fn over() -> Error {
    Error::Broken(std::io::Error::other("the session is over"))
}
