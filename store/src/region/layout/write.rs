//! Bringing a plan into the database: folders, then messages, keeping what staff did.

use std::collections::{HashMap, HashSet};

use crate::db::{self, Conn};
use crate::region::view::{next_modseq, next_uidvalidity};
use mail::FolderRole;

use super::names::ReadyName;
use super::plan::{Message, Plan, SourceRef, plan};
use crate::region::event::{Event, EventRow};
use crate::region::{LaidOut, PathMac};
use crate::{MailboxId, RegionStore, Result};

/// Staff changed the flags.
pub(crate) const TOUCHED_FLAGS: i64 = 1;
/// Staff moved it.
pub(crate) const TOUCHED_FOLDER: i64 = 2;

/// What staff did to a message of the film, to be kept when it is laid out again.
struct Kept {
    folder: i64,
    flags: i64,
    keywords: Option<Vec<u8>>,
    touched: i64,
}

/// A folder that has to be there.
struct Wanted<'a> {
    name_mac: PathMac,
    name: &'a [u8],
    role: Option<FolderRole>,
    own: i64,
}

/// Whose a placement is.
#[derive(Clone, Copy)]
enum Origin {
    /// The film's, with what staff did to it.
    Film { touched: i64 },
    /// Relais received it.
    Own,
}

/// A view while it is being laid out.
struct Canvas {
    mailbox: MailboxId,
    modseq: i64,
    uidvalidity: i64,
    folders: HashMap<PathMac, i64>,
    roles: HashMap<FolderRole, i64>,
    uidnext: HashMap<i64, i64>,
    kept: HashMap<SourceRef, Kept>,
    expunged: HashSet<SourceRef>,
    own: HashSet<Vec<u8>>,
}

impl RegionStore {
    /// Lays out the view of a mailbox for the clean point in force; a view that is laid out for it already is
    /// left alone. A view of an earlier clean point is laid out anew under new UIDVALIDITYs, keeping what
    /// came since and what staff moved, flagged and deleted. Needs nothing unsealed.
    ///
    /// # Errors
    /// [`crate::StoreError::NoView`] when no clean point is set; those of a write.
    pub async fn lay_out(&self, mailbox: MailboxId) -> Result<LaidOut> {
        let sealer = self.sealer(mailbox, self.heard()).await?;
        let names = self.ready_names(mailbox, &sealer);
        let (epoch, row) = (sealer.row(), sealer.row());
        let store = self.clone();
        let (laid_out, fresh) = self
            .write(move |db| {
                Box::pin(async move {
                    row.write(db).await?;
                    store.lay_out_in(db, mailbox, &names).await
                })
            })
            .await?;
        self.epoch_written(&epoch);
        self.inner.views.laid_out(mailbox);
        if fresh {
            self.look_at_film(mailbox).await?;
            self.inner.bells.ring(mailbox);
        }
        Ok(laid_out)
    }

    async fn lay_out_in(&self, db: &mut Conn, mailbox: MailboxId, names: &[ReadyName]) -> Result<(LaidOut, bool)> {
        let (point_row, point) = self.clean_point_in(db, mailbox).await?;
        let select = "SELECT laid_for, placed FROM mailbox WHERE id = ?1";
        let (laid_for, placed): (i64, i64) = db::query_as(select).bind(mailbox.0).fetch_one(&mut *db).await?;
        if laid_for == point_row {
            return Ok((count(db, mailbox).await?, false));
        }
        let mut plan = plan(self.film(db, mailbox).await?, point);
        plan.received.retain(|(row, ..)| *row > placed);
        let mut canvas = Canvas::clear(db, mailbox, self.heard().as_unix_s()).await?;
        canvas.lay_folders(db, &plan, names).await?;
        canvas.lay_messages(db, plan).await?;
        canvas.finish(db, point_row).await?;
        Ok((count(db, mailbox).await?, true))
    }

