//! Time-based codes of an authenticator program (RFC 6238: HMAC-SHA-1, 30 seconds, six digits).
//!
//! ```text
//!   credential = last step that was used (8, big-endian) | sealed seed (20 octets)
//!
//!   step         ... n-1 │  n  │ n+1 ...      all three are taken at step n, for clocks that are a little off;
//!                                             never one at or before the last that was used (§5.2)
//! ```

use hmac::{Hmac, KeyInit as _, Mac as _};
use mail::Timestamp;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use store::StoreError;
use store::directory::{Credential, CredentialId, CredentialKind, Directory, Owner};
use zeroize::Zeroizing;

use crate::{Keys, Secret};

const STEP_S: i64 = 30;
const DIGITS: usize = 6;
/// RFC 4226 §4, R6: 160 bits.
const SEED_BYTES: usize = 20;
/// How long somebody may take to set up their program.
const SETUP_MS: i64 = 3_600_000;
const USE: &str = "totp setup";

/// A seed that is shown to its owner and not kept yet.
#[derive(Clone)]
pub struct Setup {
    /// The seed as authenticator programs take it (RFC 4648 base32, without padding).
    pub seed: Secret,
    /// What carries it to the next form.
    pub ticket: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    owner: String,
    seed: Vec<u8>,
}

/// Makes a seed.
#[must_use]
pub fn start(keys: &Keys, owner: &Owner, now: Timestamp) -> Setup {
    let seed = Zeroizing::new(rand::random::<[u8; SEED_BYTES]>());
    let kept = Kept { owner: owner.text(), seed: seed.to_vec() };
    Setup { seed: Secret::from_text(&base32(&*seed)), ticket: keys.ticket(USE, &kept, now.plus_ms(SETUP_MS)) }
}

/// The same seed again, for a form that is shown once more; `None` when it is another's or too old.
#[must_use]
pub fn again(keys: &Keys, owner: &Owner, ticket: &str, now: Timestamp) -> Option<Setup> {
    let kept: Kept = keys.opened(USE, ticket, now).filter(|kept: &Kept| kept.owner == owner.text())?;
    let seed = Zeroizing::new(kept.seed);
    Some(Setup { seed: Secret::from_text(&base32(&seed)), ticket: ticket.to_owned() })
}

/// The credential of a seed whose program has shown `code`; `None` when the code is wrong or the ticket too old.
#[must_use]
pub fn finish(keys: &Keys, owner: &Owner, ticket: &str, code: &str, now: Timestamp) -> Option<Credential> {
    let kept: Kept = keys.opened(USE, ticket, now).filter(|kept: &Kept| kept.owner == owner.text())?;
    let seed = Zeroizing::new(kept.seed);
    let step = step_of(&seed, code, now, 0)?;
    let id = CredentialId(rand::random());
    Some(Credential {
        id,
        owner: owner.clone(),
        kind: CredentialKind::Totp,
        secret_hash: written(step, &keys.seal_seed(id, owner, &seed)),
        label: "authenticator".to_owned(),
        created_at: now,
        expires_at: None,
        revoked_at: None,
        used_at: None,
    })
}

/// Whether `code` is this credential's at this moment, for the first time: true for exactly one caller.
///
/// # Errors
/// Those of the directory.
pub async fn redeem(
    keys: &Keys,
    directory: &Directory,
    credential: &Credential,
    code: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some((last, sealed)) = credential.secret_hash.split_first_chunk::<8>() else { return Ok(false) };
    let Some(seed) = keys.open_seed(credential.id, &credential.owner, sealed) else { return Ok(false) };
    match step_of(&seed, code, now, i64::from_be_bytes(*last)) {
        Some(step) => directory.renew_credential(credential, written(step, sealed), now).await,
        None => Ok(false),
    }
}

/// Whether what was typed has the form of a code, rather than of a recovery code.
#[must_use]
pub fn is_code(typed: &str) -> bool {
    digits(typed).is_some()
}

/// The `otpauth:` address that a program reads from a picture.
#[must_use]
pub fn uri(seed: &Secret, issuer: &str, login: &str) -> Secret {
    let (issuer, login) = (percent(issuer), percent(login));
    let seed = seed.reveal();
    let uri =
        format!("otpauth://totp/{issuer}:{login}?secret={seed}&issuer={issuer}&algorithm=SHA1&digits=6&period=30");
    Secret::from_text(&uri)
}

fn written(step: i64, sealed: &[u8]) -> Vec<u8> {
    [step.to_be_bytes().as_slice(), sealed].concat()
}

