//! The loop that empties the queue.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mail::{Domain, Enhanced, Reply};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::deliver::{Parcel, attempt};
use super::{Item, MxResolver, Notice, NoticeKind, Queue, Route, Schedule, Settlement, compose_notice};
use crate::driver::now;

/// How the runner works.
#[derive(Clone)]
pub struct Settings {
    /// Our name, TLS and time-outs towards servers.
    pub client: crate::client::Settings,
    /// How mail finds its way out.
    pub route: Route,
    /// When to try again.
    pub schedule: Schedule,
    /// Sessions at one time.
    pub sessions_max: usize,
    /// Sessions with one domain at one time.
    pub sessions_per_domain_max: usize,
    /// Messages handed over in one session.
    pub messages_per_session_max: usize,
    /// How often the queue is asked although nothing has changed.
    pub poll: Duration,
}

impl Settings {
    /// Usual figures for `client`, straight to the recipients' servers.
    #[must_use]
    pub fn new(client: crate::client::Settings) -> Self {
        Self {
            client,
            route: Route::Mx { port: 25 },
            schedule: Schedule::default(),
            sessions_max: 50,
            sessions_per_domain_max: 5,
            messages_per_session_max: 20,
            poll: Duration::from_secs(5),
        }
    }
}

/// Delivers what is due.
pub struct Runner<Q, R> {
    queue: Arc<Q>,
    resolver: Arc<R>,
    settings: Arc<Settings>,
    sessions: Arc<Semaphore>,
    domains: Mutex<HashMap<Domain, Arc<Semaphore>>>,
    /// Recipients under way, whatever the queue's leases say.
    under_way: Mutex<HashSet<i64>>,
}

impl<Q: Queue, R: MxResolver> Runner<Q, R> {
    /// A runner; [`Runner::run`] starts it.
    #[must_use]
    pub fn new(queue: Arc<Q>, resolver: Arc<R>, settings: Settings) -> Self {
        let sessions = Arc::new(Semaphore::new(settings.sessions_max));
        let (domains, under_way) = (Mutex::default(), Mutex::default());
        Self { queue, resolver, settings: Arc::new(settings), sessions, domains, under_way }
    }

