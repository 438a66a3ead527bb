//! One admin's share of the unlock key, as the text that their age identity opens.
//!
//! ```text
//!   relais-share-1:REGION:CEREMONY:PUBLIC:K:N:INDEX:VALUE:CHECK
//!     CEREMONY  16 hexadecimal digits, new at every `relais keys split`
//!     PUBLIC    the unlock key's public half, base64
//!     K N       shares needed, shares made
//!     INDEX     1 to N
//!     VALUE     this share of the 32 private octets (Shamir over GF(256), octet by octet), base64
//!     CHECK     the first 16 hexadecimal digits of SHA-256 over all before it: finds slips of the pen, not forgers
//! ```
//!
//! Whoever forges a share gains nothing: what the shares make together has to have the pinned public half.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use store::seal::UnlockKey;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const FIRST_WORD: &str = "relais-share-1";
/// A share as text is shorter than this.
pub const SHARE_MAX_BYTES: usize = 512;

/// What all shares of one ceremony have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    /// The region whose unlock key it is.
    pub region: String,
    /// 16 hexadecimal digits.
    pub id: String,
    /// The unlock key's public half.
    pub public: [u8; 32],
    /// Shares needed, at least 2.
    pub needed: u8,
    /// Shares made.
    pub made: u8,
}

/// One share. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct Share {
    /// Its ceremony.
    pub ceremony: Ceremony,
    /// Which one it is, from 1.
    pub index: u8,
    value: Value,
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Value([u8; 32]);

/// Why a share, or what shares make together, is refused. Never holds a part of one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Not a share at all.
    #[error("this is no share: paste what `age --decrypt` prints, one line that begins with relais-share-1")]
    Malformed,
    /// A letter is missing or was changed.
    #[error("this share was damaged on its way: decrypt the file again and take the whole line")]
    Damaged,
    /// A share for somewhere else.
    #[error("this share is for the region {0}, and what is sealed here is the region {1}: take the share of {1}")]
    Region(String, String),
    /// A share of another unlock key, such as one before the last rotation.
    #[error("this share is of another unlock key than the one pinned in seal.unlock_public: take the newest share")]
    Key,
    /// Shares of two ceremonies do not go together.
    #[error("this share is of ceremony {0}, and needed is ceremony {1}: take the share of that day")]
    Ceremony(String, String),
    /// The numbers of the share are not those of its ceremony.
    #[error("this share says {0}, and its ceremony has {1}: it is not to be trusted, ask who gave it to you")]
    Numbers(String, String),
    /// Too few.
    #[error("{0} of {1} shares are here: the key needs {2} more")]
    TooFew(usize, u8, usize),
    /// All of them are here, and they make no such key.
    #[error("these shares do not make the pinned unlock key: one of them was forged; all are forgotten, begin again")]
    Forged,
    /// A split that cannot be.
    #[error("cannot make {made} shares of which {needed} are needed: need 2 or more, and have at most 32")]
    Split {
        /// Needed.
        needed: usize,
        /// Made.
        made: usize,
    },
}

impl Ceremony {
    /// Splits a key into `made` shares of which any `needed` make it whole.
    ///
    /// # Errors
    /// [`ShareError::Split`].
    pub fn hold(region: &str, key: &UnlockKey, needed: usize, made: usize) -> Result<Vec<Share>, ShareError> {
        let impossible = ShareError::Split { needed, made };
        let (Ok(k), Ok(n)) = (u8::try_from(needed), u8::try_from(made)) else { return Err(impossible) };
        if k < 2 || n < k || n > 32 {
            return Err(impossible);
        }
        let id = format!("{:016x}", rand::random::<u64>());
        let ceremony = Self { region: region.to_owned(), id, public: key.public(), needed: k, made: n };
        let private = Zeroizing::new(STANDARD.decode(key.to_base64().as_bytes()).map_err(|_| ShareError::Malformed)?);
        let dealt = blahaj::Sharks(k).dealer(&private).take(made);
        dealt.map(|share| Share::dealt(&ceremony, &share)).collect()
    }

