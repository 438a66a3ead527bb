//! What can go wrong with names, by what somebody would do about it.

use std::net::SocketAddr;

use crate::{Kind, Name};

/// The usual result.
pub type Result<T, E = DnsError> = std::result::Result<T, E>;

/// A diagnosis.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum DnsError {
    #[error("`{0}` is no domain name")]
    Name(String),
    #[error("the TSIG key is not usable: {0}")]
    Key(String),
    #[error("{name} lies outside the zone {zone}")]
    OutsideZone { name: Name, zone: Name },
    #[error("the change would leave {0} without MX, and its mail would go to the web server")]
    EmptyMx(Name),
    #[error("the record set of {0} is empty or mixes kinds")]
    MixedSet(Name),
    #[error("{server} did not answer within {after_ms} ms")]
    Timeout { server: SocketAddr, after_ms: u64 },
    #[error("cannot talk to {server}: {source}")]
    Io { server: SocketAddr, source: std::io::Error },
    #[error("{server} sent what is no answer to the question: {what}")]
    Malformed { server: SocketAddr, what: String },
    #[error("{server} knows the zone but refuses this update: {rcode}")]
    UpdateRefused { server: SocketAddr, rcode: String },
    #[error("{server} does not accept the key `{key}`: {rcode}")]
    KeyRefused { server: SocketAddr, key: String, rcode: String },
    #[error("{server} says that the clocks of the two machines differ too much")]
    Clock { server: SocketAddr },
    #[error("{server} is not an authority for {zone}")]
    NotAuthority { server: SocketAddr, zone: Name },
    #[error("{server} answered {rcode}")]
    Failed { server: SocketAddr, rcode: String },
    #[error("the answer of {server} is not signed with our key")]
    Unsigned { server: SocketAddr },
    #[error("{name} {kind} was changed by another hand; now: {found}")]
    Conflict { name: Name, kind: Kind, found: String },
    #[error("no name server of {0} could be found")]
    NoServers(Name),
    #[error("{name} {kind} could not be resolved: {why}")]
    Unresolved { name: Name, kind: Kind, why: String },
}

impl DnsError {
    /// Whether trying again later may help without anybody doing anything.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Timeout { .. }
                | Self::Io { .. }
                | Self::Failed { .. }
                | Self::Unresolved { .. }
                | Self::Malformed { .. }
                | Self::NoServers(_)
        )
    }

    /// What an operator should do next.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Name(_) | Self::OutsideZone { .. } | Self::MixedSet(_) | Self::EmptyMx(_) => {
                "mend `[dns]` in relais.toml"
            }
            Self::Key(_) => "write the secret in base64 into `dns.key_file`",
            Self::Timeout { .. } | Self::Io { .. } => {
                "see that the server runs and that TCP and UDP port 53 are open to it"
            }
            Self::Malformed { .. } | Self::Unsigned { .. } => "see that nothing between us and the server rewrites DNS",
            Self::UpdateRefused { .. } => "let the key change MX and TXT of this zone in the server's update policy",
            Self::KeyRefused { .. } => {
                "compare name, algorithm and secret of the key; Knot answers the same when the key is right but its ACL \
                 does not allow this address, name or kind of record"
            }
            Self::Clock { .. } => "set both clocks by NTP; TSIG allows five minutes",
            Self::NotAuthority { .. } => "point `dns.server` at the zone's primary server",
            Self::Failed { .. } => "read that server's log",
            Self::Conflict { .. } => "look who changed it; then plan again from what is there now",
            Self::NoServers(_) => "see that the zone has NS records whose names have addresses",
            Self::Unresolved { .. } => "see that the resolvers in `dns.resolvers` run",
        }
    }
}
