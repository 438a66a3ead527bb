//! Active: staff read, answer, and the partner cannot tell.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deploy::PARTNER_DOMAIN;
use deploy::letters::{Parts, compose};
use deploy::staff::DOMAIN;
use mail::Address;

use super::super::outside::{Lying, submit};
use super::{LEONI, Play, folders_of, message_id};
use crate::clock;

impl Play<'_> {
    pub(super) async fn work(&mut self) -> Result<()> {
        // To an alias: it is resolved as of the clean point.
        let (id, taken) = self.partner_writes("contact", "Ankunft am Freitag", "Kommen wir bis zum Rathaus?").await?;
        ensure!(taken.by == format!("relais.{DOMAIN}") && taken.under_tls, "{taken:?}");
        self.memory.question = id;
        self.seen(format!("the partner's next mail, to that alias, is taken by {}, under TLS (SMTP)", taken.by));

        self.memory.password = self.house.app_password("accueil").await?;
        let mailbox = self.opened().await?;
        ensure!(folders_of(&mailbox, &self.memory.question) == ["INBOX"], "the partner's mail is not in the inbox");
        self.seen(format!(
            "the counter signs in without the primary and reads it, among {} messages (IMAP)",
            mailbox.len()
        ));

        ensure!(!folders_of(&mailbox, &self.memory.deleted).is_empty(), "the deleted message is not back");
        let forged = folders_of(&mailbox, &self.memory.forged);
        ensure!(forged.len() == 1 && forged != ["INBOX"], "the forged message lies in {forged:?}");
        self.seen(format!(
            "what the attacker deleted is back; what he forged is only in \"{}\" (IMAP)",
            forged.join(", ")
        ));
        self.answer_in_a_browser().await?;
        self.answer().await?;
        let question = mailbox.iter().find(|one| one.is(&self.memory.question)).context("the question is gone")?;
        self.at_relais().mark_answered(question).await?;
        self.memory.received_at = question.received_at;
        Ok(())
    }

    /// Mailboxes are laid out after the switch; a mail program tries again meanwhile.
    async fn opened(&self) -> Result<Vec<Lying>> {
        let program = self.at_relais();
        let mut last = None;
        for _ in 0..50 {
            match program.everything().await {
                Ok(mailbox) if !mailbox.is_empty() => return Ok(mailbox),
                other => last = other.err(),
            }
            // A mail program has no other way to learn of it: the mailbox ends the wait.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err(last.map_or_else(
            || anyhow::anyhow!("the mailbox stays empty"),
            |error| error.context("the mailbox does not open"),
        ))
    }

    async fn answer(&mut self) -> Result<()> {
        let (from, to): (Address, Address) =
            (format!("accueil@{DOMAIN}").parse()?, format!("{LEONI}@{PARTNER_DOMAIN}").parse()?);
        let raw = compose(&Parts {
            from: &format!("Accueil <{from}>"),
            to: &to.to_string(),
            subject: "Re: Ankunft am Freitag",
            body: "Ja, der Bus darf bis zum Rathaus fahren. Bis Freitag!\n\nVotre accueil",
            id: &format!("{}.accueil", clock::now().as_ms()),
            at: clock::now(),
        });
        self.memory.answer = message_id(&raw)?;
        let question = self.memory.question.clone();
        let threaded = format!("In-Reply-To: {question}\r\nReferences: {question}\r\n");
        let raw = [threaded.into_bytes(), raw].concat();
        let reply = submit(self.house.ports.submission, &self.at_relais(), &to, raw).await?;
        ensure!(reply.code == 250, "submission answered {reply}");

        let answer = self.memory.answer.clone();
        let is_it = |raw: &[u8]| smtp::header::value_of(raw, "Message-ID").is_some_and(|id| id == answer);
        let waiting = self.house.stage.letterbox.wait_for(|got| is_it(&got.raw));
        let got = tokio::time::timeout(Duration::from_secs(20), waiting).await.context("the partner got no answer")?;
        let header = |name: &str| smtp::header::value_of(&got.raw, name).unwrap_or_default();
        ensure!(header("From").contains(&from.to_string()), "it comes from {}", header("From"));
        ensure!(header("In-Reply-To") == question, "it is not threaded");
        let signers = self.house.stage.signers_of(&got.raw).await?;
        ensure!(signers == [DOMAIN], "signatures of {signers:?} verify");
        self.seen(format!(
            "the counter answers; the partner gets it from {from}, threaded; its DKIM signature verifies (SMTP, DNS)"
        ));
        Ok(())
    }
}