    /// The events of a mailbox that verify, in order.
    async fn film(&self, db: &mut Conn, mailbox: MailboxId) -> Result<Vec<(i64, Event)>> {
        let select = "SELECT * FROM event WHERE mailbox = ?1 ORDER BY id";
        let rows: Vec<EventRow> = db::query_as(select).bind(mailbox.0).fetch_all(db).await?;
        let mut film = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id;
            match row.verified(&self.inner.keys, self.name().as_str()) {
                Some(event) => film.push((id, event)),
                None => self.found_tampered(&format!("event {id} of the film of mailbox {mailbox}")),
            }
        }
        Ok(film)
    }
}

impl Canvas {
    /// Takes the old view of the film away, remembering what staff did to it.
    async fn clear(db: &mut Conn, mailbox: MailboxId, now_s: i64) -> Result<Self> {
        let modseq = next_modseq(db, mailbox).await?;
        let uidvalidity = next_uidvalidity(db, mailbox, now_s).await?;
        let (kept, own) = (kept(db, mailbox).await?, own(db, mailbox).await?);
        let expunged = expunged(db, mailbox).await?;
        let (roles, uidnext) = Default::default();
        let mut canvas =
            Self { mailbox, modseq, uidvalidity, folders: HashMap::new(), roles, uidnext, kept, expunged, own };
        db::query("DELETE FROM placement WHERE own = 0 AND folder IN (SELECT id FROM folder WHERE mailbox = ?1)")
            .bind(mailbox.0)
            .execute(&mut *db)
            .await?;
        canvas.read_folders(db).await?;
        Ok(canvas)
    }

    async fn read_folders(&mut self, db: &mut Conn) -> Result<()> {
        let select = "SELECT id, name_mac, role, uidnext FROM folder WHERE mailbox = ?1";
        let rows: Vec<(i64, Vec<u8>, Option<String>, i64)> =
            db::query_as(select).bind(self.mailbox.0).fetch_all(db).await?;
        for (id, name_mac, role, uidnext) in rows {
            if let Ok(name_mac) = name_mac.as_slice().try_into() {
                self.folders.insert(PathMac(name_mac), id);
            }
            if let Some(role) = role.as_deref().and_then(FolderRole::from_word) {
                self.roles.insert(role, id);
            }
            self.uidnext.insert(id, uidnext);
        }
        Ok(())
    }

    async fn lay_folders(&mut self, db: &mut Conn, plan: &Plan, names: &[ReadyName]) -> Result<()> {
        let inbox = names.iter().find(|name| name.role == FolderRole::Inbox).map(|name| name.name_mac);
        for (folder, role) in &plan.folders {
            let role = if Some(*folder) == inbox { Some(FolderRole::Inbox) } else { *role };
            let select = "SELECT path FROM source WHERE mailbox = ?1 AND path_mac = ?2";
            let path: Option<Vec<u8>> =
                db::query_scalar(select).bind(self.mailbox.0).bind(&folder.0[..]).fetch_optional(&mut *db).await?;
            if let Some(path) = path {
                self.ensure_folder(db, &Wanted { name_mac: *folder, name: &path, role, own: 0 }).await?;
            }
        }
        for name in names {
            let wanted = name.role != FolderRole::Marked || !plan.marked.is_empty();
            if wanted && !self.roles.contains_key(&name.role) {
                let wanted = Wanted { name_mac: name.name_mac, name: &name.name, role: Some(name.role), own: 1 };
                self.ensure_folder(db, &wanted).await?;
            }
        }
        Ok(())
    }

