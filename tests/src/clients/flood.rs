//! Many letters at once over bare SMTP, and which of them were acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use anyhow::Result;

use super::smtp::Conversation;
use crate::lab::net::{Host, Net};

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
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let sessions = (0..sessions)
            .map(|number| {
                let session = Session {
                    net: Arc::clone(net),
                    stop: Arc::clone(&stop),
                    acknowledged: Arc::clone(&acknowledged),
                    to: to.to_owned(),
                    name: format!("{name}-{number}"),
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

struct Session {
    net: Arc<Net>,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    to: String,
    name: String,
}

impl Session {
    fn run(&self) -> Vec<String> {
        let mut done = Vec::new();
        // The error that ends it is the server's death: what counts is what was acknowledged before.
        let _server_gone = self.send_until_stopped(&mut done);
        done
    }

    fn send_until_stopped(&self, done: &mut Vec<String>) -> Result<()> {
        let mut client = Conversation::open(&self.net, Host::Partner, 25)?;
        client.expect("EHLO mail.partner.test", 250)?;
        while !self.stop.load(Ordering::Relaxed) {
            let subject = format!("{}-{}", self.name, done.len());
            client.expect("MAIL FROM:<ami@partner.test>", 250)?;
            client.expect(&format!("RCPT TO:<{}>", self.to), 250)?;
            client.expect("DATA", 354)?;
            let body = format!("{subject} ").repeat(100);
            let id = format!("<{subject}@partner.test>");
            client.send(format!("Subject: {subject}\r\nMessage-ID: {id}\r\n\r\n{body}\r\n").as_bytes())?;
            client.expect(".", 250)?;
            done.push(subject);
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
