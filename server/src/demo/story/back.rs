//! Failback: everything at the primary, once; the MX names it again.

use anyhow::{Context as _, Result, ensure};
use deploy::staff::{DOMAIN, STAFF};
use mail::SystemFlags;

use super::super::attack::bend;
use super::super::outside::mx_hosts;
use super::{Play, folders_of};
use crate::control::{FailbackRequest, Request};

impl Play<'_> {
    pub(super) async fn back(&mut self) -> Result<()> {
        // Somebody cleans the primary before mail goes back to it.
        bend(self.house, false)?;
        let answer = self.house.give_back().await?;
        ensure!(answer.exit == 0, "{}", answer.text);
        let hosts = mx_hosts(&self.house.stage.resolver()?, DOMAIN).await?;
        ensure!(hosts == [format!("mail.{DOMAIN}")], "the MX names {hosts:?}");
        self.seen(format!("failback: the MX names {} again (DNS)", hosts.join(", ")));
        self.everything_is_there_once().await?;
        self.seen(
            "question, answer and the deleted message are at the primary, each once, received when they were (IMAP)",
        );

        let counted = self.count().await?;
        let lines =
            answer.json.get("reconciliation").and_then(|text| text.as_str()).unwrap_or_default().lines().count();
        ensure!(lines >= STAFF.len(), "the reconciliation has {lines} lines for {} mailboxes", STAFF.len());
        self.house.give_back().await?;
        ensure!(self.count().await? == counted, "a second push changed the primary");
        self.seen(format!(
            "reconciliation of {} mailboxes; pushing again changes none of {counted} messages (IMAP)",
            STAFF.len()
        ));

        let answer = self.house.order(Request::Failback(FailbackRequest::Finish { detach: false })).await?;
        ensure!(answer.exit == 0, "{}", answer.text);
        ensure!(self.at_relais().everything().await.is_err(), "Relais still opens the mailbox");
        let (_, taken) = self.partner_writes("accueil", "Bis bald", "Es war schön bei euch.").await?;
        ensure!(taken.by == format!("mail.{DOMAIN}"), "{} took the mail after the failback", taken.by);
        self.house.sync_now().await?;
        ensure!(self.count().await? == counted + 1, "sync changed the primary");
        self.seen(
            "finished: app passwords ended, mailboxes sealed, the partner's mail goes to the primary (IMAP, SMTP)",
        );
        Ok(())
    }

    async fn everything_is_there_once(&self) -> Result<()> {
        let mailbox = self.at_primary("accueil").everything().await?;
        let (memory, at) = (&self.memory, |id| folders_of(&mailbox, id));
        ensure!(at(&memory.question) == ["INBOX"], "the question lies in {:?}", at(&memory.question));
        ensure!(at(&memory.deleted) == ["INBOX"], "the deleted message lies in {:?}", at(&memory.deleted));
        let question = mailbox.iter().find(|one| one.is(&memory.question)).context("the question is gone")?;
        ensure!(question.received_at == memory.received_at, "received {:?} there", question.received_at);
        ensure!(question.flags.system.contains(SystemFlags::SEEN | SystemFlags::ANSWERED), "{:?}", question.flags);
        let answer = at(&memory.answer);
        ensure!(answer.len() == 1 && answer != ["INBOX"], "the answer lies in {answer:?}");
        Ok(())
    }

    async fn count(&self) -> Result<usize> {
        let mut count = 0;
        for person in &STAFF {
            count += self.at_primary(person.login).count().await?;
        }
        Ok(count)
    }
}
