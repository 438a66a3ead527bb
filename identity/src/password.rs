//! Passwords that people choose: argon2id, keyed with a pepper that lies outside the database.
//!
//! ```text
//!   hash = 1 | memory KiB (4) | passes (4) | lanes (4) | salt (16) | argon2id tag (32)      integers big-endian
//! ```
//!
//! The cost is written beside each hash, so that it can be raised for new ones.

use argon2::{Algorithm, Argon2, Params, Version};
use mail::Timestamp;
use store::directory::{Credential, CredentialId, CredentialKind, Owner};
use store::mac;

use crate::Keys;

const FORM: u8 = 1;
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
/// A costlier hash than we ever write was not written by us: checking it would only burn memory.
const MEMORY_KIB_MAX: u32 = 256 * 1024;
const PASSES_MAX: u32 = 16;

/// The fewest characters a chosen password may have.
pub const CHARS_MIN: usize = 12;
/// The most octets a password may have: beyond it is no person.
pub const BYTES_MAX: usize = 1024;

/// Why a password cannot be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Under [`CHARS_MIN`] characters.
    #[error("a password needs at least 12 characters")]
    Short,
    /// Over [`BYTES_MAX`] octets.
    #[error("a password has at most 1024 octets")]
    Long,
    /// Made of one's own address, or of one character.
    #[error("choose a password that is not your address and not one character repeated")]
    Plain,
    /// The machine could not compute the hash.
    #[error("the password could not be hashed: is there memory left?")]
    Machine,
}

/// The credential of a chosen password. Takes tens of milliseconds and 19 MiB: not for an async thread.
///
/// # Errors
/// [`Unfit`] says what to choose instead.
pub fn choose(keys: &Keys, owner: &Owner, login: &str, password: &str, now: Timestamp) -> Result<Credential, Unfit> {
    fits(login, password)?;
    credential(keys, owner, password, now)
}

/// The credential of a password that nobody judges: for the demo and tests.
///
/// # Errors
/// [`Unfit::Machine`].
pub fn credential(keys: &Keys, owner: &Owner, password: &str, now: Timestamp) -> Result<Credential, Unfit> {
    let salt: [u8; SALT_BYTES] = rand::random();
    let tag = tag(keys, password, &salt, (MEMORY_KIB, PASSES, LANES)).ok_or(Unfit::Machine)?;
    let mut hash = vec![FORM];
    for cost in [MEMORY_KIB, PASSES, LANES] {
        hash.extend_from_slice(&cost.to_be_bytes());
    }
    hash.extend_from_slice(&salt);
    hash.extend_from_slice(&tag);
    Ok(Credential {
        id: CredentialId(rand::random()),
        owner: owner.clone(),
        kind: CredentialKind::Password,
        secret_hash: hash,
        label: "password".to_owned(),
        created_at: now,
        expires_at: None,
        revoked_at: None,
        used_at: None,
    })
}

pub(crate) fn fits(login: &str, password: &str) -> Result<(), Unfit> {
    let mut chars = password.chars();
    let first = chars.next();
    let one = chars.all(|c| Some(c) == first);
    let own = password.to_lowercase().contains(&login.to_lowercase()) && password.len() < login.len() + 4;
    match () {
        () if password.chars().count() < CHARS_MIN => Err(Unfit::Short),
        () if password.len() > BYTES_MAX => Err(Unfit::Long),
        () if one || own => Err(Unfit::Plain),
        () => Ok(()),
    }
}

/// Whether this is the password. Takes as long as choosing one did.
#[must_use]
pub fn verify(keys: &Keys, credential: &Credential, password: &str) -> bool {
    let stored = read(&credential.secret_hash).filter(|_| credential.kind == CredentialKind::Password);
    let Some((cost, salt, stored)) = stored else { return false };
    if password.len() > BYTES_MAX {
        return false;
    }
    tag(keys, password, salt, cost).is_some_and(|tag| mac::same(stored, &tag))
}

/// Takes as long as [`verify`], for nobody: so that an unknown name answers no faster than a wrong password.
pub fn verify_nobody(keys: &Keys, password: &str) {
    let password = if password.len() > BYTES_MAX { "" } else { password };
    let _ = tag(keys, password, &[0; SALT_BYTES], (MEMORY_KIB, PASSES, LANES));
}

type Cost = (u32, u32, u32);

fn read(hash: &[u8]) -> Option<(Cost, &[u8], &[u8])> {
    let (&FORM, rest) = hash.split_first()? else { return None };
    let (memory, rest) = number(rest)?;
    let (passes, rest) = number(rest)?;
    let (lanes, rest) = number(rest)?;
    let (salt, tag) = rest.split_at_checked(SALT_BYTES)?;
    let sane = memory <= MEMORY_KIB_MAX && passes <= PASSES_MAX && lanes == LANES;
    (sane && tag.len() == 32).then_some(((memory, passes, lanes), salt, tag))
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*number), rest))
}

fn tag(keys: &Keys, password: &str, salt: &[u8], (memory, passes, lanes): Cost) -> Option<[u8; 32]> {
    let params = Params::new(memory, passes, lanes, Some(32)).ok()?;
    let argon2 = Argon2::new_with_secret(keys.pepper(), Algorithm::Argon2id, Version::V0x13, params).ok()?;
    let mut tag = [0; 32];
    argon2.hash_password_into(password.as_bytes(), salt, &mut tag).ok()?;
    Some(tag)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use store::HouseKeys;

    use super::*;

    fn owner() -> Owner {
        Owner::Admin("dsi".to_owned())
    }

    #[test]
    fn a_chosen_password_opens_under_the_same_pepper_only() {
        let keys = Keys::new(&HouseKeys::generate());
        let chosen = choose(&keys, &owner(), "dsi", "un cheval de poste", Timestamp::from_ms(0)).unwrap();
        assert!(verify(&keys, &chosen, "un cheval de poste"));
        assert!(!verify(&keys, &chosen, "un cheval de post"));
        assert!(!verify(&Keys::new(&HouseKeys::generate()), &chosen, "un cheval de poste"));
    }

    #[test]
    fn unfit_passwords_are_refused_with_the_reason() {
        for (password, why) in [
            ("short", Unfit::Short),
            ("aaaaaaaaaaaaaaaa", Unfit::Plain),
            ("Maire@Corp.Test1", Unfit::Plain),
            (&"ab".repeat(600), Unfit::Long),
        ] {
            assert_eq!(fits("maire@corp.test", password), Err(why), "{password}");
        }
    }

    #[test]
    fn rubbish_in_place_of_a_hash_lets_nobody_in() {
        let keys = Keys::new(&HouseKeys::generate());
        let good = credential(&keys, &owner(), "un cheval de poste", Timestamp::from_ms(0)).unwrap();
        for length in 0..good.secret_hash.len() {
            let mut cut = good.clone();
            cut.secret_hash.truncate(length);
            assert!(!verify(&keys, &cut, "un cheval de poste"));
        }
        let mut costly = good;
        costly.secret_hash[1] = 0xff;
        assert!(!verify(&keys, &costly, "un cheval de poste"));
    }
}
