//! `relais.toml` for an installation in the lab, and the secrets it names.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::authority::KEY_NAME;
use super::dovecot::{MASTER, MASTER_PASSWORD};
use super::net::Host;
use super::postgres;
use super::run::succeed;
use super::s3::{self, Bucket};
use super::slapd::{BASE, READER_DN, READER_PASSWORD, url, url_over_tls};
use super::world::World;

/// The DKIM selector of the standby.
pub const SELECTOR: &str = "relais";

/// What an installation is made of.
pub struct Parts {
    dir: PathBuf,
    sections: String,
    smtp: String,
    imap: String,
    outbound: String,
    unlock_public: String,
}

impl Parts {
    /// The parts every installation has, below `dir/relais`; a certificate of the lab for its names.
    pub fn bare(world: &World, dir: &Path) -> Result<Self> {
        let dir = dir.join("relais");
        for part in ["secrets", "unlock"] {
            std::fs::create_dir_all(dir.join(part))?;
        }
        let names = ["mx-standby.corp.test", "mail.corp.test"];
        let (certificate, key) = world.pki.issue("standby", &names, &Host::Standby.address())?;
        let sections =
            format!("[tls]\ncertificate_file = \"{}\"\nkey_file = \"{}\"\n", certificate.display(), key.display());
        let unlock_public = unlock_pair(&dir)?;
        let mut parts =
            Self { dir, sections, smtp: String::new(), imap: String::new(), outbound: String::new(), unlock_public };
        parts.outbound = parts.dkim()?;
        Ok(parts)
    }

    /// A key of 2048 bits by openssl; the line that signs with it.
    fn dkim(&self) -> Result<String> {
        let key = self.secret("dkim.key");
        succeed(Command::new("openssl").args(["genrsa", "-traditional", "-out"]).arg(&key).arg("2048"))?;
        Ok(format!("dkim_selector = \"{SELECTOR}\"\ndkim_key_file = \"{}\"\n", key.display()))
    }

    /// The TXT record for the DKIM key, from openssl and not from Relais.
    pub fn dkim_record(dir: &Path) -> Result<String> {
        let key = dir.join("relais/secrets/dkim.key");
        let public = succeed(Command::new("openssl").args(["rsa", "-pubout", "-in"]).arg(key))?;
        let base64: String = public.lines().filter(|line| !line.starts_with('-')).collect();
        Ok(format!("v=DKIM1; k=rsa; p={base64}"))
    }

    /// The directory is slapd, the primary is Dovecot, the zone is Knot's: the whole of it.
    pub fn whole(world: &World, dir: &Path) -> Result<Self> {
        Self::whole_over(world, dir, None)
    }

    /// The same; with the file of an authority, the primary is called over TLS.
    pub fn whole_over(world: &World, dir: &Path, ca: Option<&Path>) -> Result<Self> {
        let mut parts = Self::bare(world, dir)?;
        parts.ldap(ca)?;
        parts.primary(ca)?;
        parts.dns(world)?;
        Ok(parts)
    }

    /// There is no primary to copy from: people come by `relais people import`.
    pub fn alone(world: &World, dir: &Path) -> Result<Self> {
        let mut parts = Self::bare(world, dir)?;
        parts.dns(world)?;
        Ok(parts)
    }

    fn ldap(&mut self, ca: Option<&Path>) -> Result<()> {
        let password = self.write_secret("ldap.password", READER_PASSWORD)?;
        let url = if ca.is_some() { url_over_tls() } else { url() };
        self.sections += &format!(
            "[directory]\nconnector = \"ldap\"\nurl = \"{url}\"\nbind_dn = \"{READER_DN}\"\npassword_file = \"{}\"\n\
             base = \"{BASE}\"\npoll_s = 1\n{}",
            password.display(),
            ca_line(ca)
        );
        Ok(())
    }

    fn primary(&mut self, ca: Option<&Path>) -> Result<()> {
        let password = self.write_secret("primary.password", MASTER_PASSWORD)?;
        let (port, tls) = if ca.is_some() { (993, "tls") } else { (143, "none") };
        self.sections += &format!(
            "[primary]\nconnector = \"imap\"\nhost = \"{}\"\nport = {port}\ntls = \"{tls}\"\n\
             login = \"{{address}}*{MASTER}\"\npassword_file = \"{}\"\npoll_s = 1\nconnections = 4\n{}",
            Host::Primary.address(),
            password.display(),
            ca_line(ca)
        );
        Ok(())
    }

    fn dns(&mut self, world: &World) -> Result<()> {
        let key = self.write_secret("tsig.key", world.authority.secret())?;
        self.sections += &format!(
            "[dns]\nzone = \"corp.test\"\nserver = \"{}:53\"\nkey_name = \"{KEY_NAME}\"\n\
             key_algorithm = \"hmac-sha256\"\nkey_file = \"{}\"\n\
             mx = [{{ preference = 10, host = \"mx-standby.corp.test\" }}]\nttl_s = 2\nresolvers = [\"{}:53\"]\n",
            Host::Authority.address(),
            key.display(),
            Host::Resolver.address()
        );
        Ok(())
    }

    /// The primary is Dovecot as well.
    pub fn with_primary(mut self) -> Result<Self> {
        self.primary(None)?;
        Ok(self)
    }

