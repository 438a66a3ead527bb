//! The selected folder as the client knows it, and telling it what has changed (RFC 9051 §5.2, §7.4, §7.5).

use std::collections::HashMap;

use tokio::sync::watch;

use crate::wire::Write as _;
use crate::{Entry, Folder, Mailbox, Trouble};

/// The selected folder. A message's sequence number is its place in `entries`, from 1.
pub(super) struct View {
    pub(super) folder: Folder,
    pub(super) entries: Vec<Entry>,
    pub(super) read_only: bool,
    pub(super) changed: watch::Receiver<u64>,
}

impl View {
    /// Tells the client what has happened since; vanished messages only when it may be told.
    pub(super) async fn refresh(
        &mut self,
        mailbox: &impl Mailbox,
        may_renumber: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Trouble> {
        if !self.changed.has_changed().unwrap_or(false) {
            return Ok(());
        }
        self.ensure_current(mailbox).await?;
        if may_renumber {
            self.changed.mark_unchanged();
        }
        let now = mailbox.messages(self.folder.id).await?;
        self.tell_vanished(&now, may_renumber, out);
        self.tell_flags(&now, out);
        self.tell_new(now, out);
        Ok(())
    }

    /// Fails when the folder was laid out anew: its UIDs then name other messages.
    pub(super) async fn ensure_current(&self, mailbox: &impl Mailbox) -> Result<(), Trouble> {
        let may_differ = self.changed.has_changed().unwrap_or(true);
        if may_differ && mailbox.uidvalidity(self.folder.id).await? != self.folder.uidvalidity {
            return Err(Trouble::Renewed);
        }
        Ok(())
    }

    fn tell_vanished(&mut self, now: &[Entry], may_renumber: bool, out: &mut Vec<u8>) {
        if !may_renumber {
            return;
        }
        let mut gone = Vec::new();
        self.entries = std::mem::take(&mut self.entries)
            .into_iter()
            .enumerate()
            .filter_map(|(at, entry)| {
                let stays = now.binary_search_by_key(&entry.uid, |entry| entry.uid).is_ok();
                if !stays {
                    gone.push(at + 1);
                }
                stays.then_some(entry)
            })
            .collect();
        // From the end, so that no number changes before it is told.
        for number in gone.iter().rev() {
            out.put(format!("* {number} EXPUNGE\r\n"));
        }
    }

    fn tell_flags(&mut self, now: &[Entry], out: &mut Vec<u8>) {
        for (at, entry) in self.entries.iter_mut().enumerate() {
            let Ok(found) = now.binary_search_by_key(&entry.uid, |entry| entry.uid) else { continue };
            let Some(current) = now.get(found) else { continue };
            if entry.flags != current.flags {
                entry.flags = current.flags.clone();
                write_flags(out, at + 1, entry);
            }
        }
    }

    fn tell_new(&mut self, now: Vec<Entry>, out: &mut Vec<u8>) {
        let last = self.entries.last().map_or(0, |entry| entry.uid);
        let before = self.entries.len();
        self.entries.extend(now.into_iter().filter(|entry| entry.uid > last));
        if self.entries.len() != before {
            out.put(format!("* {} EXISTS\r\n", self.entries.len()));
        }
    }

    /// Remembers what the client is told another way.
    pub(super) fn set_flags(&mut self, changed: Vec<(u32, mail::Flags)>) {
        let mut changed: HashMap<u32, mail::Flags> = changed.into_iter().collect();
        for entry in &mut self.entries {
            if let Some(flags) = changed.remove(&entry.uid) {
                entry.flags = flags;
            }
        }
    }

    /// The UIDs of the messages at these places.
    pub(super) fn uids(&self, places: &[usize]) -> Vec<u32> {
        places.iter().filter_map(|at| self.entries.get(*at)).map(|entry| entry.uid).collect()
    }
}

/// `* n FETCH (UID u FLAGS (...))`
pub(super) fn write_flags(out: &mut Vec<u8>, number: usize, entry: &Entry) {
    out.put(format!("* {number} FETCH (UID {} FLAGS (", entry.uid));
    write_flag_names(out, &entry.flags);
    out.put(b"))\r\n");
}

pub(super) fn write_flag_names(out: &mut Vec<u8>, flags: &mail::Flags) {
    for (at, name) in flags.names().enumerate() {
        if at > 0 {
            out.put(b" ");
        }
        out.put(name);
    }
}
