//! Our own authority, asked by our own client: a switch there and back, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use dns::rfc2136::{Applied, Provider};
use dns::zone::{Server, Zone};
use dns::{Authorities, Change, Data, DnsError, Key, Kind, MxAnswer, Name, RecordPlan, RecordSet, Resolver};

const SECRET: &str = "c2VjcmV0LW9mLTMyLW9jdGV0cy1mb3ItdGVzdHMtMTI=";
const OTHER_SECRET: &str = "b3RoZXItb2YtMzItb2N0ZXRzLWZvci10ZXN0cy0xMjM=";

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn mx(host: &str) -> RecordSet {
    RecordSet::new(name("corp.test"), 60, [Data::mx(10, name(host))])
}

fn key(secret: &str) -> Key {
    Key::parse("failover", "hmac-sha256", secret).unwrap()
}

async fn authority() -> Server {
    let zone = Zone::new(name("corp.test"))
        .with(RecordSet::new(name("corp.test"), 60, [Data::Ns(name("ns.corp.test"))]))
        .with(RecordSet::new(name("ns.corp.test"), 60, [Data::A(Ipv4Addr::LOCALHOST)]))
        .with(RecordSet::new(name("mx-primary.corp.test"), 60, [Data::A(Ipv4Addr::LOCALHOST)]))
        .with(RecordSet::new(name("www.corp.test"), 60, [Data::Cname(name("ns.corp.test"))]))
        .with(RecordSet::new(name("big.corp.test"), 60, [Data::txt(&"k".repeat(3000))]))
        .with(mx("mx-primary.corp.test"));
    Server::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), vec![zone], Some(key(SECRET))).await.unwrap()
}

fn plan() -> RecordPlan {
    let (before, after) = (Some(mx("mx-primary.corp.test")), Some(mx("mx-standby.corp.test")));
    RecordPlan::new(name("corp.test"), vec![Change { name: name("corp.test"), kind: Kind::Mx, before, after }]).unwrap()
}

#[tokio::test]
async fn a_switch_goes_there_and_back_and_twice_is_once() {
    let server = authority().await;
    let provider = Provider::new(server.address(), name("corp.test"), key(SECRET));
    provider.rehearse(&name("corp.test"), Kind::Mx).await.unwrap();
    assert_eq!(server.zone(&name("corp.test")).unwrap().serial(), 1, "a rehearsal changes nothing");
    assert_eq!(provider.apply(&plan()).await.unwrap(), Applied::Changed);
    assert_eq!(provider.apply(&plan()).await.unwrap(), Applied::Already);
    let authorities = Authorities::new(name("corp.test"), server.address()).on_port(server.address().port());
    let round = authorities.ask(&plan().changes()[0]).await.unwrap();
    assert!(round.all_after() && round.answers.len() == 1, "{round:?}");
    assert_eq!(round.answers[0].serial, Some(2));
    assert_eq!(provider.apply(&plan().reversed()).await.unwrap(), Applied::Changed);
    assert_eq!(provider.read(&name("corp.test"), Kind::Mx).await.unwrap(), Some(mx("mx-primary.corp.test")));
}

#[tokio::test]
async fn another_hands_change_is_a_conflict_and_stays() {
    let server = authority().await;
    let provider = Provider::new(server.address(), name("corp.test"), key(SECRET));
    let (before, after) = (Some(mx("mx-primary.corp.test")), Some(mx("mx.attacker.test")));
    let foreign = Change { name: name("corp.test"), kind: Kind::Mx, before, after };
    provider.apply(&RecordPlan::new(name("corp.test"), vec![foreign]).unwrap()).await.unwrap();
    let error = provider.apply(&plan()).await.unwrap_err();
    assert!(matches!(&error, DnsError::Conflict { found, .. } if found.contains("mx.attacker.test")), "{error}");
    assert!(!error.is_transient() && !error.hint().is_empty());
}

#[tokio::test]
async fn unsigned_and_wrongly_signed_updates_change_nothing() {
    let server = authority().await;
    let wrong = Provider::new(server.address(), name("corp.test"), key(OTHER_SECRET));
    assert!(matches!(wrong.apply(&plan()).await.unwrap_err(), DnsError::KeyRefused { .. }));
    let unknown = Key::parse("stranger", "hmac-sha256", SECRET).unwrap();
    let unknown = Provider::new(server.address(), name("corp.test"), unknown);
    assert!(matches!(unknown.apply(&plan()).await.unwrap_err(), DnsError::KeyRefused { .. }));
    let elsewhere = Provider::new(server.address(), name("other.test"), key(SECRET));
    assert!(matches!(elsewhere.read(&name("other.test"), Kind::Mx).await.unwrap_err(), DnsError::NotAuthority { .. }));
    assert_eq!(server.zone(&name("corp.test")).unwrap().serial(), 1);
}

#[tokio::test]
async fn a_resolver_on_any_port_reads_it_and_long_answers_come_over_tcp() {
    let server = authority().await;
    let resolver = Resolver::new(&[server.address()]).unwrap();
    let hosts = vec![(10, name("mx-primary.corp.test"))];
    assert_eq!(resolver.mx(&name("corp.test")).await.unwrap(), MxAnswer::Hosts(hosts));
    assert_eq!(resolver.addresses(&name("www.corp.test")).await.unwrap(), [IpAddr::from(Ipv4Addr::LOCALHOST)]);
    assert!(resolver.is_alias(&name("www.corp.test")).await.unwrap());
    assert_eq!(resolver.txt(&name("big.corp.test")).await.unwrap(), ["k".repeat(3000)]);
    assert_eq!(resolver.mx(&name("nowhere.corp.test")).await.unwrap(), MxAnswer::NoDomain);
    assert_eq!(resolver.mx(&name("ns.corp.test")).await.unwrap(), MxAnswer::Implicit(name("ns.corp.test")));
}
