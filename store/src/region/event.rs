//! A row of the film.

use crate::db::{self, Conn, Insert, Query};
use mail::{FolderRole, SystemFlags, Timestamp};

use super::PathMac;
use crate::mac::{self, Field};
use crate::{ContentId, EventId, HouseKeys, MailboxId, Result};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Folder = 1,
    FolderGone = 2,
    Message = 3,
    Returned = 4,
    Flags = 5,
    Gone = 6,
    Received = 7,
}

impl Kind {
    fn from_number(number: i64) -> Option<Self> {
        let all =
            [Self::Folder, Self::FolderGone, Self::Message, Self::Returned, Self::Flags, Self::Gone, Self::Received];
        all.into_iter().find(|kind| *kind as i64 == number)
    }
}

/// One event; what does not apply to its kind is empty.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) mailbox: MailboxId,
    pub(super) kind: Kind,
    pub(super) at: Timestamp,
    pub(super) path_mac: Option<PathMac>,
    pub(super) uidvalidity: u32,
    pub(super) uid: u32,
    pub(super) content: Option<ContentId>,
    pub(super) evidence: Option<[u8; 16]>,
    pub(super) size: i64,
    pub(super) flags: SystemFlags,
    /// Sealed.
    pub(super) keywords: Option<Vec<u8>>,
    pub(super) received_at: Timestamp,
    pub(super) role: Option<FolderRole>,
}

impl Event {
    /// An event of which nothing but its kind is said yet.
    pub(super) fn new(mailbox: MailboxId, kind: Kind, at: Timestamp) -> Self {
        Self {
            mailbox,
            kind,
            at,
            path_mac: None,
            uidvalidity: 0,
            uid: 0,
            content: None,
            evidence: None,
            size: 0,
            flags: SystemFlags::NONE,
            keywords: None,
            received_at: Timestamp::default(),
            role: None,
        }
    }

    /// The row's code under the integrity key.
    pub(super) fn code(&self, keys: &HouseKeys, region: &str) -> [u8; 16] {
        let fields: [Field<'_>; 14] = [
            region.into(),
            self.mailbox.0.into(),
            (self.kind as i64).into(),
            self.at.as_ms().into(),
            self.path_mac.as_ref().map(|mac| &mac.0).into(),
            i64::from(self.uidvalidity).into(),
            i64::from(self.uid).into(),
            self.content.as_ref().map(|id| &id.0).into(),
            self.evidence.as_ref().into(),
            self.size.into(),
            i64::from(self.flags.bits()).into(),
            self.keywords.as_deref().into(),
            self.received_at.as_ms().into(),
            self.role.map(FolderRole::as_str).into(),
        ];
        mac::short(&keys.integrity, "event", &fields)
    }

    /// Appends the event to the film.
    pub(super) async fn write(&self, db: &mut Conn, code: &[u8; 16]) -> Result<EventId> {
        let id =
            self.bind(db::query(db::Made(format!("{INSERT} RETURNING id"))), code, None).scalar().fetch_one(db).await?;
        Ok(EventId(id))
    }