    /// "2 of 3"
    #[must_use]
    pub fn numbers(&self) -> String {
        format!("{} of {}", self.needed, self.made)
    }
}

impl Share {
    fn dealt(ceremony: &Ceremony, share: &blahaj::Share) -> Result<Self, ShareError> {
        let octets = Zeroizing::new(Vec::from(share));
        let (index, value) = octets.split_first().ok_or(ShareError::Malformed)?;
        let value = value.try_into().map_err(|_| ShareError::Malformed)?;
        Ok(Self { ceremony: ceremony.clone(), index: *index, value: Value(value) })
    }

    /// Reads the line; white space around it is ignored.
    ///
    /// # Errors
    /// [`ShareError::Malformed`], [`ShareError::Damaged`].
    pub fn parse(text: &str) -> Result<Self, ShareError> {
        let text = text.trim();
        if text.len() > SHARE_MAX_BYTES || !text.starts_with(FIRST_WORD) {
            return Err(ShareError::Malformed);
        }
        let (said, check) = text.rsplit_once(':').ok_or(ShareError::Malformed)?;
        if checked(said) != check {
            return Err(ShareError::Damaged);
        }
        let words: Vec<&str> = said.split(':').collect();
        let [_, region, id, public, needed, made, index, value] = words.as_slice() else {
            return Err(ShareError::Malformed);
        };
        let number = |word: &str| word.parse::<u8>().map_err(|_| ShareError::Malformed);
        let (needed, made, index) = (number(needed)?, number(made)?, number(index)?);
        if needed < 2 || made < needed || !(1..=made).contains(&index) {
            return Err(ShareError::Malformed);
        }
        let (public, value) = (octets(public)?, octets(value)?);
        let ceremony = Ceremony { region: (*region).to_owned(), id: (*id).to_owned(), public: *public, needed, made };
        Ok(Self { ceremony, index, value: Value(*value) })
    }

    /// The line.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let Ceremony { region, id, public, needed, made } = &self.ceremony;
        let (public, value) = (STANDARD.encode(public), Zeroizing::new(STANDARD.encode(self.value.0)));
        let index = self.index;
        let said = Zeroizing::new(format!("{FIRST_WORD}:{region}:{id}:{public}:{needed}:{made}:{index}:{}", *value));
        Zeroizing::new(format!("{}:{}", *said, checked(&said)))
    }
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Share {} of ceremony {}", self.index, self.ceremony.id)
    }
}

/// Makes the key whole.
///
/// # Errors
/// [`ShareError::TooFew`], [`ShareError::Ceremony`] when they do not belong together, and [`ShareError::Forged`] when
/// what they make has another public half than the one pinned.
pub fn combine(shares: &[&Share], pinned: &[u8; 32]) -> Result<UnlockKey, ShareError> {
    let first = shares.first().ok_or(ShareError::TooFew(0, 2, 2))?;
    let ceremony = &first.ceremony;
    if let Some(other) = shares.iter().map(|share| &share.ceremony).find(|other| *other != ceremony) {
        return Err(ShareError::Ceremony(other.id.clone(), ceremony.id.clone()));
    }
    let distinct: std::collections::BTreeMap<u8, &Share> = shares.iter().map(|share| (share.index, *share)).collect();
    let needed = usize::from(ceremony.needed);
    if distinct.len() < needed {
        return Err(ShareError::TooFew(distinct.len(), ceremony.needed, needed - distinct.len()));
    }
    let dealt: Vec<blahaj::Share> = distinct.values().take(needed).filter_map(|share| share.to_dealt()).collect();
    let whole = blahaj::Sharks(ceremony.needed).recover(&dealt).map(Zeroizing::new).map_err(|_| ShareError::Forged)?;
    let key = UnlockKey::from_bytes(&whole).map_err(|_| ShareError::Forged)?;
    if key.public() == *pinned { Ok(key) } else { Err(ShareError::Forged) }
}

