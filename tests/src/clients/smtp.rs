//! A bare SMTP conversation: bytes out, replies in, nothing made right on the way.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::lab::net::{Host, Net};

/// An open connection.
pub struct Conversation {
    reader: BufReader<TcpStream>,
}

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its code.
    pub code: u16,
    /// All lines, without codes.
    pub text: String,
}

impl Answer {
    /// Does an enhanced code of the same class open the text (RFC 2034 §4)?
    pub fn is_enhanced(&self) -> bool {
        let class = (self.code / 100).to_string();
        let word = self.text.split_whitespace().next().unwrap_or_default();
        let parts: Vec<&str> = word.split('.').collect();
        parts.len() == 3
            && parts.first() == Some(&class.as_str())
            && parts.iter().all(|part| part.parse::<u16>().is_ok())
    }
}

impl Conversation {
    /// Connects from `from` to a port of Relais and reads the greeting.
    pub fn open(net: &Net, from: Host, port: u16) -> Result<Self> {
        let mut conversation = Self::connect(net, from, Host::Standby, port)?;
        let greeting = conversation.answer()?;
        ensure!(greeting.code == 220, "greeted with {greeting:?}");
        Ok(conversation)
    }

    /// Connects and reads nothing.
    pub fn connect(net: &Net, from: Host, to: Host, port: u16) -> Result<Self> {
        let address = format!("{}:{port}", to.address()).parse()?;
        let stream = net.on(from, move || Ok(TcpStream::connect_timeout(&address, Duration::from_secs(10))?))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.set_write_timeout(Some(Duration::from_secs(60)))?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.reader.get_mut().write_all(bytes)?)
    }

    /// One reply, all its lines.
    pub fn answer(&mut self) -> Result<Answer> {
        let mut text = String::new();
        loop {
            let mut line = Vec::new();
            self.reader.read_until(b'\n', &mut line)?;
            let line = String::from_utf8_lossy(&line).into_owned();
            let code = line.get(..3).and_then(|code| code.parse().ok());
            let code = code.with_context(|| format!("no reply but {line:?}"))?;
            text.push_str(line.get(4..).unwrap_or_default().trim_end());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Answer { code, text });
            }
            text.push('\n');
        }
    }

    /// A reply, when one begins within `patience`.
    pub fn answer_within(&mut self, patience: Duration) -> Result<Option<Answer>> {
        self.reader.get_ref().set_read_timeout(Some(patience))?;
        let begun = self.reader.fill_buf().map(<[u8]>::len);
        self.reader.get_ref().set_read_timeout(Some(Duration::from_secs(60)))?;
        match begun {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(None),
            Err(error) => Err(error.into()),
            Ok(_) => self.answer().map(Some),
        }
    }

    /// A command line and its reply.
    pub fn say(&mut self, line: &str) -> Result<Answer> {
        self.send(line.as_bytes())?;
        self.send(b"\r\n")?;
        self.answer()
    }

    /// A command line that must be answered with `code`.
    pub fn expect(&mut self, line: &str, code: u16) -> Result<Answer> {
        let answer = self.say(line)?;
        if answer.code != code {
            bail!("{line:?} got {answer:?} instead of {code}");
        }
        Ok(answer)
    }

    /// EHLO, MAIL, RCPT up to the 354 of DATA.
    pub fn start_data(&mut self, from: &str, to: &str) -> Result<()> {
        self.expect("EHLO mail.partner.test", 250)?;
        self.expect(&format!("MAIL FROM:<{from}>"), 250)?;
        self.expect(&format!("RCPT TO:<{to}>"), 250)?;
        self.expect("DATA", 354).map(drop)
    }

    /// Has the other side closed? Reads what it still says.
    pub fn is_closed(&mut self) -> Result<bool> {
        let mut rest = Vec::new();
        match self.reader.read_until(0, &mut rest) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
