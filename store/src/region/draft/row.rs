//! A draft as a row: coded, sealed, read.

use crate::db;
use mail::Timestamp;

use super::{Draft, DraftRow, DraftState, no_draft};
use crate::mac::{self, same};
use crate::region::content_id;
use crate::region::epoch::Sealer;
use crate::{DraftId, MailboxId, RegionStore, Result, StoreError};

/// The form of what is sealed: its first octet.
const FORM: u8 = 1;
/// The longest draft as it is sealed, in octets; forms are shorter.
const SEALED_MAX: usize = 8 * 1024 * 1024;
/// The most drafts that one mailbox has, and a list shows.
pub(super) const DRAFTS_MAX: i64 = 1000;

/// The columns of `draft d`, in the order of [`Row`].
macro_rules! select_draft {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.revision, d.state, d.changed_at, d.sent, d.sealed, d.mac, ",
            "(SELECT count(*) FROM draft_part p WHERE p.draft = d.id) AS attached FROM draft d ",
            $rest
        )
    };
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) revision: i64,
    state: i64,
    pub(super) changed_at: i64,
    sent: Option<Vec<u8>>,
    sealed: Vec<u8>,
    pub(super) mac: Vec<u8>,
    attached: i64,
}

crate::db::record!(Row { id, revision, state, changed_at, sent, sealed, mac, attached });

impl Row {
    pub(super) fn new(id: DraftId, sealed: Vec<u8>, now: Timestamp) -> Self {
        let (revision, state, attached) = (0, 0, 0);
        Self { id: id.0, revision, state, changed_at: now.as_ms(), sent: None, sealed, mac: Vec::new(), attached }
    }

    pub(super) fn state(&self) -> Result<DraftState> {
        match (self.state, &self.sent) {
            (0, None) => Ok(DraftState::Writing),
            (1, None) => Ok(DraftState::Sending),
            (2, Some(sent)) => Ok(DraftState::Sent(content_id(sent)?)),
            _ => Err(StoreError::Tampered("a draft".to_owned())),
        }
    }

    /// The row in another state; its code is made anew.
    pub(super) fn moved(&self, state: DraftState, at: Timestamp) -> Self {
        let (state, sent) = match state {
            DraftState::Writing => (0, None),
            DraftState::Sending => (1, None),
            DraftState::Sent(content) => (2, Some(content.0.to_vec())),
        };
        Self { state, sent, changed_at: at.as_ms(), ..self.clone() }
    }

    /// The row with another text.
    pub(super) fn rewritten(self, sealed: Vec<u8>) -> Self {
        Self { sealed, ..self }
    }

    /// The row as this revision.
    pub(super) fn at_revision(self, revision: u32) -> Self {
        Self { revision: i64::from(revision), ..self }
    }

    /// The row with its code.
    pub(super) fn coded(mut self, store: &RegionStore, mailbox: MailboxId) -> Self {
        self.mac = self.code(store, mailbox).to_vec();
        self
    }

    fn code(&self, store: &RegionStore, mailbox: MailboxId) -> [u8; 16] {
        let fields = [
            store.name().as_str().into(),
            self.id.into(),
            mailbox.0.into(),
            self.revision.into(),
            self.state.into(),
            self.changed_at.into(),
            self.sent.as_deref().into(),
            self.sealed.as_slice().into(),
        ];
        mac::short(&store.inner.keys.integrity, "draft", &fields)
    }

