//! `relais keys new|split|unseal|rotate`

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use store::directory::{ROTATION_BEGAN, ROTATION_ENDED};
use store::region::Rotated;
use store::seal::UnlockKey;
use zeroize::Zeroizing;

use crate::clock::now;
use crate::config::Config;
use crate::control::{Asking, KeysRequest, Request, Secret, ask};
use crate::keys::share::{SHARE_MAX_BYTES, Share, combine};
use crate::keys::split::{Holder, split};
use crate::keys::{self, unlock_key};
use crate::serve::{house_keys, open_store};
use crate::terminal::{remark, say};

#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Make an unlock pair: DIR/unlock.key is the private half, unlock_public for the section seal is printed
    New {
        /// Where to write it; an existing unlock.key is never overwritten
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Split an unlock key among admins: one file encrypted with age for each, of which some open it together
    Split(Split),
    /// Give a share: `age --decrypt -i ME my.share.age | relais keys unseal`
    Unseal {
        #[command(flatten)]
        asking: Asking,
        /// Only say how many shares are here
        #[arg(long, conflicts_with = "forget")]
        progress: bool,
        /// Wipe the shares that are here
        #[arg(long)]
        forget: bool,
    },
    /// Wrap everything for a new unlock key, while relais is stopped; run it again when it was interrupted
    Rotate(Rotate),
}

