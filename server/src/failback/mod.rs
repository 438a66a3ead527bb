//! What a failback does at the primary, mailbox by mailbox.
//!
//! ```text
//!   take_delta  what the primary has meanwhile, onto the film
//!   push        what we have and it has not, once
//!   reconcile   counted there, one line a mailbox
//! ```
//!
//! A mailbox that fails does not keep the others from going back; the step fails at its end and is tried again.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use ::sync::Finding;
use ::sync::failback::{Pushed, Reconciled, push, reconcile};
use ::sync::history::{History, Looked, Memory};
use anyhow::{Context as _, Result, bail};
use failover::{Says, Step};
use store::region::MailboxRow;
use store::{RegionStore, Store};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::executor::{Returning, Say, Working};

/// Mailboxes that are worked on at one time.
const AT_ONCE: usize = 4;
/// What is offered where the primary has lost mail.
const OFFER: &str = "Nothing was deleted here for that. If the primary was wiped or is new, \
                     `relais failback start --full` offers it the whole history";
/// Mailboxes between two sentences.
const SAY_EVERY: usize = 10;

/// The primary as failback sees it.
pub struct Primary {
    /// What goes back.
    pub store: Store,
    /// The way there; none when no `[primary]` is configured.
    pub history: Option<History>,
}

impl Returning for Primary {
    fn take_delta<'a>(&'a self, say: Say<'a>) -> Working<'a> {
        Box::pin(async move {
            let looked = self.each(say, Step::TakeDelta, |history, region, row| async move {
                let running = watch::channel(false).1;
                history.look(&region, &row, &mut Memory::default(), running).await
            });
            let looked = looked.await?;
            let messages: u64 = looked.iter().map(|one| one.messages).sum();
            Ok(format!("{messages} messages taken{}", odd(&looked)))
        })
    }

    fn push<'a>(&'a self, full: bool, say: Say<'a>) -> Working<'a> {
        Box::pin(async move {
            let pushing = self.each(say, Step::Push, move |history, region, row| async move {
                push(&history, &region, &row, full).await
            });
            let mut all = Pushed::default();
            pushing.await?.into_iter().for_each(|pushed| all.add(pushed));
            let Pushed { appended, found, moved, flagged, deleted, refused } = all;
            let refused = if refused.is_empty() { String::new() } else { format!("; refused: {}", refused.join("; ")) };
            Ok(format!(
                "{appended} messages pushed, {found} found there, {moved} moved, {flagged} flagged, {deleted} deleted{refused}"
            ))
        })
    }

    fn left<'a>(&'a self, full: bool) -> Pin<Box<dyn Future<Output = Result<usize>> + Send + 'a>> {
        Box::pin(async move {
            let mut left = 0;
            for region in self.store.regions() {
                for row in region.mailboxes().await? {
                    left += region.changes(row.id, full).await?.len();
                }
            }
            Ok(left)
        })
    }

    fn reconcile<'a>(&'a self, say: Say<'a>) -> Working<'a> {
        Box::pin(async move {
            let counting = self.each(say, Step::Reconcile, |history, region, row| async move {
                reconcile(&history, &region, &row, false).await
            });
            let mut counted = counting.await?;
            // What somebody has to look at comes first.
            let asks = |one: &Reconciled| (one.is_equal(), one.unverified == 0);
            counted.sort_by(|one, other| asks(one).cmp(&asks(other)).then_with(|| one.address.cmp(&other.address)));
            let different = counted.iter().filter(|one| !one.is_equal()).count();
            let mut lines: Vec<String> = counted.iter().map(ToString::to_string).collect();
            lines.push(format!("{} mailboxes, {different} with differences", counted.len()));
            let doubtful = counted.iter().filter(|one| one.unverified > 0).count();
            if doubtful > 0 {
                lines.push(format!(
                    "{doubtful} of them have messages from after the clean point, as the primary showed them: they lie \
                     there unverified, and here in the marked folder"
                ));
            }
            let lacking = counted.iter().filter(|one| one.lacks()).count();
            if lacking > 0 {
                lines.push(format!("{lacking} of them have fewer messages at the primary than here. {OFFER}"));
            }
            Ok(lines.join("\n"))
        })
    }
}

/// What was odd in the mailboxes, each kind once with how many and an example: it tells whether the primary is the one
/// that was left.
fn odd(looked: &[Looked]) -> String {
    let mut kinds: BTreeMap<&str, (usize, &Finding)> = BTreeMap::new();
    for finding in looked.iter().flat_map(|one| &one.findings) {
        kinds.entry(&finding.name).or_insert((0, finding)).0 += 1;
    }
    let tell = |(name, (mailboxes, first)): (&str, (usize, &Finding))| {
        format!("; {name} in {mailboxes} mailboxes, such as: {}. {}", first.what, first.remedy)
    };
    kinds.into_iter().map(tell).collect()
}

fn count(mailboxes: usize) -> u64 {
    u64::try_from(mailboxes).unwrap_or(u64::MAX)
}

impl Primary {
    /// Does `work` for every mailbox, few at one time.
    async fn each<T, F, W>(&self, say: Say<'_>, step: Step, work: W) -> Result<Vec<T>>
    where
        T: Send + 'static,
        F: Future<Output = ::sync::Result<T>> + Send + 'static,
        W: Fn(History, RegionStore, MailboxRow) -> F,
    {
        let history = self.history.as_ref().context("no [primary] is configured: there is nowhere to go back to")?;
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut working = JoinSet::new();
        for region in self.store.regions() {
            for row in region.mailboxes().await? {
                let (address, places) = (row.address.clone(), Arc::clone(&places));
                let done = work(history.clone(), region.clone(), row);
                working.spawn(async move {
                    let _place = places.acquire().await;
                    (address, done.await)
                });
            }
        }
        let total = working.len();
        let (mut done, mut failed) = (Vec::with_capacity(total), Vec::new());
        while let Some(ended) = working.join_next().await {
            match ended.context("a mailbox's task ended early")? {
                (_, Ok(one)) => done.push(one),
                (address, Err(error)) => failed.push(format!("{address}: {error}")),
            }
            if (done.len() + failed.len()).is_multiple_of(SAY_EVERY) {
                say(Says::Working { step, done: count(done.len() + failed.len()), of: count(total) });
            }
        }
        match failed.first() {
            Some(first) => bail!("{} of {total} mailboxes failed, such as {first}", failed.len()),
            None => Ok(done),
        }
    }
}
