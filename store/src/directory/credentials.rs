//! Credentials as rows. A revoked one that is put back with its old code is noticed by the ledger.

use std::collections::HashMap;

use mail::Timestamp;
use sqlx::SqliteConnection;

use super::Directory;
use super::account::{Credential, CredentialId, CredentialKind, Owner};
use super::guard::Guard;
use super::ledger::{self, Area, Pages};
use crate::mac::Field;
use crate::{Result, StoreError};

/// The last use is written at most this often: it is a hint, and signing in must not cost an fsync.
const TOUCH_EVERY_MS: i64 = 3_600_000;

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct CredentialRow {
    pub(super) id: Vec<u8>,
    owner: String,
    bucket: i64,
    kind: String,
    secret_hash: Vec<u8>,
    label: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    used_at: Option<i64>,
    mac: Vec<u8>,
}

impl CredentialRow {
    fn of(credential: &Credential, guard: &Guard) -> Self {
        let owner = credential.owner.text();
        let mut row = Self {
            id: credential.id.0.to_vec(),
            bucket: bucket_of(Area::Credential, &owner, guard),
            owner,
            kind: credential.kind.as_str().to_owned(),
            secret_hash: credential.secret_hash.clone(),
            label: credential.label.clone(),
            created_at: credential.created_at.as_ms(),
            expires_at: credential.expires_at.map(Timestamp::as_ms),
            revoked_at: credential.revoked_at.map(Timestamp::as_ms),
            used_at: None,
            mac: Vec::new(),
        };
        row.mac = row.code(guard).to_vec();
        row
    }

    fn code(&self, guard: &Guard) -> [u8; 32] {
        let fields: [Field<'_>; 9] = [
            self.id.as_slice().into(),
            self.owner.as_str().into(),
            self.bucket.into(),
            self.kind.as_str().into(),
            self.secret_hash.as_slice().into(),
            self.label.as_str().into(),
            self.created_at.into(),
            self.expires_at.into(),
            self.revoked_at.into(),
        ];
        guard.row("credential", &fields)
    }

    pub(super) fn is_ours(&self, guard: &Guard) -> bool {
        crate::mac::same(&self.mac, &self.code(guard))
    }

    pub(super) fn credential(self, guard: &Guard) -> Result<Credential> {
        let tampered = || StoreError::Tampered(format!("a credential of {}", self.owner));
        if !self.is_ours(guard) {
            return Err(tampered());
        }
        let id = self.id.as_slice().try_into().map_err(|_| tampered())?;
        let owner = Owner::from_text(&self.owner).ok_or_else(tampered)?;
        let kind = CredentialKind::from_word(&self.kind).ok_or_else(tampered)?;
        Ok(Credential {
            id: CredentialId(id),
            owner,
            kind,
            secret_hash: self.secret_hash,
            label: self.label,
            created_at: Timestamp::from_ms(self.created_at),
            expires_at: self.expires_at.map(Timestamp::from_ms),
            revoked_at: self.revoked_at.map(Timestamp::from_ms),
            used_at: self.used_at.map(Timestamp::from_ms),
        })
    }
}

/// The bucket of what an owner has.
pub(super) fn bucket_of(area: Area, owner: &str, guard: &Guard) -> i64 {
    area.bucket(&guard.hash("owner bucket", owner.as_bytes()))
}

async fn put(db: &mut SqliteConnection, row: &CredentialRow) -> Result<()> {
    let put = "INSERT INTO credential
        (id, owner, bucket, kind, secret_hash, label, created_at, expires_at, revoked_at, used_at, mac)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let put = sqlx::query(put).bind(&row.id).bind(&row.owner).bind(row.bucket).bind(&row.kind);
    let put = put.bind(&row.secret_hash).bind(&row.label).bind(row.created_at).bind(row.expires_at);
    put.bind(row.revoked_at).bind(row.used_at).bind(&row.mac).execute(db).await?;
    Ok(())
}

