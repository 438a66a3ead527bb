//! A message that was found, with what was asked for standing out.

use std::collections::HashMap;

use mail::FolderRole;
use mail::search::{Fields, Piece, Query, Text, excerpt, highlighted};
use store::ContentId;
use store::region::{Hit, Placed};

use crate::folder::Row;
use crate::guard::Staff;
use crate::{House, Trouble};

/// Characters of an excerpt.
const EXCERPT_CHARS: usize = 160;
/// Octets of a message that is opened for an excerpt; of larger ones, the first words are shown.
const OPENED_MAX_BYTES: u64 = 512 * 1024;

/// A row of the results.
#[derive(Clone, Debug)]
pub struct Found {
    /// The message as a list shows it.
    pub row: Row,
    /// Where it lies.
    pub folder_name: String,
    /// Whether that is the folder of what came after the clean point.
    pub is_marked: bool,
    /// Who wrote, or to whom.
    pub people: Vec<Piece>,
    /// Subject.
    pub subject: Vec<Piece>,
    /// Why it was found, or the first words.
    pub excerpt: Vec<Piece>,
}

/// A folder's name and what it is for.
pub type Names = HashMap<i64, (String, Option<FolderRole>)>;

impl Found {
    /// The rows of hits.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn all(
        house: &House,
        staff: &Staff,
        query: &Query,
        (hits, names): (&[Hit], &Names),
    ) -> Result<Vec<Self>, Trouble> {
        let placed = staff.region.placed_hits(staff.mailbox, hits).await?;
        let mut all = Vec::with_capacity(placed.len());
        // Neighbours of one folder share their reading.
        for run in placed.chunk_by(|(one, _), (other, _)| one.folder == other.folder) {
            let Some((first, _)) = run.first() else { continue };
            let Some((name, role)) = names.get(&first.folder.0) else { continue };
            let messages: Vec<Placed> = run.iter().map(|(_, message)| message.clone()).collect();
            let rows = Row::all(house, staff, (first.folder.0, *role), &messages).await?;
            for (row, message) in rows.into_iter().zip(&messages) {
                let excerpt = match excerpt_of(staff, query, message).await? {
                    Some(excerpt) => excerpt,
                    None => highlighted(&row.preview, query),
                };
                all.push(Self {
                    folder_name: name.clone(),
                    is_marked: *role == Some(FolderRole::Marked),
                    people: highlighted(&row.people, query),
                    subject: highlighted(&row.subject, query),
                    excerpt,
                    row,
                });
            }
        }
        Ok(all)
    }
}

async fn excerpt_of(staff: &Staff, query: &Query, message: &Placed) -> Result<Option<Vec<Piece>>, Trouble> {
    if query.terms.is_empty() || message.size_bytes > OPENED_MAX_BYTES {
        return Ok(None);
    }
    let raw = read(staff, message.content).await?;
    let text = Text::of(&raw);
    Ok(text.at(Fields::BODY).chain(text.at(Fields::FILES)).find_map(|said| excerpt(said, query, EXCERPT_CHARS)))
}

/// One that cannot be read is shown all the same: opening it says what is wrong.
async fn read(staff: &Staff, content: ContentId) -> Result<Vec<u8>, Trouble> {
    match staff.region.raw(staff.mailbox, content).await {
        Ok(raw) => Ok(raw),
        Err(store::StoreError::Tampered(_) | store::StoreError::NoSuch(_)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
