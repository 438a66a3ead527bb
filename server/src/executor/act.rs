//! What the executor does. Every act can be repeated.

use anyhow::{Context as _, Result, bail};
use failover::{Command, Says, Step};
use store::StoreError;
use store::directory::{CredentialKind, SessionsOf};
use store::region::{MailboxRow, RegionStore};
use tokio::task::JoinSet;

use super::observe::clean_point;
use super::returning::Returning;
use super::{Executor, Stored};
use crate::clock::now;

/// The way in by which sessions of the primary's identity provider came.
const VIA_IDENTITY_PROVIDER: &str = "saml";
/// Mailboxes laid out at the same time: they share the store's commits, and a mail that arrives waits for no more
/// than these.
const TOGETHER: u32 = 64;

impl Executor {
    /// Does a command for its step and notes what came of it.
    pub(super) async fn act(
        &mut self,
        step: Step,
        command: Command,
        returning: &dyn Returning,
    ) -> Result<(), StoreError> {
        let Some(before) = self.stored.clone() else { return Ok(()) };
        let began = now();
        let outcome = self.attempt(&before, command, returning).await;
        let Some(stored) = &mut self.stored else { return Ok(()) };
        match outcome {
            Ok(note) => {
                tracing::info!(step = %step, ms = now().ms_since(began), note, "done");
                if is_reported(command) {
                    stored.run.succeeded(step, note, now());
                }
            }
            Err(error) => {
                tracing::warn!(step = %step, error = format!("{error:#}"), "failed, will be tried again");
                stored.run.failed(step, format!("{error:#}"), now());
            }
        }
        if *stored != before {
            stored.save(self.store.directory()).await?;
        }
        self.stand().await
    }

    async fn attempt(&mut self, stored: &Stored, command: Command, returning: &dyn Returning) -> Result<String> {
        match command {
            Command::FreezeSync => self.freeze(stored).await?,
            Command::ThawSync => self.thaw().await?,
            Command::RefuseIdentity => {
                let ended = self
                    .store
                    .directory()
                    .end_sessions(SessionsOf::Via(VIA_IDENTITY_PROVIDER.to_owned()), now())
                    .await?;
                self.hold(|held| held.refused = true);
                return Ok(format!("{ended} sessions ended"));
            }
            Command::AdmitIdentity => self.hold(|held| held.refused = false),
            Command::AcceptMail => self.accept_mail(true).await?,
            Command::StopAccepting => self.accept_mail(false).await?,
            Command::DrawRecordPlan => return self.draw().await,
            Command::ApplyRecords => self.switch(stored, false).await?,
            Command::RevertRecords => self.switch(stored, true).await?,
            Command::Unseal => return self.unseal().await,
            Command::LayOut => return self.lay_out(stored).await,
            Command::Reseal => self.reseal(),
            Command::EndActivity => return self.end_activity().await,
            Command::TellStaff => bail!("no channel to staff is configured"),
            Command::TakeDelta | Command::Push | Command::Reconcile => {
                return self.go_back(stored, command, returning).await;
            }
        }
        Ok(String::new())
    }

    fn hold(&mut self, change: impl FnOnce(&mut super::stored::Held)) {
        if let Some(stored) = &mut self.stored {
            change(&mut stored.held);
        }
    }

    /// Mail is taken, or no longer: what is pushed after this has returned is all there is.
    async fn accept_mail(&mut self, accept: bool) -> Result<()> {
        for region in self.store.regions() {
            region.set_closed(!accept).await?;
        }
        self.hold(|held| held.accepting = accept);
        Ok(())
    }

    /// Nothing is copied, nothing expires, and what the view will show is decided.
    async fn freeze(&mut self, stored: &Stored) -> Result<()> {
        self.hold(|held| held.frozen = true);
        for region in self.store.regions() {
            region.set_frozen(true).await?;
        }
        self.give_clean_point(stored).await
    }

    async fn give_clean_point(&mut self, stored: &Stored) -> Result<()> {
        let wanted = stored.run.clean_point;
        if stored.held.clean_point == Some(wanted) {
            return Ok(());
        }
        for region in self.store.regions() {
            region.set_clean_point(None, clean_point(stored), now()).await?;
        }
        self.hold(|held| held.clean_point = Some(wanted));
        Ok(())
    }

    async fn thaw(&mut self) -> Result<()> {
        for region in self.store.regions() {
            region.set_frozen(false).await?;
        }
        self.hold(|held| held.frozen = false);
        Ok(())
    }

    async fn draw(&mut self) -> Result<String> {
        let names = self.names.as_ref().context(
            "no [dns] is configured: change the MX by hand, then `relais failover approve --by NAME --step swap_records`",
        )?;
        let plan = names.draw(now()).await?;
        let drawn = plan.to_string();
        if let Some(stored) = &mut self.stored {
            stored.records = Some(plan);
        }
        Ok(drawn)
    }

