//! Changing a zone by dynamic update: one message, compare-and-swap, signed (RFC 2136, RFC 8945).
//!
//! ```text
//! UPDATE corp.test. SOA
//!   prerequisite  corp.test. MX 10 mx-primary.corp.test.   RRset exists, value dependent (§2.4.2)
//!   update        corp.test. MX ANY                        delete the RRset            (§2.5.2)
//!   update        corp.test. 60 MX 10 mx-standby...        add to the RRset            (§2.5.1)
//! ```
//!
//! The whole message happens or does not (§3.7), so the set is never empty in between.

use std::net::SocketAddr;

use hickory_proto::op::{Message, OpCode, Query, ResponseCode, UpdateMessage as _};
use hickory_proto::rr::{DNSClass, RData, Record, RecordType};

use crate::exchange::{Patience, ask, ask_signed};
use crate::wire::{kind_to_wire, name_to_wire, question, records_to_wire, set_from_wire};
use crate::{Change, DnsError, Key, Kind, Name, RecordPlan, RecordSet, Result};

/// What became of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The records are now as planned.
    Changed,
    /// They were so already.
    Already,
}

/// A primary name server that takes our updates.
#[derive(Clone, Debug)]
pub struct Provider {
    server: SocketAddr,
    zone: Name,
    key: Key,
    patience: Patience,
}

impl Provider {
    /// Updates for `zone` go to `server`, signed with `key`.
    #[must_use]
    pub fn new(server: SocketAddr, zone: Name, key: Key) -> Self {
        Self { server, zone, key, patience: Patience::default() }
    }

    /// The zone.
    #[must_use]
    pub const fn zone(&self) -> &Name {
        &self.zone
    }

    /// The server that updates go to.
    #[must_use]
    pub const fn server(&self) -> SocketAddr {
        self.server
    }

    /// What the server has now.
    ///
    /// # Errors
    /// When it does not answer, or not with authority.
    pub async fn read(&self, name: &Name, kind: Kind) -> Result<Option<RecordSet>> {
        let answer = ask(self.server, &question(name, kind_to_wire(kind))?, self.patience).await?;
        authority_says(self.server, &self.zone, &answer)?;
        Ok(set_from_wire(&answer.answers, name, kind))
    }

    /// Makes all changes of the plan in one update, or none. Doing it twice does no harm.
    ///
    /// # Errors
    /// [`DnsError::Conflict`] when a record set is neither as before nor as after; the others say who refused and why.
    pub async fn apply(&self, plan: &RecordPlan) -> Result<Applied> {
        if plan.zone() != &self.zone {
            return Err(DnsError::OutsideZone { name: plan.zone().clone(), zone: self.zone.clone() });
        }
        if self.all_are_after(plan).await? {
            return Ok(Applied::Already);
        }
        let message = update(&self.zone, plan.changes())?;
        match self.send(message).await? {
            ResponseCode::NoError => Ok(Applied::Changed),
            // RFC 2136 §3.2: a prerequisite did not hold.
            _ if self.all_are_after(plan).await? => Ok(Applied::Already),
            _ => Err(self.conflict(plan).await?),
        }
    }

    /// Writes what is there already: proves that server, key and policy would take a switch, and changes nothing.
    ///
    /// # Errors
    /// The same as [`Self::apply`], and [`DnsError::Conflict`] when there is nothing to write.
    pub async fn rehearse(&self, name: &Name, kind: Kind) -> Result<()> {
        let none = || DnsError::Conflict { name: name.clone(), kind, found: "nothing".to_owned() };
        let now = self.read(name, kind).await?.ok_or_else(none)?;
        let same = Change { name: name.clone(), kind, before: Some(now.clone()), after: Some(now) };
        // A plain addition of what exists: no server bumps its serial for it (Knot: "no changes to the zone").
        let mut message = header(&self.zone)?;
        require(&mut message, &same)?;
        add(&mut message, &same)?;
        match self.send(message).await? {
            ResponseCode::NoError => Ok(()),
            _ => Err(DnsError::Conflict { name: name.clone(), kind, found: "something that changes".to_owned() }),
        }
    }

