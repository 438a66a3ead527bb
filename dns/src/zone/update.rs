//! Dynamic update: all of a message or nothing (RFC 2136 §3).

use std::collections::{BTreeMap, BTreeSet};

use hickory_proto::op::{Message, ResponseCode, UpdateMessage as _};
use hickory_proto::rr::{DNSClass, RData, Record, RecordType};

use super::Zone;
use crate::wire::{data_from_wire, kind_from_wire, name_from_wire};
use crate::{Data, Kind, Name};

type Outcome<T> = Result<T, ResponseCode>;

/// The zone after the update.
///
/// # Errors
/// The code that the asker gets; nothing has changed then.
pub(super) fn update(zone: &Zone, message: &Message) -> Outcome<Zone> {
    prerequisites(zone, message.prerequisites())?;
    let mut next = zone.clone();
    for record in message.updates() {
        change(&mut next, record)?;
    }
    if !next.says_the_same(zone) {
        next.bump();
    }
    Ok(next)
}

// RFC 2136 §3.2.5.
fn prerequisites(zone: &Zone, records: &[Record]) -> Outcome<()> {
    let mut wanted: BTreeMap<(Name, Kind), BTreeSet<Data>> = BTreeMap::new();
    for record in records {
        let owner = owner_in(zone, record)?;
        // RFC 2136 §3.2.5: a prerequisite has TTL 0.
        if record.ttl != 0 {
            return Err(ResponseCode::FormErr);
        }
        match (record.dns_class, has_data(record)) {
            (DNSClass::ANY, false) => must_be(zone, &owner, record.record_type(), true)?,
            (DNSClass::NONE, false) => must_be(zone, &owner, record.record_type(), false)?,
            (DNSClass::IN, true) => {
                let data = data_from_wire(&record.data).ok_or(ResponseCode::NotImp)?;
                wanted.entry((owner, data.kind())).or_default().insert(data);
            }
            _ => return Err(ResponseCode::FormErr),
        }
    }
    // RFC 2136 §2.4.2: the whole set, no more and no less.
    let holds = |((name, kind), members): (&(Name, Kind), &BTreeSet<Data>)| {
        zone.set(name, *kind).is_some_and(|set| set.members == *members)
    };
    if wanted.iter().all(holds) { Ok(()) } else { Err(ResponseCode::NXRRSet) }
}

// RFC 2136 §2.4.1, §2.4.3 to §2.4.5.
fn must_be(zone: &Zone, owner: &Name, kind: RecordType, there: bool) -> Outcome<()> {
    if kind == RecordType::ANY {
        let is_there = zone.sets_of(owner).next().is_some() || owner == zone.origin();
        let code = if there { ResponseCode::NXDomain } else { ResponseCode::YXDomain };
        return if is_there == there { Ok(()) } else { Err(code) };
    }
    let is_there = match kind_from_wire(kind) {
        Some(kind) => zone.set(owner, kind).is_some(),
        None => kind == RecordType::SOA && owner == zone.origin(),
    };
    let code = if there { ResponseCode::NXRRSet } else { ResponseCode::YXRRSet };
    if is_there == there { Ok(()) } else { Err(code) }
}

// RFC 2136 §3.4.2.
fn change(zone: &mut Zone, record: &Record) -> Outcome<()> {
    let owner = owner_in(zone, record)?;
    match (record.dns_class, has_data(record)) {
        (DNSClass::IN, true) => {
            let data = data_from_wire(&record.data).ok_or(ResponseCode::NotImp)?;
            zone.add(owner, record.ttl, data);
        }
        (DNSClass::NONE, true) => {
            let data = data_from_wire(&record.data).ok_or(ResponseCode::NotImp)?;
            zone.remove_one(&owner, &data);
        }
        (DNSClass::ANY, false) => remove(zone, &owner, record.record_type())?,
        _ => return Err(ResponseCode::FormErr),
    }
    Ok(())
}

fn remove(zone: &mut Zone, owner: &Name, kind: RecordType) -> Outcome<()> {
    let kinds = match (kind, kind_from_wire(kind)) {
        (RecordType::ANY, _) => vec![Kind::A, Kind::Aaaa, Kind::Cname, Kind::Mx, Kind::Ns, Kind::Txt],
        (_, Some(kind)) => vec![kind],
        (_, None) => return Err(ResponseCode::NotImp),
    };
    for kind in kinds {
        // RFC 2136 §3.4.2.3: the zone's own NS are not removed this way.
        if !(kind == Kind::Ns && owner == zone.origin()) {
            zone.remove(owner, kind);
        }
    }
    Ok(())
}

fn owner_in(zone: &Zone, record: &Record) -> Outcome<Name> {
    let owner = name_from_wire(&record.name).map_err(|_| ResponseCode::FormErr)?;
    // RFC 2136 §3.4.1.3: outside the zone is NOTZONE.
    if owner.is_within(zone.origin()) { Ok(owner) } else { Err(ResponseCode::NotZone) }
}

const fn has_data(record: &Record) -> bool {
    !matches!(record.data, RData::Update0(_))
}
