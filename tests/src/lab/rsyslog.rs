//! rsyslog, the collector of logs: RFC 5425 with a certificate of the lab's authority, every message as it came in a file.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::daemon::Daemon;
use super::net::{Host, Net};
use super::pki::Pki;

/// The usual port of syslog over TLS.
pub const PORT: u16 = 6514;
/// The name in its certificate.
pub const NAME: &str = "logs.corp.test";
/// Where it runs.
pub const HOST: Host = Host::Database;

/// A collector; the file of what it received outlives its process.
pub struct Rsyslog {
    conf: PathBuf,
    dir: PathBuf,
}

impl Rsyslog {
    /// Makes its configuration.
    pub fn prepare(dir: &Path, pki: &Pki) -> Result<Self> {
        let dir = dir.join("rsyslog");
        std::fs::create_dir_all(&dir)?;
        let (certificate, key) = pki.issue("logs", &[NAME], &HOST.address())?;
        let (conf, shown) = (dir.join("rsyslog.conf"), dir.display());
        let (ca, certificate, key) = (pki.ca(), certificate.display().to_string(), key.display().to_string());
        let text = format!(
            "global(workDirectory=\"{shown}\" maxMessageSize=\"64k\" defaultNetstreamDriver=\"gtls\"\n  \
             defaultNetstreamDriverCAFile=\"{}\" defaultNetstreamDriverCertFile=\"{certificate}\"\n  \
             defaultNetstreamDriverKeyFile=\"{key}\")\n\
             module(load=\"imtcp\" streamDriver.name=\"gtls\" streamDriver.mode=\"1\" streamDriver.authMode=\"anon\")\n\
             template(name=\"whole\" type=\"string\" string=\"%rawmsg%\\n\")\n\
             input(type=\"imtcp\" address=\"{}\" port=\"{PORT}\")\n\
             action(type=\"omfile\" file=\"{shown}/received\" template=\"whole\")\n",
            ca.display(),
            HOST.address()
        );
        std::fs::write(&conf, text)?;
        Ok(Self { conf, dir })
    }

    /// Starts it.
    pub fn start(&self, net: &Net) -> Result<Daemon> {
        let mut command = net.command(HOST, "rsyslogd");
        command.arg("-n").arg("-f").arg(&self.conf).arg("-i").arg(self.dir.join("pid"));
        let mut daemon = Daemon::start(&mut command, &self.dir, "rsyslogd")?;
        daemon.wait_for_port(net, HOST, PORT)?;
        Ok(daemon)
    }

    /// Every message, in the order of arrival.
    #[must_use]
    pub fn received(&self) -> Vec<String> {
        let text = std::fs::read(self.dir.join("received")).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }
}
