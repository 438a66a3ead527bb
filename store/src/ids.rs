//! Names of rows, each of a type of its own so that they cannot be mistaken for one another.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

row_id!(
    /// A mailbox within its region.
    MailboxId
);
row_id!(
    /// A folder of the view.
    FolderId
);
row_id!(
    /// A row of the film; later rows have larger numbers.
    EventId
);
row_id!(
    /// A message in the outgoing queue.
    OutgoingId
);
row_id!(
    /// What somebody is writing.
    DraftId
);
row_id!(
    /// One recipient of a message in the outgoing queue.
    RecipientId
);

/// A stored message, whoever holds it: 48 bits of milliseconds, then 80 random ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContentId(pub [u8; 16]);

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// The directory's own key of an entry: an entryUUID, an objectGUID, or the key column of a CSV file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryId(pub String);

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for EntryId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
