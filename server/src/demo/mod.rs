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

mod attack;
mod browser;
mod house;
mod installation;
mod outside;
mod page;
mod people;
mod ports;
mod scene;
mod story;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use deploy::staff::{DOMAIN, PASSWORD, STAFF};
use tokio::task::JoinSet;

use self::house::House;
use self::ports::Ports;
use self::scene::Scene;
use crate::listen;
use crate::terminal::say;

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

/// How a demo that stays begins.
#[derive(Clone, Copy, Debug)]
pub struct Beginning<'a> {
    /// Where everything is kept; a passing folder when left out.
    pub dir: Option<&'a Path>,
    /// With the failover already made.
    pub active: bool,
    /// On ports that happen to be free, in place of those that documents name.
    pub free_ports: bool,
}

/// Starts in standby, or active, and stays until told to stop.
///
/// # Errors
/// When stage or service cannot be started.
pub async fn stay(beginning: Beginning<'_>) -> Result<ExitCode> {
    let Beginning { dir, active, free_ports } = beginning;
    let folder = Folder::choose(dir)?;
    let ports = if free_ports { Ports::free()? } else { Ports::KNOWN };
    let house = House::open(folder.path(), ports).await?;
    house.sync_now().await?;
    house.give_everybody_the_password().await?;
    if active {
        house.take_over("everything").await?;
    }
    let scene = Scene::new(house);
    let mut tasks = JoinSet::new();
    tasks.spawn(page::serve(Arc::clone(&scene)).await?);
    tasks.spawn(Arc::clone(&scene).ask());
    tasks.spawn(Arc::clone(&scene).answer());
    fs::write(folder.path().join("ports.json"), serde_json::to_string(&ports)?)?;
    say(welcome(&ports, folder.path(), active))?;
    listen::told_to_stop().await;
    tasks.shutdown().await;
    if let Some(scene) = Arc::into_inner(scene) {
        scene.house.close().await;
    }
    Ok(ExitCode::SUCCESS)
}

fn welcome(ports: &Ports, dir: &Path, active: bool) -> String {
    let Ports { smtp, submission, submission_tls, imap, imap_tls, dns, webmail, console, stage } = ports;
    let (people, dir) = (STAFF.len(), dir.display());
    let first = if active {
        format!("Relais has taken over. Begin with 3; the console is at http://localhost:{console}, sign in as dsi.")
    } else {
        "Relais stands by: it copies the primary and shows it to nobody.".to_owned()
    };
    format!(
        "The town hall of {DOMAIN}: {people} people, a partner town that keeps writing, and Relais.\n{first}\n\n\
         \u{20} 1  the stage    http://localhost:{stage}    who receives mail now, and the button \"Attack the primary\"\n\
         \u{20} 2  the console  http://localhost:{console}    sign in as dsi: fail over, later fail back (dgs signs, too)\n\
         \u{20} 3  the webmail  http://localhost:{webmail}    sign in as accueil or maire: read, answer, search\n\n\
         Everybody's password and app password is {PASSWORD}. It exists nowhere but in this demo.\n\n\
         For mail programs, at 127.0.0.1:\n\
         \u{20} IMAP        {imap} (STARTTLS)  {imap_tls} (TLS)       accueil@{DOMAIN}\n\
         \u{20} submission  {submission} (STARTTLS)  {submission_tls} (TLS)\n\
         \u{20} SMTP        {smtp}     DNS {dns}     the primary: 127.0.0.2, SMTP {smtp}, IMAP {imap_tls} (TLS)\n\n\
         The commands work too: relais status --dir {dir}\n\
         Ctrl-C ends it."
    )
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
