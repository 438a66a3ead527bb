//! How far each region was when it was last looked at: what a region's database that was put back cannot know.

use mail::Region;

use super::Directory;
use crate::region::FilmHead;
use crate::{Result, db, mac};

/// How far the directory is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryHead {
    /// Rises with every change of the ledger.
    pub(crate) version: i64,
    /// The code of the ledger's head.
    pub(crate) code: Vec<u8>,
}

impl Directory {
    /// How far a region was; nothing when nobody knows, or when somebody else said so.
    pub(crate) async fn film_head(&self, region: &Region) -> Result<Option<FilmHead>> {
        let select = "SELECT version, code, mac FROM film_head WHERE region = ?";
        let row: Option<(i64, Vec<u8>, Vec<u8>)> =
            db::query_as(select).bind(region.as_str()).fetch_optional(&mut *self.reading().await?).await?;
        let ours = row.filter(|(version, code, row)| {
            let fields = [region.as_str().into(), (*version).into(), code.as_slice().into()];
            mac::same(row, &self.guard.row("film_head", &fields))
        });
        Ok(ours.map(|(version, code, _)| FilmHead { version, code }))
    }

    /// Remembers how far a region is.
    pub(crate) async fn set_film_head(&self, region: &Region, head: FilmHead) -> Result<()> {
        let put = "INSERT INTO film_head (region, version, code, mac) VALUES (?, ?, ?, ?)
            ON CONFLICT (region) DO UPDATE SET version = excluded.version, code = excluded.code, mac = excluded.mac";
        let region = region.clone();
        self.write(move |db, guard| {
            Box::pin(async move {
                let fields = [region.as_str().into(), head.version.into(), head.code.as_slice().into()];
                let code = guard.row("film_head", &fields);
                let put = db::query(put).bind(region.as_str()).bind(head.version).bind(&head.code);
                put.bind(code).execute(db).await.map(drop)
            })
        })
        .await
    }
}
