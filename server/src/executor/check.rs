//! "Could we take over now?" Looks at everything that readiness rests on, and changes nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dns::RecordPlan;
use failover::{Age, Fact, Finding, MxHost, Phase, Readiness, Rotation, SignIn, Verdict, readiness, verdict};
use mail::{Address, Domain, Timestamp};
use rustls::pki_types::CertificateDer;
use serde_json::json;
use store::directory::{AsOf, EntryPage, Owner, RefusedSignIns, RunKind};
use store::{ClosedRegion, EntryId, Hindrance, RegionStore, Store, StoreError};
use tokio::sync::watch;
use webmail::console::desk::Past;

use super::certificate;
use super::names::Names;
use super::pulse::Pulse;
use super::stored::Stored;
use crate::clock::now;
use crate::config::Config;
use crate::control::Answer;
use crate::keys::Unlock;
use crate::posture::Posture;
use crate::{audit, backup};

/// Mailboxes whose way back is counted for one plan.
const COUNTED_MAX: u64 = 5_000;
/// How often every row, page and body is looked at unasked.
const DEEP_EVERY_MS: i64 = 86_400_000;
/// How often readiness is looked at unasked.
const EVERY: Duration = Duration::from_secs(300);
/// How soon again just after a start, while the first copies are being made.
const EARLY: Duration = Duration::from_secs(3);
const EARLY_LOOKS: u32 = 10;
/// Addresses that are named as wrong.
const NAMED_MAX: usize = 100;
/// Entries read at one time.
const PAGE_ENTRIES: u32 = 1_000;

/// What a look came to.
#[derive(Clone, Debug)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// Could we take over?
    pub verdict: Verdict,
    /// What stands in the way.
    pub findings: Vec<Finding>,
}

/// What backups there should be, and where it is noted when there is one.
#[derive(Clone)]
struct Backups {
    /// Rows are in PostgreSQL, and no place is named: whoever runs it looks after it.
    is_elsewhere: bool,
    /// Regions that are copied nowhere.
    without: Vec<String>,
    every_ms: i64,
    board: backup::Board,
}

impl Backups {
    fn of(config: &Config) -> Self {
        let regions = config.regions();
        let is_postgres = config.database.url_file.is_some() || regions.iter().any(|region| region.url_file.is_some());
        Self {
            is_elsewhere: is_postgres && config.backup.to.is_none(),
            without: config.without_backup().iter().map(ToString::to_string).collect(),
            every_ms: i64::from(config.backup.every_hours) * 3_600_000,
            board: backup::Board::default(),
        }
    }

    fn seen(&self) -> failover::Backups {
        if self.is_elsewhere {
            return failover::Backups::Elsewhere;
        }
        failover::Backups::Here {
            without: self.without.clone(),
            last: self.board.last(),
            every_ms: self.every_ms,
            trouble: self.board.trouble(),
        }
    }
}

/// What readiness is looked up in.
#[derive(Clone)]
pub struct Checking {
    store: Store,
    names: Option<Names>,
    certificate: CertificateDer<'static>,
    host: String,
    unlock: Unlock,
    directory_source: Option<String>,
    has_primary: bool,
    pulse: Pulse,
    backups: Backups,
    shipping: audit::Board,
    last: Arc<Mutex<Option<Look>>>,
    domains: Vec<Domain>,
    first: Arc<Mutex<Option<Timestamp>>>,
    wrong: Arc<Mutex<Vec<String>>>,
}

impl Checking {
    pub(super) fn new(
        config: &Config,
        store: Store,
        names: Option<Names>,
        certificate: CertificateDer<'static>,
        unlock: Unlock,
    ) -> Self {
        let target = config.dns.as_ref().and_then(|dns| dns.mx.iter().min_by_key(|target| target.preference));
        let host = target.map_or_else(|| config.hostname(), |target| target.host.to_string());
        let directory_source = crate::serve::directory_source(config);
        let has_primary = config.primary.is_some();
        Self {
            store,
            names,
            certificate,
            host,
            unlock,
            directory_source,
            has_primary,
            pulse: Pulse::default(),
            backups: Backups::of(config),
            shipping: audit::Board::default(),
            last: Arc::default(),
            domains: config.domains.clone(),
            first: Arc::default(),
            wrong: Arc::default(),
        }
    }