    /// Appends events in one call; answers their numbers.
    pub(super) async fn write_many(db: &mut Conn, events: &[(&Self, &[u8; 16])]) -> Result<Vec<EventId>> {
        const HEAD: &str = "INSERT INTO event (mailbox, content, size, flags, received_at, role, kind, at, path_mac,
                                               uidvalidity, uid, evidence, keywords, mac)";
        let put = events.iter().fold(Insert::new(HEAD, 14, events.len()), |put, (event, code)| {
            put.bind(event.mailbox.0)
                .bind(event.content.as_ref().map(|id| &id.0[..]))
                .bind(event.size)
                .bind(i64::from(event.flags.bits()))
                .bind(event.received_at.as_ms())
                .bind(event.role.map(FolderRole::as_str))
                .bind(event.kind as i64)
                .bind(event.at.as_ms())
                .bind(event.path_mac.as_ref().map(|mac| &mac.0[..]))
                .bind(i64::from(event.uidvalidity))
                .bind(i64::from(event.uid))
                .bind(event.evidence.as_ref().map(|hash| &hash[..]))
                .bind(event.keywords.as_deref())
                .bind(&code[..])
        });
        Ok(put.ids(db).await?.into_iter().map(EventId).collect())
    }

    /// Binds the parameters of [`INSERT`], and as the third the content's key for the mailbox, for statements
    /// that follow it in the same call. Those must use low numbers: the engine's driver stops binding when the
    /// numbers that a call's statements skip add up to more than there are.
    pub(super) fn bind(&self, insert: Query, code: &[u8; 16], wrapped: Option<&[u8]>) -> Query {
        insert
            .bind(self.mailbox.0)
            .bind(self.content.as_ref().map(|id| &id.0[..]))
            .bind(wrapped)
            .bind(self.size)
            .bind(i64::from(self.flags.bits()))
            .bind(self.received_at.as_ms())
            .bind(self.role.map(FolderRole::as_str))
            .bind(self.kind as i64)
            .bind(self.at.as_ms())
            .bind(self.path_mac.as_ref().map(|mac| &mac.0[..]))
            .bind(i64::from(self.uidvalidity))
            .bind(i64::from(self.uid))
            .bind(self.evidence.as_ref().map(|hash| &hash[..]))
            .bind(self.keywords.as_deref())
            .bind(&code[..])
    }
}

/// Appends an event; [`Event::bind`] has its parameters.
pub(super) const INSERT: &str = "
    INSERT INTO event (mailbox, content, size, flags, received_at, role, kind, at, path_mac, uidvalidity, uid,
                       evidence, keywords, mac)
    VALUES (?1, ?2, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

/// A row as it lies in the database.
pub(super) struct EventRow {
    pub(super) id: i64,
    pub(super) mailbox: i64,
    kind: i64,
    at: i64,
    path_mac: Option<Vec<u8>>,
    uidvalidity: i64,
    uid: i64,
    content: Option<Vec<u8>>,
    evidence: Option<Vec<u8>>,
    size: i64,
    flags: i64,
    keywords: Option<Vec<u8>>,
    received_at: i64,
    role: Option<String>,
    pub(super) mac: Vec<u8>,
}

crate::db::record!(EventRow {
    id,
    mailbox,
    kind,
    at,
    path_mac,
    uidvalidity,
    uid,
    content,
    evidence,
    size,
    flags,
    keywords,
    received_at,
    role,
    mac
});

impl EventRow {
    /// The event, if the row is as Relais wrote it.
    pub(super) fn verified(self, keys: &HouseKeys, region: &str) -> Option<Event> {
        let event = Event {
            mailbox: MailboxId(self.mailbox),
            kind: Kind::from_number(self.kind)?,
            at: Timestamp::from_ms(self.at),
            path_mac: optional(self.path_mac)?.map(PathMac),
            uidvalidity: u32::try_from(self.uidvalidity).ok()?,
            uid: u32::try_from(self.uid).ok()?,
            content: optional(self.content)?.map(ContentId),
            evidence: optional(self.evidence)?,
            size: self.size,
            flags: SystemFlags::from_bits(u8::try_from(self.flags).ok()?),
            keywords: self.keywords,
            received_at: Timestamp::from_ms(self.received_at),
            role: match self.role {
                Some(word) => Some(FolderRole::from_word(&word)?),
                None => None,
            },
        };
        mac::same(&self.mac, &event.code(keys, region)).then_some(event)
    }
}

/// Sixteen bytes or nothing; `None` for any other length.
#[expect(clippy::option_option, reason = "the outer one is the failure")]
fn optional(bytes: Option<Vec<u8>>) -> Option<Option<[u8; 16]>> {
    bytes.map(|bytes| bytes.as_slice().try_into().ok()).map_or(Some(None), |id| id.map(Some))
}
