//! The client that reads a primary and writes back to it.
//!
//! ```text
//!   Client ── command ──> settings, login, folders, fetch, change     one file a family of commands
//!     └─ Reader ─ lines and literals ─> value ─ tokens ─> response ─ typed
//! ```
//!
//! A primary may be slow, hostile or broken: every wait has a limit, every line, literal and list has one, and
//! what is not understood ends the session as [`Error::Rubbish`]. Nothing here decides what to read or to write.

mod change;
mod fetch;
mod folders;
mod login;
mod reader;
mod response;
mod settings;
mod value;

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

pub use fetch::{Fetched, Wanted};
pub use folders::{Known, Listed, Selected, Status};
pub use settings::{Security, Settings};

use self::reader::Reader;
use self::response::{Code, Response, State};
use self::value::Value;
use crate::Error;

/// Responses to one command that are kept.
const DATA_MAX: usize = 500_000;

/// Octets written before the other end has to have taken some.
const WRITE_BYTES: usize = 64 * 1024;

/// A session with a primary.
pub struct Client {
    reader: Reader,
    capabilities: Vec<String>,
    tags: u32,
    answer_s: u64,
    fetching: Option<String>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("capabilities", &self.capabilities).finish_non_exhaustive()
    }
}

/// What a command brought.
pub(crate) struct Answered {
    pub(crate) data: Vec<Vec<Value>>,
    pub(crate) codes: Vec<Code>,
}

impl Client {
    /// Whether the server said that it can do this, such as `CONDSTORE`.
    #[must_use]
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known.eq_ignore_ascii_case(capability))
    }

    /// Takes leave; errors mean nothing any more.
    pub async fn logout(mut self) {
        if self.send("LOGOUT").await.is_ok() {
            let _ = self.reader.shutdown().await;
        }
    }

    /// Sends a command; answers its tag.
    async fn send(&mut self, command: &str) -> Result<String, Error> {
        self.tags = self.tags.wrapping_add(1);
        let tag = format!("r{}", self.tags);
        self.write(format!("{tag} {command}\r\n").as_bytes()).await?;
        Ok(tag)
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let limit = Duration::from_secs(self.answer_s);
        let stream = self.reader.stream();
        // The limit is for each piece: a large message over a slow line takes its time.
        for piece in bytes.chunks(WRITE_BYTES) {
            let writing = stream.write_all(piece);
            timeout(limit, writing).await.map_err(|_| Error::TimedOut(self.answer_s))??;
        }
        timeout(limit, stream.flush()).await.map_err(|_| Error::TimedOut(self.answer_s))??;
        Ok(())
    }

    /// The next response, whatever it is; a BYE ends the session.
    async fn next(&mut self) -> Result<Response, Error> {
        match Response::read(self.reader.response().await?)? {
            Response::Untagged { state: State::Bye, text, .. } => Err(Error::Bye(text)),
            response => Ok(response),
        }
    }

    /// Reads until the answer to `tag`.
    async fn answer(&mut self, tag: &str) -> Result<Answered, Error> {
        let mut answered = Answered { data: Vec::new(), codes: Vec::new() };
        loop {
            match self.next().await? {
                Response::Data(values) => answered.data.push(values),
                Response::Untagged { code, .. } => answered.codes.extend(code),
                Response::Continue => {}
                Response::Tagged { tag: found, state, code, text } => {
                    return finished(tag, (&found, state), code, text).map(|code| {
                        answered.codes.extend(code);
                        answered
                    });
                }
            }
            if answered.data.len() > DATA_MAX {
                return Err(Error::TooLarge { limit_bytes: DATA_MAX });
            }
        }
    }

    async fn command(&mut self, command: &str) -> Result<Answered, Error> {
        let tag = self.send(command).await?;
        self.answer(&tag).await
    }

    /// Waits for leave to send a literal.
    async fn go_on(&mut self, tag: &str) -> Result<(), Error> {
        loop {
            match self.next().await? {
                Response::Continue => return Ok(()),
                Response::Tagged { tag: found, state, code, text } => {
                    finished(tag, (&found, state), code, text)?;
                    return Err(Error::Rubbish("an answer before the literal was sent".to_owned()));
                }
                Response::Data(_) | Response::Untagged { .. } => {}
            }
        }
    }
}

/// What the end of a command means.
fn finished(tag: &str, (found, state): (&str, State), code: Option<Code>, text: String) -> Result<Option<Code>, Error> {
    if tag != found {
        return Err(Error::Rubbish(format!("an answer to {found:?}, which was not asked")));
    }
    match state {
        State::Ok => Ok(code),
        State::No => Err(Error::No { code: code.map(|code| code.name), text }),
        State::Bad | State::Bye => Err(Error::Bad(text)),
    }
}

/// A string as a command has it: quoted (RFC 9051 §4.3). What cannot be quoted is refused.
fn quoted(text: &str) -> Result<String, Error> {
    if text.bytes().any(|byte| !(0x20..0x7f).contains(&byte)) {
        return Err(Error::Bad("a string that cannot be quoted".to_owned()));
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
