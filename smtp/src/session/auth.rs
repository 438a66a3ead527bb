//! AUTH PLAIN and AUTH LOGIN (RFC 4954, RFC 4616), in submission and under TLS only.
//!
//! ```text
//! PLAIN:  [authzid] NUL authcid NUL passwd          LOGIN:  "Username:" -> name, "Password:" -> password
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::{Enhanced, Reply};

use super::asking::Asked;
use super::{Mode, Question, Session, State};

/// How far a sign-in has come.
#[derive(Debug)]
pub(super) enum Exchange {
    /// PLAIN without an initial response.
    Plain,
    /// LOGIN waits for the name.
    LoginName,
    /// LOGIN has the name and waits for the password.
    LoginPassword(String),
}

impl Session {
    pub(super) fn auth(&mut self, mechanism: &str, initial: Option<String>) {
        if let Some(refusal) = self.refuse_auth() {
            return self.fail(refusal);
        }
        let exchange = match mechanism {
            "PLAIN" => Exchange::Plain,
            "LOGIN" => Exchange::LoginName,
            // RFC 4954 §4
            _ => return self.fail(Reply::new(504, Enhanced(5, 5, 4), "Only PLAIN and LOGIN")),
        };
        match initial {
            // RFC 4954 §4: a single `=` is an empty initial response.
            Some(response) => self.go_on_with(exchange, response.trim_start_matches('=').as_bytes()),
            None => self.challenge(exchange),
        }
    }

    fn refuse_auth(&self) -> Option<Reply> {
        if self.settings.mode == Mode::Reception {
            return Some(Reply::new(502, Enhanced(5, 5, 1), "Not offered here"));
        }
        if self.peer.protection.is_none() {
            // RFC 4954 §6: 538 5.7.11 asks for encryption.
            return Some(Reply::new(538, Enhanced(5, 7, 11), "Say STARTTLS first"));
        }
        let out_of_turn = self.peer.login.is_some() || self.transaction.is_some() || self.peer.helo.is_none();
        out_of_turn.then(|| Reply::new(503, Enhanced(5, 5, 1), "Not now"))
    }

    fn challenge(&mut self, exchange: Exchange) {
        let text = match exchange {
            Exchange::Plain => "",
            Exchange::LoginName => "VXNlcm5hbWU6",
            Exchange::LoginPassword(_) => "UGFzc3dvcmQ6",
        };
        self.push(Reply::plain(334, text));
        self.state = State::Exchange(exchange);
    }

    pub(super) fn go_on_with(&mut self, exchange: Exchange, line: &[u8]) {
        if line == b"*" {
            // RFC 4954 §4: the client gave up.
            return self.push(Reply::new(501, Enhanced(5, 7, 0), "Sign-in cancelled"));
        }
        let decoded = STANDARD.decode(line).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(text) = decoded else {
            return self.fail(Reply::new(501, Enhanced(5, 5, 2), "Not base64 of UTF-8"));
        };
        match exchange {
            Exchange::Plain => match plain(&text) {
                Some((login, password)) => self.ask_login(login, password),
                None => self.fail(Reply::new(501, Enhanced(5, 5, 2), "Not a PLAIN message")),
            },
            Exchange::LoginName => self.challenge(Exchange::LoginPassword(text)),
            Exchange::LoginPassword(login) => self.ask_login(login, text),
        }
    }

    fn ask_login(&mut self, login: String, password: String) {
        self.question = Some(Question::Authenticate { login, password });
        self.state = State::Asked(Asked::Login);
    }

    pub(super) fn sign_in_failed(&mut self, refusal: Reply) {
        self.push(refusal);
        self.failed_sign_ins += 1;
        if self.failed_sign_ins >= self.settings.limits.sign_ins_max {
            self.close(Reply::new(421, Enhanced(4, 7, 0), "Too many failed sign-ins, closing the connection"));
        }
    }
}

// RFC 4616 §2. Nobody may act as somebody else, so an authzid has to name the same person.
fn plain(text: &str) -> Option<(String, String)> {
    let mut parts = text.split('\0');
    let (authzid, authcid, password) = (parts.next()?, parts.next()?, parts.next()?);
    let same = authzid.is_empty() || authzid.eq_ignore_ascii_case(authcid);
    (same && parts.next().is_none() && !authcid.is_empty()).then(|| (authcid.to_owned(), password.to_owned()))
}
