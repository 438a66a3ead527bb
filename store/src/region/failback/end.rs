//! The end of an activity: the view is forgotten, mailboxes get new pairs, everything is sealed again.

use crate::db::{self, Conn};
use mail::Timestamp;

use crate::region::event::{Event, Kind};
use crate::region::mailbox::KeyRow;
use crate::region::provision::SealedPair;
use crate::region::removal::{Cause, Why};
use crate::region::search::sweep;
use crate::seal::{Epoch, INFO_EPOCH, KeyPair, seal_key};
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError};

/// An epoch's id and its key, sealed to the new pair.
type Rewrapped = (Vec<u8>, Vec<u8>);

/// content, size, flags, received_at, role
type Kept = (Vec<u8>, i64, u8, i64, Option<String>);

impl RegionStore {
    /// Ends the activity of the whole region after failback: views and clean points are forgotten, mailboxes
    /// that were unsealed get new pairs with their epochs rewrapped, and everything is sealed again. What was
    /// received or written here stays on film as that: trusted whatever the next clean point is.
    ///
    /// # Errors
    /// Those of a write. Running it again goes on where it stopped.
    pub async fn end_activity(&self, now: Timestamp) -> Result<()> {
        self.hear(now);
        let select = "SELECT id FROM mailbox WHERE laid_for > 0 OR placed > 0";
        let mut mailboxes: Vec<i64> = db::query_scalar(select).fetch_all(&self.inner.engine.readers).await?;
        mailboxes.extend(self.inner.ring.unsealed_mailboxes().into_iter().map(|mailbox| mailbox.0));
        mailboxes.sort_unstable();
        mailboxes.dedup();
        for mailbox in mailboxes.into_iter().map(MailboxId) {
            self.end_mailbox(mailbox, now).await?;
        }
        self.write(|db| Box::pin(async move { db::query("DELETE FROM clean_point").execute(db).await.map(|_| ()) }))
            .await?;
        self.inner.views.forget();
        self.inner.ring.forget_writing();
        self.reseal();
        Ok(())
    }

    async fn end_mailbox(&self, mailbox: MailboxId, now: Timestamp) -> Result<()> {
        // Nothing may start an epoch under the old pair once its epochs have been read.
        let renewal = match self.inner.ring.pair(mailbox) {
            Some(old) => Some(self.renewal(mailbox, &old).await?),
            None => None,
        };
        let store = self.clone();
        let orphans = self
            .write(move |db| {
                Box::pin(async move {
                    if let Some((pair, epochs)) = renewal {
                        store.renew(db, mailbox, &pair, epochs).await?;
                    }
                    store.forget_view(db, mailbox, now).await
                })
            })
            .await?;
        self.inner.ring.forget_mailbox(mailbox);
        self.inner.searches.close(mailbox);
        self.inner.bells.ring(mailbox);
        self.remove_bodies(orphans).await;
        Ok(())
    }

    /// A new pair, and every epoch sealed to it.
    async fn renewal(&self, mailbox: MailboxId, old: &KeyPair) -> Result<(SealedPair, Vec<Rewrapped>)> {
        let pair = self.make_pairs(1).await?.pop().ok_or(StoreError::Closed)?;
        self.inner.ring.forget_epoch(mailbox);
        let select = "SELECT id, sealed FROM epoch WHERE mailbox = ?1";
        let rows: Vec<Rewrapped> = db::query_as(select).bind(mailbox.0).fetch_all(&self.inner.engine.readers).await?;
        let mut rewrapped = Vec::with_capacity(rows.len());
        for (id, sealed) in rows {
            let named = id.as_slice().try_into().map(|id| Epoch::named(self.name().as_str(), mailbox, id));
            let named = named.map_err(|_| StoreError::Tampered("an epoch".to_owned()))?;
            match old.open(INFO_EPOCH, &named, &sealed) {
                Some(key) => rewrapped.push((id, seal_key(&pair.public, INFO_EPOCH, &named, &key)?)),
                // Somebody else's epoch: what it sealed was not readable before and is not now.
                None => self.found_tampered(&format!("an epoch of mailbox {mailbox}")),
            }
        }
        Ok((pair, rewrapped))
    }