    async fn switch(&self, stored: &Stored, back: bool) -> Result<()> {
        let names =
            self.names.as_ref().context("[dns] was taken out of the configuration during a run; put it back")?;
        let plan = stored.records.as_ref().context("this run has no record plan")?;
        let reversed = back.then(|| plan.reversed());
        Ok(names.apply(reversed.as_ref().unwrap_or(plan)).await?)
    }

    pub(super) async fn unseal(&self) -> Result<String> {
        let mut closed = 0;
        let mut waiting = Vec::new();
        for region in self.store.regions() {
            let opened = match self.unlock.key_of(region.name()) {
                Ok(key) => region.unseal(&key, None).await.map_err(anyhow::Error::new),
                Err(error) => Err(error),
            };
            // One region's key may be far away: the others are opened all the same.
            if let Err(error) = opened {
                waiting.push(error.context(format!("region {}", region.name())));
                continue;
            }
            let all = region.mailbox_count().await?;
            closed += all.saturating_sub(u64::try_from(region.unsealed_count()).unwrap_or(u64::MAX));
        }
        if let Some(error) = waiting.pop() {
            return Err(error);
        }
        self.store.directory().unseal_contacts(&self.unlock.key()?).await?;
        if closed > 0 {
            bail!("{closed} mailboxes were changed from outside and stay closed; see `relais check`");
        }
        self.unlock.used();
        Ok("open".to_owned())
    }

    async fn lay_out(&mut self, stored: &Stored) -> Result<String> {
        self.give_clean_point(stored).await?;
        let (mut done, mut failed) = (0, Vec::new());
        for region in self.store.regions() {
            let all = region.mailbox_count().await?;
            let mut after = None;
            loop {
                let together = region.mailboxes_after(after, TOGETHER).await?;
                let Some(last) = together.last() else { break };
                after = Some(last.id);
                done += together.len();
                failed.extend(lay_out_together(region, together).await?);
                self.say(Says::Working { step: Step::LayOut, done: count(done), of: all });
            }
        }
        match failed.first() {
            Some(first) => bail!("{} mailboxes could not be laid out, such as {first}", failed.len()),
            None => Ok(format!("{done} mailboxes")),
        }
    }

    pub(super) fn reseal(&self) {
        self.store.regions().for_each(RegionStore::reseal);
        self.store.directory().reseal_contacts();
    }

    async fn end_activity(&self) -> Result<String> {
        let directory = self.store.directory();
        let sessions = directory.end_sessions(SessionsOf::Everyone, now()).await?;
        let passwords = directory.revoke_all(CredentialKind::AppPassword, now()).await?;
        for region in self.store.regions() {
            region.end_activity(now()).await?;
        }
        self.reseal();
        Ok(format!("{sessions} sessions and {passwords} app passwords ended, mailbox keys renewed, mailboxes sealed"))
    }

    async fn go_back(&mut self, stored: &Stored, command: Command, returning: &dyn Returning) -> Result<String> {
        let news = self.news.clone();
        let say = move |says: Says| news.send_modify(|news| news.says = says);
        match command {
            Command::TakeDelta => returning.take_delta(&say).await,
            Command::Push => {
                let pushed = returning.push(stored.full, &say).await?;
                // After the last push the mailboxes are sealed.
                if stored.run.is_done(Step::Close) && !stored.run.confirmed.contains(&Step::PushFinal) {
                    nothing_is_left(returning.left(stored.full).await?, &pushed)?;
                }
                Ok(pushed)
            }
            _ => {
                let counted = returning.reconcile(&say).await?;
                let lines = counted.lines().count();
                if let Some(stored) = &mut self.stored {
                    stored.reconciliation = Some(counted);
                }
                Ok(format!("{lines} lines, see `relais status`"))
            }
        }
    }

    fn say(&self, says: Says) {
        self.news.send_modify(|news| news.says = says);
    }
}

fn count(mailboxes: usize) -> u64 {
    u64::try_from(mailboxes).unwrap_or(u64::MAX)
}

/// Everything is at the primary, or somebody has to say that it may stay behind.
fn nothing_is_left(left: usize, pushed: &str) -> Result<()> {
    if left > 0 {
        bail!(
            "{left} messages or changes did not go back ({pushed}): mend what the primary refuses, or leave them on film here \
             with `relais failover approve --step push_final`"
        );
    }
    Ok(())
}

/// Lays these mailboxes out at the same time and returns what failed, with the address.
async fn lay_out_together(region: &RegionStore, mailboxes: Vec<MailboxRow>) -> Result<Vec<String>> {
    let mut running = JoinSet::new();
    for row in mailboxes {
        let region = region.clone();
        let laid_out = async move { region.lay_out(row.id).await.map_err(|error| format!("{}: {error}", row.address)) };
        running.spawn(laid_out);
    }
    let mut failed = Vec::new();
    while let Some(ended) = running.join_next().await {
        failed.extend(ended?.err());
    }
    Ok(failed)
}

/// Whether only the command itself knows that it is done.
const fn is_reported(command: Command) -> bool {
    matches!(
        command,
        Command::TellStaff | Command::TakeDelta | Command::Push | Command::Reconcile | Command::EndActivity
    )
}
