//! A certificate authority of the lab, by openssl.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::run::succeed;

/// The lab's own authority.
pub struct Pki {
    dir: PathBuf,
}

impl Pki {
    /// Makes the authority in `dir`.
    pub fn make(dir: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&dir)?;
        let pki = Self { dir };
        let mut command = openssl_req(&pki.path("ca.key"));
        command.args(["-x509", "-days", "30", "-subj", "/CN=Lab CA", "-addext", "basicConstraints=critical,CA:TRUE"]);
        succeed(command.arg("-out").arg(pki.ca()))?;
        Ok(pki)
    }

    /// The authority's certificate.
    pub fn ca(&self) -> PathBuf {
        self.path("ca.pem")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A certificate and key for `names`; answers (certificate, key).
    pub fn issue(&self, name: &str, names: &[&str], address: &str) -> Result<(PathBuf, PathBuf)> {
        let [certificate, key, request, extension] =
            ["pem", "key", "csr", "ext"].map(|end| self.path(&format!("{name}.{end}")));
        succeed(openssl_req(&key).args(["-subj", &format!("/CN={name}")]).arg("-out").arg(&request))?;
        let names: String = names.iter().map(|name| format!("DNS:{name},")).collect();
        std::fs::write(&extension, format!("subjectAltName={names}IP:{address}\n"))?;
        let mut sign = Command::new("openssl");
        sign.args(["x509", "-req", "-CAcreateserial", "-days", "30"]).arg("-in").arg(&request);
        sign.arg("-CA").arg(self.ca()).arg("-CAkey").arg(self.path("ca.key"));
        succeed(sign.arg("-extfile").arg(&extension).arg("-out").arg(&certificate))?;
        Ok((certificate, key))
    }
}

fn openssl_req(key: &Path) -> Command {
    let mut command = Command::new("openssl");
    command.args(["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
    command.arg("-keyout").arg(key);
    command
}
