//! Answers `relais status`, `check`, `failover` and `failback`.

use std::time::Duration;

use failover::{CleanPoint, Phase, Progress as StepProgress, Run, RunKind, Says, Step};
use mail::Timestamp;
use serde_json::json;
use tokio::sync::{mpsc, oneshot, watch};

use super::check::Checking;
use super::news::{News, step_line};
use super::order::{Ask, OPERATOR, Order};
use super::pulse::Pulse;
use super::reached::Inboxes;
use crate::backup;
use crate::control::{Answer, FailbackRequest, FailoverRequest, Progress, Refusal};

/// How long an answer waits for what follows from an order.
const SEEN_WITHIN: Duration = Duration::from_secs(2);

/// Where orders are taken and questions answered. A cheap clone.
#[derive(Clone)]
pub struct Desk {
    orders: mpsc::Sender<Ask>,
    news: watch::Receiver<News>,
    checking: Checking,
    inboxes: watch::Sender<Inboxes>,
}

impl Desk {
    pub(super) const fn new(
        orders: mpsc::Sender<Ask>,
        news: watch::Receiver<News>,
        checking: Checking,
        inboxes: watch::Sender<Inboxes>,
    ) -> Self {
        Self { orders, news, checking, inboxes }
    }

    /// Where the fence tells how inboxes of the primary stand.
    #[must_use]
    pub fn inboxes(&self) -> watch::Sender<Inboxes> {
        self.inboxes.clone()
    }

