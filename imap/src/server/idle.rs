//! IDLE (RFC 2177): the client waits, and hears of changes as they happen.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::session::{Session, Verdict};
use super::wire::Wire;
use crate::{Accounts, Error, Mailbox};

/// How often a word is said that keeps the way open through address translators.
const HEARTBEAT: Duration = Duration::from_secs(120);
/// How often it is asked whether the client may go on.
const LOOK: Duration = Duration::from_secs(15);

impl<A: Accounts> Session<A> {
    pub(super) async fn idle(
        &mut self,
        wire: &mut Wire,
        shutdown: &mut watch::Receiver<bool>,
    ) -> Result<Verdict, Error> {
        let Some(mailbox) = self.mailbox.clone() else { return Ok(Verdict::Bad("Sign in first")) };
        wire.out.extend_from_slice(b"+ idling\r\n");
        let mut changed = mailbox.changed();
        #[allow(clippy::disallowed_methods, reason = "this waits for a real client")]
        let mut heartbeat = Instant::now() + HEARTBEAT;
        loop {
            if !self.may_stay().await {
                return Ok(Verdict::No("Your sign-in has ended".to_owned()));
            }
            if let Some(view) = &mut self.view
                && let Err(trouble) = view.refresh(&*mailbox, true, &mut wire.out).await
            {
                return Ok(self.lost(trouble));
            }
            wire.flush().await?;
            #[allow(clippy::disallowed_methods, reason = "this waits for a real client")]
            let now = Instant::now();
            if now >= heartbeat {
                wire.out.extend_from_slice(b"* OK Still here\r\n");
                wire.flush().await?;
                heartbeat = now + HEARTBEAT;
            }
            tokio::select! {
                line = wire.line() => return Ok(done(&line?)),
                told = changed.changed() => if told.is_err() { return Ok(Verdict::No("The mailbox is gone".to_owned())) },
                () = sleep_until(now + LOOK) => {}
                _ = shutdown.changed() => return Ok(Verdict::No("The service is stopping".to_owned())),
            }
        }
    }
}

fn done(line: &[u8]) -> Verdict {
    let word = line.trim_ascii();
    if word.eq_ignore_ascii_case(b"DONE") { Verdict::done() } else { Verdict::Bad("Only DONE ends this") }
}
