//! The loop that empties the queue.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mail::Domain;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::{Item, Memory, MxResolver, Queue, Route, Schedule};
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
    /// Recipients named in one transaction.
    pub recipients_per_transaction_max: usize,
    /// What messages under way may fill; runners with a clone of it share it.
    pub memory: Memory,
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
            // RFC 5321 §4.5.3.1.8: every server takes so many.
            recipients_per_transaction_max: 100,
            memory: Memory::default(),
            poll: Duration::from_secs(5),
        }
    }
}

/// Delivers what is due.
pub struct Runner<Q, R> {
    pub(super) queue: Arc<Q>,
    pub(super) resolver: Arc<R>,
    pub(super) settings: Arc<Settings>,
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
        // What has failed is told, and never handed to anybody again.
        let (failed, items): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.waiting.failed.is_some());
        if !failed.is_empty() {
            tasks.spawn(Arc::clone(self).tell_all(failed));
        }
        for (domain, messages) in self.by_destination(items) {
            for batch in in_batches(messages, &self.settings) {
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

    async fn work(self: Arc<Self>, domain: Domain, transactions: Vec<Vec<Item>>) {
        let turnstile = self.turnstile(&domain);
        let recipients: Vec<i64> = transactions.iter().flatten().map(|item| item.recipient).collect();
        let (Ok(_place), Ok(_session)) = (turnstile.acquire().await, self.sessions.acquire().await) else { return };
        self.attempt(&domain, transactions).await;
        self.let_go(&recipients);
    }

    /// Another try at telling senders what has failed.
    async fn tell_all(self: Arc<Self>, items: Vec<Item>) {
        for item in items {
            self.conclude_failed(&item).await;
            self.let_go(&[item.recipient]);
        }
    }

    fn let_go(&self, recipients: &[i64]) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|recipient| !recipients.contains(recipient));
    }
}

/// Batches of what is handed over in one session: transactions, each with its recipients.
fn in_batches(messages: BTreeMap<i64, Vec<Item>>, settings: &Settings) -> Vec<Vec<Vec<Item>>> {
    let transactions =
        messages.into_values().flat_map(|items| in_pieces(items, settings.recipients_per_transaction_max));
    in_pieces(transactions.collect(), settings.messages_per_session_max)
}

fn in_pieces<T>(mut things: Vec<T>, size: usize) -> Vec<Vec<T>> {
    let mut pieces = Vec::new();
    while !things.is_empty() {
        let rest = things.split_off(size.max(1).min(things.len()));
        pieces.push(std::mem::replace(&mut things, rest));
    }
    pieces
}
