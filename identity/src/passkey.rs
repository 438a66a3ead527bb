//! Passkeys (WebAuthn Level 2): a key pair in a phone, computer or token, bound to our name, so that no other page can
//! ask for it. One is enough by itself: it is had, and its holder is verified (finger, face, PIN).
//!
//! ```text
//!   offer / start ──> Ceremony { options ──> the browser's script,  ticket ──> a field of the form }
//!   answer, ticket ──> sign_in / finish        the ticket is sealed, good for minutes, and for one success
//!
//!   credential: id = code of the passkey's own id, secret = its public half and counter (JSON)
//! ```

use std::collections::HashMap;
use std::sync::PoisonError;

use mail::Timestamp;
use serde::{Deserialize, Serialize};
use store::StoreError;
use store::directory::{Credential, CredentialId, CredentialKind, Directory, Owner, Role};
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder,
};

use crate::sign_in::entry_of;
use crate::{Attempt, Identity, Place, Refusal, SignedIn, Visitor};

/// How long a browser may take to answer.
const CEREMONY_MS: i64 = 600_000;
/// A longer answer is none.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Passkeys somebody may have.
const PASSKEYS_MAX: usize = 20;
const LABEL_CHARS: usize = 80;
const USE: &str = "passkey";

/// Why a passkey could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The browser's answer is not one to our question, or came too late.
    #[error("the browser's answer does not fit")]
    Unfit,
    /// More than anybody needs.
    #[error("there are too many passkeys already")]
    TooMany,
    /// The directory's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A question for a browser.
#[derive(Clone, Debug)]
pub struct Ceremony {
    /// JSON for `navigator.credentials`, with octets as base64url.
    pub options: String,
    /// What brings the question back with the answer.
    pub ticket: String,
}

#[derive(Serialize, Deserialize)]
enum Asked {
    Anybody([u8; 16], DiscoverableAuthentication),
    Somebody([u8; 16], String, PasskeyAuthentication),
    Make([u8; 16], String, PasskeyRegistration),
}

/// Tickets that succeeded, until they are too old anyway.
#[derive(Debug, Default)]
pub(crate) struct Spent(HashMap<[u8; 16], Timestamp>);

impl Spent {
    /// True for the first one.
    fn spend(&mut self, nonce: [u8; 16], now: Timestamp) -> bool {
        self.0.retain(|_, expires| now < *expires);
        self.0.insert(nonce, now.plus_ms(CEREMONY_MS)).is_none()
    }
}

/// Passkeys under one name and origin.
pub struct Passkeys<'a> {
    identity: &'a Identity,
    webauthn: Webauthn,
}

impl Identity {
    /// Passkeys bound to `relying_party` for pages of `origin`; `None` when they do not fit together.
    #[must_use]
    pub fn passkeys(&self, relying_party: &str, origin: &str, organisation: &str) -> Option<Passkeys<'_>> {
        let origin = Url::parse(origin).ok()?;
        let builder = WebauthnBuilder::new(relying_party, &origin).ok()?;
        Some(Passkeys { identity: self, webauthn: builder.rp_name(organisation).build().ok()? })
    }

    fn passkey_id(&self, id: &[u8]) -> CredentialId {
        CredentialId(self.keys.short("passkey", &[id.into()]))
    }

    fn user_handle(&self, owner: &Owner) -> Uuid {
        Uuid::from_bytes(self.keys.short("passkey user", &[owner.text().as_str().into()]))
    }
}

