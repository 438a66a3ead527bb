//! Where the unlock key's private half comes from: a file, or a quorum of admins.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use store::seal::UnlockKey;

use super::quorum::{Pinned, Quorum};
use super::{is_at_hand, unlock_key, unlock_public};
use crate::clock::now;
use crate::config::{Seal, UnlockBy};

/// The source that the configuration names. A cheap clone.
#[derive(Clone)]
pub enum Unlock {
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
    pub fn new(seal: &Seal) -> Result<Self> {
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

    /// Whether mailboxes can be opened now; what to do when not.
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

    /// What readiness says in peacetime, when the key is elsewhere on purpose.
    ///
    /// # Errors
    /// What to know.
    pub fn readiness(&self) -> Result<(), String> {
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

    /// The key.
    ///
    /// # Errors
    /// When it is not here.
    pub fn key(&self) -> Result<UnlockKey> {
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

    /// The mailboxes are open: what admins gave is wiped.
    pub fn used(&self) {
        if let Self::Quorum(quorum) = self {
            quorum.forget();
        }
    }
}

fn file_of(seal: &Seal) -> PathBuf {
    seal.unlock_key_file.clone().unwrap_or_else(|| Path::new("").to_owned())
}
