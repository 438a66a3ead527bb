//! What happens on the stage while somebody plays: the partner writes and is answered, the primary is attacked.
//!
//! ```text
//!   partner's minute ──> question ──> SMTP, wherever the MX says ──┐
//!   letterbox ── what staff sent ──> answer ─────────────────────┼──> events, newest first ──> stage page
//!   button ──> attack ───────────────────────────────────────────┘
//! ```

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use deploy::staff::DOMAIN;
use deploy::{Correspondent, Written};
use mail::Timestamp;

use super::attack::{self, Attacked};
use super::house::House;
use super::outside::mx_hosts;
use crate::clock;

/// How many events are shown.
const EVENTS_MAX: usize = 30;
/// A person needs a moment before answering.
const ANSWER_AFTER: Duration = Duration::from_secs(4);
/// Every demo has the same letters.
const SEED: u64 = 42;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What, in a sentence.
    pub what: String,
}

/// The stage while it is played on.
pub struct Scene {
    /// The running demo.
    pub house: House,
    told: Mutex<Told>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Told {
    events: VecDeque<Event>,
    attacked: Option<Attacked>,
    is_bent: bool,
}

impl Scene {
    /// A scene on a running demo.
    #[must_use]
    pub fn new(house: House) -> Arc<Self> {
        Arc::new(Self { house, told: Mutex::default(), turn: tokio::sync::Mutex::default() })
    }

    /// What happened, the newest first.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.told().events.iter().cloned().collect()
    }

    /// What the attacker did, and whether the alias is still bent.
    #[must_use]
    pub fn attacked(&self) -> (Option<Attacked>, bool) {
        let told = self.told();
        (told.attacked.clone(), told.is_bent)
    }

    /// Who receives mail for the organisation, asked of DNS at this moment.
    ///
    /// # Errors
    /// When DNS does not answer.
    pub async fn receives(&self) -> Result<Vec<String>> {
        mx_hosts(&self.house.stage.resolver()?, DOMAIN).await
    }

    /// The button. A second press while one is under way waits for it; another attack deletes more.
    ///
    /// # Errors
    /// When the primary does not let the attacker in.
    pub async fn attack(&self) -> Result<()> {
        let _turn = self.turn.lock().await;
        let attacked = attack::attack(&self.house).await?;
        let Attacked { began_at, deleted } = attacked.clone();
        self.tell(format!(
            "The primary is compromised: {deleted} messages deleted, two letters forged with a date of last week, \
             contact@{DOMAIN} bent to the intruder. What it showed before {} is true",
            began_at.rfc3339()
        ));
        let mut told = self.told();
        told.attacked = Some(attacked);
        told.is_bent = true;
        Ok(())
    }

    /// Somebody cleans the primary: the alias goes back to the counter.
    ///
    /// # Errors
    /// When the directory file cannot be written.
    pub fn clean(&self) -> Result<()> {
        attack::bend(&self.house, false)?;
        self.told().is_bent = false;
        self.tell(format!("The primary is clean again: contact@{DOMAIN} is the counter's"));
        Ok(())
    }

    /// The partner's questions, for ever.
    pub async fn ask(self: Arc<Self>) {
        let mut writer = Correspondent::new(SEED);
        loop {
            if let Some(letter) = writer.question(clock::now()) {
                self.post(letter).await;
            }
            tokio::time::sleep(Duration::from_secs(writer.pause_s())).await;
        }
    }

    /// The partner's answers, for ever.
    pub async fn answer(self: Arc<Self>) {
        let (mut writer, mut known) = (Correspondent::new(SEED + 1), 0);
        loop {
            let new = self.house.stage.letterbox.after(known).await;
            known += new.len();
            for got in new {
                self.tell(format!("{} got: {}", recipient(&got), subject(&got.raw)));
                tokio::time::sleep(ANSWER_AFTER).await;
                if let Some(letter) = writer.answer(&got, clock::now()) {
                    self.post(letter).await;
                }
            }
        }
    }

    async fn post(&self, letter: Written) {
        let Written { from, to, raw } = letter;
        let subject = subject(&raw);
        let how = match self.house.stage.partner.send(&from, &to, raw).await {
            Ok(taken) if taken.reply.code == 250 => format!("taken by {}", taken.by),
            Ok(taken) => format!("{} answered {}", taken.by, taken.reply),
            Err(error) => format!("not delivered: {error}"),
        };
        self.tell(format!("{from} wrote to {to}: {subject} ({how})"));
    }

    fn tell(&self, what: String) {
        let mut told = self.told();
        told.events.push_front(Event { at: clock::now(), what });
        told.events.truncate(EVENTS_MAX);
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn recipient(got: &deploy::Got) -> String {
    let first = got.envelope.recipients.first().map(|recipient| recipient.path.to_string()).unwrap_or_default();
    first.trim_matches(['<', '>']).to_owned()
}

fn subject(raw: &[u8]) -> String {
    mail::Summary::of(raw).correspondence.subject.unwrap_or_default()
}
