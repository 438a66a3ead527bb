//! Failback: everything at the primary, once; the MX names it again.

use std::collections::BTreeMap;

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
        let told = answer.json.get("reconciliation").and_then(|text| text.as_str()).unwrap_or_default();
        let messages = what_is_counted_is_true(told, &counted)?;
        self.seen(format!(
            "the reconciliation of {} mailboxes names {messages} messages, as many as are at the primary (IMAP)",
            counted.len()
        ));
        self.house.give_back().await?;
        ensure!(self.count().await? == counted, "a second push changed the primary");
        self.seen(format!("pushing again changes none of {messages} messages (IMAP)"));

        let answer = self.house.order(Request::Failback(FailbackRequest::Finish { detach: false })).await?;
        ensure!(answer.exit == 0, "{}", answer.text);
        ensure!(self.at_relais().everything().await.is_err(), "Relais still opens the mailbox");
        let (_, taken) = self.partner_writes("accueil", "Bis bald", "Es war schön bei euch.").await?;
        ensure!(taken.by == format!("mail.{DOMAIN}"), "{} took the mail after the failback", taken.by);
        self.house.sync_now().await?;
        let after: usize = self.count().await?.values().sum();
        ensure!(after == messages + 1, "sync changed the primary: {messages} and one more are now {after}");
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

    /// How many messages each mailbox of the primary has, by address.
    async fn count(&self) -> Result<BTreeMap<String, usize>> {
        let mut counts = BTreeMap::new();
        for person in &STAFF {
            counts.insert(person.address(), self.at_primary(person.login).count().await?);
        }
        Ok(counts)
    }
}

/// Checks each line of the reconciliation, `ada@x: INBOX 12 here, 12 there; Sent 3 here, 3 there: equal`, against what
/// was counted at the primary; answers how many messages that makes.
fn what_is_counted_is_true(told: &str, counted: &BTreeMap<String, usize>) -> Result<usize> {
    let mut all = 0;
    for (address, count) in counted {
        let line = told.lines().find_map(|line| line.strip_prefix(&format!("{address}: ")));
        let line = line.with_context(|| format!("the reconciliation does not name {address}"))?;
        ensure!(!line.contains("DIFFERENT"), "{address}: {line}");
        let there = line.split([';', ':']).filter_map(|folder| folder.trim().strip_suffix(" there"));
        let there = there.map(|folder| folder.rsplit(' ').next().unwrap_or_default().parse::<usize>());
        let told: usize = there.sum::<Result<usize, _>>().with_context(|| format!("{address}: {line}"))?;
        ensure!(told == *count, "{address}: the reconciliation counts {told}, the primary has {count}");
        all += told;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_reconciliation_that_counts_otherwise_is_not_believed() {
        let told = "a@x: INBOX 2 here, 2 there; Été: a 3 here, 4 there: everything is there, and 1 more that we have not\n\
                    b@x: no messages: equal\n2 mailboxes, 0 with differences";
        let counted = |a| BTreeMap::from([("a@x".to_owned(), a), ("b@x".to_owned(), 0)]);
        assert_eq!(what_is_counted_is_true(told, &counted(6)).unwrap(), 6);
        assert!(what_is_counted_is_true(told, &counted(5)).is_err());
        assert!(what_is_counted_is_true(&told.replace("b@x", "c@x"), &counted(6)).is_err());
        let different = told.replace("everything", "DIFFERENT: everything");
        assert!(what_is_counted_is_true(&different, &counted(6)).is_err());
    }
}
