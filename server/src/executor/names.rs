//! The records of the organisation: read, planned, changed, verified.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use dns::rfc2136::Provider;
use dns::{Authorities, Change, Data, DnsError, Key, Kind, Name, RecordPlan, RecordSet, Resolver, Seen};
use failover::{Fact, MxHost, Records, ServerSeen, Shows};
use mail::{Domain, Timestamp};

use crate::config::{AlsoKind, AlsoRecord, Config, Dns};
use crate::secrets::read_key;

/// What `[dns]` describes.
#[derive(Clone)]
pub struct Names {
    provider: Provider,
    authorities: Authorities,
    resolver: Resolver,
    targets: Vec<Data>,
    ttl_s: u32,
    domains: Vec<Name>,
    also: Vec<Also>,
}

/// Another record set that a failover changes.
#[derive(Clone)]
struct Also {
    name: Name,
    kind: Kind,
    after: Vec<String>,
    ttl_s: u32,
}

impl Names {
    /// From the configuration.
    ///
    /// # Errors
    /// When the key file cannot be used, or a domain lies outside the zone.
    pub fn new(dns: &Dns, config: &Config) -> Result<Self> {
        let domain = |domain: &Domain| Name::from(domain);
        let first = config.domains.first().map(domain).context("no domain")?;
        let zone = dns.zone.as_ref().map_or(first, domain);
        let domains: Vec<Name> = config.domains.iter().map(domain).collect();
        if let Some(outside) = domains.iter().find(|name| !name.is_within(&zone)) {
            bail!("dns.zone is {zone}, but {outside} lies outside of it; one zone is changed in one update");
        }
        let secret = read_key(&dns.key_file)?;
        let key = Key::parse(&dns.key_name, &dns.key_algorithm, &secret).context("dns.key_file")?;
        let resolver = if dns.resolvers.is_empty() { Resolver::system()? } else { Resolver::new(&dns.resolvers)? };
        let authorities =
            Authorities::new(zone.clone(), dns.server).on_port(dns.authority_port).with_resolver(resolver.clone());
        let targets = dns.mx.iter().map(|target| Data::mx(target.preference, Name::from(&target.host))).collect();
        let also: Vec<Also> = dns.also.iter().map(|record| Also::new(record, dns.ttl_s)).collect();
        if let Some(outside) = also.iter().find(|also| !also.name.is_within(&zone)) {
            bail!("dns.also names {}, which lies outside of the zone {zone}", outside.name);
        }
        for also in &also {
            also.set(Timestamp::from_unix_s(0)).with_context(|| format!("dns.also, {}", also.name))?;
        }
        let provider = Provider::new(dns.server, zone, key);
        Ok(Self { provider, authorities, resolver, targets, ttl_s: dns.ttl_s, domains, also })
    }

    /// What would be changed now.
    ///
    /// # Errors
    /// When the records cannot be read, or already name us.
    pub async fn draw(&self, now: Timestamp) -> Result<RecordPlan, Trouble> {
        let mut changes = Vec::new();
        for name in &self.domains {
            let before = self.provider.read(name, Kind::Mx).await?;
            let after = Some(RecordSet::new(name.clone(), self.ttl_s, self.targets.iter().cloned()));
            let change = Change { name: name.clone(), kind: Kind::Mx, before, after };
            if change.is_empty() {
                let what = format!("the MX of {name} names us already, and what it named before is not known");
                return Err(Trouble { what, hint: "put the primary's MX back by hand, then start again" });
            }
            changes.push(change);
        }
        for also in &self.also {
            let before = self.provider.read(&also.name, also.kind).await?;
            let change = Change { name: also.name.clone(), kind: also.kind, before, after: also.set(now)? };
            // What says so already stays as it is, there and back.
            if !change.is_empty() {
                changes.push(change);
            }
        }
        Ok(RecordPlan::new(self.provider.zone().clone(), changes)?)
    }

    /// Brings the records to a plan's end.
    ///
    /// # Errors
    /// Says who refused and what to do.
    pub async fn apply(&self, plan: &RecordPlan) -> Result<(), Trouble> {
        Ok(self.provider.apply(plan).await.map(drop)?)
    }

    /// What every authoritative server shows, the one that takes updates first.
    pub async fn look(&self, plan: &RecordPlan) -> Records {
        let ttl_s = |plan: &RecordPlan| plan.old_ttl_s();
        let (old_ttl_s, new_ttl_s) = (ttl_s(plan), ttl_s(&plan.reversed()));
        let mut servers: Vec<ServerSeen> = Vec::new();
        for change in plan.changes() {
            let Ok(round) = self.authorities.ask(change).await else {
                return Records { drawn: true, old_ttl_s, new_ttl_s, servers: Vec::new() };
            };
            for answer in round.answers {
                merge(&mut servers, answer.server, shows(answer.seen));
            }
        }
        let first = self.provider.server().to_string();
        servers.sort_by_key(|seen| seen.server != first);
        Records { drawn: true, old_ttl_s, new_ttl_s, servers }
    }

    /// Whether a switch could be written now.
    pub async fn rehearse(&self) -> Fact<Result<(), (String, String)>> {
        for name in &self.domains {
            match self.provider.rehearse(name, Kind::Mx).await {
                Ok(()) => {}
                Err(error) if error.is_transient() => return Fact::Unknown(error.to_string()),
                Err(error) => return Fact::Known(Err((error.to_string(), error.hint().to_owned()))),
            }
        }
        Fact::Known(Ok(()))
    }