    /// Sections more.
    #[must_use]
    pub fn with_sections(mut self, sections: &str) -> Self {
        self.sections += sections;
        self
    }

    /// The databases are PostgreSQL's on one of `hosts`, large bodies lie in the bucket.
    pub fn with_engines(self, hosts: &[Host]) -> Result<Self> {
        self.with_database(hosts)?.with_bucket(s3::PORT)
    }

    /// The databases are PostgreSQL's on one of `hosts`.
    pub fn with_database(mut self, hosts: &[Host]) -> Result<Self> {
        let url = self.write_secret("database.url", &postgres::url(hosts))?;
        self.sections += &format!("[database]\nurl_file = \"{}\"\n", url.display());
        Ok(self)
    }

    /// Large bodies lie in the bucket, which answers on this port.
    pub fn with_bucket(mut self, port: u16) -> Result<Self> {
        let options = self.write_secret("blobs", &Bucket::options(port))?;
        let options = options.display();
        self.sections += &format!("[blobs]\nurl = \"s3://relais/mail\"\noptions_file = \"{options}\"\n");
        Ok(self)
    }

    /// A line more in `[smtp]`.
    #[must_use]
    pub fn with_smtp(mut self, line: &str) -> Self {
        self.smtp = self.smtp + line + "\n";
        self
    }

    /// A line more in `[imap]`.
    #[must_use]
    pub fn with_imap(mut self, line: &str) -> Self {
        self.imap = self.imap + line + "\n";
        self
    }

    /// Pages for browsers on other hosts, over TLS: the webmail on port 8080, the console on 8081. Passwords alone open
    /// them; journeys that set up a second factor do so of their own accord.
    #[must_use]
    pub fn with_pages(mut self) -> Self {
        let address = Host::Standby.address();
        self.sections += "[identity]\nsecond_factor = \"optional\"\n";
        for (section, port) in [("webmail", 8080), ("console", 8081)] {
            let at = format!("{address}:{port}");
            self.sections += &format!("[{section}]\nlisten = []\nlisten_tls = [\"{at}\"]\norigin = \"https://{at}\"\n");
        }
        self
    }

    fn secret(&self, name: &str) -> PathBuf {
        self.dir.join("secrets").join(name)
    }

    fn write_secret(&self, name: &str, value: &str) -> Result<PathBuf> {
        let path = self.secret(name);
        std::fs::write(&path, format!("{value}\n"))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(path)
    }

    /// The file.
    pub fn toml(&self) -> String {
        self.toml_at(Host::Standby, "data", "unlock")
    }

    /// The file of one of two nodes, which hands opened mailboxes on to its peer. Only that of the standby's own host has
    /// the unlock key.
    pub fn toml_of_node(&self, host: Host, peer: Host) -> String {
        let name = format!("{host:?}").to_lowercase();
        let keys = if host == Host::Standby { "unlock" } else { "elsewhere" };
        format!(
            "node = \"{name}\"\n{}\n[nodes]\nlisten = [\"{}:8443\"]\npeers = [\"{}:8443\"]\n",
            self.toml_at(host, &format!("data-{name}"), keys),
            host.address(),
            peer.address()
        )
    }

    fn toml_at(&self, host: Host, data: &str, keys: &str) -> String {
        let Self { dir, sections, smtp, imap, outbound, unlock_public } = self;
        let (dir, address) = (dir.display(), host.address());
        format!(
            "organisation = \"Corp\"\ndomains = [\"corp.test\"]\ndata = \"{dir}/{data}\"\n\
             hostname = \"mx-standby.corp.test\"\nsecrets = \"{dir}/secrets\"\n\n\
             [smtp]\nlisten = [\"{address}:25\"]\n{smtp}\n\
             [submission]\nlisten = [\"{address}:587\"]\nlisten_tls = [\"{address}:465\"]\n\n\
             [imap]\nlisten = [\"{address}:143\"]\nlisten_tls = [\"{address}:993\"]\n{imap}\n\
             [metrics]\nlisten = \"127.0.0.1:9464\"\n\n\
             [seal]\nunlock_public = \"{unlock_public}\"\nunlock_key_file = \"{dir}/{keys}/unlock.key\"\n\n\
             [outbound]\nhelo = \"mx-standby.corp.test\"\nretry_s = [1, 2, 2, 2, 2]\n{outbound}\n{sections}"
        )
    }
}

fn ca_line(ca: Option<&Path>) -> String {
    ca.map_or_else(String::new, |ca| format!("ca_file = \"{}\"\n", ca.display()))
}

/// Where the unlock key lies while it is on the machine.
pub fn unlock_key(dir: &Path) -> PathBuf {
    dir.join("relais/unlock/unlock.key")
}

/// `relais keys new`; answers the public half.
fn unlock_pair(dir: &Path) -> Result<String> {
    let out = dir.join("unlock");
    let said = succeed(Command::new(super::relais::binary()?).args(["keys", "new", "--out"]).arg(&out))?;
    let beside = std::fs::read_to_string(out.join("unlock.pub")).ok();
    let mut words = beside.as_deref().unwrap_or(&said).split(|c: char| c.is_whitespace() || c == '"');
    let public = words.rfind(|word| word.len() == 44 && word.ends_with('='));
    public.map(str::to_owned).with_context(|| format!("no public half in what `keys new` said: {said}"))
}
