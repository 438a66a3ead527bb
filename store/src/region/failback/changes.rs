//! What is still to be done at the primary.

use crate::db;
use std::collections::{HashMap, HashSet};

use mail::{Flags, FolderRole, SystemFlags, Timestamp};

use crate::region::{Change, PathMac, Place, content_id};
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError};

/// A message's place at the primary, by hash.
type Key = (PathMac, u32, u32);

/// A message of the view.
struct Held {
    folder: PathMac,
    path: String,
    role: Option<FolderRole>,
    content: ContentId,
    flags: Flags,
    received_at: Timestamp,
    source: Option<Key>,
}

/// What the primary has now, with the paths of its folders.
struct AtPrimary {
    paths: HashMap<PathMac, String>,
    messages: HashMap<Key, (SystemFlags, i64)>,
    returned: HashSet<(ContentId, PathMac)>,
}

struct Row {
    name: Vec<u8>,
    name_mac: Vec<u8>,
    role: Option<String>,
    content: Vec<u8>,
    flags: u8,
    keywords: Option<Vec<u8>>,
    received_at: i64,
    source_mac: Option<Vec<u8>>,
    source_uidvalidity: u32,
    source_uid: u32,
}

crate::db::record!(Row {
    name,
    name_mac,
    role,
    content,
    flags,
    keywords,
    received_at,
    source_mac,
    source_uidvalidity,
    source_uid
});

impl RegionStore {
    /// What is to be done at the primary so that it has what the view has; empty when nothing is left. The
    /// marked folder is left out: what lies in it came from the primary. With `full`, for a primary that was
    /// wiped, every message that was not returned yet is to be appended, and nothing else. In standby there is
    /// nothing to do.
    ///
    /// # Errors
    /// [`StoreError::Sealed`]; those of a read.
    pub async fn changes(&self, mailbox: MailboxId, full: bool) -> Result<Vec<Change>> {
        if !self.is_unsealed(mailbox) {
            return Err(StoreError::Sealed(mailbox));
        }
        // A mailbox that nobody opened has received mail too.
        match self.open_view(mailbox).await {
            Err(StoreError::NoView(_)) => return Ok(Vec::new()),
            opened => opened?,
        }
        let held = self.held(mailbox).await?;
        let mut primary = self.at_primary(mailbox).await?;
        if full {
            primary.messages.clear();
        }
        let mut changes: Vec<Change> =
            held.into_iter().filter_map(|held| self.change(mailbox, held, &primary, full)).collect();
        if !full {
            changes.extend(self.deletions(mailbox, &primary).await?);
        }
        Ok(changes)
    }

    fn change(&self, mailbox: MailboxId, held: Held, primary: &AtPrimary, full: bool) -> Option<Change> {
        if held.role == Some(FolderRole::Marked) {
            return None;
        }
        let there = held.source.filter(|_| !full).and_then(|key| {
            let known = primary.messages.get(&key)?;
            let path = primary.paths.get(&key.0)?.clone();
            Some((Place { path, uidvalidity: key.1, uid: key.2 }, key.0, known))
        });
        match there {
            None if primary.returned.contains(&(held.content, held.folder)) && (full || held.source.is_some()) => None,
            None => Some(held.append(primary)),
            Some((from, folder, _)) if folder != held.folder => {
                Some(Change::Move { content: held.content, from, to: held.path, role: held.role, flags: held.flags })
            }
            Some((at, _, (system, keywords))) => {
                let same = *system == held.flags.system && *keywords == self.keywords_tag(mailbox, &held.flags);
                (!same).then_some(Change::Flags { at, flags: held.flags })
            }
        }
    }

