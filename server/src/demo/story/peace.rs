//! Standby: everybody and everything is copied, nothing can be read, nothing is accepted.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use deploy::PARTNER_DOMAIN;
use deploy::authority::RELAIS;
use deploy::staff::{DOMAIN, STAFF};
use mail::Address;

use super::super::outside::try_host;
use super::super::people;
use super::Play;
use super::leaks::{Phrases, Searched};

/// Fewer phrases, or fewer octets to find them in, prove nothing.
const PHRASES_MIN: usize = 500;
const BYTES_MIN: usize = 200_000;

impl Play<'_> {
    pub(super) async fn peace(&mut self) -> Result<()> {
        let mut messages = 0;
        for person in &STAFF {
            messages += self.at_primary(person.login).count().await?;
        }
        self.seen(format!("the primary has {} mailboxes with {messages} messages (IMAP)", STAFF.len()));

        self.house.sync_now().await?;
        let (phrases, Searched { files, bytes, frames }) = self.nothing_can_be_read().await?;
        self.seen(format!(
            "Relais has copied all of it, and none of {} phrases from it is found in the data folder: {files} files, {} kB, \
             {frames} compressed frames",
            phrases.count(),
            bytes / 1000
        ));

        self.enrol().await?;

        let (from, to): (Address, Address) =
            (format!("leoni.brandt@{PARTNER_DOMAIN}").parse()?, format!("accueil@{DOMAIN}").parse()?);
        let address = SocketAddr::from((RELAIS, self.house.ports.smtp));
        let reply = try_host(address, &from, &to, b"Subject: too early\r\n\r\n.\r\n".to_vec()).await?;
        ensure!((400..500).contains(&reply.code), "in standby mail was answered {reply}");
        self.seen(format!("whoever brings mail to Relais now is asked to come again ({})", reply.code));

        let (id, taken) = self.partner_writes("accueil", "Danke für die Zimmer", "Wir freuen uns sehr!").await?;
        ensure!(taken.by == format!("mail.{DOMAIN}"), "{} took the mail in standby", taken.by);
        let there = self.at_primary("accueil").everything().await?;
        ensure!(there.iter().any(|one| one.is(&id)), "the partner's mail is not at the primary");
        self.seen(format!("a partner's mail goes to the primary, as its MX {} says (SMTP, IMAP)", taken.by));
        Ok(())
    }

    /// The primary's own mail, asked for over IMAP, is looked for in every file.
    async fn nothing_can_be_read(&self) -> Result<(Phrases, Searched)> {
        let mut phrases = Phrases::besides(&people::csv(false));
        for person in &STAFF {
            for message in self.at_primary(person.login).everything().await? {
                phrases.take_from(&message)?;
                phrases.take_name(&message.folder);
            }
        }
        let data = self.house.data.clone();
        let searching = tokio::task::spawn_blocking(move || {
            let mut searched = Searched::default();
            phrases.search(&data, &mut searched)?;
            anyhow::Ok((phrases, searched))
        });
        let (phrases, searched) = searching.await??;
        ensure!(phrases.count() >= PHRASES_MIN, "the primary's mail has only {} phrases", phrases.count());
        ensure!(searched.bytes > BYTES_MIN, "the data folder has only {} octets", searched.bytes);
        Ok((phrases, searched))
    }
}
