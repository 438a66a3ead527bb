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
use tokio::time::{Instant, timeout, timeout_at};

use super::literal::{Porter, Refusal};
use crate::stream::Stream;
use crate::{Error, Limits};

/// Responses gather up to here before they are written.
const FLUSH_BYTES: usize = 128 * 1024;
/// What is read at once.
const READ_BYTES: usize = 16 * 1024;

/// What the client said.
pub(super) enum Said {
    /// A command.
    Command(Command<'static>),
    /// Something that is none, with its tag where it has one.
    Nonsense(Option<String>),
    /// A command with a literal that was not taken; it has been left out, and the client told.
    LeftOut,
    /// A command whose literal is on its way and is not taken: the client was told, and this is the end.
    Hopeless,
}

/// What became of a whole message of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Whole,
    LeftOut,
    Hopeless,
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
    /// Read and not yet handed to `fragments`, which holds one message at most.
    unread: Vec<u8>,
    /// How much of a literal is still to come.
    literal_left: usize,
    porter: Porter,
    /// What is to be written.
    pub(super) out: Vec<u8>,
    limits: std::sync::Arc<Limits>,
    /// Literals may be as large as a message.
    pub(super) signed_in: bool,
}

fn fragmentizer(limits: &Limits) -> Fragmentizer {
    Fragmentizer::new(limits.append_max_bytes.saturating_add(1024 * 1024))
}

