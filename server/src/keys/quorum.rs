//! Where shares gather, in memory only.
//!
//! ```text
//!   admin ── share ──> [1 of 3] ── share ──> [2 of 3] ── enough: the key, checked against the pinned half
//!                                                              │
//!                        dropped after HELD_FOR ───────────────┴── used by the executor, then wiped
//! ```
//!
//! Nothing here is written or logged, and nothing outlives the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mail::Timestamp;
use store::seal::UnlockKey;

use super::share::{Ceremony, Share, ShareError, combine};

/// Shares, and the key they made, are dropped so long after the last one was given.
pub const HELD_FOR: Duration = Duration::from_secs(30 * 60);

/// What is expected, as the configuration pins it.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// The region.
    pub region: String,
    /// The unlock key's public half.
    pub public: [u8; 32],
    /// The ceremony whose shares are taken; any when absent.
    pub ceremony: Option<String>,
    /// How many shares are needed, as far as is known before the first one is given.
    pub needed: u8,
}

/// How far the gathering is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// Shares that are here.
    pub here: usize,
    /// Shares that are needed.
    pub needed: u8,
    /// The key is whole.
    pub whole: bool,
}

impl std::fmt::Display for Gathered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.whole {
            true => write!(f, "{} of {} shares are here: the key is whole", self.here, self.needed),
            false => write!(f, "{} of {} shares are here", self.here, self.needed),
        }
    }
}

/// The gathering. A cheap clone.
#[derive(Clone)]
pub struct Quorum {
    pinned: Arc<Pinned>,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    shares: BTreeMap<u8, Share>,
    key: Option<UnlockKey>,
    last: Option<Timestamp>,
}

impl Quorum {
    /// Nothing is here yet.
    #[must_use]
    pub fn new(pinned: Pinned) -> Self {
        Self { pinned: Arc::new(pinned), held: Arc::default() }
    }

    /// Takes a share.
    ///
    /// # Errors
    /// Why it is refused; those that are here stay, unless they turn out to be forged.
    pub fn give(&self, share: Share, now: Timestamp) -> Result<Gathered, ShareError> {
        let mut held = self.held(now);
        self.belongs(&share.ceremony, &held)?;
        held.last = Some(now);
        held.shares.insert(share.index, share);
        let needed = held.shares.values().next().map_or(0, |share| usize::from(share.ceremony.needed));
        if held.key.is_none() && held.shares.len() >= needed {
            let shares: Vec<&Share> = held.shares.values().collect();
            match combine(&shares, &self.pinned.public) {
                Ok(key) => held.key = Some(key),
                Err(forged) => {
                    *held = Held::default();
                    return Err(forged);
                }
            }
        }
        Ok(self.counted(&held))
    }

    fn belongs(&self, given: &Ceremony, held: &Held) -> Result<(), ShareError> {
        let pinned = &*self.pinned;
        if given.region != pinned.region {
            return Err(ShareError::Region(given.region.clone(), pinned.region.clone()));
        }
        if given.public != pinned.public {
            return Err(ShareError::Key);
        }
        let first = held.shares.values().next().map(|share| &share.ceremony);
        let wanted = pinned.ceremony.as_ref().or(first.map(|first| &first.id));
        if let Some(wanted) = wanted.filter(|wanted| **wanted != given.id) {
            return Err(ShareError::Ceremony(given.id.clone(), wanted.clone()));
        }
        match first {
            Some(first) if first != given => Err(ShareError::Numbers(given.numbers(), first.numbers())),
            _ => Ok(()),
        }
    }

    /// How far it is.
    #[must_use]
    pub fn gathered(&self, now: Timestamp) -> Gathered {
        let held = self.held(now);
        self.counted(&held)
    }

    fn counted(&self, held: &Held) -> Gathered {
        let needed = held.shares.values().next().map_or(self.pinned.needed, |share| share.ceremony.needed);
        Gathered { here: held.shares.len(), needed, whole: held.key.is_some() }
    }

