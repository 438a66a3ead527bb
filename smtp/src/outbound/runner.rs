//! The loop that empties the queue.
//!
//! ```text
//!   a page of what is due ─> by domain and message ─> as many sessions as have a place now ─> lease ─> work
//!        ^                                                    └ the rest stays in the queue, for anybody
//!        └── the next page, while sessions begin; else when something changes
//! ```

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mail::Domain;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::grip::Grip;
use super::{Item, Memory, MxResolver, Place, Queue, Route, Schedule};
use crate::driver::now;

/// Recipients that one look at the queue shows.
const PAGE: usize = 1000;

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
    /// How often leases are renewed.
    pub renew: Duration,
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
            renew: Duration::from_secs(60),
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
    /// Recipients that sessions of ours are at, whatever the queue's leases say.
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
        let mut place = None;
        while !*shutdown.borrow_and_update() {
            let begun = runner.begin_due(&mut place, &mut tasks).await;
            while tasks.try_join_next().is_some() {}
            if begun > 0 && place.is_some() {
                continue;
            }
            tokio::select! {
                changed = shutdown.changed() => if changed.is_err() { break },
                _ = runner.queue.changed() => {}
                // A time to try again comes without anybody saying so.
                _ = tokio::time::sleep(runner.settings.poll) => {}
                Some(_) = tasks.join_next() => {}
            }
        }
        // Who has the message already should not get it twice: give sessions a moment to end.
        let _ =
            tokio::time::timeout(Duration::from_secs(5), async { while tasks.join_next().await.is_some() {} }).await;
    }

    /// Begins what has a place now of the page at `place`, moves on, and answers how many sessions that were.
    async fn begin_due(self: &Arc<Self>, place: &mut Option<Place>, tasks: &mut JoinSet<()>) -> usize {
        if self.sessions.available_permits() == 0 {
            return 0;
        }
        let page = match self.queue.due(now(), *place, PAGE).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "the queue cannot be read");
                return 0;
            }
        };
        *place = page.next;
        let sessions = self.leased(self.choose(page.items)).await;
        let begun = sessions.len();
        for session in sessions {
            tasks.spawn(Arc::clone(self).work(session));
        }
        begun
    }

    /// Puts together as many sessions as have a place.
    fn choose(&self, items: Vec<Item>) -> Vec<Session> {
        let items = self.without_those_under_way(items);
        // What has failed is told, and never handed to anybody again.
        let (failed, items): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.waiting.failed.is_some());
        let mut sessions = Vec::new();
        for failed in in_pieces(failed, self.settings.messages_per_session_max) {
            let Ok(session) = Arc::clone(&self.sessions).try_acquire_owned() else { break };
            sessions.push(Session { task: Task::Tell, transactions: vec![failed], _places: vec![session] });
        }
        for (domain, transactions) in self.in_turn(items) {
            let Some(_places) = self.places(&domain) else { continue };
            sessions.push(Session { task: Task::Deliver(domain), transactions, _places });
        }
        sessions
    }

    /// Batches in the order in which they get places: domains with fewer sessions first, then who has waited longest.
    fn in_turn(&self, items: Vec<Item>) -> Vec<(Domain, Vec<Vec<Item>>)> {
        let mut batches = Vec::new();
        for (domain, messages) in by_destination(items) {
            let free = self.turnstile(&domain).available_permits();
            let busy = self.settings.sessions_per_domain_max.saturating_sub(free);
            let of_domain = in_batches(messages, &self.settings).into_iter().take(free).enumerate();
            batches.extend(of_domain.map(|(at, batch)| (busy + at, domain.clone(), batch)));
        }
        batches.sort_by_key(|(before, ..)| *before);
        batches.into_iter().map(|(_, domain, batch)| (domain, batch)).collect()
    }

    fn without_those_under_way(&self, mut items: Vec<Item>) -> Vec<Item> {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        items.retain(|item| !under_way.contains(&item.recipient));
        items
    }

    /// The sessions with what they could lease; those that got nothing are left out.
    async fn leased(&self, mut sessions: Vec<Session>) -> Vec<Session> {
        let wanted: Vec<i64> = sessions.iter().flat_map(Session::recipients).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let leased: HashSet<i64> = match self.queue.lease(&wanted, now()).await {
            Ok(leased) => leased.into_iter().collect(),
            Err(error) => {
                tracing::warn!(%error, "what is due cannot be leased");
                return Vec::new();
            }
        };
        for session in &mut sessions {
            session.retain(|item| leased.contains(&item.recipient));
        }
        sessions.retain(|session| !session.transactions.is_empty());
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).extend(leased);
        sessions
    }

    /// A place in all sessions and one in those with the domain, when both have one.
    fn places(&self, domain: &Domain) -> Option<Vec<OwnedSemaphorePermit>> {
        let with_domain = self.turnstile(domain).try_acquire_owned().ok()?;
        let of_all = Arc::clone(&self.sessions).try_acquire_owned().ok()?;
        Some(vec![with_domain, of_all])
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

    async fn work(self: Arc<Self>, session: Session) {
        let recipients: Vec<i64> = session.recipients().collect();
        let grip = Grip::on(&recipients);
        let Session { task, transactions, _places } = session;
        let worked = async {
            match task {
                Task::Deliver(domain) => self.attempt(&domain, transactions, &grip).await,
                Task::Tell => self.tell_all(transactions, &grip).await,
            }
        };
        tokio::select! {
            () = worked => {}
            () = self.keep(&grip) => {}
        }
        self.let_go(&recipients);
    }

    /// Another try at telling senders what has failed.
    async fn tell_all(&self, items: Vec<Vec<Item>>, grip: &Grip) {
        for item in items.iter().flatten() {
            if grip.has(item) {
                self.conclude_failed(item).await;
                grip.let_go(item);
            }
        }
    }

    fn let_go(&self, recipients: &[i64]) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|recipient| !recipients.contains(recipient));
    }
}

/// One task of the runner, before it begins.
struct Session {
    task: Task,
    /// Items that go together.
    transactions: Vec<Vec<Item>>,
    _places: Vec<OwnedSemaphorePermit>,
}

enum Task {
    /// Hand them over to the domain's servers.
    Deliver(Domain),
    /// Tell their senders that they failed.
    Tell,
}

impl Session {
    fn recipients(&self) -> impl Iterator<Item = i64> {
        self.transactions.iter().flatten().map(|item| item.recipient)
    }

    fn retain(&mut self, is_kept: impl Fn(&Item) -> bool) {
        self.transactions.iter_mut().for_each(|items| items.retain(&is_kept));
        self.transactions.retain(|items| !items.is_empty());
    }
}

/// By domain and message, the domains in the order in which they were first named.
fn by_destination(items: Vec<Item>) -> Vec<(Domain, BTreeMap<i64, Vec<Item>>)> {
    let (mut places, mut domains) = (HashMap::new(), Vec::<(Domain, BTreeMap<i64, Vec<Item>>)>::new());
    for item in items {
        let domain = item.waiting.address.domain().clone();
        let place = *places.entry(domain.clone()).or_insert_with(|| {
            domains.push((domain, BTreeMap::new()));
            domains.len() - 1
        });
        if let Some((_, messages)) = domains.get_mut(place) {
            messages.entry(item.outgoing).or_default().push(item);
        }
    }
    domains
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