    /// Writes the row over the one whose code is `over`, or as a new one. Answers whether there was such a row.
    pub(super) async fn write(
        &self,
        db: &mut crate::db::Conn,
        mailbox: MailboxId,
        over: Option<&[u8]>,
    ) -> Result<bool> {
        let put = match over {
            Some(_) => {
                "UPDATE draft SET revision = ?3, state = ?4, changed_at = ?5, sent = ?6, sealed = ?7, mac = ?8
                 WHERE id = ?1 AND mailbox = ?2 AND mac = ?9"
            }
            None => {
                "INSERT INTO draft (id, mailbox, revision, state, changed_at, sent, sealed, mac)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            }
        };
        let put = db::query(put).bind(self.id).bind(mailbox.0).bind(self.revision).bind(self.state);
        let put = put.bind(self.changed_at).bind(self.sent.as_deref()).bind(&self.sealed).bind(&self.mac);
        let put = if over.is_some() { put.bind(over) } else { put };
        Ok(put.execute(db).await?.rows_affected() > 0)
    }
}

impl RegionStore {
    /// A draft's text, sealed.
    pub(super) fn seal_draft(&self, sealer: &Sealer, id: DraftId, draft: &Draft) -> Result<Vec<u8>> {
        let bytes = postcard::to_extend(draft, vec![FORM]);
        let bytes = bytes.map_err(|error| StoreError::Refused(format!("a draft cannot be stored: {error}")))?;
        if bytes.len() > SEALED_MAX {
            return Err(StoreError::Refused("a draft's text has 8 MB at most".to_owned()));
        }
        Ok(sealer.of_mailbox("draft", id.0.into(), &bytes))
    }

    /// A draft.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], [`StoreError::Sealed`], [`StoreError::Tampered`].
    pub async fn draft(&self, mailbox: MailboxId, id: DraftId) -> Result<DraftRow> {
        let row = self.draft_row(mailbox, id).await?;
        self.opened_draft(mailbox, &row).await
    }

    /// What a mailbox's owner is writing or sending, the last changed first; 1000 at most. One that was changed by somebody
    /// else is left out, and is a finding.
    ///
    /// # Errors
    /// [`StoreError::Sealed`]; those of a read.
    pub async fn drafts(&self, mailbox: MailboxId) -> Result<Vec<DraftRow>> {
        if !self.is_unsealed(mailbox) {
            return Err(StoreError::Sealed(mailbox));
        }
        let select = select_draft!("WHERE d.mailbox = ?1 AND d.state < 2 ORDER BY d.changed_at DESC LIMIT ?2");
        let rows: Vec<Row> =
            db::query_as(select).bind(mailbox.0).bind(DRAFTS_MAX).fetch_all(&self.inner.engine.readers).await?;
        let mut drafts = Vec::with_capacity(rows.len());
        for row in rows {
            match self.opened_draft(mailbox, &row).await {
                Err(StoreError::Tampered(_)) => {}
                opened => drafts.push(opened?),
            }
        }
        Ok(drafts)
    }

    pub(super) async fn draft_row(&self, mailbox: MailboxId, id: DraftId) -> Result<Row> {
        let select = select_draft!("WHERE d.id = ?1 AND d.mailbox = ?2");
        let row = db::query_as(select).bind(id.0).bind(mailbox.0);
        let row: Row = row.fetch_optional(&self.inner.engine.readers).await?.ok_or_else(no_draft)?;
        if same(&row.mac, &row.code(self, mailbox)) { Ok(row) } else { Err(self.tampered_draft(id)) }
    }

    pub(super) async fn opened_draft(&self, mailbox: MailboxId, row: &Row) -> Result<DraftRow> {
        let id = DraftId(row.id);
        if !same(&row.mac, &row.code(self, mailbox)) {
            return Err(self.tampered_draft(id));
        }
        let bytes = self.open_of_mailbox(mailbox, "draft", row.id.into(), &row.sealed).await?;
        let draft = match bytes.split_first() {
            Some((&FORM, rest)) => postcard::from_bytes(rest).ok(),
            _ => None,
        };
        Ok(DraftRow {
            id,
            revision: u32::try_from(row.revision).unwrap_or(u32::MAX),
            state: row.state()?,
            changed_at: Timestamp::from_ms(row.changed_at),
            draft: draft.ok_or_else(|| StoreError::Corrupt(format!("draft {id} is of no known form")))?,
            attached: u32::try_from(row.attached).unwrap_or(u32::MAX),
        })
    }

    pub(super) fn tampered_draft(&self, id: DraftId) -> StoreError {
        let what = format!("draft {id}");
        self.found_tampered(&what);
        StoreError::Tampered(what)
    }
}
