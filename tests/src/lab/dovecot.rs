//! Dovecot, standing for Exchange's mailboxes: IMAP with a master user, LMTP, Maildirs that a scenario may fill.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;

use super::daemon::Daemon;
use super::net::{Host, Net};
use super::people::{self, DOMAIN};
use super::pki::Pki;
use super::postfix::MAIL_USER;
use super::run::succeed;

/// The account that may open every mailbox, as `ADDRESS*migrator`.
pub const MASTER: &str = "migrator";
/// Its password.
pub const MASTER_PASSWORD: &str = "masterpw";

/// A running Dovecot.
pub struct Dovecot {
    dir: PathBuf,
    /// The server.
    pub daemon: Daemon,
}

/// A message to be laid into a mailbox as if it had always been there.
pub struct Planted<'a> {
    /// Whose mailbox.
    pub login: &'a str,
    /// Folder as Maildir++ names it: empty for INBOX, else `.Name` in modified UTF-7.
    pub folder: &'a str,
    /// Maildir flag letters, such as `S` for seen.
    pub flags: &'a str,
    /// INTERNALDATE.
    pub received_at: SystemTime,
    /// The message.
    pub raw: &'a [u8],
}

impl Dovecot {
    /// Starts it with every mailbox empty.
    pub fn start(net: &Net, dir: &Path, pki: &Pki) -> Result<Self> {
        let dir = dir.join("dovecot");
        for part in ["run", "state", "mail"] {
            std::fs::create_dir_all(dir.join(part))?;
        }
        let (certificate, key) = pki.issue("imap", &["mx-primary.corp.test"], &Host::Primary.address())?;
        let users: String =
            people::people().iter().map(|one| format!("{}:{{PLAIN}}{}pw::::::\n", one.address(), one.login)).collect();
        std::fs::write(dir.join("users"), users)?;
        std::fs::write(dir.join("masters"), format!("{MASTER}:{{PLAIN}}{MASTER_PASSWORD}::::::\n"))?;
        std::fs::write(dir.join("dovecot.conf"), configuration(&dir, &certificate, &key))?;
        own(&dir.join("mail"))?;
        let mut dovecot = Self { daemon: Self::run(net, &dir)?, dir };
        dovecot.daemon.wait_for_port(net, Host::Primary, 143)?;
        Ok(dovecot)
    }

    fn run(net: &Net, dir: &Path) -> Result<Daemon> {
        let mut command = net.command(Host::Primary, "dovecot");
        Daemon::start(command.arg("-F").arg("-c").arg(dir.join("dovecot.conf")), dir, "dovecot")
    }

    /// The LMTP socket for Postfix.
    pub fn lmtp(&self) -> PathBuf {
        self.dir.join("run/lmtp")
    }

    /// The folder that holds all mail.
    pub fn mail(&self) -> PathBuf {
        self.dir.join("mail")
    }

    /// Lays messages into Maildirs while nobody looks.
    pub fn plant(&self, messages: &[Planted<'_>]) -> Result<()> {
        let root = self.mail().join(DOMAIN);
        for (number, message) in messages.iter().enumerate() {
            let folder = root.join(message.login).join("Maildir").join(message.folder);
            for part in ["cur", "new", "tmp"] {
                std::fs::create_dir_all(folder.join(part))?;
            }
            let seconds = message.received_at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
            let path = folder.join(format!("cur/{seconds}.M{number}P1.primary:2,{}", message.flags));
            std::fs::write(&path, message.raw)?;
            std::fs::File::options().write(true).open(&path)?.set_modified(message.received_at)?;
        }
        own(&self.mail())
    }

    /// `doveadm` with `arguments`.
    pub fn doveadm(&self, net: &Net, arguments: &[&str]) -> Result<String> {
        let conf = self.dir.join("dovecot.conf");
        succeed(net.command(Host::Primary, "doveadm").arg("-c").arg(conf).args(arguments))
    }

    /// Ends it, empties every mailbox, and starts it: a new server under the old name.
    pub fn wipe(&mut self, net: &Net) -> Result<()> {
        self.daemon.stop()?;
        std::fs::remove_dir_all(self.mail())?;
        std::fs::create_dir_all(self.mail())?;
        own(&self.mail())?;
        self.restart(net)
    }

    /// Forgets every UID, as a restored server does: the same messages come back under a new UIDVALIDITY.
    pub fn renumber(&mut self, net: &Net) -> Result<()> {
        self.daemon.stop()?;
        let mut folders = vec![self.mail()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                if path.is_dir() {
                    folders.push(path);
                } else if name.starts_with("dovecot-uid") || name.starts_with("dovecot.index") {
                    std::fs::remove_file(path)?;
                }
            }
        }
        self.restart(net)
    }

    /// Starts it anew under a certificate for `names` at the address of `host`.
    pub fn show(&mut self, net: &Net, pki: &Pki, (names, host): (&[&str], Host)) -> Result<()> {
        self.daemon.stop()?;
        pki.issue("imap", names, &host.address())?;
        self.restart(net)
    }

    /// Starts it again after it was ended.
    pub fn restart(&mut self, net: &Net) -> Result<()> {
        self.daemon = Self::run(net, &self.dir)?;
        self.daemon.wait_for_port(net, Host::Primary, 143)
    }
}

fn own(path: &Path) -> Result<()> {
    succeed(Command::new("chown").arg("-R").arg(format!("{MAIL_USER}:{MAIL_USER}")).arg(path)).map(drop)
}

fn configuration(dir: &Path, certificate: &Path, key: &Path) -> String {
    let (address, dir) = (Host::Primary.address(), dir.display());
    let (certificate, key) = (certificate.display(), key.display());
    format!(
        "base_dir = {dir}/run\nstate_dir = {dir}/state\nlog_path = /dev/stderr\nprotocols = imap lmtp\n\
         listen = {address}\nssl = yes\nssl_cert = <{certificate}\nssl_key = <{key}\nssl_min_protocol = TLSv1.2\n\
         disable_plaintext_auth = no\nauth_mechanisms = plain login\nauth_master_user_separator = *\n\
         passdb {{\n  driver = passwd-file\n  args = scheme=PLAIN username_format=%u {dir}/masters\n  master = yes\n  \
         result_success = continue\n}}\n\
         passdb {{\n  driver = passwd-file\n  args = scheme=PLAIN username_format=%Lu {dir}/users\n}}\n\
         userdb {{\n  driver = static\n  args = uid={MAIL_USER} gid={MAIL_USER} home={dir}/mail/%d/%n\n}}\n\
         mail_location = maildir:~/Maildir\nfirst_valid_uid = 1\nmail_max_userip_connections = 50\n{REST}"
    )
}

const REST: &str = "\
default_internal_user = dovecot
default_login_user = dovenull
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    special_use = \\Drafts
    auto = subscribe
  }
  mailbox Sent {
    special_use = \\Sent
    auto = subscribe
  }
  mailbox Trash {
    special_use = \\Trash
    auto = subscribe
  }
}
service imap-login {
  chroot =
  inet_listener imap {
    port = 143
  }
  inet_listener imaps {
    port = 993
    ssl = yes
  }
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
";
