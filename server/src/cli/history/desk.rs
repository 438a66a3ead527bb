//! Answers `relais history`. What is decided is in the audit log before it is done.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use mail::Region;
use serde_json::{Value, json};
use store::directory::Entry;
use store::region::{Hold, Removal, Sum};
use store::{EntryId, MailboxId, RegionStore, Store, StoreError};

use crate::clock::now;
use crate::config::Config;
use crate::control::{Answer, HistoryRequest, Refusal};

/// Lines of the account that are shown and answered; the sums are over these.
const LINES_MAX: u32 = 10_000;
/// Lines of the account that a terminal shows.
const SHOWN: usize = 40;

/// The desk.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    windows: Arc<BTreeMap<Region, u32>>,
}

/// A region and the mailbox meant there; `None` for all.
type Meant<'a> = (&'a RegionStore, Option<MailboxId>);

impl Desk {
    /// For this house.
    #[must_use]
    pub fn new(config: &Config, store: Store) -> Self {
        let regions = config.regions().into_iter();
        let windows = regions.map(|region| (region.name.clone(), config.window_days(&region.name))).collect();
        Self { store, windows: Arc::new(windows) }
    }

    /// Does what is asked.
    ///
    /// # Errors
    /// A [`Refusal`] says what to do next.
    pub async fn answer(&self, order: HistoryRequest) -> Result<Answer, Refusal> {
        match order {
            HistoryRequest::Status { address } => self.status(address.as_deref()).await,
            HistoryRequest::Hold { address, by, reason } => self.hold(address.as_deref(), &by, &reason).await,
            HistoryRequest::Release { address, by, reason } => self.release(address.as_deref(), &by, &reason).await,
        }
    }

    async fn hold(&self, address: Option<&str>, by: &str, reason: &str) -> Result<Answer, Refusal> {
        if let (None, Some(closed)) = (address, self.store.closed().first()) {
            let what =
                format!("region {} is closed ({}), and would come back without the hold", closed.name, closed.why);
            return Err(Refusal::new(what, format!("{}; or name the people who are meant", closed.remedy)));
        }
        let (entry, meant) = self.decided(address, "history.hold", by, reason).await?;
        for (region, mailbox) in meant {
            region.set_hold(mailbox, by.trim(), reason.trim(), now()).await?;
        }
        let text = format!("No message of {} is removed until `relais history release`.", named(entry.as_ref()));
        Ok(Answer::new(text, json!({ "held": entry.map(|entry| entry.id) })))
    }