impl Passkeys<'_> {
    /// Asks whoever comes, so that no name has to be typed.
    #[must_use]
    pub fn offer(&self, now: Timestamp) -> Option<Ceremony> {
        let (options, asked) = self.webauthn.start_discoverable_authentication().ok()?;
        self.ceremony(&options.public_key, &Asked::Anybody(rand::random(), asked), now)
    }

    /// Asks somebody who has shown the password for one of their passkeys.
    #[must_use]
    pub fn offer_to(&self, owner: &Owner, theirs: &[Credential], now: Timestamp) -> Option<Ceremony> {
        let keys: Vec<Passkey> = theirs.iter().filter_map(read).collect();
        let (options, asked) = self.webauthn.start_passkey_authentication(&keys).ok()?;
        self.ceremony(&options.public_key, &Asked::Somebody(rand::random(), owner.text(), asked), now)
    }

    /// Lets in who answers. `Half` callers name the owner whose password was shown.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn sign_in(
        &self,
        directory: &Directory,
        (ticket, answer): (&str, &str),
        (role, half): (Role, Option<&Owner>),
        visitor: Visitor<'_>,
    ) -> Result<SignedIn, Refusal> {
        let attempt = Attempt { login: "passkey", secret: "-", peer: visitor.peer, now: visitor.now };
        let wrong = || self.identity.wrong(Place::from(visitor.peer), attempt);
        let asked: Asked = self.identity.keys.opened(USE, ticket, visitor.now).ok_or(Refusal::Wrong)?;
        let answer: PublicKeyCredential = parsed(answer).ok_or_else(wrong)?;
        let id = self.identity.passkey_id(answer.get_credential_id());
        let credential = directory.credential(id).await?.filter(|one| one.is_valid(visitor.now)).ok_or_else(wrong)?;
        let owner = credential.owner.clone();
        let is_theirs = half.is_none_or(|half| *half == owner) && role_of(&owner) == role;
        let entry = entry_of(directory, &owner).await?.filter(|_| is_theirs).ok_or_else(wrong)?;
        let mut passkey = read(&credential).ok_or_else(wrong)?;
        let (nonce, result) = self.check(&answer, asked, (&owner, &passkey)).ok_or_else(wrong)?;
        if !result.user_verified() || !self.spend(nonce, visitor.now) {
            return Err(wrong());
        }
        if passkey.update_credential(&result) == Some(true) {
            // A counter that went on while we looked belongs to another answer with the same key.
            let renewed = written(&passkey);
            if !directory.renew_credential(&credential, renewed, visitor.now).await? {
                return Err(wrong());
            }
        }
        let place = self.identity.place(&owner, visitor);
        Ok(self.identity.let_in(directory, &credential, entry, (place, attempt)).await)
    }

    fn check(
        &self,
        answer: &PublicKeyCredential,
        asked: Asked,
        (owner, passkey): (&Owner, &Passkey),
    ) -> Option<([u8; 16], AuthenticationResult)> {
        match asked {
            Asked::Anybody(nonce, state) => {
                let (user, _) = self.webauthn.identify_discoverable_authentication(answer).ok()?;
                let result = self.webauthn.finish_discoverable_authentication_v2(answer, state, passkey).ok()?;
                (user == self.identity.user_handle(owner)).then_some((nonce, result))
            }
            Asked::Somebody(nonce, whose, state) => {
                let result = self.webauthn.finish_passkey_authentication(answer, &state).ok()?;
                (whose == owner.text()).then_some((nonce, result))
            }
            Asked::Make(..) => None,
        }
    }

    /// Asks for a new passkey.
    ///
    /// # Errors
    /// [`PasskeyError`].
    pub async fn start(
        &self,
        directory: &Directory,
        owner: &Owner,
        (login, name): (&str, &str),
        now: Timestamp,
    ) -> Result<Ceremony, PasskeyError> {
        let theirs = self.identity.factors(directory, owner, now).await?.passkeys;
        if theirs.len() >= PASSKEYS_MAX {
            return Err(PasskeyError::TooMany);
        }
        let known = theirs.iter().filter_map(read).map(|key| key.cred_id().clone()).collect();
        let user = self.identity.user_handle(owner);
        let started = self.webauthn.start_passkey_registration(user, login, name, Some(known));
        let (options, asked) = started.map_err(|_| PasskeyError::Unfit)?;
        let mut options = serde_json::to_value(&options.public_key).map_err(|_| PasskeyError::Unfit)?;
        // One that the browser can offer before a name is typed, where it can make one.
        if let Some(selection) = options.get_mut("authenticatorSelection").and_then(|value| value.as_object_mut()) {
            selection.insert("residentKey".to_owned(), "preferred".into());
        }
        self.ceremony(&options, &Asked::Make(rand::random(), owner.text(), asked), now).ok_or(PasskeyError::Unfit)
    }

    /// Keeps the passkey that a browser made.
    ///
    /// # Errors
    /// [`PasskeyError`].
    pub async fn finish(
        &self,
        directory: &Directory,
        owner: &Owner,
        (ticket, answer, label): (&str, &str, &str),
        now: Timestamp,
    ) -> Result<Credential, PasskeyError> {
        let asked: Option<Asked> = self.identity.keys.opened(USE, ticket, now);
        let Some(Asked::Make(nonce, whose, state)) = asked else { return Err(PasskeyError::Unfit) };
        let answer: RegisterPublicKeyCredential = parsed(answer).ok_or(PasskeyError::Unfit)?;
        let made = self.webauthn.finish_passkey_registration(&answer, &state);
        let passkey = made.ok().filter(|_| whose == owner.text()).ok_or(PasskeyError::Unfit)?;
        if !self.spend(nonce, now) {
            return Err(PasskeyError::Unfit);
        }
        let credential = Credential {
            id: self.identity.passkey_id(passkey.cred_id()),
            owner: owner.clone(),
            kind: CredentialKind::Passkey,
            secret_hash: written(&passkey),
            label: label.chars().filter(|c| !c.is_control()).take(LABEL_CHARS).collect(),
            created_at: now,
            expires_at: None,
            revoked_at: None,
            used_at: None,
        };
        directory.add_credential(credential.clone()).await?;
        Ok(credential)
    }

    fn ceremony(&self, options: &impl Serialize, asked: &Asked, now: Timestamp) -> Option<Ceremony> {
        let options = serde_json::to_string(options).ok()?;
        Some(Ceremony { options, ticket: self.identity.keys.ticket(USE, asked, now.plus_ms(CEREMONY_MS)) })
    }

    fn spend(&self, nonce: [u8; 16], now: Timestamp) -> bool {
        self.identity.spent.lock().unwrap_or_else(PoisonError::into_inner).spend(nonce, now)
    }
}

fn role_of(owner: &Owner) -> Role {
    match owner {
        Owner::Entry(_) => Role::Staff,
        Owner::Admin(_) => Role::Admin,
    }
}

fn parsed<T: for<'de> Deserialize<'de>>(answer: &str) -> Option<T> {
    (answer.len() <= ANSWER_BYTES_MAX).then(|| serde_json::from_str(answer).ok()).flatten()
}

fn read(credential: &Credential) -> Option<Passkey> {
    serde_json::from_slice(&credential.secret_hash).ok()
}

fn written(passkey: &Passkey) -> Vec<u8> {
    // A passkey always has a JSON form; an empty one lets nobody in.
    serde_json::to_vec(passkey).unwrap_or_default()
}
