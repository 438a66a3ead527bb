//! slapd: the directory of the primary, with syncrepl, in the shape Exchange gives to a directory.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::daemon::Daemon;
use super::net::{Host, Net};
use super::people::{self, DOMAIN, Person};
use super::pki::Pki;
use super::run::{feed, succeed};

/// Who reads.
pub const READER_DN: &str = "cn=relais,ou=services,dc=corp,dc=test";
/// The reader's password.
pub const READER_PASSWORD: &str = "lecture-seule";
/// Below here is everybody.
pub const BASE: &str = "dc=corp,dc=test";
const ADMIN_DN: &str = "cn=admin,dc=corp,dc=test";

/// What Active Directory and Exchange add, as far as mail goes; the numbers are theirs.
const SCHEMA: &str = "\
attributetype ( 1.2.840.113556.1.2.210 NAME 'proxyAddresses' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.2.352 NAME 'targetAddress' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.7000.102.73 NAME 'msExchHideFromAddressLists' EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.2 NAME 'mailRecipient' SUP top AUXILIARY MAY ( proxyAddresses $ msExchHideFromAddressLists $ targetAddress $ mail $ displayName ) )
objectclass ( 1.2.840.113556.1.5.15 NAME 'contact' SUP organizationalPerson STRUCTURAL MAY ( mail $ displayName $ givenName ) )
";

/// A running slapd, filled.
pub struct Slapd {
    dir: PathBuf,
    /// The server.
    pub daemon: Daemon,
}

impl Slapd {
    /// Lays out the database, fills it offline, starts it.
    pub fn start(net: &Net, dir: &Path, pki: &Pki) -> Result<Self> {
        let dir = dir.join("slapd");
        for part in ["run", "db"] {
            std::fs::create_dir_all(dir.join(part))?;
        }
        std::fs::write(dir.join("recipient.schema"), SCHEMA)?;
        let conf = dir.join("slapd.conf");
        let (certificate, key) = pki.issue("directory", &["directory.corp.test"], &Host::Directory.address())?;
        let tls = format!(
            "TLSCertificateFile {}\nTLSCertificateKeyFile {}\nTLSCACertificateFile {}\n",
            certificate.display(),
            key.display(),
            pki.ca().display()
        );
        std::fs::write(&conf, configuration(&dir, &tls))?;
        feed(Command::new("slapadd").arg("-q").arg("-f").arg(&conf), everybody().as_bytes())?;
        let daemon = Self::run(net, &dir)?;
        Ok(Self { dir, daemon })
    }

    fn run(net: &Net, dir: &Path) -> Result<Daemon> {
        let mut command = net.command(Host::Directory, "slapd");
        command.args(["-d", "0", "-h"]).arg(format!("{}/ {}/", url(), url_over_tls()));
        let mut daemon = Daemon::start(command.arg("-f").arg(dir.join("slapd.conf")), dir, "slapd")?;
        daemon.wait_for_port(net, Host::Directory, 389)?;
        Ok(daemon)
    }

    /// Starts it again after it was ended.
    pub fn restart(&mut self, net: &Net) -> Result<()> {
        self.daemon = Self::run(net, &self.dir)?;
        Ok(())
    }

    /// What an administrator of the directory (or an attacker in their place) changes, as LDIF.
    pub fn modify(&self, net: &Net, ldif: &str) -> Result<()> {
        let mut command = net.command(Host::Admin, "ldapmodify");
        command.args(["-x", "-H", &url(), "-D", ADMIN_DN, "-w", "adminpw"]);
        feed(&mut command, ldif.as_bytes()).map(drop)
    }

    /// How many entries an LDAP filter finds.
    pub fn count(&self, net: &Net, filter: &str) -> Result<usize> {
        Ok(search(net, filter, "dn")?.matches("dn:").count())
    }

    /// All values of an attribute in the entries that an LDAP filter finds.
    pub fn values(&self, net: &Net, filter: &str, attribute: &str) -> Result<Vec<String>> {
        let head = format!("{attribute}: ");
        Ok(search(net, filter, attribute)?
            .lines()
            .filter_map(|line| line.strip_prefix(&head))
            .map(str::to_owned)
            .collect())
    }
}

