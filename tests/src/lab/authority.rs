//! Knot, twice: one that takes signed updates, one that transfers from it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use base64::Engine as _;

use super::daemon::Daemon;
use super::net::{Host, Net};
use super::run::succeed;

/// The name of the key that may change the apex MX and TXT of `corp.test`.
pub const KEY_NAME: &str = "failover";

/// The two authoritative servers of every zone in the lab.
pub struct Authority {
    dir: PathBuf,
    secret: String,
    _primary: Daemon,
    _secondary: Daemon,
}

impl Authority {
    /// Starts both and waits until both answer.
    pub fn start(net: &Net, dir: &Path, mx_ttl_s: u32) -> Result<Self> {
        let dir = dir.join("knot");
        let secret = base64::engine::general_purpose::STANDARD.encode(unguessable());
        for part in ["one/run", "one/db", "one/zones", "two/run", "two/db", "two/zones"] {
            std::fs::create_dir_all(dir.join(part))?;
        }
        std::fs::write(dir.join("one/knot.conf"), primary_conf(&dir.join("one"), &secret))?;
        std::fs::write(dir.join("two/knot.conf"), secondary_conf(&dir.join("two")))?;
        for (zone, text) in [
            ("corp.test", corp_zone(mx_ttl_s)),
            ("partner.test", partner_zone()),
            ("100.51.198.in-addr.arpa", reverse_zone()),
        ] {
            std::fs::write(dir.join(format!("one/zones/{zone}.zone")), text)?;
        }
        let start = |host, part: &str| -> Result<Daemon> {
            let mut command = net.command(host, "knotd");
            command.arg("-c").arg(dir.join(part).join("knot.conf"));
            Daemon::start(&mut command, &dir, &format!("knot-{part}"))
        };
        let (mut primary, mut secondary) = (start(Host::Authority, "one")?, start(Host::Secondary, "two")?);
        primary.wait_for_port(net, Host::Authority, 53)?;
        secondary.wait_for_port(net, Host::Secondary, 53)?;
        Ok(Self { dir, secret, _primary: primary, _secondary: secondary })
    }

    /// The secret of [`KEY_NAME`] (hmac-sha256), base64.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// What the human who keeps the zone does by hand.
    pub fn edit(&self, net: &Net, zone: &str, set: &[&str]) -> Result<()> {
        let socket = self.dir.join("one/run/knot.sock");
        let knotc = |arguments: &[&str]| {
            succeed(net.command(Host::Authority, "knotc").arg("-s").arg(&socket).args(arguments)).map(drop)
        };
        knotc(&["zone-begin", zone])?;
        knotc(&[&["zone-set", zone], set].concat())?;
        knotc(&["zone-commit", zone])
    }
}

fn unguessable() -> [u8; 32] {
    let mut bytes = [0; 32];
    if let Ok(mut file) = std::fs::File::open("/dev/urandom") {
        let _zeros_will_do_in_a_lab = std::io::Read::read_exact(&mut file, &mut bytes);
    }
    bytes
}

fn server_part(dir: &Path, host: Host) -> String {
    let (dir, address) = (dir.display(), host.address());
    format!(
        "server:\n    rundir: \"{dir}/run\"\n    listen: {address}@53\n    udp-workers: 1\n    tcp-workers: 1\n    \
         background-workers: 1\ndatabase:\n    storage: \"{dir}/db\"\nlog:\n  - target: stderr\n    any: info\n\
         control:\n    listen: \"{dir}/run/knot.sock\"\n"
    )
}

/// Least privilege: the key may change MX and TXT at the apex of one zone, from the standby only.
fn primary_conf(dir: &Path, secret: &str) -> String {
    let server = server_part(dir, Host::Authority);
    let [secondary, standby, second, admin] =
        [Host::Secondary, Host::Standby, Host::Second, Host::Admin].map(Host::address);
    let dir = dir.display();
    format!(
        "{server}key:\n  - id: {KEY_NAME}\n    algorithm: hmac-sha256\n    secret: {secret}\n\
         remote:\n  - id: two\n    address: {secondary}@53\n\
         acl:\n  - id: upd\n    address: [{standby}, {second}, {admin}]\n    key: {KEY_NAME}\n    action: [update, transfer]\n    \
         update-owner: zone\n    update-owner-match: equal\n    update-type: [MX, TXT]\n  - id: two\n    \
         address: {secondary}\n    action: transfer\n\
         template:\n  - id: default\n    storage: \"{dir}/zones\"\n    file: \"%s.zone\"\n    zonefile-sync: -1\n    \
         zonefile-load: difference-no-serial\n    journal-content: all\n    notify: two\n\
         zone:\n  - domain: corp.test\n    acl: [upd, two]\n  - domain: partner.test\n    acl: two\n  \
         - domain: 100.51.198.in-addr.arpa\n    acl: two\n"
    )
}

fn secondary_conf(dir: &Path) -> String {
    let server = server_part(dir, Host::Secondary);
    let primary = Host::Authority.address();
    let dir = dir.display();
    format!(
        "{server}remote:\n  - id: one\n    address: {primary}@53\n\
         acl:\n  - id: one\n    address: {primary}\n    action: notify\n\
         template:\n  - id: default\n    storage: \"{dir}/zones\"\n    file: \"%s.zone\"\n    zonefile-sync: -1\n    \
         zonefile-load: none\n    journal-content: all\n    master: one\n    acl: one\n    zone-max-size: 10M\n\
         zone:\n  - domain: corp.test\n  - domain: partner.test\n  - domain: 100.51.198.in-addr.arpa\n"
    )
}

fn zone_head(zone: &str, ttl_s: u32) -> String {
    format!(
        "$TTL {ttl_s}\n@ 3600 IN SOA ns1.corp.test. hostmaster.{zone}. 1 3600 600 86400 5\n\
         @ 3600 IN NS ns1.corp.test.\n@ 3600 IN NS ns2.corp.test.\n"
    )
}

fn corp_zone(mx_ttl_s: u32) -> String {
    let [primary, standby, one, two] =
        [Host::Primary, Host::Standby, Host::Authority, Host::Secondary].map(Host::address);
    format!(
        "{}ns1 3600 IN A {one}\nns2 3600 IN A {two}\n@ IN MX 10 mx-primary\n\
         @ IN TXT \"v=spf1 ip4:{primary} ip4:{standby} -all\"\nmx-primary IN A {primary}\n\
         mx-standby IN A {standby}\nmail IN A {standby}\n",
        zone_head("corp.test", mx_ttl_s)
    )
}

fn partner_zone() -> String {
    let partner = Host::Partner.address();
    format!(
        "{}@ IN MX 10 mail\n@ IN TXT \"v=spf1 ip4:{partner} -all\"\nmail IN A {partner}\n",
        zone_head("partner.test", 60)
    )
}

fn reverse_zone() -> String {
    let names = [
        (Host::Primary, "mx-primary.corp.test"),
        (Host::Standby, "mx-standby.corp.test"),
        (Host::Partner, "mail.partner.test"),
        (Host::Authority, "ns1.corp.test"),
        (Host::Secondary, "ns2.corp.test"),
    ];
    let pointers: String = names.iter().map(|(host, name)| format!("{} IN PTR {name}.\n", *host as u8)).collect();
    zone_head("corp.test", 60) + &pointers
}
