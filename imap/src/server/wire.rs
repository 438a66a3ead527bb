//! A session's connection: commands in, responses out, with limits on size and time.

use std::borrow::Cow;
use std::time::Duration;

use imap_codec::decode::Decoder as _;
use imap_codec::fragmentizer::{FragmentInfo, Fragmentizer};
use imap_codec::imap_types::IntoStatic;
use imap_codec::imap_types::auth::AuthenticateData;
use imap_codec::imap_types::command::{Command, CommandBody};
use imap_codec::imap_types::core::LiteralMode;
use imap_codec::imap_types::extensions::binary::{Literal8, LiteralOrLiteral8};
use imap_codec::{AuthenticateDataCodec, CommandCodec};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::stream::Stream;
use crate::{Error, Limits};

/// Responses gather up to here before they are written.
const FLUSH_BYTES: usize = 128 * 1024;

/// What the client said.
pub(super) enum Said {
    /// A command.
    Command(Command<'static>),
    /// Something that is none, with its tag where it has one.
    Nonsense(Option<String>),
    /// A command with a literal that was too large; it has been left out, and the client told.
    TooLarge,
}

/// Quirk: NUL in appended mail. RFC 9051 §4.3 keeps it to literal8 (RFC 3516), but real mail has it, and mail
/// programs bring it in the literals they know.
fn append_with_nul(said: &[u8]) -> Option<Command<'static>> {
    let without_end = said.strip_suffix(b"\n")?;
    let without_end = without_end.strip_suffix(b"\r").unwrap_or(without_end);
    let masked: Vec<u8> = said.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
    let (rest, command) = CommandCodec::default().decode(&masked).ok()?;
    let Command { tag, body: CommandBody::Append { mailbox, flags, date, message } } = command.into_static() else {
        return None;
    };
    let (length, mode) = match message {
        LiteralOrLiteral8::Literal(literal) => (literal.as_ref().len(), literal.mode()),
        LiteralOrLiteral8::Literal8(_) => return None,
    };
    // The message is the last that was said; nowhere else may there be a NUL.
    let (before, raw) = without_end.split_at_checked(without_end.len().checked_sub(length)?)?;
    if !rest.is_empty() || before.contains(&0) {
        return None;
    }
    let message = LiteralOrLiteral8::Literal8(Literal8 { data: Cow::Owned(raw.to_vec()), mode });
    Some(Command { tag, body: CommandBody::Append { mailbox, flags, date, message } })
}

/// The connection.
pub(super) struct Wire {
    stream: Option<Stream>,
    fragments: Fragmentizer,
    /// What is to be written.
    pub(super) out: Vec<u8>,
    budget_bytes: usize,
    limits: std::sync::Arc<Limits>,
    /// Literals may be as large as a message.
    pub(super) signed_in: bool,
}

impl Wire {
    pub(super) fn new(stream: Stream, limits: std::sync::Arc<Limits>) -> Self {
        let whole = limits.append_max_bytes.saturating_add(1024 * 1024);
        Self {
            stream: Some(stream),
            fragments: Fragmentizer::new(whole),
            out: Vec::new(),
            budget_bytes: limits.command_max_bytes,
            limits,
            signed_in: false,
        }
    }

    fn idle(&self) -> Duration {
        Duration::from_secs(if self.signed_in { self.limits.idle_s } else { self.limits.early_idle_s })
    }

    fn stream(&mut self) -> Result<&mut Stream, Error> {
        self.stream.as_mut().ok_or_else(|| Error::Tls("the handshake failed".to_owned()))
    }

    /// Writes what has gathered.
    pub(super) async fn flush(&mut self) -> Result<(), Error> {
        if self.out.is_empty() {
            return Ok(());
        }
        let out = std::mem::take(&mut self.out);
        let patience = Duration::from_secs(self.limits.write_s);
        let stream = self.stream()?;
        let written = async {
            stream.write_all(&out).await?;
            stream.flush().await
        };
        timeout(patience, written).await.map_err(|_| Error::TimedOut(patience.as_secs()))??;
        Ok(())
    }

    /// Writes what has gathered, when it is much.
    pub(super) async fn flush_if_large(&mut self) -> Result<(), Error> {
        if self.out.len() >= FLUSH_BYTES { self.flush().await } else { Ok(()) }
    }

    async fn fill(&mut self) -> Result<(), Error> {
        self.flush().await?;
        let patience = self.idle();
        let mut buffer = [0; 16 * 1024];
        let reading = self.stream()?.read(&mut buffer);
        let length = timeout(patience, reading).await.map_err(|_| Error::TimedOut(patience.as_secs()))??;
        if length == 0 {
            return Err(Error::Broken(std::io::ErrorKind::UnexpectedEof.into()));
        }
        self.fragments.enqueue_bytes(buffer.get(..length).unwrap_or_default());
        Ok(())
    }

