//! Flags that changed and messages that are gone.

use std::collections::{HashMap, HashSet};

use imap::client::{Fetched, Wanted};
use mail::Flags;
use store::region::{Seen, SourceUid};

use super::folder::Entered;
use super::{Session, Visit};
use crate::Result;

/// Sightings of one commit.
const BATCH: usize = 2000;
/// So few may always go.
const FEW: usize = 20;

/// What became of messages that were there.
#[derive(Default)]
struct Became {
    flags: Vec<(u32, Flags)>,
    gone: Vec<u32>,
}

impl Visit<'_> {
    /// Records what became of the messages that were held.
    pub(super) async fn changes(
        &mut self,
        session: &mut Session,
        entered: &mut Entered<'_>,
        held: &[SourceUid],
    ) -> Result<()> {
        let became = if entered.told {
            told(entered, held)
        } else {
            let all = session.client.fetch_all("1:*", Wanted::Flags).await.map_err(|error| self.refine(error))?;
            compared(all, held)
        };
        if became.gone.len() > FEW
            && became.gone.len() * 100 > held.len() * percent(self.settings.deletions_max_percent)
        {
            let what = format!(
                "{} of {} messages of a folder of {} are gone at once",
                became.gone.len(),
                held.len(),
                self.mailbox.address
            );
            let remedy =
                "find out who deleted them; the film keeps them, and a clean point before their loss brings them back";
            self.find("history_mass_deletion", what, remedy);
        }
        let (uidvalidity, at) = (entered.uidvalidity(), self.now());
        let before: HashMap<u32, &SourceUid> = held.iter().map(|held| (held.uid, held)).collect();
        let path = || entered.path.to_owned();
        let mut seen = Vec::new();
        for (uid, flags) in became.flags {
            let differs = before.get(&uid).is_some_and(|held| {
                held.system != flags.system || held.keywords != self.region.keywords_tag(self.mailbox.id, &flags)
            });
            if differs {
                seen.push(Seen::Flags { path: path(), uidvalidity, uid, flags, at });
            }
        }
        seen.extend(became.gone.into_iter().map(|uid| Seen::Gone { path: path(), uidvalidity, uid, at }));
        self.looked.changes += u64::try_from(seen.len()).unwrap_or(0);
        while !seen.is_empty() {
            self.go_on()?;
            let rest = seen.split_off(seen.len().min(BATCH));
            self.region.record(self.mailbox.id, std::mem::replace(&mut seen, rest), None).await?;
        }
        Ok(())
    }
}

/// What the server told when the folder was entered (QRESYNC).
fn told(entered: &mut Entered<'_>, held: &[SourceUid]) -> Became {
    let changed = std::mem::take(&mut entered.selected.changed);
    let flags = changed.into_iter().filter_map(|fetched| Some((fetched.uid, fetched.flags?))).collect();
    let is_gone = |uid: u32| entered.selected.vanished.iter().any(|range| range.contains(&uid));
    Became { flags, gone: held.iter().map(|held| held.uid).filter(|uid| is_gone(*uid)).collect() }
}

/// Everything that is there beside everything that was.
fn compared(all: Vec<Fetched>, held: &[SourceUid]) -> Became {
    let there: HashSet<u32> = all.iter().map(|fetched| fetched.uid).collect();
    let flags = all.into_iter().filter_map(|fetched| Some((fetched.uid, fetched.flags?))).collect();
    Became { flags, gone: held.iter().map(|held| held.uid).filter(|uid| !there.contains(uid)).collect() }
}

fn percent(share: u32) -> usize {
    usize::try_from(share).unwrap_or(100)
}