    async fn renew(&self, db: &mut Conn, mailbox: MailboxId, pair: &SealedPair, epochs: Vec<Rewrapped>) -> Result<()> {
        let count = "SELECT count(*) FROM epoch WHERE mailbox = ?1";
        let written: i64 = db::query_scalar(count).bind(mailbox.0).fetch_one(&mut *db).await?;
        if usize::try_from(written).ok() != Some(epochs.len()) {
            // An epoch came in between, or one is not ours: the old pair stays until the next time.
            return Ok(());
        }
        for (id, sealed) in epochs {
            let update = "UPDATE epoch SET sealed = ?3 WHERE mailbox = ?1 AND id = ?2";
            db::query(update).bind(mailbox.0).bind(id).bind(sealed).execute(&mut *db).await?;
        }
        self.change_pair(db, mailbox, pair).await
    }

    async fn change_pair(&self, db: &mut Conn, mailbox: MailboxId, pair: &SealedPair) -> Result<()> {
        let select = db::Made(format!("{} WHERE id = ?1", KeyRow::SELECT));
        let row: KeyRow = db::query_as(select).bind(mailbox.0).fetch_one(&mut *db).await?;
        if !self.verifies(&row) {
            return Err(StoreError::Tampered(format!("the row of mailbox {mailbox}")));
        }
        KeyRow { public: pair.public.to_vec(), private: pair.private.clone(), ..row }.write(db, self).await
    }

    /// Forgets the view; answers contents that nobody holds any more.
    async fn forget_view(&self, db: &mut Conn, mailbox: MailboxId, now: Timestamp) -> Result<Vec<ContentId>> {
        self.keep_on_film(db, mailbox, now).await?;
        let held = "SELECT content FROM content_key WHERE mailbox = ?1";
        let held: Vec<Vec<u8>> = db::query_scalar(held).bind(mailbox.0).fetch_all(&mut *db).await?;
        // Deleted here: laid out again, it would be back.
        let deleted =
            "DELETE FROM event WHERE mailbox = ?1 AND kind = 7 AND id <= (SELECT placed FROM mailbox WHERE id = ?1)
                       AND content NOT IN (SELECT content FROM placement
                                           WHERE folder IN (SELECT id FROM folder WHERE mailbox = ?1))";
        let events = db::query(deleted).bind(mailbox.0).execute(&mut *db).await?.rows_affected();
        db::query(
            "DELETE FROM placement WHERE folder IN (SELECT id FROM folder WHERE mailbox = ?1);
             DELETE FROM folder WHERE mailbox = ?1;
             DELETE FROM expunged WHERE mailbox = ?1;
             DELETE FROM returned WHERE mailbox = ?1;
             UPDATE mailbox SET laid_for = 0, placed = 0 WHERE id = ?1",
        )
        .bind(mailbox.0)
        .execute(&mut *db)
        .await?;
        let gone = self.release(db, mailbox, held, Cause { why: Why::Activity, events }).await?;
        sweep(db, mailbox).await?;
        Ok(gone.orphans)
    }

    /// What was written here gets an event that says so. What went back has one of its arrival there, which a later clean
    /// point may not trust; that it was ours stays true.
    async fn keep_on_film(&self, db: &mut Conn, mailbox: MailboxId, now: Timestamp) -> Result<()> {
        let select = "SELECT p.content, p.size, p.flags, p.received_at, f.role
                      FROM placement p JOIN folder f ON f.id = p.folder
                      WHERE f.mailbox = ?1 AND p.own = 1 AND p.content NOT IN
                      (SELECT content FROM event WHERE mailbox = ?1 AND content IS NOT NULL AND kind <> 4)";
        let rows: Vec<Kept> = db::query_as(select).bind(mailbox.0).fetch_all(&mut *db).await?;
        for (content, size, flags, received_at, role) in rows {
            let event = Event {
                content: Some(crate::region::content_id(&content)?),
                size,
                flags: mail::SystemFlags::from_bits(flags),
                received_at: Timestamp::from_ms(received_at),
                role: role.as_deref().and_then(mail::FolderRole::from_word),
                ..Event::new(mailbox, Kind::Received, now)
            };
            event.write(db, &event.code(&self.inner.keys, self.name().as_str())).await?;
        }
        Ok(())
    }
}