    /// The folder of this name, made when it is missing; it takes the role if that is still free.
    async fn ensure_folder(&mut self, db: &mut Conn, wanted: &Wanted<'_>) -> Result<()> {
        let Wanted { name_mac, name, role, own } = *wanted;
        let role = role.filter(|role| !self.roles.contains_key(role));
        let word = role.map(FolderRole::as_str);
        let id = if let Some(id) = self.folders.get(&name_mac) {
            let update = "UPDATE folder SET role = coalesce(role, ?2) WHERE id = ?1";
            db::query(update).bind(id).bind(word).execute(db).await?;
            *id
        } else {
            let insert = "INSERT INTO folder (mailbox, name, name_mac, role, uidvalidity, own)
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id";
            let insert = db::query_scalar(insert).bind(self.mailbox.0).bind(name).bind(&name_mac.0[..]);
            insert.bind(word).bind(self.uidvalidity).bind(own).fetch_one(db).await?
        };
        self.folders.insert(name_mac, id);
        self.uidnext.entry(id).or_insert(1);
        self.roles.extend(role.map(|role| (role, id)));
        Ok(())
    }

    async fn lay_messages(&mut self, db: &mut Conn, plan: Plan) -> Result<()> {
        for (folder, message) in plan.placed {
            let folder = self.folders.get(&folder).copied();
            self.lay_film_message(db, folder, message).await?;
        }
        let marked = self.roles.get(&FolderRole::Marked).copied();
        for message in plan.marked {
            self.lay_film_message(db, marked, message).await?;
        }
        for (_, role, message) in plan.received {
            let folder = self.roles.get(&role).or_else(|| self.roles.get(&FolderRole::Inbox)).copied();
            self.lay_message(db, folder, &message, Origin::Own).await?;
        }
        Ok(())
    }

    async fn lay_film_message(&mut self, db: &mut Conn, folder: Option<i64>, mut message: Message) -> Result<()> {
        let deleted = message.source.is_some_and(|source| self.expunged.contains(&source));
        if deleted || self.own.contains(&message.content.0[..]) {
            return Ok(());
        }
        let kept = message.source.and_then(|source| self.kept.remove(&source));
        let (mut folder, mut touched) = (folder, 0);
        if let Some(kept) = kept {
            touched = kept.touched;
            if touched & TOUCHED_FLAGS != 0 {
                message.flags = mail::SystemFlags::from_bits(u8::try_from(kept.flags).unwrap_or_default());
                message.keywords = kept.keywords;
            }
            if touched & TOUCHED_FOLDER != 0 && self.uidnext.contains_key(&kept.folder) {
                folder = Some(kept.folder);
            }
        }
        self.lay_message(db, folder, &message, Origin::Film { touched }).await
    }

    async fn lay_message(
        &mut self,
        db: &mut Conn,
        folder: Option<i64>,
        message: &Message,
        origin: Origin,
    ) -> Result<()> {
        let (own, touched) = match origin {
            Origin::Film { touched } => (0, touched),
            Origin::Own => (1, 0),
        };
        // The inbox takes what has no folder: mail is never left out for want of one.
        let Some(folder) = folder.or_else(|| self.roles.get(&FolderRole::Inbox).copied()) else { return Ok(()) };
        let uid = self.uidnext.entry(folder).or_insert(1);
        let insert = "INSERT INTO placement (folder, uid, content, size, flags, keywords, modseq, received_at, own,
                                             touched, source_mac, source_uidvalidity, source_uid)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        db::query(insert)
            .bind(folder)
            .bind(*uid)
            .bind(&message.content.0[..])
            .bind(message.size)
            .bind(i64::from(message.flags.bits()))
            .bind(message.keywords.as_deref())
            .bind(self.modseq)
            .bind(message.received_at.as_ms())
            .bind(own)
            .bind(touched)
            .bind(message.source.as_ref().map(|source| &source.folder.0[..]))
            .bind(message.source.map_or(0, |source| i64::from(source.uidvalidity)))
            .bind(message.source.map_or(0, |source| i64::from(source.uid)))
            .execute(db)
            .await?;
        *uid += 1;
        Ok(())
    }

    async fn finish(self, db: &mut Conn, point_row: i64) -> Result<()> {
        for (folder, uidnext) in &self.uidnext {
            let update = "UPDATE folder SET uidvalidity = ?2, uidnext = ?3, highest_modseq = ?4 WHERE id = ?1";
            let update = db::query(update).bind(folder).bind(self.uidvalidity);
            update.bind(uidnext).bind(self.modseq).execute(&mut *db).await?;
        }
        db::query(
            "DELETE FROM folder WHERE mailbox = ?1 AND own = 0 AND role IS NULL
             AND name_mac NOT IN (SELECT path_mac FROM event WHERE mailbox = ?1 AND kind IN (1, 3, 4))
             AND NOT EXISTS (SELECT 1 FROM placement WHERE folder = folder.id);
             UPDATE mailbox SET laid_for = ?2, placed = coalesce((SELECT max(id) FROM event WHERE mailbox = ?1), 0)
             WHERE id = ?1",
        )
        .bind(self.mailbox.0)
        .bind(point_row)
        .execute(db)
        .await?;
        Ok(())
    }
}