    async fn send(&self, message: Message) -> Result<ResponseCode> {
        let answer = ask_signed(self.server, message, &self.key, &self.zone, self.patience).await?;
        Ok(answer.metadata.response_code)
    }

    async fn all_are_after(&self, plan: &RecordPlan) -> Result<bool> {
        for change in plan.changes() {
            if !same(self.read(&change.name, change.kind).await?.as_ref(), change.after.as_ref()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn conflict(&self, plan: &RecordPlan) -> Result<DnsError> {
        for change in plan.changes() {
            let found = self.read(&change.name, change.kind).await?;
            if !same(found.as_ref(), change.before.as_ref()) {
                let found = found.map_or_else(|| "nothing".to_owned(), |set| set.to_string());
                return Ok(DnsError::Conflict { name: change.name.clone(), kind: change.kind, found });
            }
        }
        Ok(DnsError::Failed { server: self.server, rcode: "a prerequisite failed that now holds".to_owned() })
    }
}

/// Whether an authority's answer may be used at all.
pub(crate) fn authority_says(server: SocketAddr, zone: &Name, answer: &Message) -> Result<()> {
    match answer.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain if answer.metadata.authoritative => Ok(()),
        ResponseCode::NoError | ResponseCode::NXDomain | ResponseCode::Refused | ResponseCode::NotAuth => {
            Err(DnsError::NotAuthority { server, zone: zone.clone() })
        }
        other => Err(DnsError::Failed { server, rcode: format!("{other:?}") }),
    }
}

pub(crate) fn same(found: Option<&RecordSet>, wanted: Option<&RecordSet>) -> bool {
    match (found, wanted) {
        (Some(found), Some(wanted)) => found.says_the_same(wanted),
        (found, wanted) => found.is_none() && wanted.is_none(),
    }
}

fn header(zone: &Name) -> Result<Message> {
    let mut message = Message::query();
    message.metadata.op_code = OpCode::Update;
    message.metadata.recursion_desired = false;
    // RFC 2136 §2.3: the zone section names the zone by its SOA.
    message.add_zone(Query::query(name_to_wire(zone)?, RecordType::SOA));
    Ok(message)
}

fn update(zone: &Name, changes: &[Change]) -> Result<Message> {
    let mut message = header(zone)?;
    for change in changes {
        require(&mut message, change)?;
    }
    for change in changes {
        // RFC 2136 §2.5.2: delete an RRset: class ANY, no data.
        message.add_update(without_data(change, DNSClass::ANY)?);
        add(&mut message, change)?;
    }
    Ok(message)
}

fn require(message: &mut Message, change: &Change) -> Result<()> {
    match &change.before {
        // RFC 2136 §2.4.2: RRset exists, value dependent: class of the zone, TTL 0.
        Some(set) => {
            let mut records = records_to_wire(set)?;
            records.iter_mut().for_each(|record| record.ttl = 0);
            message.add_pre_requisites(records);
        }
        // RFC 2136 §2.4.3: RRset does not exist: class NONE, no data.
        None => message.add_pre_requisite(without_data(change, DNSClass::NONE)?),
    }
    Ok(())
}

fn add(message: &mut Message, change: &Change) -> Result<()> {
    // RFC 2136 §2.5.1: add to an RRset.
    if let Some(set) = &change.after {
        message.add_updates(records_to_wire(set)?);
    }
    Ok(())
}

fn without_data(change: &Change, class: DNSClass) -> Result<Record> {
    let kind = kind_to_wire(change.kind);
    let mut record = Record::from_rdata(name_to_wire(&change.name)?, 0, RData::Update0(kind));
    record.dns_class = class;
    Ok(record)
}
