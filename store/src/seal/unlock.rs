//! Key pairs and HPKE (RFC 9180, base mode): the unlock key of a region, and each mailbox's own pair.
//!
//! Suite: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20Poly1305 0x0003.
//! A sealed key is `enc (32) | ciphertext | tag (16)`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

use crate::{Result, StoreError};

type Private = <X25519HkdfSha256 as Kem>::PrivateKey;
type Public = <X25519HkdfSha256 as Kem>::PublicKey;
type Encapped = <X25519HkdfSha256 as Kem>::EncappedKey;

/// The private half of a region's unlock key. Wiped when dropped.
#[derive(Clone)]
pub struct UnlockKey(KeyPair);

impl UnlockKey {
    /// A fresh pair.
    #[must_use]
    pub fn generate() -> Self {
        Self(KeyPair::generate())
    }

    /// From the 32 bytes of the private half.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when they are no X25519 key.
    pub fn from_bytes(private: &[u8]) -> Result<Self> {
        KeyPair::from_private(private).map(Self)
    }

    /// From the text that [`Self::to_base64`] wrote; white space around it is ignored.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when it is no base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self> {
        let refused = |_| StoreError::Refused("an unlock key is 32 bytes in base64".to_owned());
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(refused)?);
        Self::from_bytes(&bytes)
    }

    /// The private half as text, for its file.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(*self.0.private_bytes()))
    }

    /// The public half, which the configuration pins.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.public
    }

    pub(crate) fn pair(&self) -> &KeyPair {
        &self.0
    }
}

impl std::fmt::Debug for UnlockKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnlockKey")
    }
}

/// An X25519 pair. The private half wipes itself.
#[derive(Clone)]
pub(crate) struct KeyPair {
    private: Private,
    pub(crate) public: [u8; 32],
}

impl KeyPair {
    pub(crate) fn generate() -> Self {
        let (private, public) = X25519HkdfSha256::gen_keypair();
        Self { private, public: public.to_bytes().into() }
    }

    pub(crate) fn from_private(bytes: &[u8]) -> Result<Self> {
        let refused = |_| StoreError::Refused("a private key is 32 bytes".to_owned());
        let private = Private::from_bytes(bytes).map_err(refused)?;
        let public = X25519HkdfSha256::sk_to_pk(&private).to_bytes().into();
        Ok(Self { private, public })
    }

    pub(crate) fn private_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.private.to_bytes().into())
    }

    /// Opens what [`seal_key`] sealed to this pair; `None` when it was another pair, use or name.
    pub(crate) fn open(&self, info: &str, named: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (encapped, sealed) = sealed.split_at_checked(32)?;
        let encapped = Encapped::from_bytes(encapped).ok()?;
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.private,
            &encapped,
            info.as_bytes(),
            sealed,
            named,
        );
        opened.ok().map(Zeroizing::new)
    }
}

/// Seals a key to a public half. `info` names the use, `named` is what the key belongs to.
///
/// # Errors
/// [`StoreError::Refused`] when the public half is no X25519 key.
pub(crate) fn seal_key(public: &[u8; 32], info: &str, named: &[u8], key: &[u8]) -> Result<Vec<u8>> {
    let refused = |_| StoreError::Refused("the public half is no X25519 key".to_owned());
    let public = Public::from_bytes(public).map_err(refused)?;
    let (encapped, sealed) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        info.as_bytes(),
        key,
        named,
    )
    .map_err(refused)?;
    let mut whole = encapped.to_bytes().to_vec();
    whole.extend_from_slice(&sealed);
    Ok(whole)
}
