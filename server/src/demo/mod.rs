//! `relais demo`: the service and a stage around it, in one process, on loopback, with nothing to set up.
//!
//! ```text
//!   stage (deploy)              Relais (serve::Running, its own folder, its own relais.toml)
//!     primary   127.0.0.2        127.0.0.1
//!     partner   127.0.0.3
//!     DNS       127.0.0.1:5300
//!
//!   --once: story ── orders over the control socket; looks only through IMAP, SMTP and DNS ──> one timed line a step
//! ```

mod house;
mod installation;
mod outside;
mod people;
mod ports;
mod story;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use deploy::staff::{DOMAIN, PASSWORD, STAFF};

use self::house::House;
use self::ports::Ports;
use crate::listen;

/// Plays the story; success only when every step was verified.
///
/// # Errors
/// When stage or service cannot be started.
pub async fn once(dir: Option<&Path>) -> Result<ExitCode> {
    let folder = Folder::choose(dir)?;
    let house = House::open(folder.path(), Ports::free()?).await?;
    let played = story::play(&house).await;
    house.close().await;
    Ok(if played { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Starts in standby, or active, and stays until told to stop.
///
/// # Errors
/// When stage or service cannot be started.
pub async fn stay(dir: Option<&Path>, active: bool) -> Result<ExitCode> {
    let folder = Folder::choose(dir)?;
    let house = House::open(folder.path(), Ports::KNOWN).await?;
    house.sync_now().await?;
    house.give_everybody_the_password().await?;
    if active {
        house.take_over("everything").await?;
    }
    welcome(&house, folder.path(), active);
    listen::told_to_stop().await;
    house.close().await;
    Ok(ExitCode::SUCCESS)
}

fn welcome(house: &House, dir: &Path, active: bool) {
    let Ports { smtp, submission, submission_tls, imap, imap_tls, dns, webmail, console } = house.ports;
    let (phase, people, dir) = (if active { "active" } else { "standby" }, STAFF.len(), dir.display());
    println!(
        "Relais runs for {DOMAIN}, in phase {phase}.\n\n\
         SMTP        127.0.0.1:{smtp}\n\
         submission  127.0.0.1:{submission} (STARTTLS)  127.0.0.1:{submission_tls} (TLS)\n\
         IMAP        127.0.0.1:{imap} (STARTTLS)  127.0.0.1:{imap_tls} (TLS)\n\
         DNS         127.0.0.1:{dns}\n\
         webmail     http://localhost:{webmail}\n\
         console     http://localhost:{console}\n\
         the primary 127.0.0.2:{smtp} (SMTP)  127.0.0.2:{imap_tls} (IMAP, TLS)\n\n\
         {people} people sign in, such as accueil@{DOMAIN} and maire@{DOMAIN}; everybody's app password is {PASSWORD}.\n\
         Mailboxes open once Relais is active:\n\
         \u{20} relais failover start --clean-point everything --dir {dir}\n\
         \u{20} relais status --dir {dir}\n\
         Ctrl-C ends it."
    );
}

/// Where the demo lives: a folder somebody named, or one that goes away.
enum Folder {
    Named(PathBuf),
    Passing(tempfile::TempDir),
}

impl Folder {
    fn choose(dir: Option<&Path>) -> Result<Self> {
        Ok(match dir {
            Some(dir) => Self::Named(std::path::absolute(dir)?),
            None => Self::Passing(tempfile::Builder::new().prefix("relais-demo-").tempdir()?),
        })
    }

    fn path(&self) -> &Path {
        match self {
            Self::Named(path) => path,
            Self::Passing(dir) => dir.path(),
        }
    }
}