    /// Where the unlock key comes from.
    pub(super) const fn unlock(&self) -> &Unlock {
        &self.unlock
    }

    /// Looks at everything now and then, while the house stands by.
    pub(super) fn follow(
        &self,
        posture: watch::Receiver<Posture>,
        mut shutdown: watch::Receiver<bool>,
    ) -> watch::Receiver<Option<Readiness>> {
        let (told, reading) = watch::channel(None);
        let checking = self.clone();
        tokio::spawn(async move {
            let (mut looks, mut deep_at) = (0_u32, None);
            while !*shutdown.borrow_and_update() && !told.is_closed() {
                if posture.borrow().phase == Phase::Standby {
                    let is_due = deep_at.is_none_or(|at| now().ms_since(at) >= DEEP_EVERY_MS);
                    if is_due {
                        deep_at = Some(now());
                    }
                    let facts = if is_due { checking.looked_deep().await } else { checking.facts().await };
                    checking.remember(&facts);
                    told.send_replace(Some(facts));
                }
                tokio::select! {
                    changed = shutdown.changed() => if changed.is_err() { return },
                    () = told.closed() => {}
                    // The world outside changes without telling.
                    () = tokio::time::sleep(if looks < EARLY_LOOKS { EARLY } else { EVERY }) => {}
                }
                looks = looks.saturating_add(1);
            }
        });
        reading
    }

    /// When the first copy of any mail was made, as far as it was looked at.
    pub fn first_copy(&self) -> Option<Timestamp> {
        *self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What sync beats.
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Where the last backup is noted.
    pub fn backups(&self) -> backup::Board {
        self.backups.board.clone()
    }

    /// Where it is noted what a collector of logs misses.
    pub fn shipping(&self) -> audit::Board {
        self.shipping.clone()
    }

    fn remember(&self, facts: &Readiness) -> Look {
        let findings = readiness(facts, now());
        let look = Look { at: now(), verdict: verdict(&findings), findings };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(look.clone());
        look
    }

    /// The last look, while the house stands by.
    pub fn last(&self) -> Option<Look> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at everything now.
    pub async fn look(&self) -> Look {
        self.remember(&self.looked_deep().await)
    }

    // Reading everything is for whoever asks and for once a day, not for every few minutes.
    async fn looked_deep(&self) -> Readiness {
        let damaged = known(self.damaged_anywhere().await);
        let tampered = known(self.tampered_anywhere().await);
        let addresses = self.wrong_addresses().await;
        if let Ok(found) = &addresses {
            self.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone_from(found);
        }
        Readiness { damaged, tampered, addresses: known(addresses), ..self.facts().await }
    }

    /// The answer of `relais check`.
    pub async fn answer(&self) -> Answer {
        let Look { verdict, findings, .. } = self.look().await;
        Answer {
            text: text(verdict, &findings),
            json: json!({ "verdict": verdict, "findings": findings }),
            exit: verdict.exit_status(),
        }
    }

    /// Runs, the newest first, with their record plans and reconciliations.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn past(&self) -> Result<Vec<Past>, StoreError> {
        let rows = self.store.directory().runs().await?;
        // A drill of another release has steps of its own kind.
        let readable = rows.iter().filter_map(|row| Stored::of(row).ok());
        Ok(readable.map(|Stored { run, records, reconciliation, .. }| Past { run, records, reconciliation }).collect())
    }

    /// The record plan that a failover would draw now, as a diff.
    pub async fn record_plan(&self) -> Result<RecordPlan, String> {
        let names = self.names.as_ref().ok_or("no [dns] is configured")?;
        names.draw(now()).await.map_err(|trouble| trouble.to_string())
    }

