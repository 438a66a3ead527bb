//! Who answers for a zone, and what each of them says: asked directly, never through a resolver's cache.
//!
//! ```text
//!   NS corp.test. at the primary ─> ns1, ns2 ─> A, AAAA ─> every address ─┐
//!   the primary itself, and servers named in the configuration ───────────┴─> asked side by side
//! ```

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::rr::{RData, RecordType};
use tokio::task::JoinSet;

use crate::exchange::{Patience, ask};
use crate::rfc2136::{authority_says, same};
use crate::wire::{kind_to_wire, question, set_from_wire};
use crate::{Change, Data, DnsError, Kind, Name, RecordSet, Resolver, Result};

// A zone with more servers than this is no zone of ours.
const SERVERS_MAX: usize = 64;

/// How to find and ask all authorities of one zone.
#[derive(Clone, Debug)]
pub struct Authorities {
    zone: Name,
    primary: SocketAddr,
    more: Vec<SocketAddr>,
    port: u16,
    resolver: Option<Resolver>,
    patience: Patience,
}

/// What one server shows of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The records are as before the change.
    Before,
    /// The records are as after it.
    After,
    /// They are neither.
    Other(Option<RecordSet>),
    /// The server cannot be used, and why.
    Silent(String),
}

/// One server's word.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which server.
    pub server: SocketAddr,
    /// The zone's serial there, when it told.
    pub serial: Option<u32>,
    /// What it shows.
    pub seen: Seen,
}

/// What all servers said, asked at the same time.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// One word a server.
    pub answers: Vec<Answer>,
}

impl Round {
    /// Whether every server answered, and all as after the change.
    #[must_use]
    pub fn all_after(&self) -> bool {
        !self.answers.is_empty() && self.answers.iter().all(|answer| answer.seen == Seen::After)
    }

    /// Whether every server answered, and all as before the change.
    #[must_use]
    pub fn all_before(&self) -> bool {
        !self.answers.is_empty() && self.answers.iter().all(|answer| answer.seen == Seen::Before)
    }
}

impl Authorities {
    /// The authorities of `zone`, found at its `primary`. Name servers listen on port 53.
    #[must_use]
    pub fn new(zone: Name, primary: SocketAddr) -> Self {
        // A silent server must not hold up what the others show.
        let patience = Patience { udp: Duration::from_millis(500), tcp: Duration::from_millis(1500) };
        Self { zone, primary, more: Vec::new(), port: 53, resolver: None, patience }
    }

    /// Ask these as well: hidden secondaries, which no NS record names.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.more.extend(more);
        self
    }

    /// The port of name servers that NS records name, for laboratories.
    #[must_use]
    pub const fn on_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Resolves name servers that lie outside the zone.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Resolver) -> Self {
        self.resolver = Some(resolver);
        self
    }

    /// Every address of every name server, the primary first.
    ///
    /// # Errors
    /// [`DnsError::NoServers`] when the primary names none. Servers whose addresses cannot be found come as names.
    pub async fn servers(&self) -> Result<(Vec<SocketAddr>, Vec<(Name, String)>)> {
        let answer = ask(self.primary, &question(&self.zone, RecordType::NS)?, self.patience).await?;
        authority_says(self.primary, &self.zone, &answer)?;
        let set = set_from_wire(&answer.answers, &self.zone, Kind::Ns)
            .ok_or_else(|| DnsError::NoServers(self.zone.clone()))?;
        let mut servers: Vec<SocketAddr> = vec![self.primary];
        servers.extend(&self.more);
        let mut lost = Vec::new();
        for name in set.members.into_iter().filter_map(host).take(SERVERS_MAX) {
            match self.addresses(&name).await {
                Ok(found) if !found.is_empty() => {
                    servers.extend(found.iter().map(|ip| SocketAddr::new(*ip, self.port)))
                }
                Ok(_) => lost.push((name, "it has no address".to_owned())),
                Err(error) => lost.push((name, error.to_string())),
            }
        }
        let mut known = BTreeSet::new();
        servers.retain(|server| known.insert(*server));
        Ok((servers, lost))
    }

    async fn addresses(&self, name: &Name) -> Result<BTreeSet<IpAddr>> {
        if !name.is_within(&self.zone) {
            let none =
                || DnsError::Unresolved { name: name.clone(), kind: Kind::A, why: "no resolver is set".to_owned() };
            return self.resolver.as_ref().ok_or_else(none)?.addresses(name).await.map(|ips| ips.into_iter().collect());
        }
        let mut found = BTreeSet::new();
        for kind in [Kind::A, Kind::Aaaa] {
            let answer = ask(self.primary, &question(name, kind_to_wire(kind))?, self.patience).await?;
            let set = set_from_wire(&answer.answers, name, kind);
            found.extend(set.iter().flat_map(|set| set.members.iter().filter_map(address)));
        }
        Ok(found)
    }

    /// Asks every server what it shows of `change`, all at once.
    ///
    /// # Errors
    /// When the servers cannot be found. A server that does not answer is part of the round.
    pub async fn ask(&self, change: &Change) -> Result<Round> {
        let (servers, lost) = self.servers().await?;
        let mut asked = JoinSet::new();
        for server in servers {
            let (change, zone, patience) = (change.clone(), self.zone.clone(), self.patience);
            asked.spawn(async move { ask_one(server, &zone, &change, patience).await });
        }
        let mut answers = Vec::new();
        while let Some(answer) = asked.join_next().await {
            answers.extend(answer.ok());
        }
        // A name server without an address is a server that does not answer; `0.0.0.0` stands for it.
        let nowhere = SocketAddr::new(IpAddr::from([0, 0, 0, 0]), self.port);
        let silent = |(name, why): (Name, String)| Seen::Silent(format!("{name}: {why}"));
        answers.extend(lost.into_iter().map(|one| Answer { server: nowhere, serial: None, seen: silent(one) }));
        answers.sort_by_key(|answer| answer.server);
        Ok(Round { answers })
    }
}

fn host(data: Data) -> Option<Name> {
    match data {
        Data::Ns(name) => Some(name),
        _ => None,
    }
}

fn address(data: &Data) -> Option<IpAddr> {
    match data {
        Data::A(ip) => Some(IpAddr::V4(*ip)),
        Data::Aaaa(ip) => Some(IpAddr::V6(*ip)),
        _ => None,
    }
}

async fn ask_one(server: SocketAddr, zone: &Name, change: &Change, patience: Patience) -> Answer {
    let seen = match read(server, zone, change, patience).await {
        Ok(found) if same(found.as_ref(), change.after.as_ref()) => Seen::After,
        Ok(found) if same(found.as_ref(), change.before.as_ref()) => Seen::Before,
        Ok(found) => Seen::Other(found),
        Err(error) => Seen::Silent(error.to_string()),
    };
    let serial = match seen {
        Seen::Silent(_) => None,
        _ => serial(server, zone, patience).await,
    };
    Answer { server, serial, seen }
}

async fn read(server: SocketAddr, zone: &Name, change: &Change, patience: Patience) -> Result<Option<RecordSet>> {
    let answer = ask(server, &question(&change.name, kind_to_wire(change.kind))?, patience).await?;
    authority_says(server, zone, &answer)?;
    Ok(set_from_wire(&answer.answers, &change.name, change.kind))
}

async fn serial(server: SocketAddr, zone: &Name, patience: Patience) -> Option<u32> {
    let answer = ask(server, &question(zone, RecordType::SOA).ok()?, patience).await.ok()?;
    answer.answers.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(soa.serial),
        _ => None,
    })
}