    /// Runs until `shutdown` becomes true. What is under way then comes back when its lease ends.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) {
        let runner = Arc::new(self);
        let mut tasks = JoinSet::new();
        while !*shutdown.borrow_and_update() {
            let begun = runner.begin_due(&mut tasks).await;
            let full = begun >= runner.limit();
            tokio::select! {
                changed = shutdown.changed() => if changed.is_err() { break },
                _ = runner.queue.changed(), if !full => {}
                // A time to try again comes without anybody saying so.
                _ = tokio::time::sleep(runner.settings.poll) => {}
                Some(_) = tasks.join_next() => {}
            }
        }
        // Who has the message already should not get it twice: give sessions a moment to end.
        let _ =
            tokio::time::timeout(Duration::from_secs(5), async { while tasks.join_next().await.is_some() {} }).await;
    }

    fn limit(&self) -> usize {
        self.settings.sessions_max * self.settings.messages_per_session_max
    }

    async fn begin_due(self: &Arc<Self>, tasks: &mut JoinSet<()>) -> usize {
        let items = match self.queue.due(now(), self.limit()).await {
            Ok(items) => items,
            Err(error) => {
                tracing::warn!(%error, "the queue cannot be read");
                return 0;
            }
        };
        let items = self.claim(items);
        let count = items.len();
        for (domain, messages) in self.by_destination(items) {
            for batch in in_batches(messages, self.settings.messages_per_session_max) {
                tasks.spawn(Arc::clone(self).work(domain.clone(), batch));
            }
        }
        count
    }

    fn claim(&self, items: Vec<Item>) -> Vec<Item> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        items.into_iter().filter(|item| under_way.insert(item.recipient)).collect()
    }

    fn by_destination(&self, items: Vec<Item>) -> BTreeMap<Domain, BTreeMap<i64, Vec<Item>>> {
        let mut domains: BTreeMap<Domain, BTreeMap<i64, Vec<Item>>> = BTreeMap::new();
        for item in items {
            let domain = item.waiting.address.domain().clone();
            domains.entry(domain).or_default().entry(item.outgoing).or_default().push(item);
        }
        domains
    }

    fn turnstile(&self, domain: &Domain) -> Arc<Semaphore> {
        let mut domains = self.domains.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody waits at are forgotten before there are too many.
        if domains.len() > 10_000 {
            domains.retain(|_, turnstile| Arc::strong_count(turnstile) > 1);
        }
        let new = || Arc::new(Semaphore::new(self.settings.sessions_per_domain_max));
        Arc::clone(domains.entry(domain.clone()).or_insert_with(new))
    }

    async fn work(self: Arc<Self>, domain: Domain, messages: Vec<Vec<Item>>) {
        let turnstile = self.turnstile(&domain);
        let recipients: Vec<i64> = messages.iter().flatten().map(|item| item.recipient).collect();
        let (Ok(_place), Ok(_session)) = (turnstile.acquire().await, self.sessions.acquire().await) else { return };
        let parcels = self.pack(messages).await;
        for (parcel, verdicts) in attempt(&self.settings, self.resolver.as_ref(), &domain, parcels).await {
            for (item, reply) in parcel.items.iter().zip(verdicts) {
                self.conclude(item, reply, &parcel.raw).await;
            }
        }
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        recipients.iter().for_each(|recipient| {
            under_way.remove(recipient);
        });
    }

    async fn pack(&self, messages: Vec<Vec<Item>>) -> Vec<Parcel> {
        let mut parcels = Vec::new();
        for items in messages {
            let Some(outgoing) = items.first().map(|item| item.outgoing) else { continue };
            match self.queue.raw(outgoing).await {
                Ok(raw) => parcels.push(Parcel { items, raw: Arc::new(raw) }),
                Err(error) => {
                    tracing::error!(outgoing, %error, "a waiting message cannot be read");
                    let reply = Reply::trouble();
                    for item in &items {
                        self.put_off(item, reply.clone(), &[]).await;
                    }
                }
            }
        }
        parcels
    }

    async fn conclude(&self, item: &Item, reply: Reply, raw: &[u8]) {
        tracing::info!(recipient = %item.waiting.address, attempt = item.waiting.attempts + 1, %reply, "delivery");
        if reply.is_positive() {
            if item.waiting.notify.success {
                self.tell(NoticeKind::Relayed, item, &reply, raw).await;
            }
            self.settle(item, Settlement::Delivered { reply }).await;
        } else if reply.is_permanent() {
            self.give_up(item, reply, raw).await;
        } else {
            self.put_off(item, reply, raw).await;
        }
    }

    async fn put_off(&self, item: &Item, reply: Reply, raw: &[u8]) {
        match self.settings.schedule.next(item.waiting.attempts, item.waiting.queued_at, now()) {
            Some(at) => {
                if item.waiting.notify.delay && self.settings.schedule.is_late_now(item.waiting.attempts) {
                    self.tell(NoticeKind::Delayed, item, &reply, raw).await;
                }
                self.settle(item, Settlement::Retry { at, reply }).await;
            }
            // RFC 3463 §3.5: delivery time expired
            None => {
                let text = format!("Given up after many attempts; the last answer was: {reply}");
                self.give_up(item, Reply::new(554, Enhanced(5, 4, 7), text), raw).await;
            }
        }
    }

    async fn give_up(&self, item: &Item, reply: Reply, raw: &[u8]) {
        // The notice first: told twice after a crash is better than never told.
        if item.waiting.notify.failure && !self.tell(NoticeKind::Failed, item, &reply, raw).await {
            let at = now().plus_s(60);
            return self.settle(item, Settlement::Retry { at, reply }).await;
        }
        self.settle(item, Settlement::Failed { reply }).await;
    }

    /// Whether the sender has been told, or is nobody to be told (RFC 5321 §4.5.5).
    async fn tell(&self, kind: NoticeKind, item: &Item, reply: &Reply, original: &[u8]) -> bool {
        let Some(to) = item.waiting.reverse_path.address() else { return true };
        let notice = Notice { kind, item, reply, original };
        let raw = compose_notice(&notice, to, &self.settings.client.name, rand::random(), now());
        let told = match raw {
            Ok(raw) => self.queue.notify(to.clone(), raw).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &told {
            tracing::error!(%to, %error, "a notice cannot be kept");
        }
        told.is_ok()
    }

    async fn settle(&self, item: &Item, settlement: Settlement) {
        // A lost settlement is a second delivery, so this tries harder than other writes.
        for wait_s in [0, 1, 5, 30] {
            tokio::time::sleep(Duration::from_secs(wait_s)).await;
            match self.queue.settle(item.recipient, settlement.clone()).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(recipient = %item.waiting.address, %error, "cannot note what became of a delivery")
                }
            }
        }
    }
}

fn in_batches(messages: BTreeMap<i64, Vec<Item>>, size: usize) -> Vec<Vec<Vec<Item>>> {
    let mut messages: Vec<Vec<Item>> = messages.into_values().collect();
    let mut batches = Vec::new();
    while !messages.is_empty() {
        let rest = messages.split_off(size.max(1).min(messages.len()));
        batches.push(std::mem::replace(&mut messages, rest));
    }
    batches
}
