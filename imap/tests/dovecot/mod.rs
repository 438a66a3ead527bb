//! A Dovecot of one's own, on loopback, that ends with the test.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running Dovecot.
pub struct Dovecot {
    /// Where it listens.
    pub port: u16,
    process: Child,
    _dir: Dir,
}

/// A folder that goes with whoever made it.
struct Dir(std::path::PathBuf);

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Dovecot {
    /// Starts it with one account.
    ///
    /// # Errors
    /// Why it cannot be had here.
    pub fn start(user: &str, password: &str) -> Result<Self, String> {
        if std::fs::metadata("/proc/self").map(|own| own.uid()).unwrap_or(1) != 0 {
            return Err("Dovecot starts its processes as root only".to_owned());
        }
        if !Path::new("/usr/sbin/dovecot").exists() {
            return Err("dovecot-imapd is not installed".to_owned());
        }
        let dir = Dir(std::env::temp_dir().join(format!("relais-imap-{}", std::process::id())));
        for part in ["run", "state", "mail"] {
            std::fs::create_dir_all(dir.0.join(part)).unwrap();
        }
        let owned = Command::new("chown").arg("mail:mail").arg(dir.0.join("mail")).status().unwrap();
        assert!(owned.success());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        std::fs::write(dir.0.join("users"), format!("{user}:{{PLAIN}}{password}::::::\n")).unwrap();
        std::fs::write(dir.0.join("dovecot.conf"), configuration(&dir.0, port)).unwrap();
        let mut command = Command::new("/usr/sbin/dovecot");
        let command = command.arg("-F").arg("-c").arg(dir.0.join("dovecot.conf"));
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())?;
        let dovecot = Self { port, process, _dir: dir };
        dovecot.wait();
        Ok(dovecot)
    }

    fn wait(&self) {
        // Its port is the only thing that tells.
        let opens = (0..1000).any(|_| {
            let open = std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok();
            if !open {
                std::thread::park_timeout(std::time::Duration::from_millis(20));
            }
            open
        });
        assert!(opens, "Dovecot does not start");
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its master ends the others.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

fn configuration(dir: &Path, port: u16) -> String {
    let dir = dir.display();
    format!(
        "base_dir = {dir}/run\nstate_dir = {dir}/state\nlog_path = {dir}/log\nprotocols = imap\nlisten = 127.0.0.1\n\
         ssl = no\ndisable_plaintext_auth = no\nauth_mechanisms = plain\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n\
         passdb {{\n  driver = passwd-file\n  args = scheme=PLAIN username_format=%Lu {dir}/users\n}}\n\
         userdb {{\n  driver = static\n  args = uid=mail gid=mail home={dir}/mail/%n\n}}\n\
         mail_location = maildir:~/Maildir\n\
         namespace inbox {{\n  inbox = yes\n  separator = /\n  mailbox Sent {{\n    special_use = \\Sent\n    auto = subscribe\n  }}\n}}\n\
         service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {port}\n  }}\n  inet_listener imaps {{\n    port = 0\n  }}\n}}\n"
    )
}
