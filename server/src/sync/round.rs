//! A round: every mailbox that is due is looked at, few at one time; where nodes share a store, each mailbox by whichever
//! has its lease, until that one dies.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use ::sync::history::{History, Looked, Memory};
use ::sync::{Backoff, Finding, SyncError};
use mail::Timestamp;
use store::directory::AsOf;
use store::region::MailboxRow;
use store::{EntryId, MailboxId, RegionStore, Store, StoreError};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::Board;
use crate::clock::now;

/// So many mailboxes in a row that fail at the connection mean that the primary is down.
const DOWN_AFTER: usize = 3;
/// Mailboxes read at one time.
const PAGE_ROWS: u32 = 500;
const FIRST_WAIT_MS: i64 = 2_000;
const LONGEST_WAIT_MS: i64 = 60_000;

/// What a round came to.
pub struct Round {
    /// What kept it from seeing everything.
    pub trouble: Vec<Finding>,
    /// The primary itself is in trouble; the rest of the round was left out.
    pub primary_down: bool,
}

/// What is kept of a mailbox from one round to the next.
struct Kept {
    memory: Memory,
    backoff: Backoff,
    due_at: Timestamp,
}

impl Default for Kept {
    fn default() -> Self {
        let backoff = Backoff::new(FIRST_WAIT_MS, LONGEST_WAIT_MS);
        Self { memory: Memory::default(), backoff, due_at: Timestamp::default() }
    }
}

/// What a look of one mailbox came to.
struct Ended {
    owner: EntryId,
    address: String,
    kept: Kept,
    result: Result<Looked, SyncError>,
}

/// All rounds.
pub struct Rounds {
    store: Store,
    history: History,
    places: Arc<Semaphore>,
    connections: usize,
    board: Board,
    kept: HashMap<EntryId, Kept>,
}

impl Rounds {
    pub fn new(store: Store, history: History, connections: usize, board: Board) -> Self {
        Self { store, history, places: Arc::new(Semaphore::new(connections)), connections, board, kept: HashMap::new() }
    }

    /// One round; `everything` also looks at mailboxes that failed a moment ago.
    pub async fn play(&mut self, everything: bool, halted: &watch::Receiver<bool>) -> Result<Round, StoreError> {
        let begun = now();
        let mut looking = JoinSet::new();
        let mut round = Round { trouble: Vec::new(), primary_down: false };
        let (mut in_a_row, mut skipped, mut looked) = (0, 0, 0);
        let mut pages = Pages { regions: self.store.regions().cloned().collect(), after: None };
        'round: while let Some((region, page)) = pages.next().await? {
            for row in page {
                let due = self.kept.get(&row.owner).is_none_or(|kept| kept.due_at <= begun);
                if !due && !everything {
                    skipped += 1;
                    continue;
                }
                while looking.len() >= self.connections {
                    self.ended(looking.join_next().await, &mut round, &mut in_a_row).await;
                }
                if in_a_row >= DOWN_AFTER || *halted.borrow() {
                    break 'round;
                }
                let kept = self.kept.remove(&row.owner).unwrap_or_default();
                looked += 1;
                let primary = (self.history.clone(), Arc::clone(&self.places));
                looking.spawn(look(primary, region.clone(), row, kept, halted.clone()));
            }
        }
        while let Some(ended) = looking.join_next().await {
            self.ended(Some(ended), &mut round, &mut in_a_row).await;
        }
        round.primary_down = in_a_row >= DOWN_AFTER;
        self.board.primary(round.trouble.last().filter(|_| round.primary_down).cloned());
        // A mailbox that waits for its next try is in trouble still.
        if round.trouble.is_empty() && skipped == 0 && looked > 0 && !*halted.borrow() {
            self.board.round_done();
        }
        if skipped == 0 || !round.trouble.is_empty() {
            self.board.hindered(round.trouble.last());
        }
        self.board.age();
        Ok(round)
    }

    async fn ended(
        &mut self,
        ended: Option<Result<Ended, tokio::task::JoinError>>,
        round: &mut Round,
        in_a_row: &mut usize,
    ) {
        let Some(Ok(Ended { owner, address, mut kept, result })) = ended else { return };
        match result {
            Ok(looked) => {
                *in_a_row = 0;
                kept.backoff.worked();
                kept.due_at = Timestamp::default();
                self.board.mailbox_seen(&address, looked);
            }
            Err(SyncError::Frozen) => {}
            Err(error) => {
                *in_a_row = if is_of_the_primary(&error) { *in_a_row + 1 } else { 0 };
                kept.due_at = kept.backoff.failed(now());
                if self.has_left(&owner).await {
                    self.board.mailbox_forgotten(&address);
                } else {
                    let finding = error.finding("history");
                    self.board.mailbox_failed(&address, finding.clone());
                    round.trouble.push(finding);
                }
            }
        }
        self.kept.insert(owner, kept);
    }
}

impl Rounds {
    /// Whether somebody is no longer in the directory: then nobody wonders that the mailbox is not there.
    async fn has_left(&self, owner: &EntryId) -> bool {
        matches!(self.store.directory().entry(owner, AsOf::Now).await, Ok(None))
    }
}

/// All mailboxes, a page at a time.
struct Pages {
    /// Those that are not at their end; the first of them is being read.
    regions: VecDeque<RegionStore>,
    after: Option<MailboxId>,
}

impl Pages {
    async fn next(&mut self) -> Result<Option<(RegionStore, Vec<MailboxRow>)>, StoreError> {
        while let Some(region) = self.regions.front() {
            let page = region.mailboxes_after(self.after, PAGE_ROWS).await?;
            self.after = page.last().map(|row| row.id);
            if self.after.is_some() {
                return Ok(Some((region.clone(), page)));
            }
            self.regions.pop_front();
        }
        Ok(None)
    }
}

async fn look(
    (history, places): (History, Arc<Semaphore>),
    region: RegionStore,
    row: MailboxRow,
    mut kept: Kept,
    halted: watch::Receiver<bool>,
) -> Ended {
    let _place = places.acquire().await;
    let result = match region.lease(&format!("sync {}", row.id)).await {
        Ok(Some(lease)) => {
            if lease.is_new {
                // Another node may have gone on from what is remembered here.
                kept.memory = Memory::default();
            }
            history.look(&region.under(lease), &row, &mut kept.memory, halted).await
        }
        // Another node looks at this one; nothing is wrong.
        Ok(None) => Err(SyncError::Frozen),
        Err(error) => Err(SyncError::Store(error)),
    };
    Ended { owner: row.owner, address: row.address, kept, result }
}

/// Whether an error tells of the server rather than of one mailbox.
fn is_of_the_primary(error: &SyncError) -> bool {
    matches!(
        error,
        SyncError::Down { .. } | SyncError::Slow { .. } | SyncError::Untrusted { .. } | SyncError::Rubbish { .. }
    )
}