    /// What a failback would push now, in words; sealed mailboxes cannot be counted.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn to_push(&self) -> Result<String, StoreError> {
        let (mut changes, mut mailboxes, mut closed) = (0, 0, 0);
        for region in self.store.regions() {
            if region.mailbox_count().await? > COUNTED_MAX {
                return Ok(format!(
                    "what it counts itself: more than {COUNTED_MAX} mailboxes are not counted beforehand"
                ));
            }
            for row in region.mailboxes().await? {
                match region.changes(row.id, false).await {
                    Ok(found) => {
                        changes += found.len();
                        mailboxes += usize::from(!found.is_empty());
                    }
                    Err(StoreError::Sealed(_)) => closed += 1,
                    Err(error) => return Err(error),
                }
            }
        }
        let closed =
            if closed > 0 { format!("; {closed} mailboxes are sealed and not counted") } else { String::new() };
        Ok(format!("{changes} messages and changes of {mailboxes} mailboxes{closed}"))
    }

    /// Everything, seen now.
    pub async fn facts(&self) -> Readiness {
        let (dns, mailboxes, sign_in, refused) =
            tokio::join!(self.dns(), self.mailboxes(), self.sign_in(), self.refused_sign_ins());
        Readiness {
            certificate: known(certificate::read(&self.certificate, &self.host).map_err(|error| format!("{error:#}"))),
            directory: known(self.directory().await),
            history: known(self.history().await),
            history_trouble: Fact::Known(self.history_trouble()),
            mailboxes_missing: known(mailboxes),
            sign_in: known(sign_in),
            refused_sign_ins: known(refused),
            unlock_key: Fact::Known(self.unlock.readiness()),
            unlock_lies_at: self.only_in_standby(async { Fact::Known(self.unlock.lies_at()) }).await,
            addresses: Fact::Known(self.known_wrong()),
            rotation: known(self.rotation().await),
            tampered: known(self.tampered().await),
            closed_regions: known(self.regions().await),
            unwritable: Fact::Known(self.unwritable()),
            damaged: Fact::Known(self.damaged()),
            written_at: Fact::Known(self.written_at()),
            backups: Fact::Known(self.backups.seen()),
            unshipped: Fact::Known(self.shipping.late(now())),
            last_drill: self.last_drill().await,
            ..dns
        }
    }

    async fn dns(&self) -> Readiness {
        let Some(names) = &self.names else {
            let (what, remedy) = ("no [dns] is configured: the MX would have to be changed by hand", "configure [dns]");
            return Readiness {
                dns_write: Fact::Known(Err((what.to_owned(), remedy.to_owned()))),
                mx_ttl_s: Fact::Known(0),
                mx_is_ours: Fact::Known(None),
                authorities: Fact::Known(Vec::new()),
                mx_host: Fact::Known(MxHost {
                    name: self.host.clone(),
                    addresses: vec!["unknown".to_owned()],
                    is_alias: false,
                }),
                ..Readiness::default()
            };
        };
        let (dns_write, mx_ttl_s, authorities, mx_host, mx_is_ours) = tokio::join!(
            names.rehearse(),
            names.mx_ttl_s(),
            names.disagreeing(),
            names.mx_host(),
            self.only_in_standby(names.is_ours())
        );
        Readiness { dns_write, mx_ttl_s, authorities, mx_host, mx_is_ours, ..Readiness::default() }
    }

    /// What would be wrong in standby, and is as it should be while mail is here.
    async fn only_in_standby<T>(&self, look: impl Future<Output = Fact<Option<T>>>) -> Fact<Option<T>> {
        match self.store.directory().phase().await {
            Ok(store::directory::Phase::Standby) => look.await,
            Ok(_) => Fact::Known(None),
            Err(error) => Fact::Unknown(error.to_string()),
        }
    }

    /// Addresses of two, and mailboxes outside of our domains. Reads the whole directory.
    async fn wrong_addresses(&self) -> Result<Vec<String>, StoreError> {
        let (mut holders, mut wrong, mut after) = (HashMap::new(), Vec::new(), None);
        loop {
            let page = self.store.directory().entries_after(after.as_ref(), PAGE_ENTRIES, AsOf::Now).await?;
            if wrong.len() >= NAMED_MAX {
                return Ok(wrong);
            }
            for entry in &page.entries {
                let outside = entry.primary.as_ref().filter(|own| entry.kind.has_mailbox() && !self.is_within(own));
                wrong.extend(outside.map(|own| format!("{own} of {} lies outside of our domains", entry.name)));
                for address in entry.addresses() {
                    let (other, name) =
                        holders.entry(address.key()).or_insert_with(|| (entry.id.clone(), entry.name.clone()));
                    if *other != entry.id {
                        let whose = format!("{address} is the address of {name} and of {}", entry.name);
                        wrong.push(format!("{whose}; mail goes to whose main address it is, else to who had it first"));
                    }
                }
            }
            after = page.last;
            if after.is_none() {
                return Ok(wrong);
            }
        }
    }

    /// As of the last look at the whole directory.
    fn known_wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_within(&self, address: &Address) -> bool {
        self.domains.contains(address.domain())
    }

    async fn directory(&self) -> Result<Age, StoreError> {
        let directory = self.store.directory();
        let last = match &self.directory_source {
            Some(source) => directory.last_seen(source).await?,
            None => None,
        };
        let counts = directory.counts().await?;
        Ok(Age { count: counts.people + counts.shared, last })
    }

    fn history_trouble(&self) -> Option<(String, String)> {
        if self.has_primary {
            return self.pulse.trouble();
        }
        let what = "no [primary] is configured: no mail is copied, and staff would find empty mailboxes";
        Some((what.to_owned(), "configure [primary], unless that is meant".to_owned()))
    }

    // Without a primary to copy from there is no history to be late.
    async fn history(&self) -> Result<Age, StoreError> {
        let beat = if self.has_primary { self.pulse.last() } else { Some(now()) };
        let mut age = Age { count: 0, last: beat };
        for region in self.store.regions() {
            age.last = age.last.max(region.last_seen().await?);
            let seen = region.first_seen().await?;
            let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
            *first = first.into_iter().chain(seen).min();
        }
        Ok(age)
    }

    /// The next people and shared mailboxes, and after whom to go on.
    async fn holders(&self, after: Option<&EntryId>) -> Result<EntryPage, StoreError> {
        let mut page = self.store.directory().entries_after(after, PAGE_ENTRIES, AsOf::Now).await?;
        page.entries.retain(|entry| entry.kind.has_mailbox());
        Ok(page)
    }

    async fn mailboxes(&self) -> Result<u64, StoreError> {
        let (mut missing, mut after) = (0, None);
        loop {
            let page = self.holders(after.as_ref()).await?;
            let mut owners: Vec<EntryId> = page.entries.into_iter().map(|entry| entry.id).collect();
            for region in self.store.regions() {
                owners = region.without_mailbox(owners).await?;
            }
            missing += figure(owners.len());
            after = page.last;
            if after.is_none() {
                return Ok(missing);
            }
        }
    }

    async fn sign_in(&self) -> Result<SignIn, StoreError> {
        let (mut seen, mut after) = (SignIn { people: 0, able: 0 }, None);
        loop {
            let page = self.holders(after.as_ref()).await?;
            let people: Vec<&EntryId> =
                page.entries.iter().filter(|entry| entry.can_sign_in).map(|entry| &entry.id).collect();
            let ways = self.store.directory().ways_in_of(&people, now()).await?;
            seen.able += figure(people.iter().filter(|id| ways.contains_key(&Owner::Entry((**id).clone()))).count());
            seen.people += figure(people.len());
            after = page.last;
            if after.is_none() {
                return Ok(seen);
            }
        }
    }

    /// Refused sign-ins of today (UTC), the most often refused first.
    async fn refused_sign_ins(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let refused = self.store.directory().refused_sign_ins(now()).await?;
        let counted = |one: RefusedSignIns| (one.owner.text(), u64::try_from(one.count).unwrap_or(0));
        Ok(refused.into_iter().map(counted).collect())
    }

    async fn tampered_anywhere(&self) -> Result<Vec<String>, StoreError> {
        for region in self.store.regions() {
            region.verify().await?;
        }
        self.tampered().await
    }

    async fn damaged_anywhere(&self) -> Result<Vec<String>, StoreError> {
        self.store.directory().look_for_damage().await?;
        for region in self.store.regions() {
            region.look_for_damage().await?;
        }
        Ok(self.damaged())
    }

    fn damaged(&self) -> Vec<String> {
        let regions = self.store.regions().flat_map(RegionStore::damage);
        self.store.directory().damage().into_iter().chain(regions).collect()
    }

    /// Why what was last written was not kept, each with what to do.
    fn unwritable(&self) -> Vec<(String, String)> {
        let said = |place: &str, (why, hint): Hindrance| {
            let remedy = if hint.is_empty() { "look at the disk, or at the database server" } else { hint };
            (format!("the last write to {place} failed: {why}"), remedy.to_owned())
        };
        let of_directory = self.store.directory().hindrance().map(|one| said("the directory", one));
        let of_regions = self.store.regions().flat_map(|region| {
            let place = format!("region {}", region.name());
            region.hindrances().into_iter().map(move |one| said(&place, one))
        });
        of_directory.into_iter().chain(of_regions).collect()
    }

    /// What is wrong with regions, each with what to do.
    async fn regions(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut found = self.closed_regions();
        for region in self.store.regions() {
            let name = region.name();
            if let Some(doubt) = &region.whereabouts().doubt {
                let remedy = "let the key of the bucket ask for its location (s3:GetBucketLocation), and restart";
                found.push((format!("region {name} may be elsewhere: {doubt}"), remedy.to_owned()));
            }
            for (address, to) in region.half_moved().await? {
                let what = format!("the move of {address} from region {name} to {to} was interrupted; its mail waits");
                let remedy =
                    "stop relais and run `relais region move` again; to the region where it is, it gives it up";
                found.push((what, remedy.to_owned()));
            }
        }
        Ok(found)
    }

    fn closed_regions(&self) -> Vec<(String, String)> {
        let said = |region: &ClosedRegion| {
            let what = format!("region {} is closed, {} mailboxes wait: {}", region.name, region.mailboxes, region.why);
            (what, region.remedy.clone())
        };
        self.store.closed().iter().map(said).collect()
    }

    fn written_at(&self) -> Timestamp {
        let moments = self.store.regions().map(RegionStore::heard);
        moments.max().unwrap_or(Timestamp::from_ms(0))
    }

    async fn rotation(&self) -> Result<Rotation, StoreError> {
        let unfinished = self.store.directory().is_rotating().await?;
        Ok(Rotation { unfinished, misfits: self.store.regions().map(RegionStore::misfits).sum() })
    }

    async fn tampered(&self) -> Result<Vec<String>, StoreError> {
        let rows = self.store.directory().findings().await?;
        let mut found: Vec<String> =
            rows.iter().map(|row| format!("{} {}: {}", row.table, row.row, row.what)).collect();
        for region in self.store.regions() {
            found.extend(region.findings());
        }
        Ok(found)
    }

    async fn last_drill(&self) -> Option<Timestamp> {
        let runs = self.store.directory().runs().await.ok()?;
        runs.iter().filter(|run| run.kind == RunKind::Drill).filter_map(|run| run.ended_at).max()
    }
}

fn figure(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn known<T, E: ToString>(seen: Result<T, E>) -> Fact<T> {
    seen.map_or_else(|error| Fact::Unknown(error.to_string()), Fact::Known)
}

fn text(verdict: Verdict, findings: &[Finding]) -> String {
    let head = match verdict {
        Verdict::Ready => "Ready to take over.",
        Verdict::NotReady => "Not ready to take over.",
        Verdict::CouldNotTell => "Whether we are ready could not be told.",
    };
    let line = |finding: &Finding| {
        format!("  {} {}: {}\n      {}", finding.severity, finding.name, finding.what, finding.remedy)
    };
    let lines: Vec<String> = findings.iter().map(line).collect();
    [vec![head.to_owned()], lines].concat().join("\n")
}
