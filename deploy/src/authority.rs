//! The stage's DNS: one authority for the organisation and the partner, which takes signed updates.
//!
//! ```text
//!   mairie.test         MX 10 mail    mail A 127.0.0.2 (the primary)    relais A 127.0.0.1 (Relais)
//!   partnerstadt.test   MX 10 mail    mail A 127.0.0.3 (the partner)
//! ```
//!
//! Loopback has 16 million addresses: each host has its own, and mail is on the same port at each, as in the world.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use dns::zone::{Server, Zone};
use dns::{Data, Key, Name, RecordSet};

use crate::StageError;
use crate::partner::PARTNER_DOMAIN;
use crate::staff::DOMAIN;

/// Where Relais is.
pub const RELAIS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
/// Where the primary is.
pub const PRIMARY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Where the partner is.
pub const PARTNER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// The name of the key that updates are signed with.
pub const KEY_NAME: &str = "relais-demo";
/// How long others may keep the organisation's records; low, as readiness demands.
const TTL_S: u32 = 2;

/// Starts the authority; `secret` is the update key in base64, `more` one set more for the organisation's zone.
///
/// # Errors
/// When the port is taken.
pub async fn start(port: u16, secret: &str, more: RecordSet) -> Result<Server, StageError> {
    let key = Key::parse(KEY_NAME, "hmac-sha256", secret)?;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let ours = zone(DOMAIN, PRIMARY)?.with(host(&format!("relais.{DOMAIN}"), RELAIS)?).with(more);
    let zones = vec![ours, zone(PARTNER_DOMAIN, PARTNER)?];
    Server::start(listen, zones, Some(key)).await.map_err(|cause| StageError::Listen { address: listen, cause })
}

/// Where the resolver of everybody on the stage is: the authority itself.
#[must_use]
pub fn resolver_of(server: &Server) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), server.address().port())
}

fn zone(domain: &str, mail: Ipv4Addr) -> Result<Zone, StageError> {
    let origin = Name::parse(domain)?;
    let (ns, exchange) = (format!("ns.{domain}"), format!("mail.{domain}"));
    Ok(Zone::new(origin.clone())
        .with(RecordSet::new(origin.clone(), TTL_S, [Data::Ns(Name::parse(&ns)?)]))
        .with(RecordSet::new(origin, TTL_S, [Data::mx(10, Name::parse(&exchange)?)]))
        .with(host(&ns, Ipv4Addr::LOCALHOST)?)
        .with(host(&exchange, mail)?))
}

fn host(name: &str, address: Ipv4Addr) -> Result<RecordSet, StageError> {
    Ok(RecordSet::new(Name::parse(name)?, TTL_S, [Data::A(address)]))
}
