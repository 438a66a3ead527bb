//! How much a peer may ask of us (RFC 5321 §4.5.3).

/// The limits of one listener. The defaults are at or above RFC 5321's minima.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Octets of a message after line ends are normalised; announced as SIZE (RFC 1870 §3).
    pub size_max_bytes: usize,
    /// Recipients of one transaction; at least 100 (RFC 5321 §4.5.3.1.8).
    pub recipients_max: usize,
    /// Octets of a command line, its CRLF included: 512 (RFC 5321 §4.5.3.1.4) and what extensions add.
    pub command_line_max_bytes: usize,
    /// Octets of an AUTH line (RFC 4954 §4).
    pub auth_line_max_bytes: usize,
    /// Unknown or malformed commands before the session ends.
    pub errors_max: usize,
    /// Failed sign-ins before the session ends.
    pub sign_ins_max: usize,
    /// Seconds for a whole command line to arrive: at least 5 minutes (RFC 5321 §4.5.3.2.7).
    pub command_s: u64,
    /// Seconds for each block of message data: 3 minutes (RFC 5321 §4.5.3.2.5).
    pub data_block_s: u64,
    /// What must arrive within `data_block_s`, so that a byte a second holds no session for hours.
    pub data_block_bytes: usize,
    /// Seconds for a TLS handshake.
    pub handshake_s: u64,
    /// Connections of this listener at one time.
    pub connections_max: usize,
    /// Connections of one peer address at one time.
    pub connections_per_peer_max: usize,
    /// Seconds that running transactions have to end when the service stops.
    pub grace_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size_max_bytes: 50 * 1024 * 1024,
            recipients_max: 1000,
            command_line_max_bytes: 2048,
            auth_line_max_bytes: 12_288,
            errors_max: 20,
            sign_ins_max: 3,
            command_s: 300,
            data_block_s: 180,
            data_block_bytes: 16 * 1024,
            handshake_s: 60,
            connections_max: 1000,
            connections_per_peer_max: 100,
            grace_s: 20,
        }
    }
}
