//! Answers to queries.

use hickory_proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, RecordType};

use super::Zone;
use crate::wire::{kind_from_wire, name_from_wire, records_to_wire};
use crate::{Data, Kind, Name, Result};

// An alias chain inside the zone is followed this far.
const ALIASES_MAX: usize = 8;

/// An answer without sections, from the question's header.
pub(super) fn bare(request: &Message, code: ResponseCode) -> Message {
    let mut answer = Message::response(request.metadata.id, request.metadata.op_code);
    answer.metadata.response_code = code;
    answer.metadata.recursion_desired = request.metadata.recursion_desired;
    answer.add_queries(request.queries.iter().cloned());
    answer
}

/// The zone that a name lies in: the longest match.
pub(super) fn zone_of<'z>(zones: &'z [Zone], name: &Name) -> Option<&'z Zone> {
    let holders = zones.iter().filter(|zone| name.is_within(zone.origin()));
    holders.max_by_key(|zone| zone.origin().as_str().len())
}

/// Answers one query.
pub(super) fn answer(zones: &[Zone], request: &Message) -> Message {
    let [query] = request.queries.as_slice() else { return bare(request, ResponseCode::FormErr) };
    if request.metadata.op_code != OpCode::Query {
        return bare(request, ResponseCode::NotImp);
    }
    let transfer = matches!(query.query_type(), RecordType::AXFR | RecordType::IXFR);
    let Ok(name) = name_from_wire(query.name()) else { return bare(request, ResponseCode::FormErr) };
    match zone_of(zones, &name) {
        Some(zone) if !transfer && query.query_class() == DNSClass::IN => {
            said(zone, &name, query, request).unwrap_or_else(|_| bare(request, ResponseCode::ServFail))
        }
        _ => bare(request, ResponseCode::Refused),
    }
}

fn said(zone: &Zone, name: &Name, query: &Query, request: &Message) -> Result<Message> {
    let mut answer = bare(request, ResponseCode::NoError);
    answer.metadata.authoritative = true;
    let mut owner = name.clone();
    // RFC 1034 §4.3.2 step 3: follow aliases while they stay in the zone.
    for _ in 0..ALIASES_MAX {
        if records(zone, &owner, query.query_type(), &mut answer)? {
            return Ok(answer);
        }
        let Some(alias) = zone.set(&owner, Kind::Cname) else { break };
        answer.add_answers(records_to_wire(alias)?);
        match alias.members.first() {
            Some(Data::Cname(target)) if target.is_within(zone.origin()) => owner = target.clone(),
            _ => return Ok(answer),
        }
    }
    // RFC 2308 §2: nothing is said with the SOA, so that it can be remembered.
    if !zone.has_name(&owner) {
        answer.metadata.response_code = ResponseCode::NXDomain;
    }
    answer.add_authority(zone.soa()?);
    Ok(answer)
}

fn records(zone: &Zone, owner: &Name, kind: RecordType, answer: &mut Message) -> Result<bool> {
    if kind == RecordType::SOA && owner == zone.origin() {
        answer.add_answer(zone.soa()?);
        return Ok(true);
    }
    // RFC 8482 §4.1: a question for everything gets one set.
    let set = match kind_from_wire(kind) {
        Some(kind) => zone.set(owner, kind),
        None if kind == RecordType::ANY => zone.sets_of(owner).next(),
        None => None,
    };
    if let Some(set) = set {
        answer.add_answers(records_to_wire(set)?);
    }
    Ok(set.is_some())
}