/// Marks rows revoked. Those that somebody else changed stay as they are: findings.
async fn revoke_rows(
    db: &mut SqliteConnection,
    guard: &Guard,
    rows: Vec<CredentialRow>,
    at: Timestamp,
) -> Result<usize> {
    let mut revoked = 0;
    for mut row in rows {
        if !row.is_ours(guard) || row.revoked_at.is_some() {
            continue;
        }
        row.revoked_at = Some(at.as_ms());
        let update = "UPDATE credential SET revoked_at = ?, mac = ? WHERE id = ?";
        let code = row.code(guard);
        sqlx::query(update).bind(row.revoked_at).bind(code.as_slice()).bind(&row.id).execute(&mut *db).await?;
        revoked += 1;
    }
    Ok(revoked)
}

async fn row_of(db: &mut SqliteConnection, id: CredentialId) -> Result<CredentialRow> {
    let row = sqlx::query_as(OF_ID).bind(id.0.as_slice()).fetch_optional(db).await?;
    row.ok_or_else(|| StoreError::NoSuch("credential".to_owned()))
}

const OF_ID: &str = "SELECT * FROM credential WHERE id = ?";
const OF_OWNER: &str = "SELECT * FROM credential WHERE owner = ? ORDER BY created_at, id";

impl Directory {
    /// Keeps a credential.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] when somebody else changed credentials it would lie among; [`StoreError::Exists`].
    pub async fn add_credential(&self, credential: Credential) -> Result<()> {
        self.add_credentials(vec![credential]).await
    }

    /// Keeps many credentials, all or none.
    ///
    /// # Errors
    /// As for [`Self::add_credential`].
    pub async fn add_credentials(&self, credentials: Vec<Credential>) -> Result<()> {
        self.write(move |db, guard| {
            Box::pin(async move {
                let rows: Vec<_> = credentials.iter().map(|credential| CredentialRow::of(credential, guard)).collect();
                let buckets = rows.iter().map(|row| row.bucket).collect();
                let pages = Pages::open_whole(db, guard, Area::Credential, &buckets).await?;
                for row in &rows {
                    put(db, row).await?;
                }
                pages.close(db, guard).await
            })
        })
        .await
    }

    /// An owner's credentials, the revoked and outlived ones too, in the order they were made.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] when somebody else changed, added, removed or put back any of them.
    pub async fn credentials_of(&self, owner: &Owner) -> Result<Vec<Credential>> {
        let owner = owner.text();
        let mut db = self.reading().await?;
        let rows: Vec<CredentialRow> = sqlx::query_as(OF_OWNER).bind(&owner).fetch_all(&mut *db).await?;
        let bucket = bucket_of(Area::Credential, &owner, &self.guard);
        ledger::check(&mut db, &self.guard, Area::Credential, bucket).await?;
        rows.into_iter().map(|row| row.credential(&self.guard)).collect()
    }

    /// Those of one kind.
    ///
    /// # Errors
    /// As for [`Self::credentials_of`].
    pub async fn credentials(&self, owner: &Owner, kind: CredentialKind) -> Result<Vec<Credential>> {
        let mut all = self.credentials_of(owner).await?;
        all.retain(|credential| credential.kind == kind);
        Ok(all)
    }

