//! What a zone holds.

use std::collections::BTreeMap;

use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{RData, Record};

use crate::wire::name_to_wire;
use crate::{Data, Kind, Name, RecordSet, Result};

// RFC 2308 §5: how long others may remember that there is nothing.
const NEGATIVE_TTL_S: u32 = 5;

/// A zone: its name, its serial, its record sets.
#[derive(Clone, Debug)]
pub struct Zone {
    origin: Name,
    serial: u32,
    sets: BTreeMap<(Name, Kind), RecordSet>,
}

impl Zone {
    /// A zone with nothing but its start of authority. Give it NS records with [`Self::with`].
    #[must_use]
    pub const fn new(origin: Name) -> Self {
        Self { origin, serial: 1, sets: BTreeMap::new() }
    }

    /// Adds a record set, in place of what the name had of that kind. One outside the zone, or empty, is left out.
    #[must_use]
    pub fn with(mut self, set: RecordSet) -> Self {
        if let Some(kind) = set.members.first().map(Data::kind)
            && set.name.is_within(&self.origin)
        {
            self.sets.insert((set.name.clone(), kind), set);
        }
        self
    }

    /// The zone's name.
    #[must_use]
    pub const fn origin(&self) -> &Name {
        &self.origin
    }

    /// Rises with every change.
    #[must_use]
    pub const fn serial(&self) -> u32 {
        self.serial
    }

    /// What a name has of a kind.
    #[must_use]
    pub fn set(&self, name: &Name, kind: Kind) -> Option<&RecordSet> {
        self.sets.get(&(name.clone(), kind))
    }

    pub(super) fn sets_of(&self, name: &Name) -> impl Iterator<Item = &RecordSet> {
        self.sets.values().filter(move |set| set.name == *name)
    }

    // RFC 8020 §2: a name exists when it or anything below it has records.
    pub(super) fn has_name(&self, name: &Name) -> bool {
        *name == self.origin || self.sets.keys().any(|(owner, _)| owner.is_within(name))
    }

    pub(super) fn add(&mut self, name: Name, ttl_s: u32, data: Data) {
        let key = (name.clone(), data.kind());
        let set = self.sets.entry(key).or_insert_with(|| RecordSet::new(name, ttl_s, []));
        // RFC 2181 §5.2: one time to live for the whole set; the last one said wins.
        set.ttl_s = ttl_s;
        set.members.insert(data);
    }

    pub(super) fn remove(&mut self, name: &Name, kind: Kind) {
        self.sets.remove(&(name.clone(), kind));
    }

    pub(super) fn remove_one(&mut self, name: &Name, data: &Data) {
        let key = (name.clone(), data.kind());
        if let Some(set) = self.sets.get_mut(&key) {
            set.members.remove(data);
            if set.members.is_empty() {
                self.sets.remove(&key);
            }
        }
    }

    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.sets == other.sets
    }

    pub(super) const fn bump(&mut self) {
        // RFC 1982 §3.1: serial numbers wrap.
        self.serial = self.serial.wrapping_add(1);
    }

    pub(super) fn soa(&self) -> Result<Record> {
        let origin = name_to_wire(&self.origin)?;
        let server = match self.set(&self.origin, Kind::Ns).and_then(|set| set.members.first()) {
            Some(Data::Ns(name)) => name_to_wire(name)?,
            _ => origin.clone(),
        };
        let mailbox = name_to_wire(&Name::parse(&format!("hostmaster.{}", self.origin))?)?;
        let soa = SOA::new(server, mailbox, self.serial, 3600, 600, 604_800, NEGATIVE_TTL_S);
        Ok(Record::from_rdata(origin, NEGATIVE_TTL_S, RData::SOA(soa)))
    }
}
