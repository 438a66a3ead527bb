//! msmtp and swaks: how staff and partners hand mail over.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Result;

use crate::lab::net::{Host, Net};
use crate::lab::run::{Said, feed, run};

/// A letter, as its writer sees it.
pub struct Letter<'a> {
    /// Envelope and header sender.
    pub from: &'a str,
    /// Envelope and header recipient.
    pub to: &'a str,
    /// Subject.
    pub subject: &'a str,
    /// Body.
    pub body: &'a str,
}

/// The partner's people write: into their own Postfix, which finds the way.
pub fn partner_sends(net: &Net, letter: &Letter<'_>) -> Result<()> {
    let said = swaks(net, Host::Partner, Host::Partner, letter, &[])?;
    anyhow::ensure!(said.code == 0, "the partner's own server refused: {}", said.all());
    Ok(())
}

/// swaks from `from` straight to port 25 of `to`, with `more` options.
pub fn swaks(net: &Net, from: Host, to: Host, letter: &Letter<'_>, more: &[&str]) -> Result<Said> {
    let subject = format!("Subject: {}", letter.subject);
    let mut command = net.command(from, "swaks");
    command.args(["--server", &to.address(), "--from", letter.from, "--to", letter.to, "--header", &subject]);
    run(command.args(["--body", letter.body, "--timeout", "30"]).args(more))
}

/// Somebody's msmtp.
pub struct Msmtp<'a> {
    /// Its home folder.
    pub dir: &'a Path,
    /// Who vouches for Relais's certificate.
    pub ca: &'a Path,
    /// Address and login name.
    pub user: &'a str,
    /// App password.
    pub password: &'a str,
}

impl Msmtp<'_> {
    /// Hands `raw` over on port 587 of Relais, by STARTTLS.
    pub fn send(&self, net: &Net, to: &str, raw: &str) -> Result<()> {
        std::fs::create_dir_all(self.dir)?;
        let rc = self.dir.join("msmtprc");
        let Self { ca, user, password, .. } = self;
        let ca = ca.display();
        std::fs::write(
            &rc,
            format!(
                "account default\nhost mx-standby.corp.test\nport 587\nfrom {user}\nauth on\nuser {user}\n\
                 password {password}\ntls on\ntls_starttls on\ntls_trust_file {ca}\ntimeout 60\n"
            ),
        )?;
        std::fs::set_permissions(&rc, std::fs::Permissions::from_mode(0o600))?;
        let mut command = net.command(Host::Staff, "msmtp");
        feed(command.env("HOME", self.dir).arg("-C").arg(&rc).arg(to), raw.as_bytes()).map(drop)
    }
}
