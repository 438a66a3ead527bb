//! How fast a store takes mail in when a million messages lie in it already, beside one that is empty.
//!
//! ```text
//!   growth DIR MESSAGES RUNS [postgres://...]
//!   fill ── MESSAGES small ones, many at a time ──> full          empty RATE    accepted a second: 20 sessions,
//!   run  ── 20 sessions, 10 kB ──> a fresh store, full, ...       full RATE     each waiting for its own message
//! ```
//!
//! Part of `make bench`, whose program runs servers and nothing of ours: whatever grows with the mail, grows in here.

#![allow(clippy::disallowed_methods, reason = "what measures needs the clock")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use mail::{FolderRole, Region, ReversePath, SystemFlags, Timestamp};
use store::region::{Arrival, CleanPoint, Deliver, NewMailbox};
use store::seal::UnlockKey;
use store::{BlobStore, Database, EntryId, HouseKeys, MailboxId, RegionConfig, RegionStore, Store, StoreConfig};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const START: Timestamp = Timestamp::from_unix_s(1_790_000_000);
/// Milliseconds since then: each message comes in one of its own.
static NOW: AtomicI64 = AtomicI64::new(1);
/// Mailboxes of a store, all laid out.
const MAILBOXES: usize = 200;
/// Messages on their way at one time while the store is filled.
const FILLING: usize = 256;
/// Sessions of a run, and messages of each.
const SESSIONS: usize = 20;
const MESSAGES_EACH: usize = 250;

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut words = std::env::args().skip(1);
    let (Some(dir), Some(messages), Some(runs)) = (words.next(), words.next(), words.next()) else {
        return Err("growth DIR MESSAGES RUNS [postgres://...]".into());
    };
    let (dir, url) = (Path::new(&dir), words.next());
    let (messages, runs): (usize, usize) = (messages.parse()?, runs.parse()?);
    let full = House::open(&dir.join("full"), url.as_deref()).await?;
    let begun = Instant::now();
    full.take_in(FILLING, messages, small).await?;
    eprintln!("{messages} messages in {:.0} s", begun.elapsed().as_secs_f64());
    for run in 0..runs {
        let place = dir.join(format!("empty-{run}"));
        let empty = House::open(&place, url.as_deref()).await?;
        println!("empty {:.1}", empty.rate().await?);
        drop(empty);
        std::fs::remove_dir_all(&place)?;
        println!("full {:.1}", full.rate().await?);
    }
    Ok(())
}

/// A store of its own whose mailboxes are open.
struct House {
    store: Store,
    mailboxes: Arc<[MailboxId]>,
}

impl House {
    async fn open(data: &Path, url: Option<&str>) -> Outcome<Self> {
        std::fs::create_dir_all(data)?;
        let unlock = UnlockKey::generate();
        let store = Store::open(config(data, url, &unlock)?).await?;
        let region = store.default_region();
        let new: Vec<NewMailbox> = (0..MAILBOXES)
            .map(|number| NewMailbox {
                owner: EntryId::from(format!("p{number}").as_str()),
                address: format!("p{number}@corp.test"),
                shared: false,
            })
            .collect();
        let mailboxes = region.provision(&new, START).await?;
        region.set_clean_point(None, CleanPoint::At(START), START).await?;
        region.unseal(&unlock, None).await?;
        for mailbox in &mailboxes {
            region.lay_out(*mailbox).await?;
        }
        Ok(Self { mailboxes: mailboxes.into(), store })
    }

    /// Messages a second.
    async fn rate(&self) -> Outcome<f64> {
        let begun = Instant::now();
        self.take_in(SESSIONS, SESSIONS * MESSAGES_EACH, letter).await?;
        Ok((SESSIONS * MESSAGES_EACH) as f64 / begun.elapsed().as_secs_f64())
    }

    /// Accepts messages in as many lanes, each of which waits for its last one.
    async fn take_in(&self, lanes: usize, messages: usize, make: fn(usize) -> Vec<u8>) -> Outcome<()> {
        let lanes: Vec<_> = (0..lanes)
            .map(|lane| {
                let (region, mailboxes) = (self.store.default_region().clone(), Arc::clone(&self.mailboxes));
                tokio::spawn(async move {
                    for number in (lane..messages).step_by(lanes) {
                        let Some(mailbox) = mailboxes.get(number % mailboxes.len()) else { continue };
                        region.accept(arrival(&region, *mailbox, make(number))).await?;
                    }
                    Ok::<_, store::StoreError>(())
                })
            })
            .collect();
        for lane in lanes {
            lane.await??;
        }
        Ok(())
    }
}

fn config(data: &Path, url: Option<&str>, unlock: &UnlockKey) -> Outcome<StoreConfig> {
    let name = data.file_name().unwrap_or_default().to_string_lossy().replace('-', "_");
    let database = || match url {
        Some(url) => {
            Database::Postgres { url: url.to_owned().into(), prefix: format!("g{}_{name}", std::process::id()) }
        }
        None => Database::Folder,
    };
    let region = RegionConfig {
        name: Region::parse("fr-test")?,
        country: "FR".to_owned(),
        place: None,
        unlock_public: unlock.public(),
        database: database(),
        blobs: BlobStore::Folder,
    };
    Ok(StoreConfig {
        data: data.to_owned(),
        node: "n1".to_owned(),
        database: database(),
        regions: vec![region],
        keys: HouseKeys::generate(),
    })
}

fn arrival(region: &RegionStore, mailbox: MailboxId, raw: Vec<u8>) -> Arrival {
    Arrival {
        content: region.new_content_id(),
        raw,
        reverse_path: ReversePath::Null,
        envelope_id: None,
        body_8bit: false,
        smtputf8: false,
        deliver: vec![Deliver { mailbox, role: FolderRole::Inbox, flags: SystemFlags::NONE }],
        relay: Vec::new(),
        at: Timestamp::from_ms(START.as_ms() + NOW.fetch_add(1, Ordering::Relaxed)),
    }
}

fn small(number: usize) -> Vec<u8> {
    format!("From: ami@partner.test\r\nSubject: charge {number}\r\n\r\nbonjour {number}\r\n").into_bytes()
}

fn letter(number: usize) -> Vec<u8> {
    let body = "Un texte qui ressemble à du courrier ordinaire, ligne après ligne.\r\n".repeat(142);
    format!("From: ami@partner.test\r\nSubject: charge {number}\r\n\r\n{body}").into_bytes()
}