    /// The state after the last turn, and how to hear of the next.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<News> {
        self.news.clone()
    }

    /// What sync beats whenever it has looked at all of the primary.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.checking.pulse()
    }

    /// Where it is noted what a collector of logs misses.
    #[must_use]
    pub fn shipping(&self) -> crate::audit::Board {
        self.checking.shipping()
    }

    /// Where the last backup is noted.
    #[must_use]
    pub fn backups(&self) -> backup::Board {
        self.checking.backups()
    }

    /// Gives an order as the operator; it is stored when this returns.
    ///
    /// # Errors
    /// Why it cannot be taken now, and what to do.
    pub async fn order(&self, order: Order) -> Result<(), Refusal> {
        self.send(OPERATOR, None, order).await
    }

    /// Gives an order under somebody's name, for the run that they saw (empty: none was under way). Under another run it
    /// is left undone, without an error.
    ///
    /// # Errors
    /// As for [`Self::order`].
    pub async fn order_for(&self, by: &str, run: &str, order: Order) -> Result<(), Refusal> {
        self.send(by, Some(run.to_owned()), order).await
    }

    async fn send(&self, by: &str, run: Option<String>, order: Order) -> Result<(), Refusal> {
        let gone = || Refusal::new("the executor has stopped", "restart relais; a switch under way goes on");
        let (reply, answer) = oneshot::channel();
        let ask = Ask { by: by.to_owned(), run, order, reply };
        self.orders.send(ask).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Where the unlock key comes from.
    #[must_use]
    pub fn unlock(&self) -> &crate::keys::Unlock {
        self.checking.unlock()
    }

    /// What readiness rests on.
    #[must_use]
    pub fn checking(&self) -> &Checking {
        &self.checking
    }

    /// `relais status`
    pub async fn status(&self) -> Result<Answer, Refusal> {
        let news = self.settled().await?;
        let text = match &news.reconciliation {
            Some(counted) => format!("{}\n\n{}", news.text(), counted.trim_end()),
            None => news.text(),
        };
        Ok(Answer::new(text, news.json()))
    }

    // Before its first turn the executor has nothing to say.
    async fn settled(&self) -> Result<News, Refusal> {
        let mut news = self.news.clone();
        let settled = news.wait_for(|news| !news.says.is_nothing()).await;
        settled.map(|news| news.clone()).map_err(|_| Refusal::new("the executor has stopped", "restart relais"))
    }

    #[cfg(test)]
    pub(super) async fn check_quietly(&self) -> Answer {
        self.checking.answer().await
    }

    #[cfg(test)]
    pub(super) async fn plan_quietly(&self) -> Answer {
        self.plan_failover().await.unwrap_or_default()
    }

    /// `relais check`
    pub async fn check(&self, progress: Progress) -> Result<Answer, Refusal> {
        progress.say("Looking at name servers, directory, history and keys.");
        Ok(self.checking.answer().await)
    }

    /// `relais failover`
    pub async fn failover(&self, order: FailoverRequest, progress: Progress) -> Result<Answer, Refusal> {
        match order {
            FailoverRequest::Plan => self.plan_failover().await,
            FailoverRequest::Start { clean_point, reason, detach } => {
                self.order(Order::Failover { clean_point: parse_clean_point(&clean_point)?, reason }).await?;
                self.see(detach, &progress, switched).await
            }
            FailoverRequest::Approve { by, step } => {
                let step = step.map(|word| parse_step(&word)).transpose()?;
                self.order_seen(Order::Approve { by, step }).await?;
                self.see(true, &progress, switched).await
            }
            FailoverRequest::Abort => {
                self.order(Order::Abort).await?;
                self.see(false, &progress, walked_back).await
            }
        }
    }

    /// `relais failback`
    pub async fn failback(&self, order: FailbackRequest, progress: Progress) -> Result<Answer, Refusal> {
        match order {
            FailbackRequest::Plan => Ok(self.plan_failback().await?),
            FailbackRequest::Start { full, approved_by, detach } => {
                self.order(Order::Failback { full, approved_by }).await?;
                let answer = self.see(detach, &progress, reconciled).await?;
                Ok(if detach { answer } else { self.reconciliation(answer) })
            }
            FailbackRequest::Abort => {
                self.order_seen(Order::Withdraw).await?;
                self.see(true, &progress, ended).await
            }
            FailbackRequest::Finish { detach } => {
                self.order(Order::Finish).await?;
                let mut answer = self.see(detach, &progress, ended).await?;
                if let Some(file) = self.checking.unlock().lies_at() {
                    answer.text += &format!("\n\nThe unlock key still lies in {file}: take it off this machine.");
                }
                Ok(answer)
            }
        }
    }

    /// Gives an order, and waits until the executor has looked at what it came to.
    async fn order_seen(&self, order: Order) -> Result<(), Refusal> {
        let mut news = self.news.clone();
        news.mark_unchanged();
        self.order(order).await?;
        // The order itself is told first, what follows from it next; whoever waits longer than this sees what there is.
        let told = async {
            news.changed().await?;
            news.borrow_and_update();
            news.changed().await
        };
        let _ = tokio::time::timeout(SEEN_WITHIN, told).await;
        Ok(())
    }

    fn reconciliation(&self, answer: Answer) -> Answer {
        let Some(counted) = self.news.borrow().reconciliation.clone() else { return answer };
        let mut json = answer.json;
        if let Some(object) = json.as_object_mut() {
            object.insert("reconciliation".to_owned(), json!(counted));
        }
        Answer { text: format!("{}\n\n{}", counted.trim_end(), answer.text), json, exit: answer.exit }
    }

    async fn plan_failover(&self) -> Result<Answer, Refusal> {
        let steps: Vec<String> =
            Step::FAILOVER.iter().enumerate().map(|(number, step)| format!("{}. {step}", number + 1)).collect();
        let plan = self.checking.record_plan().await;
        let records = plan.as_ref().map(ToString::to_string).map_err(Clone::clone);
        let shown = records.clone().unwrap_or_else(|why| format!("the records cannot be planned: {why}"));
        let back = plan.as_ref().map(|plan| plan.reversed().to_string()).unwrap_or_default();
        let phase = self.settled().await?.phase;
        let now = if phase == Phase::Standby { String::new() } else { format!("The phase is {phase} already.\n") };
        let text = format!(
            "{now}A failover would\n{}\nand change these records:\n{shown}\nThe way back:\n{back}",
            steps.join("\n")
        );
        let json =
            json!({ "steps": Step::FAILOVER, "records": records.as_ref().ok(), "hindered": records.as_ref().err() });
        Ok(Answer { text, json, exit: u8::from(records.is_err()) })
    }

    async fn plan_failback(&self) -> Result<Answer, Refusal> {
        let news = self.settled().await?;
        let steps: Vec<String> =
            Step::FAILBACK.iter().enumerate().map(|(number, step)| format!("{}. {step}", number + 1)).collect();
        let pushed = self.checking.to_push().await?;
        let text = format!("{}\nA failback would\n{}\nIt would push {pushed}.", news.says, steps.join("\n"));
        Ok(Answer::new(text, json!({ "phase": news.phase.as_str(), "steps": Step::FAILBACK, "pushes": pushed })))
    }

    /// Says how it goes until `is_over`; at once when nobody waits or somebody else has to act first.
    async fn see(&self, detach: bool, progress: &Progress, is_over: fn(&News) -> bool) -> Result<Answer, Refusal> {
        let mut news = self.news.clone();
        news.mark_changed();
        let mut told = Told::default();
        loop {
            news.changed().await.map_err(|_| Refusal::new("the executor has stopped", "restart relais"))?;
            let seen = news.borrow_and_update().clone();
            if seen.says.is_nothing() || seen.says == Says::OrderTaken {
                continue;
            }
            told.tell(&seen, progress);
            let waits = seen.run.as_ref().is_some_and(|run| run.ended_at.is_none() && run.approvals_missing() > 0);
            if detach || waits || is_over(&seen) || progress.is_alone() {
                return Ok(Answer::new(seen.text(), seen.json()));
            }
        }
    }
}

