//! Standby: everybody and everything is copied, nothing can be read, nothing is accepted.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Result, ensure};
use deploy::PARTNER_DOMAIN;
use deploy::authority::RELAIS;
use deploy::staff::{DOMAIN, STAFF};
use mail::Address;

use super::super::outside::try_host;
use super::Play;

/// Words that stand in bodies, subjects and folder names of the primary's mail.
const WORDS: [&str; 3] = ["Tanneurs", "Weihnachtsmarkt", "trottoir"];

impl Play<'_> {
    pub(super) async fn peace(&mut self) -> Result<()> {
        let mut messages = 0;
        for person in &STAFF {
            messages += self.at_primary(person.login).count().await?;
        }
        self.seen(format!("the primary has {} mailboxes with {messages} messages (IMAP)", STAFF.len()));

        self.house.sync_now().await?;
        self.nothing_can_be_read()?;
        self.seen("Relais has copied all of it, and no word of it is found in any file of the data folder");

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

    fn nothing_can_be_read(&self) -> Result<()> {
        let mut files = 0;
        search(&self.house.data, &mut files)?;
        ensure!(files > 0, "the data folder is empty");
        Ok(())
    }
}

fn search(folder: &Path, files: &mut usize) -> Result<()> {
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            search(&path, files)?;
        } else if kind.is_file() {
            *files += 1;
            let bytes = std::fs::read(&path)?;
            let found = WORDS.iter().find(|word| bytes.windows(word.len()).any(|window| window == word.as_bytes()));
            ensure!(found.is_none(), "{found:?} stands in {}", path.display());
        }
    }
    Ok(())
}
