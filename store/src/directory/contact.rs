//! External contacts are sealed: who the organisation writes to is nobody's business while it stands by.
//!
//! ```text
//!   payload   HPKE to the contact key's public half; its private half is sealed to the region's unlock key
//!   route     the bare address in a box under the transit key, for mail that must go there
//!   key       a keyed hash of the address: what `resolve` looks for
//! ```

use std::sync::RwLock;

use crate::db::{self, Conn};
use mail::Address;
use zeroize::Zeroizing;

use super::Directory;
use super::guard::Guard;
use crate::mac;
use crate::region::Rotated;
use crate::seal::{KeyPair, UnlockKey, open, seal, seal_key};
use crate::{RegionConfig, Result, StoreError};

const KEY_USE: &str = "relais contact key v1";
const CONTACT_USE: &str = "relais contact v1";

/// The pairs that contacts are sealed to. Only public halves, until somebody unseals.
pub(super) struct ContactKeys {
    region: String,
    unlock_public: [u8; 32],
    public: RwLock<Option<[u8; 32]>>,
    opened: RwLock<Vec<KeyPair>>,
}

struct KeyRow {
    public: Vec<u8>,
    region: String,
    private: Vec<u8>,
    mac: Vec<u8>,
}

crate::db::record!(KeyRow { public, region, private, mac });

impl KeyRow {
    fn code(&self, guard: &Guard) -> [u8; 32] {
        guard.row(
            "contact_key",
            &[self.public.as_slice().into(), self.region.as_str().into(), self.private.as_slice().into()],
        )
    }

    async fn replace(self, db: &mut Conn, guard: &Guard) -> Result<()> {
        let update = "UPDATE contact_key SET private = ?, mac = ? WHERE public = ?";
        let update = db::query(update).bind(&self.private).bind(self.code(guard).to_vec()).bind(&self.public);
        update.execute(db).await?;
        Ok(())
    }

    fn is_ours(&self, guard: &Guard) -> bool {
        mac::same(&self.mac, &self.code(guard))
    }
}

impl ContactKeys {
    pub(super) fn new(region: &RegionConfig) -> Self {
        Self {
            region: region.name.to_string(),
            unlock_public: region.unlock_public,
            public: RwLock::new(None),
            opened: RwLock::new(Vec::new()),
        }
    }

    /// Seals a contact's entry. The entry's name is bound to it.
    pub(super) fn seal(&self, id: &str, payload: &[u8]) -> Result<Vec<u8>> {
        let public = self.public.read().ok().and_then(|public| *public);
        let public = public.ok_or_else(|| StoreError::NoSuch("key to seal contacts with".to_owned()))?;
        seal_key(&public, CONTACT_USE, &self.named_contact(id), payload)
    }

    /// Opens a contact's entry; `None` while sealed.
    pub(super) fn open(&self, id: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let opened = self.opened.read().ok()?;
        let named = self.named_contact(id);
        opened.iter().find_map(|pair| pair.open(CONTACT_USE, &named, sealed)).map(|plain| plain.to_vec())
    }

    fn named_contact(&self, id: &str) -> Vec<u8> {
        mac::encode("contact", &[self.region.as_str().into(), id.into()])
    }

    fn named_key(&self, public: &[u8]) -> Vec<u8> {
        mac::encode("contact key", &[self.region.as_str().into(), public.into()])
    }

    fn fresh_row(&self, guard: &Guard) -> Result<KeyRow> {
        let pair = KeyPair::generate();
        let named = self.named_key(&pair.public);
        let private = seal_key(&self.unlock_public, KEY_USE, &named, &*pair.private_bytes())?;
        let mut row = KeyRow { public: pair.public.to_vec(), region: self.region.clone(), private, mac: Vec::new() };
        row.mac = row.code(guard).to_vec();
        Ok(row)
    }
}

/// Keeps a contact's address where no unlock key is needed to send there.
pub(super) fn close_route(guard: &Guard, id: &str, address: &Address) -> Vec<u8> {
    seal(guard.route_key(), &named_route(id), address.to_string().as_bytes())
}

/// Reads what [`close_route`] kept; `None` when it is not ours.
pub(super) fn open_route(guard: &Guard, id: &str, route: &[u8]) -> Option<Address> {
    let text = open(guard.route_key(), &named_route(id), route)?;
    Address::parse(std::str::from_utf8(&text).ok()?).ok()
}

fn named_route(id: &str) -> Vec<u8> {
    mac::encode("route", &[id.into()])
}

async fn key_rows(db: &mut Conn, region: &str) -> Result<Vec<KeyRow>> {
    let rows = "SELECT public, region, private, mac FROM contact_key WHERE region = ? ORDER BY rowid";
    db::query_as(rows).bind(region).fetch_all(db).await
}

