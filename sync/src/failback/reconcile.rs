//! Counting what the primary has, after everything was pushed.

use std::fmt;

use mail::FolderRole;
use store::RegionStore;
use store::region::{Change, MailboxRow};
use tokio::sync::watch;

use super::target::Targets;
use crate::Result;
use crate::history::{History, Memory};

/// One folder, counted on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its path here.
    pub path: String,
    /// Messages here.
    pub here: u64,
    /// Messages at the primary, by its own count.
    pub there: u64,
}

/// What the count of one mailbox came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Whose.
    pub address: String,
    /// Its folders.
    pub folders: Vec<Counted>,
    /// What the primary has not as we have it.
    pub differences: Vec<String>,
    /// Messages of the primary that came after the clean point: here they are in the marked folder.
    pub unverified: u64,
}

impl Reconciled {
    /// Whether the primary has everything.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether the primary has fewer messages than we in some folder.
    #[must_use]
    pub fn lacks(&self) -> bool {
        self.folders.iter().any(|folder| folder.there < folder.here)
    }
}

/// Looks at the mailbox once more, so that only what the primary itself shows counts, and compares.
///
/// # Errors
/// Those of the primary and of the store.
pub async fn reconcile(
    history: &History,
    region: &RegionStore,
    mailbox: &MailboxRow,
    full: bool,
) -> Result<Reconciled> {
    let running = watch::channel(false).1;
    history.look(region, mailbox, &mut Memory::default(), running).await?;
    let mut reconciled = Reconciled { address: mailbox.address.clone(), ..Reconciled::default() };
    reconciled.differences = region.changes(mailbox.id, full).await?.iter().map(difference).collect();
    let mut session = history.sign_in(&mailbox.address).await?;
    let targets = Targets::read(&mut session).await?;
    for folder in region.folders(mailbox.id).await? {
        if folder.role == Some(FolderRole::Marked) {
            reconciled.unverified = u64::from(folder.messages);
            continue;
        }
        let here = u64::from(folder.messages);
        let there = match targets.find(&folder.name, folder.role) {
            Some(found) => session.client.status(&found.clone()).await.map_err(|error| session.refine(error))?.messages,
            None => 0,
        };
        if there > 0 || here > 0 {
            reconciled.folders.push(Counted { path: folder.name.clone(), here, there: u64::from(there) });
        }
        if u64::from(there) < here {
            reconciled.differences.push(format!("{:?} has {there} of {here} messages", folder.name));
        }
    }
    session.close().await;
    Ok(reconciled)
}

fn difference(change: &Change) -> String {
    match change {
        Change::Append { path, received_at, .. } => format!("a message received {received_at} is missing in {path:?}"),
        Change::Move { from, to, .. } => format!("UID {} of {:?} belongs in {to:?}", from.uid, from.path),
        Change::Flags { at, .. } => format!("UID {} of {:?} has other flags", at.uid, at.path),
        Change::Delete { at } => format!("UID {} of {:?} was deleted here", at.uid, at.path),
    }
}

/// `ada@mairie.example: INBOX 12 here, 12 there; Sent 3 here, 3 there: equal`
impl fmt::Display for Reconciled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, folders, differences, unverified } = self;
        let counted = |one: &Counted| format!("{} {} here, {} there", one.path, one.here, one.there);
        let counts: Vec<String> = folders.iter().map(counted).collect();
        let counts = if counts.is_empty() { "no messages".to_owned() } else { counts.join("; ") };
        let here: u64 = folders.iter().map(|one| one.here).sum();
        let there: u64 = folders.iter().map(|one| one.there).sum();
        match differences.as_slice() {
            [] if here == there => write!(f, "{address}: {counts}: equal"),
            [] => {
                let more = there.saturating_sub(here);
                write!(f, "{address}: {counts}: everything is there, and {more} more")?;
                match unverified {
                    0 => f.write_str(" that we have not"),
                    _ => write!(f, ", {unverified} of them from after the clean point: UNVERIFIED, look at them there"),
                }
            }
            some => write!(f, "{address}: {counts}: DIFFERENT: {}", some.join("; ")),
        }
    }
}
