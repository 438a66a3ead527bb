//! The whole world of one scenario, without Relais.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

use super::authority::Authority;
use super::daemon::Daemon;
use super::dovecot::Dovecot;
use super::net::Net;
use super::people::{self, DOMAIN};
use super::pki::Pki;
use super::postfix::{self, Postfix};
use super::resolver;
use super::slapd::Slapd;

/// Everything outside Relais. Fields are dropped in order: servers first, their net after them.
pub struct World {
    /// Knot and the Knot that transfers from it.
    pub authority: Authority,
    /// The resolver everybody asks.
    pub resolver: Daemon,
    /// The partner's mail server.
    pub partner: Postfix,
    /// The primary's mail server.
    pub primary: Postfix,
    /// The primary's mailboxes.
    pub dovecot: Dovecot,
    /// The primary's directory.
    pub slapd: Slapd,
    /// The lab's authority for certificates.
    pub pki: Pki,
    /// The hosts.
    pub net: Arc<Net>,
    dir: PathBuf,
}

impl World {
    /// Brings everything up, with all state and logs below `dir`.
    pub fn up(dir: &Path) -> Result<Self> {
        let path = dir.to_path_buf();
        let net = Arc::new(Net::up()?);
        let pki = Pki::make(path.join("pki"))?;
        let authority = Authority::start(&net, &path, 2)?;
        let resolver = resolver::start(&net, &path)?;
        let slapd = Slapd::start(&net, &path, &pki)?;
        let dovecot = Dovecot::start(&net, &path, &pki)?;
        let (partner, primary) = mail_servers(&net, &path, &pki, &dovecot)?;
        Ok(Self { authority, resolver, partner, primary, dovecot, slapd, pki, net, dir: path })
    }

    /// The folder with everybody's state and logs.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the partner's Postfix has delivered.
    pub fn partner_mail(&self) -> Vec<String> {
        let new = self.dir().join("partner/box/new");
        let files = std::fs::read_dir(new).map(|dir| dir.flatten().collect::<Vec<_>>()).unwrap_or_default();
        files.iter().filter_map(|file| std::fs::read(file.path()).ok()).map(|raw| text(&raw)).collect()
    }
}

fn text(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).into_owned()
}

fn mail_servers(net: &Net, dir: &Path, pki: &Pki, dovecot: &Dovecot) -> Result<(Postfix, Postfix)> {
    let maps = dir.join("maps");
    write_maps(&maps)?;
    let partner_mail = dir.join("partner");
    std::fs::create_dir_all(&partner_mail)?;
    std::os::unix::fs::chown(&partner_mail, Some(8), Some(8))?;
    let partner = Postfix::start(net, dir, pki, &postfix::partner(&partner_mail))?;
    let primary = Postfix::start(net, dir, pki, &postfix::primary(&dovecot.lmtp(), &maps))?;
    Ok((partner, primary))
}

/// What the primary's Postfix accepts: its people, their aliases and its groups.
fn write_maps(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let people = people::people();
    let mailboxes: String = people.iter().map(|one| format!("{} x\n", one.address())).collect();
    let aliases = people.iter().flat_map(|one| one.aliases.iter().map(move |alias| (alias.clone(), one.address())));
    let groups = people::groups().into_iter().map(|group| {
        let members: Vec<String> = group.members.iter().map(|member| format!("{member}@{DOMAIN}")).collect();
        (group.login, members.join(", "))
    });
    let aliases: String = aliases.chain(groups).map(|(from, to)| format!("{from}@{DOMAIN} {to}\n")).collect();
    std::fs::write(dir.join("mailboxes"), mailboxes)?;
    Ok(std::fs::write(dir.join("aliases"), aliases)?)
}
