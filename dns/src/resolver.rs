//! What the rest of the world sees: questions to recursive resolvers, cached as they allow.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::Record;

use crate::wire::{kind_to_wire, name_to_wire, set_from_wire};
use crate::{Data, DnsError, Kind, Name, Result};

/// Where a domain's mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MxAnswer {
    /// These hosts, the lowest preference first.
    Hosts(Vec<(u16, Name)>),
    /// There is no MX but the domain has addresses: its own host takes the mail (RFC 5321 §5.1).
    Implicit(Name),
    /// The domain takes no mail (RFC 7505 §3).
    Null,
    /// The domain does not exist.
    NoDomain,
}

/// A stub resolver. Clones share one cache.
#[derive(Clone)]
pub struct Resolver {
    inner: TokioResolver,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

impl Resolver {
    /// Asks these recursive resolvers, each at its own port.
    ///
    /// # Errors
    /// When the resolver cannot be built.
    pub fn new(servers: &[SocketAddr]) -> Result<Self> {
        Self::build(ResolverConfig::from_name_servers(servers.iter().map(|server| name_server(*server)).collect()))
    }

    /// Asks what the machine asks (`/etc/resolv.conf`).
    ///
    /// # Errors
    /// When the machine names none.
    pub fn system() -> Result<Self> {
        let mut builder = TokioResolver::builder_tokio().map_err(|error| broken(&error))?;
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        Ok(Self { inner: builder.build().map_err(|error| broken(&error))? })
    }

    fn build(config: ResolverConfig) -> Result<Self> {
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        options.use_hosts_file = ResolveHosts::Never;
        options.timeout = Duration::from_secs(3);
        options.attempts = 2;
        options.edns0 = true;
        Ok(Self { inner: builder.build().map_err(|error| broken(&error))? })
    }

    /// Where mail for `domain` goes.
    ///
    /// # Errors
    /// [`DnsError::Unresolved`] when no resolver answered: unknown, so try again later.
    pub async fn mx(&self, domain: &Name) -> Result<MxAnswer> {
        let Some(answers) = self.lookup(domain, Kind::Mx).await? else { return Ok(MxAnswer::NoDomain) };
        let mut hosts: Vec<(u16, Name)> = aliased(&answers, domain, Kind::Mx).into_iter().filter_map(mx).collect();
        hosts.sort();
        // RFC 7505 §3: a single MX of the root with preference 0 says that no mail is taken.
        if hosts.len() == 1 && hosts.iter().all(|(_, host)| host.is_root()) {
            return Ok(MxAnswer::Null);
        }
        hosts.retain(|(_, host)| !host.is_root());
        if hosts.is_empty() {
            let addresses = self.addresses(domain).await?;
            return Ok(if addresses.is_empty() { MxAnswer::NoDomain } else { MxAnswer::Implicit(domain.clone()) });
        }
        Ok(MxAnswer::Hosts(hosts))
    }

    /// The host's addresses, IPv4 first; empty when it has none.
    ///
    /// # Errors
    /// [`DnsError::Unresolved`] when no resolver answered.
    pub async fn addresses(&self, host: &Name) -> Result<Vec<IpAddr>> {
        let mut found = Vec::new();
        for kind in [Kind::A, Kind::Aaaa] {
            let answers = self.lookup(host, kind).await?.unwrap_or_default();
            found.extend(aliased(&answers, host, kind).into_iter().filter_map(address));
        }
        Ok(found)
    }

    /// Whether the name is an alias of another, which a mail host must not be (RFC 5321 §5.1, RFC 2181 §10.3).
    ///
    /// # Errors
    /// [`DnsError::Unresolved`] when no resolver answered.
    pub async fn is_alias(&self, host: &Name) -> Result<bool> {
        let answers = self.lookup(host, Kind::Cname).await?.unwrap_or_default();
        Ok(set_from_wire(&answers, host, Kind::Cname).is_some())
    }

    /// The name's texts, each with its parts joined; octets that are no UTF-8 are replaced.
    ///
    /// # Errors
    /// [`DnsError::Unresolved`] when no resolver answered.
    pub async fn txt(&self, name: &Name) -> Result<Vec<String>> {
        let answers = self.lookup(name, Kind::Txt).await?.unwrap_or_default();
        Ok(aliased(&answers, name, Kind::Txt).into_iter().filter_map(text).collect())
    }

    /// Forgets what was learnt about the name.
    pub fn forget(&self, name: &Name, kind: Kind) {
        if let Ok(wire) = name_to_wire(name) {
            self.inner.clear_lookup_cache(wire, kind_to_wire(kind));
        }
    }

    // `None`: the domain does not exist. Empty: it exists but has none of this kind.
    async fn lookup(&self, name: &Name, kind: Kind) -> Result<Option<Vec<Record>>> {
        match self.inner.lookup(name_to_wire(name)?, kind_to_wire(kind)).await {
            Ok(lookup) => Ok(Some(lookup.answers().to_vec())),
            Err(error) if error.is_nx_domain() => Ok(None),
            Err(error) if error.is_no_records_found() => Ok(Some(Vec::new())),
            Err(error) => Err(DnsError::Unresolved { name: name.clone(), kind, why: error.to_string() }),
        }
    }
}

fn name_server(server: SocketAddr) -> NameServerConfig {
    let at = |mut connection: ConnectionConfig| {
        connection.port = server.port();
        connection
    };
    NameServerConfig::new(server.ip(), true, vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())])
}

fn broken(error: &NetError) -> DnsError {
    DnsError::Unresolved { name: Name::root(), kind: Kind::A, why: error.to_string() }
}

// Follows the aliases within one answer; a chain longer than this is a loop or malice.
fn aliased(answers: &[Record], name: &Name, kind: Kind) -> Vec<Data> {
    let mut owner = name.clone();
    for _ in 0..8 {
        if let Some(set) = set_from_wire(answers, &owner, kind) {
            return set.members.into_iter().collect();
        }
        match set_from_wire(answers, &owner, Kind::Cname).and_then(|set| set.members.into_iter().next()) {
            Some(Data::Cname(target)) => owner = target,
            _ => break,
        }
    }
    Vec::new()
}

fn mx(data: Data) -> Option<(u16, Name)> {
    match data {
        Data::Mx { preference, host } => Some((preference, host)),
        _ => None,
    }
}

fn address(data: Data) -> Option<IpAddr> {
    match data {
        Data::A(ip) => Some(IpAddr::V4(ip)),
        Data::Aaaa(ip) => Some(IpAddr::V6(ip)),
        _ => None,
    }
}

fn text(data: Data) -> Option<String> {
    let Data::Txt(parts) = data else { return None };
    let octets: Vec<u8> = parts.concat().chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    Some(String::from_utf8_lossy(&octets).into_owned())
}