/// What was said already.
#[derive(Default)]
struct Told {
    says: Says,
    done: Vec<Step>,
}

impl Told {
    fn tell(&mut self, news: &News, progress: &Progress) {
        for row in news.run.iter().flat_map(|run| &run.steps) {
            let StepProgress::Done { .. } = row.progress else { continue };
            let is_undone = news.run.as_ref().is_some_and(|run| run.order == failover::Order::Abort);
            if !self.done.contains(&row.step) && !is_undone {
                self.done.push(row.step);
                news.run.iter().for_each(|run| progress.say(step_line(run, row.step)));
            }
        }
        if self.says != news.says {
            self.says.clone_from(&news.says);
            progress.say(news.says.to_string());
        }
    }
}

fn run_is(news: &News, is_so: impl Fn(&Run) -> bool) -> bool {
    news.run.as_ref().is_some_and(is_so)
}

fn switched(news: &News) -> bool {
    run_is(news, |run| run.kind == RunKind::Failover && run.phase == Phase::Active || run.ended_at.is_some())
}

fn walked_back(news: &News) -> bool {
    run_is(news, |run| run.ended_at.is_some() || run.order == failover::Order::Go)
}

fn reconciled(news: &News) -> bool {
    run_is(news, |run| run.kind == RunKind::Failback && (run.is_done(Step::Reconcile) || run.ended_at.is_some()))
}

fn ended(news: &News) -> bool {
    run_is(news, |run| run.ended_at.is_some())
}

fn parse_clean_point(word: &str) -> Result<CleanPoint, Refusal> {
    match word {
        "unknown" => Ok(CleanPoint::Unknown),
        "everything" | "none" | "now" => Ok(CleanPoint::Everything),
        moment => Timestamp::parse_rfc3339(moment).map(CleanPoint::At).ok_or_else(|| {
            let hint = "give a moment such as 2026-11-22T02:00:00+01:00, `unknown`, or `everything` when the primary merely failed";
            // What lacks nothing but its zone would be another moment for each reader.
            let zoneless = Timestamp::parse_rfc3339(&format!("{}Z", moment.replacen(' ', "T", 1))).is_some();
            let lacks = if zoneless { ": its time zone is missing, such as Z or +01:00" } else { "" };
            Refusal::new(format!("\"{moment}\" is no clean point{lacks}"), hint)
        }),
    }
}

fn parse_step(word: &str) -> Result<Step, Refusal> {
    let word = word.replace('-', "_");
    serde_json::from_value(json!(word)).map_err(|_| {
        Refusal::new(format!("\"{word}\" is no step"), "fence, tell_staff, swap_records, swap_back or push_final")
    })
}
