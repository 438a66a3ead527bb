//! The client's socket: connecting, TLS, time-outs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{Credentials, Hello, Machine, Mail, Step, Stuffing, Timeouts, TlsPolicy, Verdict};
use crate::Error;
use crate::driver::Stream;

/// What is the same for every call.
#[derive(Clone)]
pub struct Settings {
    /// Our own name, as its PTR record has it.
    pub name: String,
    /// See [`super::unverified_tls`] and [`super::verified_tls`].
    pub tls: Arc<rustls::ClientConfig>,
    /// How long to wait.
    pub timeouts: Timeouts,
}

/// Whom to call.
#[derive(Clone)]
pub struct Target {
    /// The host's name, for TLS and messages.
    pub host: String,
    /// Where it is.
    pub address: SocketAddr,
    /// When TLS is used.
    pub tls: TlsPolicy,
    /// For a smarthost.
    pub credentials: Option<Credentials>,
}

/// A session with a server, ready for mail.
pub struct Connection {
    stream: Option<Stream>,
    machine: Machine,
    host: String,
    tls: Arc<rustls::ClientConfig>,
    timeouts: Timeouts,
}

impl Connection {
    /// Connects, introduces itself, and goes as far as the policy says.
    ///
    /// # Errors
    /// The diagnosis; the caller decides about the next host.
    pub async fn open(target: &Target, settings: &Settings) -> Result<Self, Error> {
        let refused = |cause| Error::Connect { host: format!("{} [{}]", target.host, target.address), cause };
        let connecting = TcpStream::connect(target.address);
        let socket = within(settings.timeouts.connect, connecting).await?.map_err(refused)?;
        // Without this every message waits 40 ms for an acknowledgement.
        socket.set_nodelay(true)?;
        let hello = Hello {
            name: settings.name.clone(),
            host: target.host.clone(),
            tls: target.tls,
            credentials: target.credentials.clone(),
            timeouts: settings.timeouts.clone(),
        };
        let mut connection = Self {
            stream: Some(Stream::Plain(socket)),
            machine: Machine::new(hello),
            host: target.host.clone(),
            tls: Arc::clone(&settings.tls),
            timeouts: settings.timeouts.clone(),
        };
        if target.tls == TlsPolicy::Implicit {
            connection.shake_hands().await?;
        }
        connection.run(&[]).await?;
        Ok(connection)
    }

    /// Hands one message over and returns one verdict per recipient, in their order.
    ///
    /// # Errors
    /// When the session broke: nobody has the message for certain.
    pub async fn send(&mut self, mail: &Mail) -> Result<Vec<Verdict>, Error> {
        self.machine.deliver(mail);
        self.run(&mail.raw).await?;
        let verdicts = self.machine.take_verdicts();
        verdicts.ok_or_else(|| Error::Rubbish("no verdict on the message".to_owned()))
    }

    /// Takes leave and closes.
    pub async fn quit(mut self) {
        self.machine.quit();
        let goodbye = timeout(Duration::from_secs(5), self.run(&[]));
        let _ = goodbye.await;
        if let Some(mut stream) = self.stream {
            let _ = timeout(Duration::from_secs(1), stream.close()).await;
        }
    }

    /// Whether the session is under TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        matches!(self.stream, Some(Stream::Tls(_)))
    }

    async fn run(&mut self, raw: &[u8]) -> Result<(), Error> {
        let mut buffer = [0; 8 * 1024];
        loop {
            match self.machine.poll() {
                Step::Write(bytes) => self.write(&bytes).await?,
                Step::WriteContent => {
                    let (mut stuffing, mut block) = (Stuffing::new(raw), Vec::new());
                    while stuffing.fill(&mut block) {
                        self.write(&block).await?;
                    }
                    self.machine.content_written();
                }
                Step::Read { within: patience } => {
                    let length = within(patience, self.stream()?.read(&mut buffer)).await??;
                    if length == 0 {
                        return Err(Error::Broken(std::io::ErrorKind::UnexpectedEof.into()));
                    }
                    self.machine.feed(buffer.get(..length).unwrap_or_default());
                }
                Step::Handshake => {
                    self.shake_hands().await?;
                    self.machine.secured();
                }
                Step::Ready => return Ok(()),
                Step::Closed(error) => return Err(error),
            }
        }
    }

    // RFC 5321 §4.5.3.2.5: the time-out is for each block.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let patience = self.timeouts.block;
        for block in bytes.chunks(256 * 1024) {
            within(patience, self.stream()?.write(block)).await??;
        }
        Ok(())
    }

    async fn shake_hands(&mut self) -> Result<(), Error> {
        let host = self.host.clone();
        let failed = |cause: String| Error::Tls { host: host.clone(), cause };
        let name = ServerName::try_from(self.host.clone()).map_err(|cause| failed(cause.to_string()))?;
        let plain = self.stream.take().ok_or_else(gone)?.into_plain()?;
        let connecting = TlsConnector::from(Arc::clone(&self.tls)).connect(name, plain);
        let tls = within(self.timeouts.command, connecting).await?.map_err(|cause| failed(cause.to_string()))?;
        self.stream = Some(Stream::Tls(Box::new(tls.into())));
        Ok(())
    }

    fn stream(&mut self) -> Result<&mut Stream, Error> {
        self.stream.as_mut().ok_or_else(gone)
    }
}

fn gone() -> Error {
    Error::Broken(std::io::ErrorKind::NotConnected.into())
}

async fn within<F: Future>(patience: Duration, future: F) -> Result<F::Output, Error> {
    timeout(patience, future).await.map_err(|_elapsed| Error::TimedOut { waited_s: patience.as_secs() })
}
