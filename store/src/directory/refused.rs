//! Who could not sign in, counted by person and day. Readiness asks for it; nobody is locked out by it.

use crate::db;
use mail::Timestamp;

use super::Directory;
use super::account::Owner;
use crate::Result;

const DAY_MS: i64 = 86_400_000;

/// What a person met on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedSignIns {
    /// Who.
    pub owner: Owner,
    /// How often.
    pub count: i64,
    /// When last.
    pub last_at: Timestamp,
}

impl Directory {
    /// Counts refused sign-ins of somebody known. Callers gather before they call: every call is a write.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn note_refused(&self, owner: &Owner, count: i64, at: Timestamp) -> Result<()> {
        let owner = owner.text();
        self.write(move |db, _| {
            Box::pin(async move {
                let put = "INSERT INTO refused_sign_in (owner, day, count, last_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT (owner, day) DO UPDATE SET count = refused_sign_in.count + excluded.count, last_at = excluded.last_at";
                let put = db::query(put).bind(owner).bind(at.as_ms().div_euclid(DAY_MS)).bind(count).bind(at.as_ms());
                put.execute(db).await?;
                Ok(())
            })
        })
        .await
    }

    /// Who was refused on the day of this moment (UTC), most often first.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn refused_sign_ins(&self, day: Timestamp) -> Result<Vec<RefusedSignIns>> {
        let rows = "SELECT owner, count, last_at FROM refused_sign_in WHERE day = ? ORDER BY count DESC, owner";
        let rows: Vec<(String, i64, i64)> =
            db::query_as(rows).bind(day.as_ms().div_euclid(DAY_MS)).fetch_all(&mut *self.reading().await?).await?;
        let refused = rows.into_iter().filter_map(|(owner, count, last_at)| {
            Some(RefusedSignIns { owner: Owner::from_text(&owner)?, count, last_at: Timestamp::from_ms(last_at) })
        });
        Ok(refused.collect())
    }
}
