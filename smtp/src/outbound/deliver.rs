//! One attempt at a batch of messages for one domain.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use mail::{Domain, Enhanced, Envelope, ForwardPath, Recipient, Reply};

use super::route::{Found, hosts};
use super::{Host, Item, MxResolver, Route, Settings};
use crate::Error;
use crate::client::{Connection, Credentials, Mail, Target, TlsPolicy, Verdict};

/// One message with those of its recipients that share the destination.
pub(super) struct Parcel {
    pub(super) items: Vec<Item>,
    pub(super) raw: Arc<Vec<u8>>,
}

/// What an attempt has led to for one parcel: a reply for each of its items.
pub(super) type Verdicts = Vec<Reply>;

/// Tries to deliver all parcels; every parcel comes back with a reply for each of its items.
pub(super) async fn attempt(
    settings: &Settings,
    resolver: &impl MxResolver,
    domain: &Domain,
    parcels: Vec<Parcel>,
) -> Vec<(Parcel, Verdicts)> {
    let (hosts, tls, credentials) = match find(settings, resolver, domain).await {
        Ok(found) => found,
        Err(reply) => return parcels.into_iter().map(|parcel| refuse(parcel, &reply)).collect(),
    };
    let mut waiting = VecDeque::from(parcels);
    let mut done = Vec::new();
    let mut reason = Reply::new(451, Enhanced(4, 4, 4), "No host of the recipient's domain has an address");
    for target in targets(&hosts, tls, credentials.as_ref()) {
        if waiting.is_empty() {
            break;
        }
        let (host, address) = (target.host.clone(), target.address);
        if let Err(error) = deliver(settings, target, &mut waiting, &mut done).await {
            tracing::info!(host, %address, %error, "an attempt at delivery failed");
            reason = as_reply(&error);
        }
    }
    done.extend(waiting.into_iter().map(|parcel| refuse(parcel, &reason)));
    done
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

async fn find(
    settings: &Settings,
    resolver: &impl MxResolver,
    domain: &Domain,
) -> Result<(Vec<Host>, TlsPolicy, Option<Credentials>), Reply> {
    match &settings.route {
        Route::Mx { port } => match hosts(resolver, domain, *port, &settings.client.name).await {
            Ok(Found::Hosts(hosts)) => Ok((hosts, TlsPolicy::Opportunistic, None)),
            Ok(Found::Never(reply)) => Err(reply),
            Err(error) => Err(as_reply(&error)),
        },
        Route::Smarthost(smarthost) => {
            let addresses = resolver.addresses(&smarthost.host).await.map_err(|error| as_reply(&error))?;
            let addresses: Vec<SocketAddr> = addresses.into_iter().map(|ip| (ip, smarthost.port).into()).collect();
            let host = Host { name: smarthost.host.clone(), addresses };
            Ok((vec![host], smarthost.tls, smarthost.credentials.clone()))
        }
    }
}

/// Delivers over one connection until it breaks or all is done.
async fn deliver(
    settings: &Settings,
    target: Target,
    waiting: &mut VecDeque<Parcel>,
    done: &mut Vec<(Parcel, Verdicts)>,
) -> Result<(), Error> {
    let mut connection = open(settings, target).await?;
    while let Some(parcel) = waiting.pop_front() {
        match connection.send(&mail(&parcel)).await {
            Ok(verdicts) => {
                let (settled, left_over) = sorted(parcel, verdicts);
                left_over.into_iter().for_each(|parcel| waiting.push_front(parcel));
                done.push(settled);
            }
            Err(error) => {
                waiting.push_front(parcel);
                return Err(error);
            }
        }
    }
    // Nothing depends on the goodbye.
    tokio::spawn(connection.quit());
    Ok(())
}

/// Parts those that have their verdict from those the server wants in another transaction.
fn sorted(parcel: Parcel, verdicts: Vec<Verdict>) -> ((Parcel, Verdicts), Option<Parcel>) {
    let (mut items, mut replies, mut left_over) = (Vec::new(), Vec::new(), Vec::new());
    for (item, verdict) in parcel.items.into_iter().zip(verdicts) {
        if verdict.is_left_over {
            left_over.push(item);
        } else {
            items.push(item);
            replies.push(verdict.reply);
        }
    }
    let settled = Parcel { items, raw: Arc::clone(&parcel.raw) };
    let left_over = (!left_over.is_empty()).then_some(Parcel { items: left_over, raw: parcel.raw });
    ((settled, replies), left_over)
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

fn mail(parcel: &Parcel) -> Mail {
    let first = parcel.items.first();
    let recipient = |item: &Item| Recipient {
        path: ForwardPath::Address(item.waiting.address.clone()),
        notify: item.waiting.notify,
        original: item.waiting.original.clone(),
    };
    let envelope = Envelope {
        reverse_path: first.map_or(mail::ReversePath::Null, |item| item.waiting.reverse_path.clone()),
        recipients: parcel.items.iter().map(recipient).collect(),
        body_8bit: false,
        smtputf8: first.is_some_and(|item| item.waiting.smtputf8),
        envelope_id: first.and_then(|item| item.waiting.envelope_id.clone()),
    };
    Mail { envelope, raw: Arc::clone(&parcel.raw) }
}

fn refuse(parcel: Parcel, reply: &Reply) -> (Parcel, Verdicts) {
    let verdicts = vec![reply.clone(); parcel.items.len()];
    (parcel, verdicts)
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
