//! The primary is lost: mail is deleted, mail is forged with a date of last week.

use anyhow::{Context as _, Result, ensure};
use deploy::letters::{Parts, compose};
use deploy::staff::DOMAIN;

use super::super::attack::bend;
use super::{Play, days_before, message_id};
use crate::clock;

impl Play<'_> {
    pub(super) async fn attack(&mut self) -> Result<()> {
        self.house.sync_now().await?;
        let now = clock::now();
        self.note_clean_point(now).await;

        let counter = self.at_primary("accueil");
        let mailbox = counter.everything().await?;
        let victim = mailbox.iter().find(|one| one.folder == "INBOX").context("the inbox is empty")?;
        self.memory.deleted = message_id(&victim.raw)?;
        counter.delete(victim).await?;

        let at = days_before(now, 6);
        let raw = compose(&Parts {
            from: &format!("Direction générale <dgs@{DOMAIN}>"),
            to: &format!("accueil@{DOMAIN}"),
            subject: "Changement de RIB du prestataire",
            body: "Merci de régler la facture sur le nouveau compte dès aujourd'hui.",
            id: "forged",
            at,
        });
        self.memory.forged = message_id(&raw)?;
        counter.put(&raw, at).await?;
        let mailbox = counter.everything().await?;
        ensure!(!mailbox.iter().any(|one| one.is(&self.memory.deleted)), "the message was not deleted");
        self.seen("an attacker deletes a message and forges one dated six days ago (IMAP)");

        bend(self.house, true)?;
        let (id, _) = self.partner_writes("contact", "Zimmer", "Habt ihr noch Betten?").await?;
        let there = counter.everything().await?;
        ensure!(!there.iter().any(|one| one.is(&id)), "the alias was not bent");
        self.seen("the attacker bends an alias: the partner's mail for contact no longer reaches the counter (IMAP)");

        self.house.sync_now().await?;
        self.seen("Relais has seen all three, and believes none of them");
        Ok(())
    }

    /// The clean point is written in whole seconds; what follows comes after it.
    async fn note_clean_point(&mut self, now: mail::Timestamp) {
        let next = mail::Timestamp::from_unix_s(now.as_unix_s() + 1);
        self.memory.clean_point = next.rfc3339();
        let wait_ms = u64::try_from(next.ms_since(clock::now()).max(0)).unwrap_or(0);
        tokio::time::sleep(std::time::Duration::from_millis(wait_ms + 20)).await;
    }
}
