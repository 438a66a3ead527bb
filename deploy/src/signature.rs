//! The partner's verifier of DKIM signatures (RFC 6376).

use std::net::SocketAddr;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};

use crate::StageError;

/// The domains whose signatures verify against the keys that `resolver` finds.
pub(crate) async fn verified_domains(raw: &[u8], resolver: SocketAddr) -> Result<Vec<String>, StageError> {
    let at = |mut connection: ConnectionConfig| {
        connection.port = resolver.port();
        connection
    };
    let ways = vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())];
    let config = ResolverConfig::from_name_servers(vec![NameServerConfig::new(resolver.ip(), true, ways)]);
    let authenticator = MessageAuthenticator::new(config, ResolverOpts::default());
    let authenticator = authenticator.map_err(|cause| StageError::Resolver(cause.to_string()))?;
    let message = AuthenticatedMessage::parse(raw).ok_or(StageError::NoMessage)?;
    let judged = authenticator.verify_dkim(&message).await;
    let passed = judged.iter().filter(|output| output.result() == &DkimResult::Pass);
    Ok(passed.filter_map(|output| output.signature()).map(|signature| signature.d.clone()).collect())
}