    /// The key, while it is whole.
    #[must_use]
    pub fn key(&self, now: Timestamp) -> Option<UnlockKey> {
        self.held(now).key.clone()
    }

    /// Wipes shares and key.
    pub fn forget(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Held::default();
    }

    /// What is held, without what is too old. A panic elsewhere leaves it whole: every change is one assignment.
    fn held(&self, now: Timestamp) -> MutexGuard<'_, Held> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let most_ms = i64::try_from(HELD_FOR.as_millis()).unwrap_or(i64::MAX);
        if held.last.is_some_and(|last| now.ms_since(last) >= most_ms) {
            *held = Held::default();
        }
        held
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_700_000_000_000);

    fn house(key: &UnlockKey, ceremony: Option<&str>) -> Quorum {
        let ceremony = ceremony.map(ToOwned::to_owned);
        Quorum::new(Pinned { region: "main".to_owned(), public: key.public(), ceremony, needed: 2 })
    }

    #[test]
    fn the_key_is_whole_with_the_second_share_of_two() {
        let key = UnlockKey::generate();
        let shares = Ceremony::hold("main", &key, 2, 3).unwrap();
        let quorum = house(&key, None);
        assert_eq!(quorum.gathered(NOW).to_string(), "0 of 2 shares are here");
        assert_eq!(quorum.give(shares[2].clone(), NOW).unwrap().to_string(), "1 of 2 shares are here");
        quorum.give(shares[2].clone(), NOW).unwrap();
        assert!(quorum.key(NOW).is_none(), "the same share twice is one");
        assert!(quorum.give(shares[0].clone(), NOW).unwrap().whole);
        assert_eq!(quorum.key(NOW).unwrap().public(), key.public());
        quorum.forget();
        assert!(quorum.key(NOW).is_none() && quorum.gathered(NOW).here == 0);
    }

    #[test]
    fn what_is_held_too_long_is_dropped() {
        let key = UnlockKey::generate();
        let shares = Ceremony::hold("main", &key, 2, 2).unwrap();
        let quorum = house(&key, None);
        quorum.give(shares[0].clone(), NOW).unwrap();
        let later = Timestamp::from_ms(NOW.as_ms() + 30 * 60 * 1000);
        assert!(!quorum.give(shares[1].clone(), later).unwrap().whole);
        assert_eq!(quorum.gathered(later).here, 1);
    }

    #[test]
    fn strangers_are_named() {
        let (key, other) = (UnlockKey::generate(), UnlockKey::generate());
        let of = |region: &str, key: &UnlockKey| Ceremony::hold(region, key, 2, 3).unwrap();
        let (ours, again) = (of("main", &key), of("main", &key));
        let quorum = house(&key, Some(&ours[0].ceremony.id));
        let refused = |share: &Share| quorum.give(share.clone(), NOW).unwrap_err();
        assert!(matches!(refused(&of("alps", &key)[0]), ShareError::Region(..)));
        assert_eq!(refused(&of("main", &other)[0]), ShareError::Key);
        assert!(matches!(refused(&again[0]), ShareError::Ceremony(..)));
        quorum.give(ours[0].clone(), NOW).unwrap();
        let mut lying = ours[1].clone();
        lying.ceremony.needed = 3;
        assert!(matches!(refused(&lying), ShareError::Numbers(..)));
        assert_eq!(quorum.gathered(NOW).here, 1, "what was refused changed nothing");
    }

    #[test]
    fn a_forged_share_makes_everybody_begin_again() {
        let key = UnlockKey::generate();
        let shares = Ceremony::hold("main", &key, 2, 2).unwrap();
        let mut forged = Ceremony::hold("main", &UnlockKey::generate(), 2, 2).unwrap().remove(1);
        forged.ceremony = shares[0].ceremony.clone();
        let quorum = house(&key, None);
        quorum.give(shares[0].clone(), NOW).unwrap();
        assert_eq!(quorum.give(forged, NOW).unwrap_err(), ShareError::Forged);
        assert_eq!(quorum.gathered(NOW).here, 0);
    }
}