    /// Who can get in at this moment, and with good credentials of which kinds. Those that somebody else changed do not count.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn ways_in(&self, now: Timestamp) -> Result<HashMap<Owner, Vec<CredentialKind>>> {
        let rows = "SELECT * FROM credential WHERE revoked_at IS NULL";
        let rows: Vec<CredentialRow> = sqlx::query_as(rows).fetch_all(&mut *self.reading().await?).await?;
        let mut ways: HashMap<Owner, Vec<CredentialKind>> = HashMap::new();
        for credential in rows.into_iter().filter_map(|row| row.credential(&self.guard).ok()) {
            if credential.is_valid(now) {
                ways.entry(credential.owner).or_default().push(credential.kind);
            }
        }
        ways.retain(|_, kinds| kinds.iter().any(|kind| kind.is_a_way_in()));
        Ok(ways)
    }

    /// The credential of this name.
    ///
    /// # Errors
    /// [`StoreError::Tampered`].
    pub async fn credential(&self, id: CredentialId) -> Result<Option<Credential>> {
        let mut db = self.reading().await?;
        let row = sqlx::query_as(OF_ID).bind(id.0.as_slice());
        let row: Option<CredentialRow> = row.fetch_optional(&mut *db).await?;
        let Some(row) = row else { return Ok(None) };
        let bucket = bucket_of(Area::Credential, &row.owner, &self.guard);
        ledger::check(&mut db, &self.guard, Area::Credential, bucket).await?;
        row.credential(&self.guard).map(Some)
    }

    /// Puts `secret` in the place of the secret that `credential` has, as after a step or a signature that must not
    /// count twice; false when somebody else was quicker, or it was revoked.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], [`StoreError::Tampered`].
    pub async fn renew_credential(&self, credential: &Credential, secret: Vec<u8>, now: Timestamp) -> Result<bool> {
        let (id, before) = (credential.id, credential.secret_hash.clone());
        self.write(move |db, guard| {
            Box::pin(async move {
                let mut row = row_of(db, id).await?;
                if !row.is_ours(guard) {
                    return Err(StoreError::Tampered(format!("a credential of {}", row.owner)));
                }
                if row.revoked_at.is_some() || row.secret_hash != before {
                    return Ok(false);
                }
                let mut pages = Pages::none();
                pages.open(db, guard, Area::Credential, &[row.bucket].into()).await?;
                row.secret_hash = secret;
                let code = row.code(guard);
                let update = "UPDATE credential SET secret_hash = ?, mac = ?, used_at = ? WHERE id = ?";
                let update = sqlx::query(update).bind(&row.secret_hash).bind(code.as_slice()).bind(now.as_ms());
                update.bind(&row.id).execute(&mut *db).await?;
                pages.close(db, guard).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Ends an owner's credentials of these kinds; how many.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn revoke_of(&self, owner: &Owner, kinds: &'static [CredentialKind], at: Timestamp) -> Result<usize> {
        let owner = owner.text();
        self.write(move |db, guard| {
            Box::pin(async move {
                let mut rows: Vec<CredentialRow> = sqlx::query_as(OF_OWNER).bind(&owner).fetch_all(&mut *db).await?;
                rows.retain(|row| kinds.iter().any(|kind| kind.as_str() == row.kind));
                let mut pages = Pages::none();
                pages.open(db, guard, Area::Credential, &rows.iter().map(|row| row.bucket).collect()).await?;
                let revoked = revoke_rows(db, guard, rows, at).await?;
                pages.close(db, guard).await?;
                Ok(revoked)
            })
        })
        .await
    }

    /// Ends a credential for good; whether it was still good before.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`].
    pub async fn revoke(&self, id: CredentialId, at: Timestamp) -> Result<bool> {
        self.write(move |db, guard| {
            Box::pin(async move {
                let row = row_of(db, id).await?;
                let mut pages = Pages::none();
                pages.open(db, guard, Area::Credential, &[row.bucket].into()).await?;
                let revoked = revoke_rows(db, guard, vec![row], at).await?;
                pages.close(db, guard).await?;
                Ok(revoked > 0)
            })
        })
        .await
    }

    /// Ends everybody's credentials of a kind, as at the end of a failback; how many.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn revoke_all(&self, kind: CredentialKind, at: Timestamp) -> Result<usize> {
        self.write(move |db, guard| {
            Box::pin(async move {
                let rows = "SELECT * FROM credential WHERE kind = ? AND revoked_at IS NULL";
                let rows: Vec<CredentialRow> = sqlx::query_as(rows).bind(kind.as_str()).fetch_all(&mut *db).await?;
                let mut pages = Pages::none();
                let buckets = rows.iter().map(|row| row.bucket).collect();
                pages.open(db, guard, Area::Credential, &buckets).await?;
                let revoked = revoke_rows(db, guard, rows, at).await?;
                pages.close(db, guard).await?;
                Ok(revoked)
            })
        })
        .await
    }

    /// Notes that a credential was used, to the hour.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn touch(&self, credential: &Credential, now: Timestamp) -> Result<()> {
        if credential.used_at.is_some_and(|used| now.ms_since(used) < TOUCH_EVERY_MS) {
            return Ok(());
        }
        let id = credential.id;
        self.write(move |db, _| {
            Box::pin(async move {
                let update = "UPDATE credential SET used_at = ? WHERE id = ?";
                sqlx::query(update).bind(now.as_ms()).bind(id.0.as_slice()).execute(db).await?;
                Ok(())
            })
        })
        .await
    }
}
