//! The primary is lost before one's eyes: mail is deleted, a letter is forged, an alias is bent.
//!
//! ```text
//!   IMAP ── delete half an inbox, put in a letter of last week        directory file, primary ── contact@ ──> intruder
//! ```

use std::fs;

use anyhow::Result;
use deploy::authority::PRIMARY;
use deploy::letters::{Parts, compose, named};
use deploy::staff::{DOMAIN, PASSWORD};
use mail::Timestamp;

use super::house::House;
use super::outside::MailProgram;
use super::people;
use crate::clock;

/// Whose mail the attacker goes for.
const VICTIMS: [&str; 2] = ["accueil", "maire"];

/// What was done.
#[derive(Clone, Debug)]
pub struct Attacked {
    /// When it began. What the primary showed before is true.
    pub began_at: Timestamp,
    /// How many messages were deleted.
    pub deleted: usize,
}

/// Does it all.
///
/// # Errors
/// When the primary does not let us in.
pub async fn attack(house: &House) -> Result<Attacked> {
    // What Relais had not yet copied would be gone: it looks every second, and this is no test of that.
    house.sync_now().await?;
    let began_at = clock::now();
    let mut deleted = 0;
    for login in VICTIMS {
        let mailbox = at_primary(house, login);
        let inbox: Vec<_> = mailbox.everything().await?.into_iter().filter(|one| one.folder == "INBOX").collect();
        for message in inbox.iter().step_by(2) {
            mailbox.delete(message).await?;
            deleted += 1;
        }
        mailbox.put(&forged(login, began_at), began_at.plus_s(-6 * 86_400)).await?;
    }
    bend(house, true)?;
    house.sync_now().await?;
    Ok(Attacked { began_at, deleted })
}

/// The alias goes to the intruder, or back to the counter.
///
/// # Errors
/// When the directory file cannot be written.
pub fn bend(house: &House, is_bent: bool) -> Result<()> {
    house.stage.primary.bend_alias(is_bent);
    // Whole or not at all: the service reads it every second.
    let (file, next) = (house.dir.join("people.csv"), house.dir.join("people.csv.next"));
    fs::write(&next, people::csv(is_bent))?;
    Ok(fs::rename(next, file)?)
}

fn at_primary(house: &House, login: &str) -> MailProgram {
    let server = (PRIMARY, house.ports.imap_tls);
    MailProgram { server, login: format!("{login}@{DOMAIN}"), password: PASSWORD.to_owned() }
}

fn forged(login: &str, now: Timestamp) -> Vec<u8> {
    compose(&Parts {
        from: &named(&format!("Direction générale <dgs@{DOMAIN}>")),
        to: &format!("{login}@{DOMAIN}"),
        subject: "Urgent : changement de RIB du prestataire",
        body: "Bonjour,\n\nMerci de régler la facture 2214 sur le nouveau compte dès aujourd'hui, et de n'en parler à \
               personne : l'affaire est confidentielle.\n\nPh. Roussel",
        id: &format!("forged.{login}"),
        at: now.plus_s(-6 * 86_400),
    })
}
