//! Many letters at once over bare SMTP, and which of them were acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::smtp::Conversation;
use crate::lab::net::{Host, Net};
use crate::wait::within;

/// How long a server may be away before its senders give up.
const COMES_BACK: Duration = Duration::from_secs(120);
/// A body that does not lie in the database.
const LARGE: usize = 300_000;

/// Letters on their way from several sessions of the partner.
pub struct Flood {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    sessions: Vec<JoinHandle<Vec<String>>>,
}

impl Flood {
    /// Starts `sessions` sessions that send until told to stop, or until the server is gone. Subjects start with
    /// `name`.
    pub fn start(net: &Arc<Net>, sessions: usize, to: &str, name: &str) -> Self {
        Self::begin(sessions, &Session::new(net, Host::Standby, to, name))
    }

    /// The same against a node that may die and come back: whoever is refused or loses the connection tries again, with
    /// another letter. Every twentieth is a large one.
    pub fn persevere(net: &Arc<Net>, host: Host, sessions: usize, to: &str, name: &str) -> Self {
        Self::begin(sessions, &Session { perseveres: true, ..Session::new(net, host, to, name) })
    }

    fn begin(sessions: usize, like: &Session) -> Self {
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let sessions = (0..sessions)
            .map(|number| {
                let session = Session {
                    stop: Arc::clone(&stop),
                    acknowledged: Arc::clone(&acknowledged),
                    name: format!("{}-{number}", like.name),
                    ..like.clone()
                };
                std::thread::spawn(move || session.run())
            })
            .collect();
        Self { stop, acknowledged, sessions }
    }

    /// How many letters have got their 250 so far.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Ends all sessions; the subjects that got their 250.
    pub fn finish(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.sessions.into_iter().flat_map(|session| session.join().unwrap_or_default()).collect()
    }
}

#[derive(Clone)]
struct Session {
    net: Arc<Net>,
    host: Host,
    perseveres: bool,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    to: String,
    name: String,
}

impl Session {
    fn new(net: &Arc<Net>, host: Host, to: &str, name: &str) -> Self {
        let (net, to, name) = (Arc::clone(net), to.to_owned(), name.to_owned());
        Self { net, host, perseveres: false, stop: Arc::default(), acknowledged: Arc::default(), to, name }
    }

    fn run(&self) -> Vec<String> {
        let (mut done, mut tried) = (Vec::new(), 0);
        // The error that ends a session is the server's death: what counts is what was acknowledged before.
        while let Ok(Some(client)) = self.greeted() {
            let _server_gone = self.send_until_stopped(client, &mut done, &mut tried);
            if !self.perseveres || self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        done
    }

    /// A session that was greeted; whoever perseveres waits for it, until told to stop.
    fn greeted(&self) -> Result<Option<Conversation>> {
        let greet = || {
            let mut client = Conversation::connect(&self.net, Host::Partner, self.host, 25)?;
            ensure!(client.answer()?.code == 220, "not greeted");
            client.expect("EHLO mail.partner.test", 250)?;
            Ok(client)
        };
        if !self.perseveres {
            return greet().map(Some);
        }
        within(COMES_BACK, "the server to come back", || {
            if self.stop.load(Ordering::Relaxed) { Ok(Some(None)) } else { greet().map(|client| Some(Some(client))) }
        })
    }

    fn send_until_stopped(&self, mut client: Conversation, done: &mut Vec<String>, tried: &mut u32) -> Result<()> {
        while !self.stop.load(Ordering::Relaxed) {
            let subject = format!("{}-{tried}", self.name);
            *tried += 1;
            client.expect("MAIL FROM:<ami@partner.test>", 250)?;
            client.expect(&format!("RCPT TO:<{}>", self.to), 250)?;
            client.expect("DATA", 354)?;
            let id = format!("<{subject}@partner.test>");
            client.send(format!("Subject: {subject}\r\nMessage-ID: {id}\r\n\r\n").as_bytes())?;
            client.send(&self.body(&subject, *tried))?;
            client.expect("\r\n.", 250)?;
            done.push(subject);
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn body(&self, subject: &str, number: u32) -> Vec<u8> {
        let is_large = self.perseveres && number.is_multiple_of(20);
        if is_large { noise(number, LARGE) } else { format!("{subject} ").repeat(100).into_bytes() }
    }
}

/// Letters in no order, in lines (a linear congruential generator, seeded with `number`).
pub fn noise(number: u32, size: usize) -> Vec<u8> {
    let mut state = u64::from(number).wrapping_mul(7_919).wrapping_add(12_345);
    let mut text = Vec::with_capacity(size);
    while text.len() < size {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let letter = b'!' + ((state >> 33) % 90) as u8;
        text.push(if letter == b'.' { b'x' } else { letter });
        if text.len() % 78 == 76 {
            text.extend_from_slice(b"\r\n");
        }
    }
    text
}