    async fn release(&self, address: Option<&str>, by: &str, reason: &str) -> Result<Answer, Refusal> {
        let (entry, meant) = self.decided(address, "history.release", by, reason).await?;
        let mut gone = None;
        for (region, mailbox) in meant {
            match region.end_hold(mailbox, now()).await {
                Ok(messages) => gone = Some(gone.unwrap_or(0) + messages),
                Err(error) if is_none_set(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let whose = named(entry.as_ref());
        let Some(gone) = gone else {
            return Err(Refusal::new(
                format!("there is no hold on {whose}"),
                "`relais history status` shows the holds",
            ));
        };
        let text = format!("The hold on {whose} has ended; {gone} messages that nothing but it kept were removed.");
        Ok(Answer::new(text, json!({ "released": entry.map(|entry| entry.id), "messages": gone })))
    }

    /// Who is meant, once the decision is in the audit log.
    async fn decided(
        &self,
        address: Option<&str>,
        what: &str,
        by: &str,
        reason: &str,
    ) -> Result<(Option<Entry>, Vec<Meant<'_>>), Refusal> {
        if by.trim().is_empty() || reason.trim().is_empty() {
            return Err(Refusal::new("nobody decided this, or nobody knows why", "give --by and --reason"));
        }
        let (entry, mut meant) = (self.whose(address).await?, Vec::new());
        for region in self.store.regions() {
            match &entry {
                None => meant.push((region, None)),
                Some(entry) => meant.extend(region.mailbox_of(&entry.id).await?.map(|mailbox| (region, Some(mailbox)))),
            }
        }
        if meant.is_empty() {
            return Err(Refusal::new(
                format!("{} has no mailbox", named(entry.as_ref())),
                "`relais people list` shows who has",
            ));
        }
        let detail = json!({ "entry": entry.as_ref().map(|entry| &entry.id), "reason": reason.trim() }).to_string();
        self.store.directory().audit(now(), by.trim(), what, &detail).await?;
        Ok((entry, meant))
    }

    async fn whose(&self, address: Option<&str>) -> Result<Option<Entry>, Refusal> {
        let Some(address) = address else { return Ok(None) };
        let directory = self.store.directory();
        let found = directory.person(address, directory.trusted().await?).await?;
        let nobody = || {
            let hint = "`relais people list` shows everybody; --everybody means all mailboxes";
            Refusal::new(format!("nobody with a mailbox has the address {address}"), hint)
        };
        found.map(Some).ok_or_else(nobody)
    }

    async fn status(&self, address: Option<&str>) -> Result<Answer, Refusal> {
        let whose = self.whose(address).await?.map(|entry| entry.id);
        let (mut text, mut regions) = (String::new(), Vec::new());
        for region in self.store.regions() {
            let holds = region.legal_holds().await?;
            let lines = region.removals(whose.as_ref(), LINES_MAX).await?;
            let days = self.windows.get(region.name()).copied();
            let names = self.names(&holds, &lines).await?;
            text += &in_words(region.name(), days, &holds, &lines, &names);
            regions.push(row(region.name(), days, &holds, &lines, &names));
        }
        Ok(Answer::new(text.trim_end(), json!({ "regions": regions })))
    }

    /// The primary addresses of those who are named.
    async fn names(&self, holds: &[Hold], lines: &[Removal]) -> Result<HashMap<EntryId, String>, Refusal> {
        let owners = holds.iter().filter_map(|hold| hold.owner.as_ref()).chain(lines.iter().map(|line| &line.owner));
        let mut names = HashMap::new();
        for owner in owners {
            if names.contains_key(owner) {
                continue;
            }
            let entry = self.store.directory().entry(owner, self.store.directory().trusted().await?).await?;
            let address = entry.and_then(|entry| entry.primary).map_or_else(|| owner.to_string(), |it| it.to_string());
            names.insert(owner.clone(), address);
        }
        Ok(names)
    }
}

fn is_none_set(error: &StoreError) -> bool {
    match error {
        StoreError::NoSuch(_) => true,
        StoreError::Commit(cause) => is_none_set(cause),
        _ => false,
    }
}

fn named(entry: Option<&Entry>) -> String {
    entry.map_or_else(
        || "any mailbox".to_owned(),
        |entry| entry.primary.as_ref().map_or_else(|| entry.id.to_string(), ToString::to_string),
    )
}

fn in_words(
    region: &Region,
    days: Option<u32>,
    holds: &[Hold],
    lines: &[Removal],
    names: &HashMap<EntryId, String>,
) -> String {
    let mut text = match days {
        Some(days) => format!("Region {region}: mail is kept for {days} days.\n"),
        None => format!("Region {region}: mail is kept.\n"),
    };
    let name = |owner: &EntryId| names.get(owner).cloned().unwrap_or_else(|| owner.to_string());
    for Hold { owner, since, set_by, reason } in holds {
        let whose = owner.as_ref().map_or_else(|| "every mailbox".to_owned(), name);
        text += &format!("  hold  {whose}  since {} by {}: {}\n", since.rfc3339(), plain(set_by), plain(reason));
    }
    if lines.is_empty() {
        return text + "  nothing was removed\n";
    }
    text += "  removed     why         events  messages  bodies       bytes  mailbox\n";
    for Removal { owner, day, why, sum } in lines.iter().take(SHOWN) {
        let (day, Sum { events, messages, bodies, bytes }) = (day.rfc3339(), *sum);
        let day = day.get(..10).unwrap_or(&day);
        text += &format!("  {day}  {why:10} {events:7} {messages:9} {bodies:7} {bytes:11}  {}\n", name(owner));
    }
    if lines.len() > SHOWN {
        text += &format!("  and {} lines more: --json, or name an address\n", lines.len() - SHOWN);
    }
    let Sum { events, messages, bodies, bytes } = total(lines);
    text + &format!("  in all                {events:7} {messages:9} {bodies:7} {bytes:11}\n")
}

fn total(lines: &[Removal]) -> Sum {
    lines.iter().fold(Sum::default(), |mut all, line| {
        all += line.sum;
        all
    })
}

fn row(
    region: &Region,
    days: Option<u32>,
    holds: &[Hold],
    lines: &[Removal],
    names: &HashMap<EntryId, String>,
) -> Value {
    let name = |owner: &EntryId| names.get(owner).cloned();
    let holds: Vec<Value> = holds
        .iter()
        .map(|hold| {
            let address = hold.owner.as_ref().and_then(name);
            json!({ "owner": hold.owner, "address": address, "since": hold.since.rfc3339(), "by": hold.set_by, "reason": hold.reason })
        })
        .collect();
    let removed: Vec<Value> = lines
        .iter()
        .map(|line| {
            let day = line.day.rfc3339();
            let Removal { owner, why, sum, .. } = line;
            json!({ "day": day.get(..10), "owner": owner, "address": name(owner), "why": why, "removed": sum })
        })
        .collect();
    json!({ "name": region, "window_days": days, "holds": holds, "account": removed, "removed": total(lines) })
}

/// Somebody's words as a terminal may show them.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
