//! How a primary is reached.

use std::fmt;
use std::sync::Arc;

use rustls::ClientConfig;

/// How a connection is protected.
#[derive(Clone)]
pub enum Security {
    /// Not at all.
    None,
    /// By STARTTLS, which is then required.
    Starttls(Arc<ClientConfig>),
    /// From the first byte on.
    Tls(Arc<ClientConfig>),
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Starttls(_) => "Starttls",
            Self::Tls(_) => "Tls",
        })
    }
}

/// How a primary is reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name, also in its certificate.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Seconds to wait for a connection.
    pub connect_s: u64,
    /// Seconds to wait for an answer, or for the next 16 KiB of it.
    pub answer_s: u64,
    /// Octets of one message.
    pub literal_max_bytes: usize,
    /// Octets of one response without its literals.
    pub line_max_bytes: usize,
}

impl Settings {
    /// Settings with the usual limits.
    #[must_use]
    pub fn new(host: &str, port: u16, security: Security) -> Self {
        Self {
            host: host.to_owned(),
            port,
            security,
            connect_s: 10,
            answer_s: 60,
            literal_max_bytes: 100 << 20,
            line_max_bytes: 8 << 20,
        }
    }
}
