//! One attempt at a batch of messages for one domain.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use mail::{Domain, Enhanced, Envelope, ForwardPath, Recipient, Reply};

use super::conclude::Told;
use super::grip::Grip;
use super::memory::Held;
use super::route::{Found, hosts};
use super::{Host, Item, MxResolver, Queue, Route, Runner, Settings};
use crate::Error;
use crate::client::{Connection, Credentials, Mail, Target, TlsPolicy, Verdict};

impl<Q: Queue, R: MxResolver> Runner<Q, R> {
    /// Tries transactions for one domain and writes down what becomes of every item. A message is read when its
    /// turn has come.
    pub(super) async fn attempt(&self, domain: &Domain, transactions: Vec<Vec<Item>>, grip: &Grip) {
        let mut waiting = VecDeque::from(transactions);
        let reason = match find(&self.settings, self.resolver.as_ref(), domain).await {
            Ok(targets) => self.try_targets(targets, &mut waiting, grip).await,
            Err(reply) => reply,
        };
        for item in waiting.iter().flatten().filter(|item| grip.has(item)) {
            self.conclude(item, reason.clone(), Told::ByUs).await;
            grip.let_go(item);
        }
    }

    /// Answers why what still waits does.
    async fn try_targets(&self, targets: Vec<Target>, waiting: &mut VecDeque<Vec<Item>>, grip: &Grip) -> Reply {
        let mut reason = Reply::new(451, Enhanced(4, 4, 4), "No host of the recipient's domain has an address");
        for target in targets {
            if waiting.is_empty() {
                break;
            }
            let (host, address) = (target.host.clone(), target.address);
            if let Err(error) = self.deliver(target, waiting, grip).await {
                tracing::info!(host, %address, %error, "an attempt at delivery failed");
                reason = as_reply(&error);
            }
        }
        reason
    }

    /// Delivers over one connection until it breaks or all is done.
    async fn deliver(&self, target: Target, waiting: &mut VecDeque<Vec<Item>>, grip: &Grip) -> Result<(), Error> {
        let mut connection = open(&self.settings, target).await?;
        while let Some(mut items) = waiting.pop_front() {
            // Somebody else is at those that are lost.
            items.retain(|item| grip.has(item));
            let verdicts = match self.hand_over(&mut connection, &items).await {
                Ok(verdicts) => verdicts,
                Err(error) => {
                    waiting.push_front(items);
                    return Err(error);
                }
            };
            let mut left_over = Vec::new();
            for (item, verdict) in items.into_iter().zip(verdicts) {
                if verdict.is_left_over {
                    left_over.push(item);
                } else {
                    let told = if verdict.dsn { Told::ByThem } else { Told::ByUs };
                    self.conclude(&item, verdict.reply, told).await;
                    grip.let_go(&item);
                }
            }
            if !left_over.is_empty() {
                waiting.push_front(left_over);
            }
        }
        // Nothing depends on the goodbye.
        tokio::spawn(connection.quit());
        Ok(())
    }

    async fn hand_over(&self, connection: &mut Connection, items: &[Item]) -> Result<Vec<Verdict>, Error> {
        let Some(first) = items.first() else { return Ok(Vec::new()) };
        match self.read(first).await {
            Ok(held) => connection.send(&mail(items, first, Arc::clone(&held.raw))).await,
            Err(error) => {
                tracing::error!(outgoing = first.outgoing, %error, "a waiting message cannot be read");
                Ok(vec![Verdict { reply: Reply::trouble(), is_left_over: false, dsn: false }; items.len()])
            }
        }
    }

    /// The message of an item, as soon as there is a place for it in memory.
    pub(super) async fn read(&self, item: &Item) -> Result<Held<'_>, Error> {
        self.settings.memory.read(item.size_bytes, self.queue.raw(item.outgoing)).await
    }
}

fn targets(hosts: &[Host], tls: TlsPolicy, credentials: Option<&Credentials>) -> Vec<Target> {
    let mut targets = Vec::new();
    for host in hosts {
        let target = |address: &SocketAddr| Target {
            host: host.name.clone(),
            address: *address,
            tls,
            credentials: credentials.cloned(),
        };
        targets.extend(host.addresses.iter().map(target));
    }
    targets
}

async fn find(settings: &Settings, resolver: &impl MxResolver, domain: &Domain) -> Result<Vec<Target>, Reply> {
    match &settings.route {
        Route::Mx { port } => match hosts(resolver, domain, *port, &settings.client.name).await {
            Ok(Found::Hosts(hosts)) => Ok(targets(&hosts, TlsPolicy::Opportunistic, None)),
            Ok(Found::Refused(reply)) => Err(reply),
            Err(error) => Err(as_reply(&error)),
        },
        Route::Smarthost(smarthost) => {
            let addresses = resolver.addresses(&smarthost.host).await.map_err(|error| as_reply(&error))?;
            let addresses: Vec<SocketAddr> = addresses.into_iter().map(|ip| (ip, smarthost.port).into()).collect();
            let host = Host { name: smarthost.host.clone(), addresses };
            Ok(targets(&[host], smarthost.tls, smarthost.credentials.as_ref()))
        }
    }
}

async fn open(settings: &Settings, target: Target) -> Result<Connection, Error> {
    match Connection::open(&target, &settings.client).await {
        // RFC 7435 §3: broken TLS is no worse than none, as long as nothing more was promised.
        Err(Error::Tls { host, cause }) if target.tls == TlsPolicy::Opportunistic => {
            tracing::info!(host, cause, "TLS failed, going on without");
            Connection::open(&Target { tls: TlsPolicy::Never, ..target }, &settings.client).await
        }
        result => result,
    }
}

fn mail(items: &[Item], first: &Item, raw: Arc<Vec<u8>>) -> Mail {
    let recipient = |item: &Item| Recipient {
        path: ForwardPath::Address(item.waiting.address.clone()),
        notify: item.waiting.notify,
        original: item.waiting.original.clone(),
    };
    let envelope = Envelope {
        reverse_path: first.waiting.reverse_path.clone(),
        recipients: items.iter().map(recipient).collect(),
        body_8bit: false,
        smtputf8: first.waiting.smtputf8,
        envelope_id: first.waiting.envelope_id.clone(),
    };
    Mail { envelope, raw }
}

// Trouble on the way to a verdict is never a verdict: all of it is tried again. A server that refuses the
// session with 5yz may only be having a bad day, or not like our address today.
fn as_reply(error: &Error) -> Reply {
    let detail = match error {
        Error::Connect { .. } => Enhanced(4, 4, 1),
        Error::TimedOut { .. } | Error::Broken(_) => Enhanced(4, 4, 2),
        Error::Backend { .. } => Enhanced(4, 4, 3),
        Error::Tls { .. } => Enhanced(4, 7, 5),
        _ => Enhanced(4, 3, 0),
    };
    Reply::new(451, detail, error.to_string())
}
