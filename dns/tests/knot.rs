//! Against Knot: a primary and a second server that transfers from it, both real. Without `knotd` this
//! is skipped by name.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[path = "../../tests/skipped.rs"]
mod skipped;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dns::rfc2136::{Applied, Provider};
use dns::{Authorities, Change, Data, DnsError, Key, Kind, Name, RecordPlan, RecordSet};

/// Not on the path of people who are not root.
const KNOTD: &str = "/usr/sbin/knotd";
const SECRET: &str = "c2VjcmV0LW9mLTMyLW9jdGV0cy1mb3ItdGVzdHMtMTI=";
const ZONE: &str = "\
$ORIGIN corp.test.
@ 60 SOA ns1 hostmaster 1 3600 600 604800 5
@ 60 NS ns1
@ 60 NS ns2
ns1 60 A 127.0.53.1
ns2 60 A 127.0.53.2
@ 300 MX 10 mx-primary
@ 300 MX 20 mx-backup
@ 60 TXT \"v=spf1 mx -all\"
";

struct Knot(Child);

impl Drop for Knot {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn knot(dir: &Path, address: &str, port: u16, zone: &str, acl: &str) -> Knot {
    let place = dir.join(address);
    std::fs::create_dir_all(place.join("zones")).unwrap();
    let place = place.display().to_string();
    let config = format!(
        "server:\n  rundir: \"{place}\"\n  listen: {address}@{port}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n\
         database:\n  storage: \"{place}\"\nlog:\n  - target: stderr\n    any: info\n\
         key:\n  - id: failover\n    algorithm: hmac-sha256\n    secret: {SECRET}\n  - id: reader\n    algorithm: hmac-sha256\n    secret: {SECRET}\n\
         remote:\n  - id: ns1\n    address: 127.0.53.1@{port}\n    key: failover\n  - id: ns2\n    address: 127.0.53.2@{port}\n    key: failover\n\
         acl:\n{acl}\
         template:\n  - id: default\n    storage: \"{place}/zones\"\n    file: \"%s.zone\"\n    zonefile-sync: -1\n    zonefile-load: difference-no-serial\n    journal-content: all\n\
         zone:\n  - domain: corp.test\n{zone}"
    );
    let file = format!("{place}/knot.conf");
    std::fs::write(&file, config).unwrap();
    let log = std::fs::File::create(format!("{place}/log")).unwrap();
    Knot(Command::new(KNOTD).args(["-c", &file]).stderr(log).stdout(Stdio::null()).spawn().unwrap())
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn plan() -> RecordPlan {
    let apex = name("corp.test");
    let primary = [Data::mx(10, name("mx-primary.corp.test")), Data::mx(20, name("mx-backup.corp.test"))];
    let before = Some(RecordSet::new(apex.clone(), 300, primary));
    let after = Some(RecordSet::new(apex.clone(), 60, [Data::mx(10, name("mx-standby.corp.test"))]));
    let mx = Change { name: apex.clone(), kind: Kind::Mx, before, after };
    let spf = |text| Some(RecordSet::new(apex.clone(), 60, [Data::txt(text)]));
    let spf = Change {
        name: apex.clone(),
        kind: Kind::Txt,
        before: spf("v=spf1 mx -all"),
        after: spf("v=spf1 a:mx-standby.corp.test -all"),
    };
    RecordPlan::new(apex, vec![mx, spf]).unwrap()
}

/// Asks again until it is so, for ten seconds.
async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{what} did not come to be");
        tokio::task::yield_now().await;
    }
}