    /// Waits for bytes without taking them for a command; used while idling.
    pub(super) async fn line(&mut self) -> Result<Vec<u8>, Error> {
        self.message().await?;
        Ok(self.fragments.message_bytes().to_vec())
    }

    /// The next command.
    pub(super) async fn command(&mut self) -> Result<Said, Error> {
        if !self.message().await? {
            return Ok(Said::TooLarge);
        }
        let command = match self.fragments.decode_message(&CommandCodec::default()) {
            Ok(command) => Some(command.into_static()),
            Err(_) => append_with_nul(self.fragments.message_bytes()),
        };
        Ok(command.map_or_else(|| Said::Nonsense(self.tag()), Said::Command))
    }

    /// The client's part of an AUTHENTICATE exchange; `None` when it cancels or talks nonsense.
    pub(super) async fn authenticate_data(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.message().await?;
        match self.fragments.decode_message(&AuthenticateDataCodec::default()) {
            Ok(AuthenticateData::Continue(data)) => Ok(Some(data.declassify().to_vec())),
            _ => Ok(None),
        }
    }

    fn tag(&self) -> Option<String> {
        self.fragments.decode_tag().map(|tag| tag.as_ref().to_owned())
    }

    /// Reads a whole message; false when a literal in it was refused.
    async fn message(&mut self) -> Result<bool, Error> {
        self.budget_bytes = self.limits.command_max_bytes;
        loop {
            match self.fragments.progress() {
                Some(FragmentInfo::Line { announcement: Some(literal), .. }) => {
                    if literal.length > self.literal_max_bytes() {
                        return self.refuse_literal(literal.mode);
                    }
                    self.budget_bytes += literal.length as usize;
                    if literal.mode == LiteralMode::Sync {
                        self.out.extend_from_slice(b"+ Go ahead\r\n");
                    }
                }
                Some(_) => {}
                None => {
                    self.check_budget()?;
                    self.fill().await?;
                    continue;
                }
            }
            self.check_budget()?;
            if self.fragments.is_message_complete() {
                return Ok(true);
            }
        }
    }

    fn literal_max_bytes(&self) -> u32 {
        if !self.signed_in {
            return self.limits.early_literal_max_bytes;
        }
        let mut words = self.fragments.message_bytes().split(|byte| *byte == b' ');
        let appends = words.nth(1).is_some_and(|word| word.eq_ignore_ascii_case(b"APPEND"));
        if appends {
            self.limits.append_max_bytes
        } else {
            u32::try_from(self.limits.command_max_bytes).unwrap_or(u32::MAX)
        }
    }

    fn check_budget(&self) -> Result<(), Error> {
        let within = self.fragments.message_bytes().len() <= self.budget_bytes;
        within.then_some(()).ok_or(Error::TooLarge { limit_bytes: self.budget_bytes })
    }

    // A synchronising literal that gets no "+" is never sent (RFC 9051 §4.3). The other kind is on its
    // way already (RFC 7888 §4): there is nothing to do but to end the session.
    fn refuse_literal(&mut self, mode: LiteralMode) -> Result<bool, Error> {
        match mode {
            LiteralMode::Sync => {
                let tag = self.tag();
                self.fragments.skip_message();
                let tag = tag.unwrap_or_else(|| "*".to_owned());
                self.out.extend_from_slice(format!("{tag} NO [TOOBIG] That is larger than we take\r\n").as_bytes());
                Ok(false)
            }
            LiteralMode::NonSync => Err(Error::TooLarge { limit_bytes: self.literal_max_bytes() as usize }),
        }
    }

    /// Takes the connection for a TLS handshake. What was sent before it is never read (RFC 9051 §6.2.1).
    pub(super) fn take_stream(&mut self) -> Result<Stream, Error> {
        self.fragments = Fragmentizer::new(self.limits.append_max_bytes.saturating_add(1024 * 1024));
        self.stream.take().ok_or_else(|| Error::Tls("there is no connection".to_owned()))
    }

    /// Goes on over another connection.
    pub(super) fn put_stream(&mut self, stream: Stream) {
        self.stream = Some(stream);
    }

    /// Closes the connection properly.
    pub(super) async fn close(mut self) {
        let _ = self.flush().await;
        if let Some(mut stream) = self.stream {
            let _ = timeout(Duration::from_secs(2), stream.shutdown()).await;
        }
    }
}
