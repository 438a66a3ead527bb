//! Connecting and signing in.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::reader::Reader;
use super::response::{Response, State};
use super::value::Value;
use super::{Client, Security, Settings, quoted};
use crate::Error;
use crate::stream::Stream;

impl Client {
    /// Connects, protects the connection as demanded, and reads what the server can.
    ///
    /// # Errors
    /// When nobody answers, or not as demanded.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        let host = format!("{}:{}", settings.host, settings.port);
        let limit = Duration::from_secs(settings.connect_s);
        let connecting = TcpStream::connect((settings.host.as_str(), settings.port));
        let tcp = timeout(limit, connecting).await.map_err(|_| Error::TimedOut(settings.connect_s))?;
        let tcp = tcp.map_err(|cause| Error::Connect { host, cause })?;
        tcp.set_nodelay(true)?;
        let stream: Stream = match &settings.security {
            Security::Tls(config) => secured(Box::new(tcp), settings, config).await?,
            Security::None | Security::Starttls(_) => Box::new(tcp),
        };
        let reader = Reader::new(stream, settings);
        let mut client =
            Self { reader, capabilities: Vec::new(), tags: 0, answer_s: settings.answer_s, fetching: None };
        client.greeting().await?;
        if let Security::Starttls(config) = &settings.security {
            client = client.starttls(settings, config).await?;
        }
        if client.capabilities.is_empty() {
            client.ask_capabilities().await?;
        }
        Ok(client)
    }

    async fn greeting(&mut self) -> Result<(), Error> {
        match self.next().await? {
            Response::Untagged { state: State::Ok, code, .. } => {
                self.note_capabilities(code.filter(|code| code.name == "CAPABILITY").map(|code| code.argument));
                Ok(())
            }
            _ => Err(Error::Rubbish("no greeting".to_owned())),
        }
    }

    // RFC 9051 §6.2.1: what was said in the clear does not count afterwards.
    async fn starttls(mut self, settings: &Settings, config: &Arc<ClientConfig>) -> Result<Self, Error> {
        self.command("STARTTLS").await.map_err(|error| match error {
            Error::No { text, .. } | Error::Bad(text) => Error::Tls(format!("STARTTLS is refused: {text}")),
            other => other,
        })?;
        let stream = secured(self.reader.into_stream()?, settings, config).await?;
        Ok(Self { reader: Reader::new(stream, settings), capabilities: Vec::new(), ..self })
    }

    fn note_capabilities(&mut self, list: Option<String>) {
        if let Some(list) = list {
            self.capabilities = list.split_ascii_whitespace().map(str::to_ascii_uppercase).collect();
        }
    }

    async fn ask_capabilities(&mut self) -> Result<(), Error> {
        let answered = self.command("CAPABILITY").await?;
        let list = answered.data.iter().find(|values| values.first().is_some_and(|word| word.is("CAPABILITY")));
        let words = list.map(|values| values.iter().skip(1).filter_map(Value::text).collect::<Vec<_>>().join(" "));
        self.note_capabilities(words);
        Ok(())
    }

    /// Signs in: AUTHENTICATE PLAIN where it is offered (RFC 4616), else LOGIN.
    ///
    /// # Errors
    /// [`Error::SignIn`] when the server refuses.
    pub async fn login(&mut self, user: &str, password: &str) -> Result<(), Error> {
        let answered = if self.can("AUTH=PLAIN") {
            self.authenticate(user, password).await
        } else if self.can("LOGINDISABLED") {
            return Err(Error::SignIn("the server takes no sign-in on this connection".to_owned()));
        } else {
            self.command(&format!("LOGIN {} {}", quoted(user)?, quoted(password)?)).await
        };
        let answered = answered.map_err(|error| match error {
            // RFC 5530: the server is in trouble, not the password.
            Error::No { code, text } if !matches!(code.as_deref(), Some("UNAVAILABLE" | "INUSE" | "LIMIT")) => {
                Error::SignIn(text)
            }
            Error::Bad(text) => Error::SignIn(text),
            other => other,
        })?;
        let told = answered.codes.into_iter().rfind(|code| code.name == "CAPABILITY").map(|code| code.argument);
        match told {
            Some(list) => self.note_capabilities(Some(list)),
            None => self.ask_capabilities().await?,
        }
        Ok(())
    }

    async fn authenticate(&mut self, user: &str, password: &str) -> Result<super::Answered, Error> {
        let secret = STANDARD.encode(format!("\0{user}\0{password}"));
        // RFC 4959: the first answer goes along.
        if self.can("SASL-IR") {
            return self.command(&format!("AUTHENTICATE PLAIN {secret}")).await;
        }
        let tag = self.send("AUTHENTICATE PLAIN").await?;
        self.go_on(&tag).await?;
        self.write(format!("{secret}\r\n").as_bytes()).await?;
        self.answer(&tag).await
    }

    /// Turns on extensions (RFC 5161) that the server offers; answers whether all are.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn enable(&mut self, extensions: &[&str]) -> Result<bool, Error> {
        if !self.can("ENABLE") || !extensions.iter().all(|extension| self.can(extension)) {
            return Ok(false);
        }
        self.command(&format!("ENABLE {}", extensions.join(" "))).await?;
        Ok(true)
    }
}

async fn secured(stream: Stream, settings: &Settings, config: &Arc<ClientConfig>) -> Result<Stream, Error> {
    let name = ServerName::try_from(settings.host.clone()).map_err(|error| Error::Tls(error.to_string()))?;
    let handshake = TlsConnector::from(Arc::clone(config)).connect(name, stream);
    let limit = Duration::from_secs(settings.connect_s);
    let secured = timeout(limit, handshake).await.map_err(|_| Error::TimedOut(settings.connect_s))?;
    Ok(Box::new(secured.map_err(|error| refine(&error))?))
}

fn refine(error: &std::io::Error) -> Error {
    match error.get_ref().and_then(|cause| cause.downcast_ref()) {
        Some(rustls::Error::InvalidCertificate(cause)) => Error::Certificate(in_words(cause)),
        _ => Error::Tls(error.to_string()),
    }
}

/// What is wrong with a certificate. The library has no words of its own for what `openssl req -x509` makes.
fn in_words(cause: &rustls::CertificateError) -> String {
    let said = cause.to_string();
    if !said.contains("CaUsedAsEndEntity") {
        return said;
    }
    "it is the certificate of an authority, used as a server's; one that signs itself is made with \
     `openssl req -x509 -addext basicConstraints=critical,CA:FALSE`"
        .to_owned()
}