#[derive(Debug, Args)]
struct Split {
    /// The unlock key to split, made by `relais keys new`
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The region whose key it is, as in the section seal
    #[arg(long, default_value = "main")]
    region: mail::Region,
    /// How many of the shares open it
    #[arg(long, value_name = "K")]
    needed: usize,
    /// An admin and their age recipient; once for each
    #[arg(long = "admin", value_name = "NAME=AGE1...", required = true)]
    admins: Vec<Holder>,
    /// Where to write NAME.share.age
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct Rotate {
    /// The configuration
    #[arg(short, long, default_value_os_t = crate::config::usual_file(), value_name = "FILE")]
    config: PathBuf,
    /// The key in use: its file, or as many decrypted shares as it needs
    #[arg(long, value_name = "FILE", required = true)]
    old: Vec<PathBuf>,
    /// The key to come, made by `relais keys new`
    #[arg(long, value_name = "FILE")]
    new: PathBuf,
}

impl Keys {
    pub async fn run(self) -> Result<ExitCode> {
        match self.order {
            Order::New { out } => {
                let public = keys::new_unlock_pair(&out)?;
                say(format_args!("[seal]\nunlock_public = \"{public}\""))?;
                remark(format_args!("{}\n", keys::advice(&out)));
                Ok(ExitCode::SUCCESS)
            }
            Order::Split(order) => order.run(),
            Order::Unseal { asking, progress, forget } => {
                let request = match (progress, forget) {
                    (true, _) => KeysRequest::Gathered,
                    (_, true) => KeysRequest::Forget,
                    _ => KeysRequest::Give { share: from_input()? },
                };
                ask(&asking, Request::Keys(request)).await
            }
            Order::Rotate(order) => order.run().await,
        }
    }
}

/// A share on standard input: on a command line it would be in the shell's history and in the list of processes.
fn from_input() -> Result<Secret> {
    let mut text = Zeroizing::new(String::with_capacity(2 * SHARE_MAX_BYTES));
    let most = u64::try_from(2 * SHARE_MAX_BYTES)?;
    std::io::stdin().lock().take(most).read_to_string(&mut text).context("no share on standard input")?;
    Share::parse(&text)?;
    Ok(Secret(text.trim().to_owned()))
}

impl Split {
    fn run(self) -> Result<ExitCode> {
        let key = unlock_key(&self.key)?.with_context(|| format!("{} is not there", self.key.display()))?;
        let (ceremony, files) = split(self.region.as_str(), &key, self.needed, &self.admins, &self.out)?;
        say(format_args!(
            "[seal]\nunlock = \"quorum\"\nceremony = \"{}\"\nshares_needed = {}",
            ceremony.id, ceremony.needed
        ))?;
        let files: Vec<String> = files.iter().map(|file| format!("  {}\n", file.display())).collect();
        remark(format_args!(
            "Give each admin their file; {} of them open the key together:\n{}Let every admin decrypt theirs once, then \
             destroy {} and its copies.\n",
            ceremony.numbers(),
            files.concat(),
            self.key.display()
        ));
        Ok(ExitCode::SUCCESS)
    }
}

impl Rotate {
    async fn run(self) -> Result<ExitCode> {
        let config = Config::load(&self.config)?;
        let new = unlock_key(&self.new)?.with_context(|| format!("{} is not there", self.new.display()))?;
        let sections = config.regions();
        let pinned = sections.iter().map(|section| keys::unlock_public(&section.seal(&config.seal)));
        let pinned: Vec<[u8; 32]> = pinned.collect::<Result<_>>()?;
        let old = self.old_key(&pinned, &new)?;
        let is_meant = |public: &[u8; 32]| *public == old.public() || *public == new.public();
        let store = open_store(&config, house_keys(&config)?).await?;
        let detail = serde_json::json!({ "old": hex(&old.public()), "new": hex(&new.public()) }).to_string();
        store.directory().audit(now(), "operator", ROTATION_BEGAN, &detail).await?;
        let mut rotated = Rotated::default();
        // Contacts are sealed for the first region's key; a region with a key of its own keeps it.
        if pinned.first().is_some_and(is_meant) {
            rotated = store.directory().rotate_contacts(&old, &new).await?;
        }
        for region in store.regions().filter(|region| is_meant(&region.unlock_public())) {
            rotated = rotated.and(region.rotate(&old, &new).await?);
        }
        if rotated.left > 0 {
            bail!(
                "{} keys are wrapped for neither key or were changed from outside and stay as they are; {} are wrapped \
                 for the new key\n  see the findings of `relais check`, and keep the old key until they are explained",
                rotated.left,
                rotated.changed + rotated.before
            );
        }
        store.directory().audit(now(), "operator", ROTATION_ENDED, &detail).await?;
        let owner = sections.iter().zip(&pinned).find(|(section, public)| section.has_own_key() && is_meant(public));
        let section = owner.map_or_else(|| "[seal]".to_owned(), |(own, _)| format!("[[region]]  # {}", own.name));
        say(format_args!("{section}\nunlock_public = \"{}\"", encoded(&new)))?;
        remark(format_args!(
            "{} keys are wrapped for the new unlock key ({} were before). Put the line above into {}, start relais, run \
             `relais check`,\nthen destroy the old key. Backups from before still need it.\n",
            rotated.changed,
            rotated.before,
            self.config.display()
        ));
        Ok(ExitCode::SUCCESS)
    }

    /// A key that is pinned; after an interrupted run with the new one pinned already, whatever was given.
    fn old_key(&self, pinned: &[[u8; 32]], new: &UnlockKey) -> Result<UnlockKey> {
        let key = match self.old.as_slice() {
            [one] if !is_share(one)? => unlock_key(one)?.with_context(|| format!("{} is not there", one.display()))?,
            files => {
                let shares = files.iter().map(|file| share_of(file)).collect::<Result<Vec<Share>>>()?;
                let public = shares.first().context("no share was given")?.ceremony.public;
                combine(&shares.iter().collect::<Vec<_>>(), &public)?
            }
        };
        if !pinned.contains(&key.public()) && !pinned.contains(&new.public()) {
            bail!("--old is not the key that seal.unlock_public pins: bring the private half of that one");
        }
        if key.public() == new.public() {
            bail!("--old and --new are one key: make the new one with `relais keys new --out DIR`");
        }
        Ok(key)
    }
}

fn is_share(file: &Path) -> Result<bool> {
    Ok(crate::secrets::read_key(file)?.starts_with("relais-share"))
}

fn share_of(file: &Path) -> Result<Share> {
    Share::parse(&crate::secrets::read_key(file)?).with_context(|| format!("{}", file.display()))
}

fn encoded(key: &UnlockKey) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(key.public())
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
