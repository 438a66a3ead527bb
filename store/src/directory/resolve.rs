//! Where mail for an address goes, and who signs in by a name.
//!
//! ```text
//!   address ── keyed hash ──> address rows ──> entry versions that count as of the moment
//!                (a hint)                        (checked; must hold the address itself)
//! ```

use crate::db::{self, Conn};
use mail::Address;

use super::Directory;
use super::entry::{AsOf, Entry, EntryKind, OWN_SOURCE, Resolved};
use super::entry_row::{EntryRow, bucket_of, select_entries};
use super::ledger::{self, Area};
use super::lookup::{counts_as_of, moment, settled};
use crate::{Result, StoreError};

/// Entries that one lookup looks at: more than honest directories have of one local part.
const CANDIDATES_MAX: i64 = 64;

impl Directory {
    /// Where mail for this address goes, as of a moment. Of two entries with one address, one made here comes first,
    /// then the one whose primary address it is, then the one that was seen first.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] when rows that the answer rests on were changed, added or removed by somebody
    /// else: mail then waits.
    pub async fn resolve(&self, address: &Address, as_of: AsOf) -> Result<Resolved> {
        let mut db = self.reading().await?;
        let key = self.guard.address_key(address);
        let found = self.found(&mut db, &key, as_of, |entry| entry.holds(address)).await?;
        let Some((row, entry)) = best(found, address) else { return Ok(Resolved::Unknown) };
        ledger::check(&mut db, &self.guard, Area::Entry, bucket_of(&row.id, &self.guard)).await?;
        match entry.kind {
            EntryKind::Person | EntryKind::Shared => Ok(Resolved::Mailbox(entry.id)),
            EntryKind::Contact => Ok(entry.primary.map_or(Resolved::Unknown, Resolved::Contact)),
            EntryKind::Group => self.expand(&mut db, &entry, as_of).await,
        }
    }

    /// Who signs in by this name: any address of a person or shared mailbox, or its local part when no other has it. Of
    /// two with one address it is who gets its mail.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] as for [`Self::resolve`].
    pub async fn person(&self, login: &str, as_of: AsOf) -> Result<Option<Entry>> {
        let mut db = self.reading().await?;
        let found = match Address::parse(login) {
            Ok(address) => {
                let key = self.guard.address_key(&address);
                let found = self.found(&mut db, &key, as_of, |entry| entry.holds(&address)).await?;
                best(found, &address).into_iter().collect()
            }
            Err(_) => {
                let local = login.to_lowercase();
                let key = self.guard.local_key(login);
                let held = |entry: &Entry| entry.addresses().any(|own| own.local().to_lowercase() == local);
                self.found(&mut db, &key, as_of, held).await?
            }
        };
        let mut people = found.into_iter().filter(|(_, entry)| entry.kind.has_mailbox());
        let (Some((row, entry)), None) = (people.next(), people.next()) else { return Ok(None) };
        ledger::check(&mut db, &self.guard, Area::Entry, bucket_of(&row.id, &self.guard)).await?;
        Ok(Some(entry))
    }

    /// The checked entries under a lookup hash that really hold what was looked for.
    async fn found(
        &self,
        db: &mut Conn,
        key: &[u8; 16],
        as_of: AsOf,
        holds: impl Fn(&Entry) -> bool,
    ) -> Result<Vec<(EntryRow, Entry)>> {
        let rows = concat!(
            select_entries!("address a CROSS JOIN entry e ON e.version = a.version WHERE a.key = ?2 AND"),
            counts_as_of!(),
            "ORDER BY e.version LIMIT ?3"
        );
        let rows = db::query_as(rows).bind(moment(as_of)).bind(key.as_slice()).bind(CANDIDATES_MAX);
        let rows = rows.fetch_all(&mut *db).await?;
        ledger::check(db, &self.guard, Area::Address, Area::Address.bucket(key)).await?;
        let mut found = Vec::new();
        for row in settled(rows).into_values() {
            let entry = self.read(&row)?;
            if !holds(&entry) {
                return Err(StoreError::Tampered(format!("an address of directory entry {}", row.id)));
            }
            found.push((row, entry));
        }
        Ok(found)
    }
}

/// Of several entries with one address, the one that its mail goes to.
fn best(found: Vec<(EntryRow, Entry)>, address: &Address) -> Option<(EntryRow, Entry)> {
    found.into_iter().min_by_key(|(row, entry)| {
        let primary = entry.primary.as_ref().is_some_and(|own| own.key() == address.key());
        (row.source != OWN_SOURCE, !primary, row.seen_from, row.id.clone())
    })
}
