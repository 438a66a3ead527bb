//! `relais restore`: looks whether a backup is whole, or puts one back. It needs the house keys, and no server.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use mail::Region;
use store::backup::{Restored, Target, Verified, restore, restore_into, verify_backup};
use store::{BlobStore, HouseKeys, StoreError};

use crate::config::{self, Config};
use crate::keys::HouseKeyFiles;
use crate::serve::store_config;
use crate::terminal::say;

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["verify", "to", "into_database"]))]
pub struct Restore {
    /// Read all of a backup and name what is damaged or missing: exit status 1 when something is
    #[arg(long)]
    verify: bool,
    /// Put it back as this folder, which must not be there, or be empty
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Put it into the PostgreSQL that the configuration names, where nothing of ours is yet; also a backup of SQLite
    #[arg(long)]
    into_database: bool,
    /// Its name, as `relais backup list` shows it; the newest when left out
    #[arg(long, value_name = "NAME")]
    backup: Option<String>,
    /// The folder or bucket of the backups; the configuration's [backup] when left out
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
    /// The options of the bucket that --from names
    #[arg(long, value_name = "FILE", requires = "from")]
    options: Option<PathBuf>,
    /// The backups of a region with a data folder or a database of its own
    #[arg(long, conflicts_with = "from")]
    region: Option<Region>,
    /// The configuration
    #[arg(short, long, default_value_os_t = crate::config::usual_file(), value_name = "FILE")]
    config: PathBuf,
}

impl Restore {
    pub async fn run(self) -> Result<ExitCode> {
        let config = Config::load(&self.config)?;
        let keys = HouseKeyFiles::in_folder(&config.secrets)
            .load()
            .context("a backup opens with the keys of [secrets] alone")?;
        let from = self.place(&config)?;
        let name = self.backup.as_deref();
        if self.into_database {
            let config = store_config(&config, keys)?;
            let put = restore_into(&from, name, &config).await.map_err(explained)?;
            told(&put, "the database", "Start relais, on this machine first, whose data folder knows of it.")?;
            return Ok(ExitCode::SUCCESS);
        }
        match &self.to {
            Some(to) => {
                let to = std::path::absolute(to).context("this path names no folder")?;
                let blobs = blobs(&config)?;
                let bodies =
                    |region: &Region| blobs.iter().find(|(name, _)| name == region).map(|(_, blobs)| blobs.clone());
                let put = restore(&from, &keys, name, &to, |region| bodies(region).unwrap_or_default()).await;
                let next = "Name the folder in `data` (or move it where `data` names) and start relais.";
                told(&put.map_err(explained)?, &to.display().to_string(), next)?;
                Ok(ExitCode::SUCCESS)
            }
            None => verified(&from, &keys, name).await,
        }
    }

    fn place(&self, config: &Config) -> Result<Target> {
        let (to, options) = match (&self.from, &self.region) {
            (Some(from), _) => {
                let mut from = Some(from.clone());
                config::resolve_place(&mut from, &std::env::current_dir()?);
                (from, self.options.clone())
            }
            (None, Some(region)) => {
                let section = config.regions().into_iter().find(|section| section.name == *region);
                let section = section.with_context(|| format!("there is no [[region]] named \"{region}\""))?;
                (section.backup_to, section.backup_options_file)
            }
            (None, None) => (config.backup.to.clone(), config.backup.options_file.clone()),
        };
        let to = to.context("where are the backups? Name a place in the configuration, or with --from")?;
        Ok(config::backup_target(&to, options)?.0)
    }
}

fn blobs(config: &Config) -> Result<Vec<(Region, BlobStore)>> {
    let regions = config.regions();
    let blobs = regions.iter().map(|region| Ok((region.name.clone(), region.blobs(&config.blobs)?)));
    blobs.collect()
}

async fn verified(from: &Target, keys: &HouseKeys, name: Option<&str>) -> Result<ExitCode> {
    let Verified { name, at, release, pieces, wrong } = verify_backup(from, keys, name).await.map_err(explained)?;
    for what in &wrong {
        say(what)?;
    }
    let state = if wrong.is_empty() {
        "whole".to_owned()
    } else {
        format!("not whole: {} things are named above", wrong.len())
    };
    if !wrong.is_empty() {
        say("What is named can be removed there: the next backup brings it again, as long as the store has it.")?;
    }
    say(format_args!("{name}, begun at {at} by relais {release}: {pieces} pieces were read; it is {state}"))?;
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told(Restored { name, at, rows, bodies }: &Restored, to: &str, next: &str) -> Result<()> {
    say(format_args!(
        "{name} is put back in {to}: {rows} rows and {bodies} bodies, as they were at {at}.\n\
         {next} Everybody signs in anew. Mail that waited to leave\n\
         is held, as it may have left since: `relais queue list`. Credentials that were taken away since are good again: look at\n\
         `relais people list`. What was received after that moment is not here; the primary's mail is copied anew. The outside witness of\n\
         the audit log tells that the log went back, until `relais audit settle`."
    ))?;
    Ok(())
}

fn explained(error: StoreError) -> anyhow::Error {
    let hint = match &error {
        StoreError::NoSuch(_) => "`relais backup list` names those that there are",
        error => error.hint(),
    };
    if hint.is_empty() { error.into() } else { anyhow::anyhow!("{error}\n  {hint}") }
}
