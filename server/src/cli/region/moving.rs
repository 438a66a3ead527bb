//! `relais region move`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use mail::{Address, Region};
use serde_json::{Value, json};
use store::directory::{AsOf, Resolved};
use store::region::Moved;
use store::{EntryId, Store};

use crate::clock::now;
use crate::config::Config;
use crate::keys::unlock_key;
use crate::serve::{house_keys, open_store};
use crate::terminal::say;

#[derive(Debug, Args)]
pub struct Move {
    /// Whose mailbox, by its address
    mailbox: Address,
    /// Where to; the region where it is gives an interrupted move up
    #[arg(long, value_name = "REGION")]
    to: Region,
    /// Who decided it, for the audit log
    #[arg(long, value_name = "NAME")]
    by: String,
    /// The unlock key of the region that it leaves; where the configuration names its file when left out
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The configuration
    #[arg(short, long, default_value_os_t = crate::config::usual_file(), value_name = "FILE")]
    config: PathBuf,
}

impl Move {
    pub async fn run(self) -> Result<ExitCode> {
        let config = Config::load(&self.config)?;
        let opened = open_store(&config, house_keys(&config)?).await;
        let store = opened.context("a mailbox is moved while relais is stopped")?;
        let Resolved::Mailbox(owner) = store.directory().resolve(&self.mailbox, AsOf::Now).await? else {
            bail!("{} has no mailbox: `relais people list` names who has", self.mailbox);
        };
        let from = store.directory().pinned(std::slice::from_ref(&owner)).await?.remove(&owner);
        let from = from.with_context(|| format!("{} has no mailbox yet: start relais once", self.mailbox))?;
        if from != self.to {
            self.unseal(&config, &store, &from, &owner).await?;
        }
        self.note(&store, "region.move_began", json!({ "from": from, "to": self.to }), &owner).await?;
        let moved = match store.move_mailbox(&owner, &self.to, now()).await {
            Ok(moved) => moved,
            Err(error) => {
                let why = json!({ "from": from, "to": self.to, "why": error.to_string() });
                self.note(&store, "region.move_failed", why, &owner).await?;
                let hint = error.hint();
                return Err(anyhow::Error::new(error).context(format!(
                    "{} was not moved{}",
                    self.mailbox,
                    after(hint)
                )));
            }
        };
        let detail = json!({ "from": from, "to": self.to, "moved": moved });
        self.note(&store, "region.moved", detail, &owner).await?;
        self.told(&from, &moved)?;
        Ok(ExitCode::SUCCESS)
    }

    /// What the mailbox holds is sealed anew, so that it has to be opened where it is.
    async fn unseal(&self, config: &Config, store: &Store, from: &Region, owner: &EntryId) -> Result<()> {
        let region = store.region(from)?;
        let Some(mailbox) = region.mailbox_of(owner).await? else { return Ok(()) };
        let sections = config.regions();
        let section = sections.iter().find(|section| section.name == *from).context("the region left the file")?;
        let file = self.key.clone().or_else(|| section.seal(&config.seal).unlock_key_file);
        let file = file.with_context(|| format!("name the unlock key of region {from} with --key FILE"))?;
        let key = unlock_key(&file)?;
        let key = key.with_context(|| format!("bring the unlock key of region {from} to {}", file.display()))?;
        if let Err(error) = region.unseal(&key, Some(&[mailbox])).await {
            let hint = error.hint();
            return Err(anyhow::Error::new(error).context(format!("{}{}", file.display(), after(hint))));
        }
        Ok(())
    }

    async fn note(&self, store: &Store, what: &str, mut detail: Value, owner: &EntryId) -> Result<()> {
        if let Some(object) = detail.as_object_mut() {
            object.insert("mailbox".to_owned(), json!(owner.0));
            object.insert("address".to_owned(), json!(self.mailbox.to_string()));
        }
        Ok(store.directory().audit(now(), &self.by, what, &detail.to_string()).await?)
    }

    fn told(&self, from: &Region, moved: &Moved) -> Result<()> {
        if *from != self.to {
            let (messages, events) = (moved.contents, moved.events);
            say(format_args!("{}: {messages} messages and {events} events are in region {}", self.mailbox, self.to))?;
        }
        for removed in &moved.removed {
            say(format_args!(
                "removed from region {}: {} messages ({} that nobody else there holds), {} events\ndigest {}",
                removed.region, removed.contents, removed.removed, removed.events, removed.digest
            ))?;
        }
        if *from == self.to && moved.removed.is_empty() {
            say(format_args!("{} is in region {from}, and nowhere else", self.mailbox))?;
        }
        Ok(())
    }
}

fn after(hint: &str) -> String {
    if hint.is_empty() { String::new() } else { format!(" ({hint})") }
}