    async fn held(&self, mailbox: MailboxId) -> Result<Vec<Held>> {
        let select = "SELECT f.name, f.name_mac, f.role, p.content, p.flags, p.keywords, p.received_at,
                             p.source_mac, p.source_uidvalidity, p.source_uid
                      FROM placement p JOIN folder f ON f.id = p.folder WHERE f.mailbox = ?1 ORDER BY f.id, p.uid";
        let rows: Vec<Row> = db::query_as(select).bind(mailbox.0).fetch_all(&self.inner.engine.readers).await?;
        let mut paths: HashMap<PathMac, String> = HashMap::new();
        let mut held = Vec::with_capacity(rows.len());
        for row in rows {
            let folder = path_mac(&row.name_mac)?;
            let path = match paths.get(&folder) {
                Some(path) => path.clone(),
                None => self.verified_name(mailbox, &row.name, &row.name_mac).await?,
            };
            paths.insert(folder, path.clone());
            let source = row.source_mac.as_deref().map(path_mac).transpose()?;
            held.push(Held {
                folder,
                path,
                role: row.role.as_deref().and_then(FolderRole::from_word),
                content: content_id(&row.content)?,
                flags: self.open_flags(mailbox, row.flags, row.keywords.as_deref()).await?,
                received_at: Timestamp::from_ms(row.received_at),
                source: source.map(|mac| (mac, row.source_uidvalidity, row.source_uid)),
            });
        }
        Ok(held)
    }

    async fn at_primary(&self, mailbox: MailboxId) -> Result<AtPrimary> {
        let readers = &self.inner.engine.readers;
        let select = "SELECT path_mac, path FROM source WHERE mailbox = ?1 AND gone = 0";
        let rows: Vec<(Vec<u8>, Vec<u8>)> = db::query_as(select).bind(mailbox.0).fetch_all(readers).await?;
        let mut paths = HashMap::with_capacity(rows.len());
        for (mac, sealed) in rows {
            paths.insert(path_mac(&mac)?, self.verified_name(mailbox, &sealed, &mac).await?);
        }
        let select = "SELECT s.path_mac, s.uidvalidity, m.uid, m.flags, m.keywords
                      FROM source_message m JOIN source s ON s.id = m.source WHERE s.mailbox = ?1 AND s.gone = 0";
        let rows: Vec<(Vec<u8>, u32, u32, u8, i64)> = db::query_as(select).bind(mailbox.0).fetch_all(readers).await?;
        let mut messages = HashMap::with_capacity(rows.len());
        for (mac, uidvalidity, uid, flags, keywords) in rows {
            messages.insert((path_mac(&mac)?, uidvalidity, uid), (SystemFlags::from_bits(flags), keywords));
        }
        let select = "SELECT content, path_mac FROM returned WHERE mailbox = ?1";
        let rows: Vec<(Vec<u8>, Vec<u8>)> = db::query_as(select).bind(mailbox.0).fetch_all(readers).await?;
        let returned = rows.iter().map(|(content, mac)| Ok((content_id(content)?, path_mac(mac)?)));
        Ok(AtPrimary { paths, messages, returned: returned.collect::<Result<_>>()? })
    }

    async fn deletions(&self, mailbox: MailboxId, primary: &AtPrimary) -> Result<Vec<Change>> {
        let select = "SELECT source_mac, uidvalidity, uid FROM expunged WHERE mailbox = ?1";
        let rows: Vec<(Vec<u8>, u32, u32)> =
            db::query_as(select).bind(mailbox.0).fetch_all(&self.inner.engine.readers).await?;
        let deletion = |(mac, uidvalidity, uid): (Vec<u8>, u32, u32)| {
            let mac = path_mac(&mac).ok()?;
            primary.messages.get(&(mac, uidvalidity, uid))?;
            let path = primary.paths.get(&mac)?.clone();
            Some(Change::Delete { at: Place { path, uidvalidity, uid } })
        };
        Ok(rows.into_iter().filter_map(deletion).collect())
    }
}

impl Held {
    fn append(self, primary: &AtPrimary) -> Change {
        let Self { path, role, content, flags, received_at, source, .. } = self;
        // A folder that is gone from there holds nothing; the message may be where it belongs.
        let was_in = source.map(|(folder, ..)| primary.paths.get(&folder).unwrap_or(&path).clone());
        Change::Append { content, path, role, flags, received_at, was_in }
    }
}

fn path_mac(bytes: &[u8]) -> Result<PathMac> {
    bytes.try_into().map(PathMac).map_err(|_| StoreError::Tampered("a folder's hash".to_owned()))
}