impl Wire {
    pub(super) fn new(stream: Stream, limits: std::sync::Arc<Limits>) -> Self {
        Self {
            stream: Some(stream),
            fragments: fragmentizer(&limits),
            unread: Vec::new(),
            literal_left: 0,
            porter: Porter::new(&limits),
            out: Vec::new(),
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

    /// Hands `fragments` what belongs to the message under way; reads when there is nothing.
    async fn fill(&mut self, block: &mut Block) -> Result<(), Error> {
        if self.unread.is_empty() {
            self.read(block).await?;
        }
        let line_end = self.unread.iter().position(|byte| *byte == b'\n').map_or(self.unread.len(), |at| at + 1);
        let length = if self.literal_left > 0 { self.literal_left.min(self.unread.len()) } else { line_end };
        self.literal_left = self.literal_left.saturating_sub(length);
        self.fragments.enqueue_bytes(self.unread.get(..length).unwrap_or_default());
        self.unread.drain(..length);
        Ok(())
    }

    /// Between commands a client may be quiet for long; within one it may not.
    async fn read(&mut self, block: &mut Block) -> Result<(), Error> {
        self.flush().await?;
        let begun = self.fragments.message_bytes().len();
        let patience = if begun == 0 { self.idle() } else { Duration::from_secs(self.limits.block_s) };
        let end = block.end(begun, patience);
        let mut buffer = [0; READ_BYTES];
        let reading = self.stream()?.read(&mut buffer);
        let length = timeout_at(end, reading).await.map_err(|_| Error::TimedOut(patience.as_secs()))??;
        if length == 0 {
            return Err(Error::Broken(std::io::ErrorKind::UnexpectedEof.into()));
        }
        self.unread.extend_from_slice(buffer.get(..length).unwrap_or_default());
        Ok(())
    }

    /// Waits for bytes without taking them for a command; used while idling.
    pub(super) async fn line(&mut self) -> Result<Vec<u8>, Error> {
        self.message().await?;
        Ok(self.fragments.message_bytes().to_vec())
    }

    /// The next command.
    pub(super) async fn command(&mut self) -> Result<Said, Error> {
        match self.message().await? {
            Heard::Whole => {}
            Heard::LeftOut => return Ok(Said::LeftOut),
            Heard::Hopeless => return Ok(Said::Hopeless),
        }
        let command = match self.fragments.decode_message(&CommandCodec::default()) {
            Ok(command) => Some(command.into_static()),
            Err(_) => append_with_nul(self.fragments.message_bytes()),
        };
        let said = command.map_or_else(|| Said::Nonsense(self.tag()), Said::Command);
        if self.fragments.message_bytes().len() > self.limits.command_max_bytes {
            // It would keep what a large message took, for as long as the session lasts.
            self.fragments = fragmentizer(&self.limits);
        }
        Ok(said)
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

    /// Reads a whole message.
    async fn message(&mut self) -> Result<Heard, Error> {
        // Waiting for it may have been given up in its middle, while idling.
        if self.fragments.is_message_complete() || self.fragments.message_bytes().is_empty() {
            self.porter.forget();
        }
        let mut block = Block::default();
        loop {
            match self.fragments.progress() {
                Some(FragmentInfo::Line { announcement: Some(literal), .. }) => {
                    let (said, length) = (self.fragments.message_bytes(), literal.length as usize);
                    if let Err(refusal) = self.porter.admit(&self.limits, self.signed_in, said, length) {
                        return Ok(self.refuse_literal(literal.mode, refusal));
                    }
                    self.literal_left = length;
                    if literal.mode == LiteralMode::Sync {
                        self.out.extend_from_slice(b"+ Go ahead\r\n");
                    }
                }
                Some(_) => {}
                None => {
                    self.check_budget()?;
                    self.fill(&mut block).await?;
                    continue;
                }
            }
            self.check_budget()?;
            if self.fragments.is_message_complete() {
                return Ok(Heard::Whole);
            }
        }
    }

    fn check_budget(&self) -> Result<(), Error> {
        let limit_bytes = self.porter.budget_bytes(&self.limits);
        let within = self.fragments.message_bytes().len() <= limit_bytes;
        within.then_some(()).ok_or(Error::TooLarge { limit_bytes })
    }

    // A synchronising literal that gets no "+" is never sent (RFC 9051 §4.3). The other kind is on its
    // way already (RFC 7888 §4): there is nothing to do but to end the session.
    fn refuse_literal(&mut self, mode: LiteralMode, refusal: Refusal) -> Heard {
        let text = refusal.text();
        match mode {
            LiteralMode::Sync => {
                let tag = self.tag().unwrap_or_else(|| "*".to_owned());
                self.fragments.skip_message();
                self.out.extend_from_slice(format!("{tag} NO {text}\r\n").as_bytes());
                Heard::LeftOut
            }
            LiteralMode::NonSync => {
                self.out.extend_from_slice(format!("* BYE {text}\r\n").as_bytes());
                Heard::Hopeless
            }
        }
    }

    /// Takes the connection for a TLS handshake. What was sent before it is never read (RFC 9051 §6.2.1).
    pub(super) fn take_stream(&mut self) -> Result<Stream, Error> {
        self.fragments = fragmentizer(&self.limits);
        self.unread.clear();
        self.stream.take().ok_or_else(|| Error::Tls("there is no connection".to_owned()))
    }

    /// Goes on over another connection.
    pub(super) fn put_stream(&mut self, stream: Stream) {
        self.stream = Some(stream);
    }

    /// Closes the connection properly.
    pub(super) async fn close(mut self) {
        let _ = self.flush().await;
        let Some(mut stream) = self.stream else { return };
        let leave = async {
            let _ = stream.shutdown().await;
            // What is still on its way would reset the connection, and the last word with it.
            let mut rest = [0; READ_BYTES];
            while stream.read(&mut rest).await.is_ok_and(|length| length > 0) {}
        };
        let _ = timeout(Duration::from_secs(2), leave).await;
    }
}

/// The time that one block of a command may take.
#[derive(Default)]
struct Block(Option<(usize, Instant)>);

impl Block {
    /// When the block ends that is under way at `begun` octets; a new one begins after each 16 KiB.
    fn end(&mut self, begun: usize, patience: Duration) -> Instant {
        match self.0 {
            Some((from, end)) if from > 0 && begun < from + READ_BYTES => end,
            _ => {
                #[allow(clippy::disallowed_methods, reason = "this waits for a real client")]
                let end = Instant::now() + patience;
                self.0 = Some((begun, end));
                end
            }
        }
    }
}