fn kdig(address: &str, port: u16) -> String {
    let answer = Command::new("kdig")
        .args([&format!("@{address}"), "-p", &port.to_string(), "corp.test", "MX", "+short"])
        .output()
        .unwrap();
    let mut lines: Vec<String> = String::from_utf8_lossy(&answer.stdout).lines().map(str::to_owned).collect();
    lines.sort();
    lines.join(",")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_reaches_knot_and_its_secondary_and_comes_back() {
    if !std::path::Path::new(KNOTD).exists() {
        return skipped::skip("a_switch_reaches_knot_and_its_secondary_and_comes_back", "knotd is not installed");
    }
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    std::fs::create_dir_all(dir.path().join("127.0.53.1/zones")).unwrap();
    std::fs::write(dir.path().join("127.0.53.1/zones/corp.test.zone"), ZONE).unwrap();
    let acl = "  - id: upd\n    address: 127.0.0.0/8\n    key: failover\n    action: [update, transfer]\n    update-owner: zone\n    \
               update-owner-match: equal\n    update-type: [MX, TXT]\n";
    let _ns1 = knot(dir.path(), "127.0.53.1", port, "    acl: upd\n    notify: ns2\n", acl);
    let notify = "  - id: nfy\n    address: 127.0.0.0/8\n    key: failover\n    action: notify\n";
    let _ns2 = knot(dir.path(), "127.0.53.2", port, "    master: ns1\n    acl: nfy\n", notify);

    let primary: SocketAddr = format!("127.0.53.1:{port}").parse().unwrap();
    let provider =
        |key_name| Provider::new(primary, name("corp.test"), Key::parse(key_name, "hmac-sha256", SECRET).unwrap());
    let provider_ok = provider("failover");
    let authorities = Authorities::new(name("corp.test"), primary).on_port(port);
    let plan = plan();
    let ask = || async { authorities.ask(&plan.changes()[0]).await.ok() };
    let first = until("both servers", || async { ask().await.filter(dns::Round::all_before) }).await;
    assert_eq!(first.answers.len(), 2, "every address of every name server: {first:?}");

    provider_ok.rehearse(&name("corp.test"), Kind::Mx).await.unwrap();
    let rehearsed = ask().await.unwrap();
    assert_eq!(rehearsed.answers[0].serial, first.answers[0].serial, "a rehearsal does not even raise the serial");

    let began = Instant::now();
    assert_eq!(provider_ok.apply(&plan).await.unwrap(), Applied::Changed);
    until("the switch at both", || async { ask().await.filter(dns::Round::all_after) }).await;
    eprintln!("switched at a primary and a transferring secondary in {} ms", began.elapsed().as_millis());
    assert_eq!(kdig("127.0.53.1", port), "10 mx-standby.corp.test.");
    assert_eq!(kdig("127.0.53.2", port), "10 mx-standby.corp.test.");
    assert_eq!(provider_ok.apply(&plan).await.unwrap(), Applied::Already);

    assert_eq!(provider_ok.apply(&plan.reversed()).await.unwrap(), Applied::Changed);
    until("the way back at both", || async { ask().await.filter(dns::Round::all_before) }).await;
    assert_eq!(kdig("127.0.53.2", port), "10 mx-primary.corp.test.,20 mx-backup.corp.test.");

    // A key that the server knows but that no rule allows: Knot says NOTAUTH.
    let refused = provider("reader").apply(&plan).await.unwrap_err();
    assert!(matches!(refused, DnsError::KeyRefused { .. }), "{refused}");
    let other_secret = "b3RoZXItb2YtMzItb2N0ZXRzLWZvci10ZXN0cy0xMjM=";
    let forged =
        Provider::new(primary, name("corp.test"), Key::parse("failover", "hmac-sha256", other_secret).unwrap());
    let refused = forged.rehearse(&name("corp.test"), Kind::Mx).await.unwrap_err();
    assert!(matches!(refused, DnsError::KeyRefused { .. }), "{refused}");
    assert_eq!(kdig("127.0.53.1", port), "10 mx-primary.corp.test.,20 mx-backup.corp.test.");
}

fn free_port() -> u16 {
    std::net::UdpSocket::bind("127.0.53.1:0").unwrap().local_addr().unwrap().port()
}
