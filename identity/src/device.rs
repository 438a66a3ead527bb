//! Known devices: a browser from which somebody signed in keeps a token that proves nothing but that. Its failures
//! are counted apart, so that whoever guesses from the same line keeps nobody out.
//!
//! ```text
//!   token = base64url( id (16) | code of (id, owner) (16) )
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::directory::Owner;
use store::mac;

use crate::Keys;

/// A token for a browser of this owner's.
#[must_use]
pub fn token(keys: &Keys, owner: &Owner) -> String {
    let id: [u8; 16] = rand::random();
    URL_SAFE_NO_PAD.encode([id, code(keys, &id, owner)].concat())
}

/// Which device of this owner's a token names; `None` when it is not theirs.
#[must_use]
pub fn known(keys: &Keys, owner: &Owner, token: &str) -> Option<[u8; 16]> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, rest) = bytes.split_first_chunk::<16>()?;
    mac::same(rest, &code(keys, id, owner)).then_some(*id)
}

fn code(keys: &Keys, id: &[u8; 16], owner: &Owner) -> [u8; 16] {
    keys.short("device", &[id.into(), owner.text().as_str().into()])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use store::HouseKeys;

    use super::*;

    #[test]
    fn a_device_is_known_for_its_owner_only() {
        let keys = Keys::new(&HouseKeys::generate());
        let (anne, bruno) = (Owner::Admin("anne".to_owned()), Owner::Admin("bruno".to_owned()));
        let token = token(&keys, &anne);
        assert!(known(&keys, &anne, &token).is_some());
        assert!(known(&keys, &bruno, &token).is_none());
        for other in ["", "AAAA", &token[..40], &format!("{token}AAAA")] {
            assert!(known(&keys, &anne, other).is_none(), "{other}");
        }
    }
}