fn search(net: &Net, filter: &str, attribute: &str) -> Result<String> {
    let mut command = net.command(Host::Admin, "ldapsearch");
    command.args(["-x", "-LLL", "-o", "ldif-wrap=no", "-H", &url(), "-D", READER_DN, "-w", READER_PASSWORD]);
    succeed(command.args(["-b", BASE, filter, attribute]))
}

/// Where it listens.
pub fn url() -> String {
    format!("ldap://{}:389", Host::Directory.address())
}

/// Where it listens for TLS.
pub fn url_over_tls() -> String {
    format!("ldaps://{}:636", Host::Directory.address())
}

/// The entry of a person.
pub fn person_dn(login: &str) -> String {
    format!("uid={login},ou=staff,{BASE}")
}

fn configuration(dir: &Path, tls: &str) -> String {
    let dir = dir.display();
    format!(
        "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
         include /etc/ldap/schema/inetorgperson.schema\ninclude {dir}/recipient.schema\npidfile {dir}/run/slapd.pid\n\
         modulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload syncprov\nsizelimit unlimited\n{tls}\
         database mdb\nmaxsize 268435456\nsuffix \"{BASE}\"\nrootdn \"{ADMIN_DN}\"\nrootpw adminpw\n\
         directory {dir}/db\nindex objectClass,entryCSN,entryUUID eq\noverlay syncprov\n"
    )
}

/// The whole directory as LDIF.
fn everybody() -> String {
    let mut ldif = format!(
        "dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: corp\no: Corp\n\n\
         dn: {READER_DN}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: relais\n\
         userPassword: {READER_PASSWORD}\n\n"
    );
    // slapadd wants parents first.
    let units: String = ["services", "staff", "groups", "contacts"]
        .map(|unit| format!("dn: ou={unit},{BASE}\nobjectClass: organizationalUnit\nou: {unit}\n\n"))
        .concat();
    let head = ldif.find("dn: cn=relais").unwrap_or(0);
    ldif.insert_str(head, &units);
    people::people().iter().for_each(|person| ldif.push_str(&person_entry(person)));
    for contact in people::contacts() {
        let (name, address) = (contact.name, contact.address);
        let _infallible = write!(
            ldif,
            "dn: cn={name},ou=contacts,{BASE}\nobjectClass: contact\nobjectClass: mailRecipient\ncn: {name}\nsn: {name}\n\
             displayName: {name}\nmail: {address}\nproxyAddresses: SMTP:{address}\ntargetAddress: SMTP:{address}\n\n"
        );
    }
    people::groups().iter().for_each(|group| ldif.push_str(&group_entry(group)));
    ldif
}

fn person_entry(person: &Person) -> String {
    let (address, name, login) = (person.address(), person.name(), &person.login);
    let aliases: String =
        person.aliases.iter().map(|alias| format!("proxyAddresses: smtp:{alias}@{DOMAIN}\n")).collect();
    let hidden = if person.hidden { "msExchHideFromAddressLists: TRUE\n" } else { "" };
    format!(
        "dn: {}\nobjectClass: inetOrgPerson\nobjectClass: mailRecipient\nuid: {login}\ncn: {name}\nsn: {}\n\
         givenName: {}\ndisplayName: {name}\nmail: {address}\ntelephoneNumber: +33 1 99 00 00 01\n\
         proxyAddresses: SMTP:{address}\n{aliases}proxyAddresses: X500:/o=Corp/ou=Exchange/cn={login}\n{hidden}\n",
        person_dn(login),
        person.family,
        person.given
    )
}

fn group_entry(group: &people::Group) -> String {
    let login = &group.login;
    let members: String = group.members.iter().map(|member| format!("member: {}\n", person_dn(member))).collect();
    let contacts: String =
        group.contacts.iter().map(|name| format!("member: cn={name},ou=contacts,{BASE}\n")).collect();
    format!(
        "dn: cn={login},ou=groups,{BASE}\nobjectClass: groupOfNames\nobjectClass: mailRecipient\ncn: {login}\n\
         displayName: {login}\nmail: {login}@{DOMAIN}\nproxyAddresses: SMTP:{login}@{DOMAIN}\n{members}{contacts}\n"
    )
}
