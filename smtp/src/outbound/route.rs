//! Which hosts take mail for a domain (RFC 5321 §5.1).

use std::net::{IpAddr, SocketAddr};

use mail::{Domain, Enhanced, Reply};
use rand::seq::SliceRandom;

use super::{Mx, MxResolver};
use crate::Error;
use crate::client::{Credentials, TlsPolicy};

/// RFC 5321 §4.5.4: more hosts than this per domain are not tried in one go.
const HOSTS_MAX: usize = 6;

/// One host to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub addresses: Vec<SocketAddr>,
}

/// A server that takes everything.
#[derive(Clone)]
pub struct Smarthost {
    /// Its name, also in its certificate.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// When TLS is used.
    pub tls: TlsPolicy,
    /// How we sign in.
    pub credentials: Option<Credentials>,
}

/// How mail finds its way out.
#[derive(Clone)]
pub enum Route {
    /// To the hosts of the domain's MX records, on this port.
    Mx {
        /// 25, but for tests.
        port: u16,
    },
    /// All through one server.
    Smarthost(Smarthost),
}

/// What a lookup has led to.
pub(super) enum Found {
    Hosts(Vec<Host>),
    /// There is none, for this reason.
    Refused(Reply),
}

/// The hosts for `domain` in the order in which to try them, without ourselves.
pub(super) async fn hosts(
    resolver: &impl MxResolver,
    domain: &Domain,
    port: u16,
    own_name: &str,
) -> Result<Found, Error> {
    if let Some(address) = literal(domain) {
        return Ok(Found::Hosts(vec![Host { name: domain.to_string(), addresses: vec![(address, port).into()] }]));
    }
    let names = match resolver.mx(domain).await? {
        Mx::NoSuchDomain => return Ok(Found::Refused(no_such_domain())),
        // RFC 7505 §3: a single `.` says that the domain takes no mail.
        Mx::Hosts(records) if is_null(&records) => return Ok(Found::Refused(takes_no_mail())),
        // RFC 5321 §5.1: without MX records the domain is its own host.
        Mx::Hosts(records) if records.is_empty() => vec![domain.to_string()],
        Mx::Hosts(records) => {
            let ordered = ordered(records, own_name);
            if ordered.is_empty() {
                return Ok(Found::Refused(loops_back()));
            }
            ordered
        }
    };
    let mut hosts = Vec::new();
    for name in names.into_iter().take(HOSTS_MAX) {
        // A host that does not resolve is skipped; when none does, the caller tries again later.
        let addresses = resolver.addresses(&name).await.unwrap_or_default();
        let addresses: Vec<SocketAddr> = addresses.into_iter().map(|ip| (ip, port).into()).collect();
        if !addresses.is_empty() {
            hosts.push(Host { name, addresses });
        }
    }
    Ok(Found::Hosts(hosts))
}

// RFC 5321 §5.1: lowest preference first, equal ones at random; from ourselves on, nothing, or mail loops.
fn ordered(mut records: Vec<(u16, String)>, own_name: &str) -> Vec<String> {
    records.shuffle(&mut rand::rng());
    records.sort_by_key(|(preference, _)| *preference);
    let bare = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    let own = records.iter().find(|(_, name)| bare(name) == bare(own_name)).map(|(preference, _)| *preference);
    let before_us = |record: &(u16, String)| own.is_none_or(|own| record.0 < own);
    records.into_iter().filter(before_us).map(|(_, name)| bare(&name)).collect()
}

fn is_null(records: &[(u16, String)]) -> bool {
    matches!(records, [(_, name)] if name == "." || name.is_empty())
}

// RFC 5321 §4.1.3
fn literal(domain: &Domain) -> Option<IpAddr> {
    let inner = domain.as_str().strip_prefix('[')?.strip_suffix(']')?;
    inner.strip_prefix("ipv6:").unwrap_or(inner).parse().ok()
}

fn no_such_domain() -> Reply {
    Reply::new(550, Enhanced(5, 1, 2), "There is no such domain")
}

// RFC 7505 §4.2
fn takes_no_mail() -> Reply {
    Reply::new(556, Enhanced(5, 1, 10), "The recipient's domain takes no mail")
}

// RFC 3463 §3.5: routing loop. Not for ever: an MX that names us may be the one of before a failback.
fn loops_back() -> Reply {
    Reply::new(451, Enhanced(4, 4, 6), "The recipient's domain points back to us")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    struct Zone(Mx);

    impl MxResolver for Zone {
        async fn mx(&self, _domain: &Domain) -> Result<Mx, Error> {
            Ok(self.0.clone())
        }

        async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Error> {
            Ok(if host == "gone.test" { vec![] } else { vec!["192.0.2.1".parse().unwrap()] })
        }
    }

    async fn names(records: &[(u16, &str)]) -> Result<Vec<String>, u16> {
        let records = records.iter().map(|(preference, name)| (*preference, (*name).to_owned())).collect();
        let domain = Domain::parse("d.test").unwrap();
        match hosts(&Zone(Mx::Hosts(records)), &domain, 25, "us.test").await.unwrap() {
            Found::Hosts(hosts) => Ok(hosts.into_iter().map(|host| host.name).collect()),
            Found::Refused(reply) => Err(reply.code),
        }
    }

    #[tokio::test]
    async fn hosts_come_in_order_and_we_are_not_among_them() {
        assert_eq!(
            names(&[(20, "b.test."), (10, "a.test."), (15, "gone.test")]).await,
            Ok(vec!["a.test".into(), "b.test".into()])
        );
        assert_eq!(names(&[(20, "b.test"), (10, "a.test"), (20, "US.test.")]).await, Ok(vec!["a.test".into()]));
        assert_eq!(names(&[(10, "us.test"), (20, "b.test")]).await, Err(451));
    }

    #[tokio::test]
    async fn a_domain_without_mx_is_its_own_host_and_a_null_mx_is_none() {
        assert_eq!(names(&[]).await, Ok(vec!["d.test".into()]));
        assert_eq!(names(&[(0, ".")]).await, Err(556));
    }
}