    /// A domain whose MX names us, and nobody else.
    pub async fn is_ours(&self) -> Fact<Option<String>> {
        for name in &self.domains {
            let ours = RecordSet::new(name.clone(), self.ttl_s, self.targets.iter().cloned());
            match self.provider.read(name, Kind::Mx).await {
                Ok(Some(set)) if set.members == ours.members => return Fact::Known(Some(name.to_string())),
                Ok(_) => {}
                Err(error) => return Fact::Unknown(error.to_string()),
            }
        }
        Fact::Known(None)
    }

    /// The longest time to live of our domains' MX.
    pub async fn mx_ttl_s(&self) -> Fact<u32> {
        let mut longest = 0;
        for name in &self.domains {
            match self.provider.read(name, Kind::Mx).await {
                Ok(Some(set)) => longest = longest.max(set.ttl_s),
                Ok(None) => return Fact::Unknown(format!("{name} has no MX")),
                Err(error) => return Fact::Unknown(error.to_string()),
            }
        }
        Fact::Known(longest)
    }

    /// Servers that do not answer or do not show what the primary server shows.
    pub async fn disagreeing(&self) -> Fact<Vec<String>> {
        let mut wrong = Vec::new();
        for name in &self.domains {
            let now = match self.provider.read(name, Kind::Mx).await {
                Ok(now) => now,
                Err(error) => return Fact::Unknown(error.to_string()),
            };
            let as_is = Change { name: name.clone(), kind: Kind::Mx, before: now.clone(), after: now };
            match self.authorities.ask(&as_is).await {
                Ok(round) => {
                    wrong.extend(round.answers.into_iter().filter_map(|answer| complaint(answer.server, answer.seen)))
                }
                Err(error) => return Fact::Unknown(error.to_string()),
            }
        }
        Fact::Known(wrong)
    }

    /// The host that our MX would name first, as the world resolves it.
    pub async fn mx_host(&self) -> Fact<MxHost> {
        let Some(Data::Mx { host, .. }) = self.targets.iter().min() else {
            return Fact::Unknown("dns.mx names no host".to_owned());
        };
        let (addresses, alias) = tokio::join!(self.resolver.addresses(host), self.resolver.is_alias(host));
        match (addresses, alias) {
            (Ok(addresses), Ok(is_alias)) => {
                let addresses = addresses.iter().map(ToString::to_string).collect();
                Fact::Known(MxHost { name: host.to_string(), addresses, is_alias })
            }
            (Err(error), _) | (_, Err(error)) => Fact::Unknown(error.to_string()),
        }
    }
}

impl Also {
    fn new(record: &AlsoRecord, ttl_s: u32) -> Self {
        let kind = match record.kind {
            AlsoKind::Txt => Kind::Txt,
            AlsoKind::Cname => Kind::Cname,
            AlsoKind::A => Kind::A,
            AlsoKind::Aaaa => Kind::Aaaa,
        };
        Self { name: Name::from(&record.name), kind, after: record.after.clone(), ttl_s: record.ttl_s.unwrap_or(ttl_s) }
    }

    /// What is there after the switch; nothing where the list is empty. `{id}` stands for the moment, digits only, as the
    /// id of an MTA-STS policy (RFC 8461 §3.1).
    fn set(&self, now: Timestamp) -> Result<Option<RecordSet>, Trouble> {
        let id: String = now.rfc3339().chars().filter(char::is_ascii_digit).take(14).collect();
        let members: Result<Vec<Data>, Trouble> =
            self.after.iter().map(|text| data(self.kind, &text.replace("{id}", &id))).collect();
        let members = members?;
        Ok((!members.is_empty()).then(|| RecordSet::new(self.name.clone(), self.ttl_s, members)))
    }
}

fn data(kind: Kind, text: &str) -> Result<Data, Trouble> {
    let wrong = || Trouble { what: format!("{text:?} is no {kind} record"), hint: "mend `after` in [[dns.also]]" };
    Ok(match kind {
        Kind::Cname => Data::Cname(Name::parse(text)?),
        Kind::A => Data::A(text.parse().map_err(|_| wrong())?),
        Kind::Aaaa => Data::Aaaa(text.parse().map_err(|_| wrong())?),
        _ => Data::txt(text),
    })
}

/// What hinders a change of records, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}; {hint}")]
pub struct Trouble {
    what: String,
    hint: &'static str,
}

impl From<DnsError> for Trouble {
    fn from(error: DnsError) -> Self {
        Self { what: error.to_string(), hint: error.hint() }
    }
}

fn shows(seen: Seen) -> Shows {
    match seen {
        Seen::Before => Shows::Before,
        Seen::After => Shows::After,
        Seen::Other(set) => {
            Shows::Other(set.map_or_else(|| "nothing".to_owned(), |set| set.to_string().replace('\n', ", ")))
        }
        Seen::Silent(why) => Shows::Silent(why),
    }
}

// A server that shows different things of different domains shows neither end of the plan.
fn merge(servers: &mut Vec<ServerSeen>, address: SocketAddr, shows: Shows) {
    let server = address.to_string();
    match servers.iter_mut().find(|seen| seen.server == server) {
        None => servers.push(ServerSeen { server, shows }),
        Some(known) if known.shows == shows => {}
        Some(known) if matches!(known.shows, Shows::Silent(_) | Shows::Other(_)) => {}
        Some(known) if matches!(shows, Shows::Silent(_) | Shows::Other(_)) => known.shows = shows,
        Some(known) => known.shows = Shows::Other("some domains changed and some not".to_owned()),
    }
}

fn complaint(server: SocketAddr, seen: Seen) -> Option<String> {
    match shows(seen) {
        Shows::Silent(why) => Some(format!("{server}: {why}")),
        Shows::Other(what) => Some(format!("{server} shows {what}")),
        Shows::Before | Shows::After => None,
    }
}
