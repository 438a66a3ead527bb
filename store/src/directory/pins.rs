//! Where each mailbox is kept: said once, when it is provisioned, and changed by a move only.
//!
//! ```text
//!   rules (attribute, group, default) ── first time ──> pin ──> the region's store provisions it
//!                                                        └ another region's store refuses: PinnedElsewhere
//! ```

use std::collections::HashMap;

use mail::{Region, Timestamp};

use super::Directory;
use super::guard::Guard;
use crate::db::{self, Conn, Insert};
use crate::{EntryId, Result, StoreError, mac};

/// Rows of one statement.
const ROWS: usize = 200;

/// owner, region, since, mac
type PinRow = (String, String, i64, Vec<u8>);

impl Directory {
    /// Pins to `region` those of `owners` who are pinned nowhere yet.
    ///
    /// # Errors
    /// [`StoreError::PinnedElsewhere`] when one of them is pinned to another region: then nobody is pinned.
    pub async fn pin(&self, owners: &[EntryId], region: &Region, at: Timestamp) -> Result<()> {
        for some in owners.chunks(ROWS) {
            let (some, region) = (some.to_vec(), region.clone());
            self.write(move |db, guard| Box::pin(async move { pin_in(db, guard, &some, &region, at).await })).await?;
        }
        Ok(())
    }

    /// Where these owners are pinned; whoever is pinned nowhere is left out.
    ///
    /// # Errors
    /// Those of a read; [`StoreError::Tampered`] when a pin is not as Relais wrote it.
    pub async fn pinned(&self, owners: &[EntryId]) -> Result<HashMap<EntryId, Region>> {
        let mut found = HashMap::with_capacity(owners.len());
        let mut db = self.reading().await?;
        for some in owners.chunks(ROWS) {
            found.extend(pins_of(&mut db, &self.guard, some).await?);
        }
        Ok(found)
    }

    /// Pins somebody to another region than before; `from` is where they are pinned now.
    ///
    /// # Errors
    /// [`StoreError::PinnedElsewhere`] when they are not pinned to `from`; those of a write.
    pub async fn repin(&self, owner: &EntryId, from: &Region, to: &Region, at: Timestamp) -> Result<()> {
        let (owner, from, to) = (owner.clone(), from.clone(), to.clone());
        self.write(move |db, guard| {
            Box::pin(async move {
                pin_in(db, guard, std::slice::from_ref(&owner), &from, at).await?;
                let code = pin_code(guard, &owner.0, to.as_str(), at.as_ms());
                let put = "UPDATE pin SET region = ?2, since = ?3, mac = ?4 WHERE owner = ?1";
                let put = db::query(put).bind(&owner.0).bind(to.as_str()).bind(at.as_ms()).bind(code.to_vec());
                put.execute(db).await.map(drop)
            })
        })
        .await
    }

    /// How many mailboxes are pinned to each region.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn pins(&self) -> Result<HashMap<String, u64>> {
        let rows = db::query_as("SELECT region, count(*) FROM pin GROUP BY region");
        let rows: Vec<(String, i64)> = rows.fetch_all(&mut *self.reading().await?).await?;
        Ok(rows.into_iter().map(|(region, count)| (region, u64::try_from(count).unwrap_or(0))).collect())
    }
}

async fn pin_in(db: &mut Conn, guard: &Guard, owners: &[EntryId], region: &Region, at: Timestamp) -> Result<()> {
    const HEAD: &str = "INSERT INTO pin (owner, region, since, mac)";
    let here = pins_of(db, guard, owners).await?;
    if let Some((owner, pinned)) = here.iter().find(|(_, pinned)| *pinned != region) {
        return Err(StoreError::PinnedElsewhere {
            owner: owner.clone(),
            pinned: pinned.to_string(),
            here: region.to_string(),
        });
    }
    let fresh: Vec<&EntryId> = owners.iter().filter(|owner| !here.contains_key(*owner)).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let put = fresh.iter().fold(Insert::new(HEAD, 4, fresh.len()), |put, owner| {
        let code = pin_code(guard, &owner.0, region.as_str(), at.as_ms());
        put.bind(&owner.0).bind(region.as_str()).bind(at.as_ms()).bind(code.to_vec())
    });
    put.execute(db).await?;
    Ok(())
}

async fn pins_of(db: &mut Conn, guard: &Guard, owners: &[EntryId]) -> Result<HashMap<EntryId, Region>> {
    let asked: Vec<&str> = owners.iter().map(|owner| owner.0.as_str()).collect();
    let select =
        "SELECT p.owner, p.region, p.since, p.mac FROM json_each(?1) asked CROSS JOIN pin p ON p.owner = asked.value";
    let select = db::query_as(select).bind(serde_json::Value::from(asked).to_string());
    let rows: Vec<PinRow> = select.fetch_all(db).await?;
    rows.into_iter().map(|row| opened(guard, row)).collect()
}

fn opened(guard: &Guard, (owner, region, since, code): PinRow) -> Result<(EntryId, Region)> {
    let ours = mac::same(&code, &pin_code(guard, &owner, &region, since));
    let region = Region::parse(&region).ok().filter(|_| ours);
    let region = region.ok_or_else(|| StoreError::Tampered(format!("the pin of {owner}")))?;
    Ok((EntryId(owner), region))
}

fn pin_code(guard: &Guard, owner: &str, region: &str, since: i64) -> [u8; 32] {
    guard.row("pin", &[owner.into(), region.into(), since.into()])
}

/// The owners whose pins are not as Relais wrote them.
pub(super) async fn altered_pins(db: &mut Conn, guard: &Guard) -> Result<Vec<String>> {
    let rows: Vec<PinRow> = db::query_as("SELECT owner, region, since, mac FROM pin").fetch_all(db).await?;
    let altered = rows.into_iter().filter_map(|row| {
        let owner = row.0.clone();
        opened(guard, row).is_err().then_some(owner)
    });
    Ok(altered.collect())
}
