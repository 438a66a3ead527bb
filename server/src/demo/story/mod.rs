//! The story: one timed line a step, each checked, from outside where a protocol shows it.
//!
//! ```text
//!   peace ──> attack ──> switch ──> work ──> back
//! ```

mod attack;
mod back;
mod leaks;
mod pages;
mod peace;
mod switch;
mod work;

use std::fmt::Display;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use deploy::authority::{PRIMARY, RELAIS};
use deploy::letters::{Parts, compose};
use deploy::staff::{DOMAIN, PASSWORD};
use deploy::{PARTNER_DOMAIN, Taken};
use mail::{Address, Timestamp};

use super::house::House;
use super::outside::{Lying, MailProgram};
use crate::clock;
use crate::terminal::say;

/// The stranger who writes.
const LEONI: &str = "leoni.brandt";

/// What the acts tell each other.
#[derive(Default)]
pub struct Memory {
    /// The Message-ID of what an attacker deletes.
    deleted: String,
    /// Of what the attacker forges.
    forged: String,
    /// The moment before the attack.
    clean_point: String,
    /// The counter's app password at Relais.
    password: String,
    /// The Message-ID of the partner's mail during the failover.
    question: String,
    /// When Relais received it.
    received_at: Option<Timestamp>,
    /// Of the answer.
    answer: String,
}

/// Plays all acts; whether every step was verified.
pub async fn play(house: &House) -> bool {
    let mut play = Play { house, memory: Memory::default(), began: started() };
    match play.acts().await {
        Ok(()) => {
            tell(format_args!("{} every step was checked; in brackets, over which protocol from outside", play.time()));
            true
        }
        Err(error) => {
            tell(format_args!("{} FAILED  {error:#}", play.time()));
            false
        }
    }
}

/// The verdict is the exit status: nothing is lost where a line cannot be printed.
fn tell(line: impl Display) {
    let _ = say(line);
}

#[expect(clippy::disallowed_methods, reason = "the demo prints how long each step took")]
fn started() -> Instant {
    Instant::now()
}

/// The play under way.
struct Play<'a> {
    house: &'a House,
    memory: Memory,
    began: Instant,
}

impl Play<'_> {
    async fn acts(&mut self) -> Result<()> {
        let acts: [(&str, &str); 5] = [
            ("peace", "follow the primary"),
            ("attack", "lose the primary"),
            ("switch", "take over"),
            ("work", "go on working"),
            ("back", "give everything back"),
        ];
        for (act, title) in acts {
            tell(format_args!("\n{title}"));
            match act {
                "peace" => self.peace().await,
                "attack" => self.attack().await,
                "switch" => self.switch().await,
                "work" => self.work().await,
                _ => self.back().await,
            }
            .with_context(|| title)?;
        }
        Ok(())
    }

    fn time(&self) -> String {
        let ms = self.began.elapsed().as_millis();
        format!("{:>4}.{:03} s", ms / 1000, ms % 1000)
    }

    /// A step that was verified.
    fn seen(&self, what: impl AsRef<str>) {
        tell(format_args!("{}  ok  {}", self.time(), what.as_ref()));
    }

    /// The counter's mailbox at the primary.
    fn at_primary(&self, login: &str) -> MailProgram {
        let server = (PRIMARY, self.house.ports.imap_tls);
        MailProgram { server, login: format!("{login}@{DOMAIN}"), password: PASSWORD.to_owned() }
    }

    /// The counter's mailbox at Relais.
    fn at_relais(&self) -> MailProgram {
        let server = (RELAIS, self.house.ports.imap_tls);
        MailProgram { server, login: format!("accueil@{DOMAIN}"), password: self.memory.password.clone() }
    }

    /// The partner writes to the counter; the Message-ID, and who took it.
    async fn partner_writes(&self, to: &str, subject: &str, body: &str) -> Result<(String, Taken)> {
        let from: Address = format!("{LEONI}@{PARTNER_DOMAIN}").parse()?;
        let to: Address = format!("{to}@{DOMAIN}").parse()?;
        let (header_from, now) = (format!("Leoni Brandt <{from}>"), clock::now());
        let id = format!("{}.leoni", now.as_ms());
        let raw = compose(&Parts { from: &header_from, to: &to.to_string(), subject, body, id: &id, at: now });
        let message_id = message_id(&raw)?;
        let taken = self.house.stage.partner.send(&from, &to, raw).await?;
        ensure!(taken.reply.code == 250, "{} said {}", taken.by, taken.reply);
        Ok((message_id, taken))
    }
}

/// The Message-ID of what is about to be sent.
fn message_id(raw: &[u8]) -> Result<String> {
    smtp::header::value_of(raw, "Message-ID").context("a message without Message-ID")
}

/// The folders in which a message lies.
fn folders_of<'a>(mailbox: &'a [Lying], id: &'a str) -> Vec<&'a str> {
    mailbox.iter().filter(|one| one.is(id)).map(|one| one.folder.as_str()).collect()
}

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now.plus_s(-days * 86_400)
}