fn step_of(seed: &[u8], typed: &str, now: Timestamp, last: i64) -> Option<i64> {
    let typed = digits(typed)?;
    let here = now.as_ms().div_euclid(1000 * STEP_S);
    let same = |step: i64| store::mac::same(typed.as_bytes(), code(seed, step).as_bytes());
    [here, here - 1, here + 1].into_iter().find(|step| *step > last && same(*step))
}

/// The six digits, as programs show them: with or without a space between.
fn digits(typed: &str) -> Option<Zeroizing<String>> {
    let plain: Zeroizing<String> =
        Zeroizing::new(typed.chars().filter(|c| !c.is_whitespace()).take(DIGITS + 1).collect());
    (plain.len() == DIGITS && plain.bytes().all(|octet| octet.is_ascii_digit())).then_some(plain)
}

/// RFC 4226 §5.3
fn code(seed: &[u8], step: i64) -> String {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(seed) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let tag = mac.finalize().into_bytes();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
    let four = tag.get(offset..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// RFC 4648 §6, without padding.
fn base32(bytes: &[u8]) -> Zeroizing<String> {
    const SYMBOLS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(5) * 8));
    for chunk in bytes.chunks(5) {
        let five = chunk.iter().chain(std::iter::repeat(&0)).take(5);
        let bits = five.fold(0_u64, |bits, octet| bits << 8 | u64::from(*octet));
        for place in 0..(chunk.len() * 8).div_ceil(5) {
            let symbol = usize::try_from(bits >> (35 - 5 * place) & 31).unwrap_or_default();
            text.push(char::from(SYMBOLS.get(symbol).copied().unwrap_or(b'A')));
        }
    }
    text
}

fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes() {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' => out.push(char::from(octet)),
            _ => out.push_str(&format!("%{octet:02X}")),
        }
    }
    out
}

/// What a program with this seed shows at this moment.
#[cfg(test)]
pub(crate) fn shown(seed: &str, now: Timestamp) -> String {
    const SYMBOLS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = seed.chars().map(|c| format!("{:05b}", SYMBOLS.find(c).unwrap_or_default())).collect();
    let octets = bits.as_bytes().chunks_exact(8).map(|octet| octet.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0')));
    code(&octets.collect::<Vec<u8>>(), now.as_ms().div_euclid(1000 * STEP_S))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use store::HouseKeys;

    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238 appendix B, SHA1, the last six of eight digits.
        for (s, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SEED, s / 30), expected, "{s}");
        }
    }

    #[test]
    fn seeds_are_written_as_the_rfc_writes_them() {
        // RFC 4648 §10
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(&*base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_never_again() {
        let now = Timestamp::from_unix_s(1_111_111_111);
        let here = 1_111_111_111 / 30;
        assert_eq!(step_of(SEED, "050 471", now, 0), Some(here));
        assert_eq!(step_of(SEED, "050471", now.plus_s(30), 0), Some(here));
        assert_eq!(step_of(SEED, "050471", now.plus_s(-30), 0), Some(here));
        assert_eq!(step_of(SEED, "050471", now.plus_s(60), 0), None);
        assert_eq!(step_of(SEED, "050471", now, here), None);
        for wrong in ["", "050472", "50471", "0504710", "０50471", "05047a"] {
            assert_eq!(step_of(SEED, wrong, now, 0), None, "{wrong}");
        }
    }

    #[test]
    fn a_seed_is_kept_only_by_its_owner_and_with_a_code_of_it() {
        let (keys, now) = (Keys::new(&HouseKeys::generate()), Timestamp::from_unix_s(1_800_000_000));
        let (anne, bruno) = (Owner::Admin("anne".to_owned()), Owner::Admin("bruno".to_owned()));
        let setup = start(&keys, &anne, now);
        let kept: Kept = keys.opened(USE, &setup.ticket, now).unwrap();
        let good = code(&kept.seed, now.as_ms() / 30_000);
        assert!(finish(&keys, &bruno, &setup.ticket, &good, now).is_none());
        assert!(finish(&keys, &anne, &setup.ticket, "000000", now).is_none() || good == "000000");
        let credential = finish(&keys, &anne, &setup.ticket, &good, now).unwrap();
        assert!(!credential.secret_hash.windows(SEED_BYTES).any(|window| window == kept.seed));
        assert_eq!(again(&keys, &anne, &setup.ticket, now).unwrap().seed, setup.seed);
        assert!(again(&keys, &bruno, &setup.ticket, now).is_none());
    }

    #[test]
    fn the_address_says_whose_it_is() {
        let uri = uri(&Secret::from_text("MZXW6"), "Mairie & Co", "anne@corp.test");
        let expected = "otpauth://totp/Mairie%20%26%20Co:anne@corp.test?secret=MZXW6&issuer=Mairie%20%26%20Co&algorithm=SHA1&digits=6&period=30";
        assert_eq!(uri.reveal(), expected);
    }
}
