//! `webmail::Service` on the running service.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use failover::RunKind;
use mail::{Address, ForwardPath, Recipient, Reply};
use smtp::{Login, Peer};
use store::{EntryId, MailboxId, RegionStore, StoreError};
use tokio::sync::watch;
use webmail::{Outbound, Sent, Service, Soon, Standing};

use crate::executor::News;
use crate::reception::{Addressing, Submission};

/// What the pages ask.
pub struct Pages {
    /// Whose mailbox is where.
    pub addressing: Arc<Addressing>,
    /// What sends.
    pub submission: Arc<Submission>,
    /// What is going on.
    pub news: watch::Receiver<News>,
}

impl Service for Pages {
    fn standing(&self) -> Standing {
        let news = self.news.borrow();
        let run = news.run.as_ref().filter(|run| run.ended_at.is_none() || run.kind == RunKind::Failover);
        Standing {
            phase: news.phase,
            says: news.says.clone(),
            since: run.and(news.since),
            clean_point: run.map(|run| run.clean_point),
        }
    }

    fn mailbox<'a>(&'a self, owner: &'a EntryId) -> Soon<'a, Result<(RegionStore, MailboxId), StoreError>> {
        Box::pin(self.addressing.mailbox(owner))
    }

    fn send(&self, outbound: Outbound) -> Soon<'_, Result<Sent, Reply>> {
        Box::pin(async move {
            let peer = signed_in(outbound.from, outbound.peer);
            let content = self.submission.take(&peer, &outbound.envelope, outbound.raw).await?;
            Ok(Sent { content })
        })
    }

    fn accepts<'a>(&'a self, recipient: &'a Address) -> Soon<'a, Result<(), Reply>> {
        Box::pin(self.submission.accepts(Recipient::from(ForwardPath::Address(recipient.clone()))))
    }
}

fn signed_in(person: EntryId, address: IpAddr) -> Peer {
    let login = Login { name: person.0.clone(), id: person.0, key: String::new() };
    Peer { esmtp: true, login: Some(login), ..Peer::at(SocketAddr::new(address, 0)) }
}
