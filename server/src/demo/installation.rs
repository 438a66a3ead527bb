//! The demo's installation of Relais: a folder as an operator would have it, with everything in it.
//!
//! ```text
//!   DIR/relais.toml   data/   secrets/   safe/unlock.key   people.csv   primary.pem   tsig.key   primary.password
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deploy::authority::{KEY_NAME, PRIMARY, RELAIS};
use deploy::staff::{DOMAIN, PASSWORD};
use smtp::dkim::{Signer, generate_ed25519_pem};

use super::people;
use super::ports::Ports;
use crate::keys;
use crate::secrets::write_new;

/// How a folder is known to be a demo's, which may be begun anew.
const MARK: &str = "# Relais demo: written anew at every start of `relais demo --dir`.";
/// Under which our DKIM key is published.
const SELECTOR: &str = "relais";

/// What is in the folder.
pub struct Installation {
    /// The folder.
    dir: PathBuf,
    /// The key that signs DNS updates, base64.
    pub update_key: String,
    /// Name and text of the DKIM record to publish.
    pub dkim_record: (String, String),
}

impl Installation {
    /// Lays the folder out; an earlier demo's is begun anew, anything else is refused.
    ///
    /// # Errors
    /// When the folder holds something else, or cannot be written.
    pub fn lay_out(dir: &Path, ports: &Ports, primary_certificate: &str) -> Result<Self> {
        clear(dir)?;
        fs::create_dir_all(dir.join("secrets"))?;
        let unlock_public = keys::new_unlock_pair(&dir.join("safe"))?;
        let update_key = STANDARD.encode(rand::random::<[u8; 32]>());
        let dkim = generate_ed25519_pem()?;
        let signer = Signer::from_pem(&dkim, DOMAIN.parse()?, SELECTOR)?;
        let dkim_record = (signer.record_name(), signer.record_text().to_owned());
        for (name, text) in [
            ("tsig.key", update_key.as_str()),
            ("dkim.pem", dkim.as_str()),
            ("primary.password", PASSWORD),
            ("primary.pem", primary_certificate),
            ("people.csv", people::csv(false).as_str()),
            ("relais.toml", configuration(ports, &unlock_public).as_str()),
        ] {
            write_new(&dir.join(name), text)?;
        }
        Ok(Self { dir: dir.to_owned(), update_key, dkim_record })
    }

    /// Its configuration file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.dir.join("relais.toml")
    }
}

fn clear(dir: &Path) -> Result<()> {
    let marked = fs::read_to_string(dir.join("relais.toml")).is_ok_and(|text| text.starts_with(MARK));
    let is_empty = fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none());
    match (marked, is_empty) {
        (_, true) => fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display())),
        (true, false) => {
            fs::remove_dir_all(dir).with_context(|| format!("cannot clear {}", dir.display()))?;
            Ok(fs::create_dir_all(dir)?)
        }
        (false, false) => bail!("{} holds something that is no demo; choose an empty folder", dir.display()),
    }
}

fn configuration(ports: &Ports, unlock_public: &str) -> String {
    listeners(ports) + &surroundings(ports, unlock_public)
}

/// Who it is and where it listens.
fn listeners(ports: &Ports) -> String {
    let Ports { smtp, submission, submission_tls, imap, imap_tls, webmail, console, .. } = ports;
    format!(
        r#"{MARK}
organisation = "Mairie de Villeneuve"
domains = ["{DOMAIN}"]
data = "data"
hostname = "relais.{DOMAIN}"
secrets = "secrets"

[smtp]
listen = ["{RELAIS}:{smtp}"]

[submission]
listen = ["{RELAIS}:{submission}"]
listen_tls = ["{RELAIS}:{submission_tls}"]

[imap]
listen = ["{RELAIS}:{imap}"]
listen_tls = ["{RELAIS}:{imap_tls}"]

[webmail]
listen = ["{RELAIS}:{webmail}"]
origin = "http://localhost:{webmail}"
language = "fr"
timezone = "Europe/Paris"

[console]
listen = ["{RELAIS}:{console}"]
origin = "http://localhost:{console}"

[identity]
second_factor = "optional"

[metrics]
listen = ""
"#
    )
}

/// What it works with.
fn surroundings(ports: &Ports, unlock_public: &str) -> String {
    let Ports { smtp, imap_tls, dns, .. } = ports;
    format!(
        r#"
[seal]
unlock_public = "{unlock_public}"
unlock_key_file = "safe/unlock.key"

[directory]
connector = "csv"
file = "people.csv"
poll_s = 1

[primary]
connector = "imap"
host = "{PRIMARY}"
port = {imap_tls}
tls = "tls"
ca_file = "primary.pem"
login = "{{address}}"
password_file = "primary.password"
poll_s = 1
connections = 4

[dns]
zone = "{DOMAIN}"
server = "{RELAIS}:{dns}"
key_name = "{KEY_NAME}"
key_file = "tsig.key"
mx = [{{ preference = 10, host = "relais.{DOMAIN}" }}]
ttl_s = 2
resolvers = ["{RELAIS}:{dns}"]
authority_port = {dns}

[outbound]
mx_port = {smtp}
dkim_selector = "{SELECTOR}"
dkim_key_file = "dkim.pem"
retry_s = [1, 2, 5, 30, 60]

[log]
level = "error"
"#
    )
}