type KeptRow = (Vec<u8>, u32, u32, i64, i64, Option<Vec<u8>>, i64);

async fn kept(db: &mut Conn, mailbox: MailboxId) -> Result<HashMap<SourceRef, Kept>> {
    let select = "SELECT p.source_mac, p.source_uidvalidity, p.source_uid, p.folder, p.flags, p.keywords, p.touched
                  FROM placement p JOIN folder f ON f.id = p.folder
                  WHERE f.mailbox = ?1 AND p.own = 0 AND p.touched <> 0 AND p.source_mac IS NOT NULL";
    let rows: Vec<KeptRow> = db::query_as(select).bind(mailbox.0).fetch_all(db).await?;
    let kept = rows.into_iter().filter_map(|(mac, uidvalidity, uid, folder, flags, keywords, touched)| {
        let source = source_ref(&mac, uidvalidity, uid)?;
        Some((source, Kept { folder, flags, keywords, touched }))
    });
    Ok(kept.collect())
}

/// What was received or written here. A copy of what the primary has is Relais's own as well, and its original is not.
async fn own(db: &mut Conn, mailbox: MailboxId) -> Result<HashSet<Vec<u8>>> {
    let select = "SELECT p.content FROM placement p JOIN folder f ON f.id = p.folder WHERE f.mailbox = ?1 AND p.own = 1
                  EXCEPT SELECT content FROM event WHERE mailbox = ?1 AND kind = 3";
    let rows: Vec<Vec<u8>> = db::query_scalar(select).bind(mailbox.0).fetch_all(db).await?;
    Ok(rows.into_iter().collect())
}

async fn expunged(db: &mut Conn, mailbox: MailboxId) -> Result<HashSet<SourceRef>> {
    let select = "SELECT source_mac, uidvalidity, uid FROM expunged WHERE mailbox = ?1";
    let rows: Vec<(Vec<u8>, u32, u32)> = db::query_as(select).bind(mailbox.0).fetch_all(db).await?;
    Ok(rows.into_iter().filter_map(|(mac, uidvalidity, uid)| source_ref(&mac, uidvalidity, uid)).collect())
}

fn source_ref(mac: &[u8], uidvalidity: u32, uid: u32) -> Option<SourceRef> {
    Some(SourceRef { folder: PathMac(mac.try_into().ok()?), uidvalidity, uid })
}

async fn count(db: &mut Conn, mailbox: MailboxId) -> Result<LaidOut> {
    let select = "SELECT (SELECT count(*) FROM folder WHERE mailbox = ?1),
                         (SELECT count(*) FROM placement WHERE folder IN (SELECT id FROM folder WHERE mailbox = ?1)),
                         (SELECT count(*) FROM placement WHERE folder IN
                          (SELECT id FROM folder WHERE mailbox = ?1 AND role = 'marked'))";
    let (folders, messages, marked) = db::query_as(select).bind(mailbox.0).fetch_one(db).await?;
    Ok(LaidOut { folders, messages, marked })
}
