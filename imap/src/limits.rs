//! How much a client may ask of us.

use mail::Room;

/// The limits of one listener.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Octets of an appended message.
    pub append_max_bytes: u32,
    /// Octets of a command without its message; RFC 7162 §4 wants 8192 at least.
    pub command_max_bytes: usize,
    /// What the messages of all APPENDs under way hold together, on every listener that has these limits.
    pub room: Room,
    /// Octets of a literal before sign-in.
    pub early_literal_max_bytes: u32,
    /// Failed sign-ins before the session ends.
    pub sign_ins_max: usize,
    /// Commands that mean nothing, before the session ends.
    pub errors_max: usize,
    /// Seconds without a command, signed in: 30 minutes (RFC 9051 §5.4).
    pub idle_s: u64,
    /// Seconds without a command, not signed in.
    pub early_idle_s: u64,
    /// Seconds for each 16 KiB of a command that has begun.
    pub block_s: u64,
    /// Seconds for a TLS handshake.
    pub handshake_s: u64,
    /// Seconds for the client to take what we write.
    pub write_s: u64,
    /// Connections of this listener at one time.
    pub connections_max: usize,
    /// Connections of one peer address at one time.
    pub connections_per_peer_max: usize,
    /// Folders of one mailbox.
    pub folders_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            append_max_bytes: 50 * 1024 * 1024,
            command_max_bytes: 64 * 1024,
            room: Room::of(256 * 1024 * 1024),
            early_literal_max_bytes: 4096,
            sign_ins_max: 3,
            errors_max: 50,
            idle_s: 1800,
            early_idle_s: 60,
            block_s: 180,
            handshake_s: 60,
            write_s: 120,
            connections_max: 5000,
            connections_per_peer_max: 500,
            folders_max: 5000,
        }
    }
}
