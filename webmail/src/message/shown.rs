//! A message of an open mailbox, taken out of the store, and what becomes of it away from the threads that answer.

use mail::Summary;
use store::FolderId;
use store::region::Placed;

use crate::Trouble;
use crate::guard::Staff;

/// A message and its octets.
pub struct Message {
    /// Where it lies, and its flags.
    pub placed: Placed,
    /// The message.
    pub raw: Vec<u8>,
}

impl Message {
    /// Takes a message out of somebody's own folder.
    ///
    /// # Errors
    /// [`Trouble::NoSuch`]; those of the store.
    pub async fn taken(staff: &Staff, folder: i64, uid: u32) -> Result<Self, Trouble> {
        let placed = staff.region.message(staff.mailbox, FolderId(folder), uid).await?;
        let raw = staff.region.raw(staff.mailbox, placed.content).await?;
        Ok(Self { placed, raw })
    }
}

/// Reads a message on a thread where it may take its time.
///
/// # Errors
/// [`Trouble::Internal`] should the reader fall over it.
pub async fn read<T: Send + 'static>(
    raw: Vec<u8>,
    reader: impl FnOnce(&Summary, Vec<u8>) -> T + Send + 'static,
) -> Result<T, Trouble> {
    let work = move || {
        let summary = Summary::of(&raw);
        reader(&summary, raw)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Trouble::Internal("a message could not be read".to_owned()))
}
