//! Where the demo listens: known ports for people, free ones for `--once`.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use deploy::authority::{PARTNER, PRIMARY, RELAIS};
use serde::Serialize;

/// The ports of Relais and of the stage around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ports {
    /// SMTP between organisations: at Relais, at the primary and at the partner, each at its own address.
    pub smtp: u16,
    /// Submission with STARTTLS.
    pub submission: u16,
    /// Submission with TLS from the first byte on.
    pub submission_tls: u16,
    /// IMAP with STARTTLS.
    pub imap: u16,
    /// IMAP with TLS from the first byte on, at Relais and at the primary.
    pub imap_tls: u16,
    /// DNS.
    pub dns: u16,
    /// Pages for the staff.
    pub webmail: u16,
    /// Pages for the admins.
    pub console: u16,
    /// The page of the stage itself.
    pub stage: u16,
}

impl Ports {
    /// Those that documents name.
    pub const KNOWN: Self = Self {
        smtp: 2525,
        submission: 2587,
        submission_tls: 2465,
        imap: 2143,
        imap_tls: 2993,
        dns: 5300,
        webmail: 8080,
        console: 8081,
        stage: 8082,
    };

    /// Free ones.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn free() -> io::Result<Self> {
        let mut held = Held::default();
        Ok(Self {
            smtp: held.take(&[RELAIS, PRIMARY, PARTNER])?,
            submission: held.take(&[RELAIS])?,
            submission_tls: held.take(&[RELAIS])?,
            imap: held.take(&[RELAIS])?,
            imap_tls: held.take(&[RELAIS, PRIMARY])?,
            dns: held.take(&[RELAIS])?,
            webmail: held.take(&[RELAIS])?,
            console: held.take(&[RELAIS])?,
            stage: held.take(&[RELAIS])?,
        })
    }
}

/// Ports that are kept until all are chosen, so that none is chosen twice.
#[derive(Default)]
struct Held {
    tcp: Vec<TcpListener>,
    udp: Vec<UdpSocket>,
}

impl Held {
    /// A port that is free at all of `addresses`.
    fn take(&mut self, addresses: &[Ipv4Addr]) -> io::Result<u16> {
        const TRIES: usize = 64;
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..TRIES {
            match self.attempt(addresses) {
                Ok(port) => return Ok(port),
                Err(cause) => last = cause,
            }
        }
        Err(last)
    }

    fn attempt(&mut self, addresses: &[Ipv4Addr]) -> io::Result<u16> {
        let udp = UdpSocket::bind((RELAIS, 0))?;
        let port = udp.local_addr()?.port();
        let tcp: Vec<TcpListener> =
            addresses.iter().map(|address| TcpListener::bind((*address, port))).collect::<Result<_, _>>()?;
        self.tcp.extend(tcp);
        self.udp.push(udp);
        Ok(port)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn free_ports_differ() {
        let Ports { smtp, submission, submission_tls, imap, imap_tls, dns, webmail, console, stage } =
            Ports::free().unwrap();
        let mut all = [smtp, submission, submission_tls, imap, imap_tls, dns, webmail, console, stage];
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
