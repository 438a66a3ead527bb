//! mbsync (isync): a whole mailbox onto disk, as a mail client of staff does it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::lab::net::{Host, Net};
use crate::lab::run::succeed;

/// A mailbox and the folder it is copied to.
pub struct Mbsync {
    rc: PathBuf,
    dir: PathBuf,
}

impl Mbsync {
    /// An account at Relais over TLS; `name` must be in its certificate, which `ca` vouches for.
    pub fn at_standby(dir: &Path, ca: &Path, name: &str, user: &str, password: &str) -> Result<Self> {
        let ca = ca.display();
        Self::make(dir, &format!("Host {name}\nUser {user}\nPass {password}\nSSLType IMAPS\nCertificateFile {ca}\n"))
    }

    /// An account at the primary, in the clear.
    pub fn at_primary(dir: &Path, user: &str, password: &str) -> Result<Self> {
        let host = Host::Primary.address();
        Self::make(dir, &format!("Host {host}\nUser {user}\nPass {password}\nSSLType None\nAuthMechs LOGIN\n"))
    }

    fn make(dir: &Path, account: &str) -> Result<Self> {
        std::fs::create_dir_all(dir.join("mail"))?;
        let mail = dir.join("mail");
        let mail = mail.display();
        let mut rc = format!("IMAPAccount p\n{account}\n");
        let _infallible = write!(
            rc,
            "IMAPStore remote\nAccount p\n\nMaildirStore local\nSubFolders Verbatim\nPath {mail}/\nInbox {mail}/INBOX\n\n\
             Channel c\nFar :remote:\nNear :local:\nPatterns *\nCreate Both\nExpunge Both\nCopyArrivalDate yes\n\
             SyncState *\n"
        );
        let path = dir.join("mbsyncrc");
        std::fs::write(&path, rc)?;
        Ok(Self { rc: path, dir: dir.to_path_buf() })
    }

    /// Copies both ways.
    pub fn run(&self, net: &Net) -> Result<()> {
        succeed(net.command(Host::Staff, "mbsync").env("HOME", &self.dir).arg("-c").arg(&self.rc).arg("-a")).map(drop)
    }

    /// Every message that lies on disk, by its folder.
    pub fn messages(&self) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        collect(&self.dir.join("mail"), &self.dir.join("mail"), &mut found)?;
        Ok(found)
    }
}

fn collect(root: &Path, dir: &Path, found: &mut Vec<(String, String)>) -> Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let parent = dir.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            collect(root, &path, found)?;
        } else if matches!(parent, "cur" | "new") {
            let folder = dir.parent().unwrap_or(root).strip_prefix(root)?.display().to_string();
            found.push((folder, String::from_utf8_lossy(&std::fs::read(&path)?).into_owned()));
        }
    }
    Ok(())
}
