//! Between this house's values and hickory's messages.

use hickory_proto::op::{Edns, Message, OpCode, Query};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, TXT};
use hickory_proto::rr::{Name as WireName, RData, Record, RecordType};

use crate::{Data, DnsError, Kind, Name, RecordSet};

// RFC 6891 §6.2.5 with the size that crosses every path unfragmented (DNS flag day 2020).
pub(crate) const UDP_PAYLOAD: u16 = 1232;

pub(crate) fn name_to_wire(name: &Name) -> Result<WireName, DnsError> {
    WireName::from_ascii(name.fqdn()).map_err(|_| DnsError::Name(name.to_string()))
}

pub(crate) fn name_from_wire(name: &WireName) -> Result<Name, DnsError> {
    Name::parse(&name.to_ascii())
}

pub(crate) const fn kind_to_wire(kind: Kind) -> RecordType {
    match kind {
        Kind::A => RecordType::A,
        Kind::Aaaa => RecordType::AAAA,
        Kind::Cname => RecordType::CNAME,
        Kind::Mx => RecordType::MX,
        Kind::Ns => RecordType::NS,
        Kind::Txt => RecordType::TXT,
    }
}

pub(crate) const fn kind_from_wire(kind: RecordType) -> Option<Kind> {
    match kind {
        RecordType::A => Some(Kind::A),
        RecordType::AAAA => Some(Kind::Aaaa),
        RecordType::CNAME => Some(Kind::Cname),
        RecordType::MX => Some(Kind::Mx),
        RecordType::NS => Some(Kind::Ns),
        RecordType::TXT => Some(Kind::Txt),
        _ => None,
    }
}

pub(crate) fn data_to_wire(data: &Data) -> Result<RData, DnsError> {
    Ok(match data {
        Data::A(address) => RData::A(A(*address)),
        Data::Aaaa(address) => RData::AAAA(AAAA(*address)),
        Data::Cname(name) => RData::CNAME(CNAME(name_to_wire(name)?)),
        Data::Mx { preference, host } => RData::MX(MX::new(*preference, name_to_wire(host)?)),
        Data::Ns(name) => RData::NS(NS(name_to_wire(name)?)),
        Data::Txt(parts) => {
            let octets: Vec<Vec<u8>> = parts.iter().map(|part| latin_octets(part)).collect();
            RData::TXT(TXT::from_bytes(octets.iter().map(Vec::as_slice).collect()))
        }
    })
}

// Each `char` of a Txt part stands for one octet; anything beyond is not ours and becomes `?`.
fn latin_octets(part: &str) -> Vec<u8> {
    part.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

pub(crate) fn data_from_wire(rdata: &RData) -> Option<Data> {
    match rdata {
        RData::A(a) => Some(Data::A(a.0)),
        RData::AAAA(aaaa) => Some(Data::Aaaa(aaaa.0)),
        RData::CNAME(cname) => name_from_wire(&cname.0).ok().map(Data::Cname),
        RData::MX(mx) => name_from_wire(&mx.exchange).ok().map(|host| Data::mx(mx.preference, host)),
        RData::NS(ns) => name_from_wire(&ns.0).ok().map(Data::Ns),
        RData::TXT(txt) => {
            let latin = |part: &[u8]| part.iter().map(|b| char::from(*b)).collect();
            Some(Data::Txt(txt.txt_data.iter().map(|part| latin(part)).collect()))
        }
        _ => None,
    }
}

pub(crate) fn records_to_wire(set: &RecordSet) -> Result<Vec<Record>, DnsError> {
    let owner = name_to_wire(&set.name)?;
    set.members.iter().map(|data| Ok(Record::from_rdata(owner.clone(), set.ttl_s, data_to_wire(data)?))).collect()
}

/// What `answers` say about `name` of one kind; `None` when nothing.
pub(crate) fn set_from_wire(answers: &[Record], name: &Name, kind: Kind) -> Option<RecordSet> {
    let ours = |record: &&Record| {
        record.record_type() == kind_to_wire(kind) && name_from_wire(&record.name).is_ok_and(|owner| owner == *name)
    };
    let found: Vec<&Record> = answers.iter().filter(ours).collect();
    let ttl_s = found.iter().map(|record| record.ttl).min()?;
    let set = RecordSet::new(name.clone(), ttl_s, found.iter().filter_map(|record| data_from_wire(&record.data)));
    (!set.members.is_empty()).then_some(set)
}

pub(crate) fn question(name: &Name, kind: RecordType) -> Result<Message, DnsError> {
    let mut message = Message::query();
    message.metadata.op_code = OpCode::Query;
    message.metadata.recursion_desired = false;
    message.add_query(Query::query(name_to_wire(name)?, kind));
    let mut edns = Edns::new();
    edns.set_max_payload(UDP_PAYLOAD).set_version(0);
    message.set_edns(edns);
    Ok(message)
}
