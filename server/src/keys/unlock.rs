//! Where the unlock keys' private halves come from: files, or a quorum of admins.
//!
//! ```text
//!   region without a key of its own ─> [seal]: file or quorum
//!   region with one ─────────────────> its file
//! ```

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use mail::Region;
use store::seal::UnlockKey;

use super::quorum::{Pinned, Quorum};
use super::{is_at_hand, unlock_key, unlock_public};
use crate::clock::now;
use crate::config::{Config, Seal, UnlockBy};

/// The sources that the configuration names, by region, the default first. A cheap clone.
#[derive(Clone)]
pub struct Unlock {
    first: Source,
    others: Vec<(Region, Source)>,
}

/// Where one key comes from.
#[derive(Clone)]
pub enum Source {
    /// `seal.unlock = "file"`
    File(Seal),
    /// `seal.unlock = "quorum"`
    Quorum(Quorum),
}

impl Unlock {
    /// As configured.
    ///
    /// # Errors
    /// When a quorum has no pinned public half.
    pub fn new(config: &Config) -> Result<Self> {
        let regions = config.regions();
        let mut sources = Vec::with_capacity(regions.len());
        let mut shared: Option<Source> = None;
        for section in regions {
            let source = match &shared {
                Some(source) if !section.has_own_key() => source.clone(),
                _ => Source::new(&section.seal(&config.seal))?,
            };
            if !section.has_own_key() {
                shared = Some(source.clone());
            }
            sources.push((section.name, source));
        }
        let mut sources = sources.into_iter();
        let (_, first) = sources.next().context("there is no region")?;
        Ok(Self { first, others: sources.collect() })
    }

    /// The default region's, which the contacts are sealed for as well.
    #[must_use]
    pub const fn first(&self) -> &Source {
        &self.first
    }

    fn all(&self) -> impl Iterator<Item = &Source> {
        std::iter::once(&self.first).chain(self.others.iter().map(|(_, source)| source))
    }

    /// Whether mailboxes can be opened now; what to do when not.
    ///
    /// # Errors
    /// What to do.
    pub fn at_hand(&self) -> Result<(), String> {
        self.all().try_for_each(Source::at_hand)
    }

    /// What readiness says in peacetime, when the keys are elsewhere on purpose.
    ///
    /// # Errors
    /// What to know.
    pub fn readiness(&self) -> Result<(), String> {
        self.all().try_for_each(Source::readiness)
    }

    /// Where a key lies on this machine, in a file.
    #[must_use]
    pub fn lies_at(&self) -> Option<String> {
        self.all().find_map(Source::lies_at)
    }

    /// The key of the default region.
    ///
    /// # Errors
    /// When it is not here.
    pub fn key(&self) -> Result<UnlockKey> {
        self.first.key()
    }

    /// The key of a region.
    ///
    /// # Errors
    /// When it is not here.
    pub fn key_of(&self, region: &Region) -> Result<UnlockKey> {
        let own = self.others.iter().find(|(name, _)| name == region);
        own.map_or(&self.first, |(_, source)| source).key()
    }

    /// The mailboxes are open: what admins gave is wiped.
    pub fn used(&self) {
        for source in self.all() {
            if let Source::Quorum(quorum) = source {
                quorum.forget();
            }
        }
    }
}

impl Source {
    fn new(seal: &Seal) -> Result<Self> {
        if seal.unlock == UnlockBy::File {
            return Ok(Self::File(seal.clone()));
        }
        let pinned = Pinned {
            region: seal.region.to_string(),
            public: unlock_public(seal)?,
            ceremony: seal.ceremony.clone(),
            needed: seal.shares_needed,
        };
        Ok(Self::Quorum(Quorum::new(pinned)))
    }

    /// Whether it can be had now.
    ///
    /// # Errors
    /// What to do.
    pub fn at_hand(&self) -> Result<(), String> {
        match self {
            Self::File(seal) => is_at_hand(seal)?
                .then_some(())
                .ok_or_else(|| format!("bring the unlock key to {}", file_of(seal).display())),
            Self::Quorum(quorum) => {
                let gathered = quorum.gathered(now());
                let missing = usize::from(gathered.needed).saturating_sub(gathered.here);
                let wait =
                    || format!("{gathered}: {missing} more admins decrypt theirs and give it to `relais keys unseal`");
                gathered.whole.then_some(()).ok_or_else(wait)
            }
        }
    }

    fn readiness(&self) -> Result<(), String> {
        match self {
            Self::File(seal) => is_at_hand(seal)?
                .then_some(())
                .ok_or_else(|| format!("know where it is, and how to bring it to {}", file_of(seal).display())),
            Self::Quorum(quorum) => {
                let gathered = quorum.gathered(now());
                let wait = || format!("know how to reach the {} admins whose shares open it", gathered.needed);
                gathered.whole.then_some(()).ok_or_else(wait)
            }
        }
    }

    fn lies_at(&self) -> Option<String> {
        match self {
            Self::File(seal) if is_at_hand(seal) == Ok(true) => Some(file_of(seal).display().to_string()),
            Self::File(_) | Self::Quorum(_) => None,
        }
    }

    fn key(&self) -> Result<UnlockKey> {
        match self {
            Self::File(seal) => {
                let file = seal.unlock_key_file.as_ref().context("seal.unlock_key_file is not set")?;
                unlock_key(file)?.with_context(|| format!("bring the unlock key to {}", file.display()))
            }
            Self::Quorum(quorum) => match quorum.key(now()) {
                Some(key) => Ok(key),
                None => bail!("{}", quorum.gathered(now())),
            },
        }
    }
}

fn file_of(seal: &Seal) -> PathBuf {
    seal.unlock_key_file.clone().unwrap_or_else(|| Path::new("").to_owned())
}