/// The public halves of pairs that are not as Relais left them.
pub(super) async fn altered_keys(db: &mut Conn, guard: &Guard) -> Result<Vec<String>> {
    let rows: Vec<KeyRow> = db::query_as("SELECT public, region, private, mac FROM contact_key").fetch_all(db).await?;
    Ok(rows.iter().filter(|row| !row.is_ours(guard)).map(|row| hex::encode(&row.public)).collect())
}

async fn put(db: &mut Conn, row: &KeyRow) -> Result<()> {
    let put = "INSERT INTO contact_key (public, region, private, mac) VALUES (?, ?, ?, ?)";
    let put = db::query(put).bind(&row.public).bind(&row.region).bind(&row.private).bind(&row.mac);
    put.execute(db).await?;
    Ok(())
}

impl Directory {
    /// Opens the contacts: their names and telephone numbers can be read until [`Self::reseal_contacts`].
    ///
    /// # Errors
    /// [`StoreError::WrongUnlockKey`].
    pub async fn unseal_contacts(&self, unlock: &UnlockKey) -> Result<()> {
        let region = &self.contacts.region;
        if unlock.public() != self.contacts.unlock_public {
            return Err(StoreError::WrongUnlockKey(region.clone()));
        }
        let rows = key_rows(&mut *self.reading().await?, region).await?;
        let mut pairs = Vec::new();
        for row in rows.iter().filter(|row| row.is_ours(&self.guard)) {
            let private = unlock.pair().open(KEY_USE, &self.contacts.named_key(&row.public), &row.private);
            let private = private.ok_or_else(|| StoreError::WrongUnlockKey(region.clone()))?;
            pairs.push(KeyPair::from_private(&private)?);
        }
        if let Ok(mut opened) = self.contacts.opened.write() {
            *opened = pairs;
        }
        self.books.changed();
        Ok(())
    }

    /// The private halves that are open here, for a node that is not.
    #[must_use]
    pub fn opened_contact_keys(&self) -> Vec<Zeroizing<[u8; 32]>> {
        let opened = self.contacts.opened.read();
        opened.map(|pairs| pairs.iter().map(KeyPair::private_bytes).collect()).unwrap_or_default()
    }

    /// Opens the contacts with what another node has opened. A half that belongs to no row of ours opens nothing.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn unseal_contacts_with(&self, halves: &[Zeroizing<[u8; 32]>]) -> Result<()> {
        let rows = key_rows(&mut *self.reading().await?, &self.contacts.region).await?;
        let is_ours = |pair: &KeyPair| rows.iter().any(|row| row.public == pair.public && row.is_ours(&self.guard));
        let pairs = halves.iter().filter_map(|half| KeyPair::from_private(&**half).ok()).filter(is_ours).collect();
        if let Ok(mut opened) = self.contacts.opened.write() {
            *opened = pairs;
        }
        self.books.changed();
        Ok(())
    }

    /// Wraps for `new` the contact keys that are wrapped for `old`.
    ///
    /// # Errors
    /// Those of a write. Running it again goes on where it stopped.
    pub async fn rotate_contacts(&self, old: &UnlockKey, new: &UnlockKey) -> Result<Rotated> {
        let (contacts, old, new) = (std::sync::Arc::clone(&self.contacts), old.clone(), new.clone());
        let rotating = self.write(move |db, guard| {
            Box::pin(async move {
                let mut counted = Rotated::default();
                for row in key_rows(db, &contacts.region).await? {
                    let named = contacts.named_key(&row.public);
                    let opened = |key: &UnlockKey| key.pair().open(KEY_USE, &named, &row.private);
                    if let Some(private) = opened(&old).filter(|_| row.is_ours(guard)) {
                        let private = seal_key(&new.public(), KEY_USE, &named, &private)?;
                        KeyRow { private, ..row }.replace(db, guard).await?;
                        counted.changed += 1;
                    } else if row.is_ours(guard) && opened(&new).is_some() {
                        counted.before += 1;
                    } else {
                        counted.left += 1;
                    }
                }
                Ok(counted)
            })
        });
        rotating.await
    }

    /// Forgets the contacts' private keys.
    pub fn reseal_contacts(&self) {
        if let Ok(mut opened) = self.contacts.opened.write() {
            opened.clear();
        }
        self.books.changed();
    }

    /// Makes sure that there is a pair to seal contacts to. One that somebody changed is left lying and not used.
    pub(super) async fn provision_contact_key(&self) -> Result<()> {
        let contacts = std::sync::Arc::clone(&self.contacts);
        let public = self.write(move |db, guard| {
            Box::pin(async move {
                let rows = key_rows(db, &contacts.region).await?;
                if let Some(row) = rows.into_iter().rfind(|row| row.is_ours(guard)) {
                    return Ok(row.public);
                }
                let row = contacts.fresh_row(guard)?;
                put(db, &row).await?;
                Ok(row.public)
            })
        });
        let public: Option<[u8; 32]> = public.await?.try_into().ok();
        if let Ok(mut known) = self.contacts.public.write() {
            *known = public;
        }
        Ok(())
    }
}