impl Share {
    fn to_dealt(&self) -> Option<blahaj::Share> {
        let mut octets = Zeroizing::new(vec![self.index]);
        octets.extend_from_slice(&self.value.0);
        blahaj::Share::try_from(octets.as_slice()).ok()
    }
}

fn octets(text: &str) -> Result<Zeroizing<[u8; 32]>, ShareError> {
    let octets = Zeroizing::new(STANDARD.decode(text).map_err(|_| ShareError::Malformed)?);
    Ok(Zeroizing::new(octets.as_slice().try_into().map_err(|_| ShareError::Malformed)?))
}

fn checked(said: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(said.as_bytes()).into();
    digest.iter().take(8).map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn any_k_shares_make_the_key_and_fewer_do_not() {
        let key = UnlockKey::generate();
        let shares = Ceremony::hold("main", &key, 3, 5).unwrap();
        for picked in [[0, 1, 2], [4, 2, 0], [1, 3, 4]] {
            let some: Vec<Share> = picked.iter().map(|at| Share::parse(&shares[*at].to_text()).unwrap()).collect();
            let whole = combine(&some.iter().collect::<Vec<_>>(), &key.public()).unwrap();
            assert_eq!(*whole.to_base64(), *key.to_base64());
        }
        let two = combine(&[&shares[0], &shares[1]], &key.public()).unwrap_err();
        assert_eq!(two, ShareError::TooFew(2, 3, 1));
        let same = combine(&[&shares[0], &shares[0], &shares[0]], &key.public()).unwrap_err();
        assert_eq!(same, ShareError::TooFew(1, 3, 2));
    }

    #[test]
    fn shares_of_two_ceremonies_of_one_key_do_not_go_together() {
        let key = UnlockKey::generate();
        let (old, new) = (Ceremony::hold("main", &key, 2, 3).unwrap(), Ceremony::hold("main", &key, 2, 3).unwrap());
        assert!(matches!(combine(&[&old[0], &new[1]], &key.public()), Err(ShareError::Ceremony(..))));
    }

    #[test]
    fn fewer_shares_that_claim_to_be_enough_make_no_key() {
        let key = UnlockKey::generate();
        let mut shares = Ceremony::hold("main", &key, 3, 3).unwrap();
        shares.iter_mut().for_each(|share| share.ceremony.needed = 2);
        assert_eq!(combine(&[&shares[0], &shares[1]], &key.public()).unwrap_err(), ShareError::Forged);
    }

    #[test]
    fn a_slip_of_the_pen_is_found_wherever_it_is() {
        let key = UnlockKey::generate();
        let text = Ceremony::hold("main", &key, 2, 2).unwrap()[0].to_text();
        for at in FIRST_WORD.len()..text.len() {
            let mut slipped = text.as_bytes().to_vec();
            slipped[at] = if slipped[at] == b'7' { b'3' } else { b'7' };
            assert!(Share::parse(std::str::from_utf8(&slipped).unwrap()).is_err(), "at {at}");
        }
        assert!(Share::parse("").is_err() && Share::parse(&"relais-share-1:".repeat(99)).is_err());
    }

    #[test]
    fn a_share_is_never_printed() {
        let share = &Ceremony::hold("main", &UnlockKey::generate(), 2, 2).unwrap()[0];
        let secret = STANDARD.encode(share.value.0);
        assert!(share.to_text().contains(&secret) && !format!("{share:?}").contains(&secret));
    }

    #[test]
    fn impossible_splits_are_refused() {
        let key = UnlockKey::generate();
        for (needed, made) in [(1, 3), (0, 0), (3, 2), (2, 33), (300, 400)] {
            assert!(Ceremony::hold("main", &key, needed, made).is_err(), "{needed} of {made}");
        }
    }
}
