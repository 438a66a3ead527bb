//! A Postfix of its own: the partner's, delivering to Maildirs, and the primary's, delivering by LMTP to Dovecot.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::daemon::Daemon;
use super::net::{Host, Net};
use super::pki::Pki;
use super::run::succeed;

/// The user that owns delivered mail: Debian's base system has it.
pub const MAIL_USER: &str = "mail";

/// A running Postfix.
pub struct Postfix {
    host: Host,
    dir: PathBuf,
    /// The `master` process.
    pub daemon: Daemon,
}

/// What tells one Postfix from another.
pub struct Role<'a> {
    /// Where it runs.
    pub host: Host,
    /// Its name in EHLO.
    pub hostname: &'a str,
    /// More lines for main.cf.
    pub main_cf: String,
}

impl Postfix {
    /// Lays out an instance, starts it and waits until it listens.
    pub fn start(net: &Net, dir: &Path, pki: &Pki, role: &Role<'_>) -> Result<Self> {
        let dir = dir.join(format!("postfix-{}", role.host as u8));
        let etc = dir.join("etc");
        for part in ["etc", "spool", "data"] {
            std::fs::create_dir_all(dir.join(part))?;
        }
        succeed(Command::new("chown").arg("postfix").arg(dir.join("data")))?;
        std::fs::copy("/usr/share/postfix/master.cf.dist", etc.join("master.cf")).context("is postfix installed?")?;
        let (certificate, key) =
            pki.issue(&format!("mx-{}", role.host as u8), &[role.hostname], &role.host.address())?;
        let tls = format!("smtpd_tls_chain_files = {}, {}\n", key.display(), certificate.display());
        std::fs::write(etc.join("main.cf"), main_cf(&dir, role) + &tls + &role.main_cf)?;
        succeed(Command::new("postconf").arg("-c").arg(&etc).args(["-F", "*/*/chroot=n"]))?;
        succeed(net.command(role.host, "postfix").arg("-c").arg(&etc).arg("check"))?;
        let mut command = net.command(role.host, "/usr/lib/postfix/sbin/master");
        let mut daemon = Daemon::start(command.arg("-c").arg(&etc).arg("-s"), &dir, "postfix")?;
        daemon.wait_for_port(net, role.host, 25)?;
        Ok(Self { host: role.host, dir, daemon })
    }

    /// The queue as `postqueue` lists it: one JSON object a line, nothing when it is empty.
    pub fn queue(&self, net: &Net) -> Result<String> {
        succeed(net.command(self.host, "postqueue").arg("-c").arg(self.dir.join("etc")).arg("-j"))
    }

    /// Tries everything that waits, now.
    pub fn flush(&self, net: &Net) -> Result<()> {
        succeed(net.command(self.host, "postqueue").arg("-c").arg(self.dir.join("etc")).arg("-f")).map(drop)
    }
}

/// Partner: delivers `partner.test` into Maildirs below `mail`.
pub fn partner(mail: &Path) -> Role<'static> {
    let mail = mail.display();
    Role {
        host: Host::Partner,
        hostname: "mail.partner.test",
        main_cf: format!(
            "virtual_mailbox_domains = partner.test\nvirtual_mailbox_base = {mail}\nvirtual_mailbox_maps = \
             static:box/\nvirtual_minimum_uid = 1\nvirtual_uid_maps = static:8\nvirtual_gid_maps = static:8\n"
        ),
    }
}

/// Primary: hands `corp.test` to Dovecot over its LMTP socket.
pub fn primary(lmtp: &Path, maps: &Path) -> Role<'static> {
    let (lmtp, maps) = (lmtp.display(), maps.display());
    Role {
        host: Host::Primary,
        hostname: "mx-primary.corp.test",
        main_cf: format!(
            "virtual_mailbox_domains = corp.test\nvirtual_mailbox_maps = texthash:{maps}/mailboxes\n\
             virtual_alias_maps = texthash:{maps}/aliases\nvirtual_transport = lmtp:unix:{lmtp}\n\
             lmtp_destination_recipient_limit = 1\nin_flow_delay = 0\n"
        ),
    }
}

fn main_cf(dir: &Path, role: &Role<'_>) -> String {
    let (dir, host, address) = (dir.display(), role.host as u8, role.host.address());
    let hostname = role.hostname;
    format!(
        "compatibility_level = 3.6\nqueue_directory = {dir}/spool\ndata_directory = {dir}/data\n\
         maillog_file = /dev/stdout\nmaillog_file_prefixes = /tmp, /dev/stdout\nsyslog_name = postfix-{host}\n\
         myhostname = {hostname}\nmydestination =\nalias_maps =\nalias_database =\nlocal_recipient_maps =\n\
         inet_interfaces = {address}\ninet_protocols = ipv4\nmynetworks = {address}/32\nsmtp_host_lookup = dns\n\
         smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\nsmtpd_tls_security_level = may\n\
         minimal_backoff_time = 2s\nmaximal_backoff_time = 4s\nqueue_run_delay = 2s\nsmtp_connect_timeout = 5s\n\
         message_size_limit = 60000000\nvirtual_mailbox_limit = 0\nmailbox_size_limit = 0\n\
         smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n"
    )
}
