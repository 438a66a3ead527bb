//! SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3; RFC 3501 §6.3.1).

use imap_codec::imap_types::mailbox::Mailbox as Name;

use super::folders::find;
use super::session::{Session, Verdict};
use super::view::View;
use super::wire::Wire;
use crate::wire::Write as _;
use crate::{Accounts, Mailbox, Trouble};

impl<A: Accounts> Session<A> {
    pub(super) async fn select(
        &mut self,
        mailbox: &A::Mailbox,
        name: &Name<'_>,
        read_only: bool,
        wire: &mut Wire,
    ) -> Verdict {
        // RFC 9051 §6.3.2: whatever comes of it, the folder before is no longer selected.
        self.view = None;
        match open(mailbox, name, read_only).await {
            Ok(view) => {
                announce(&view, &mut wire.out);
                self.view = Some(view);
                Verdict::Ok(if read_only { "[READ-ONLY] Done" } else { "[READ-WRITE] Done" }.to_owned())
            }
            Err(trouble) => trouble.into(),
        }
    }
}

async fn open(mailbox: &impl Mailbox, name: &Name<'_>, read_only: bool) -> Result<View, Trouble> {
    let mut changed = mailbox.changed();
    changed.mark_unchanged();
    let folder = find(mailbox, name).await?;
    let entries = mailbox.messages(folder.id).await?;
    Ok(View { folder, entries, read_only, changed })
}

fn announce(view: &View, out: &mut Vec<u8>) {
    const FLAGS: &str = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
    let keywords: std::collections::BTreeSet<&str> =
        view.entries.iter().flat_map(|entry| entry.flags.keywords.iter().map(String::as_str)).take(200).collect();
    let keywords: String = keywords.into_iter().map(|keyword| format!(" {keyword}")).collect();
    out.put(format!("* FLAGS ({FLAGS}{keywords})\r\n"));
    let permanent = if view.read_only { String::new() } else { format!("{FLAGS}{keywords} \\*") };
    out.put(format!("* OK [PERMANENTFLAGS ({permanent})] Kept\r\n"));
    out.put(format!("* {} EXISTS\r\n* 0 RECENT\r\n", view.entries.len()));
    if let Some(first) = view.entries.iter().position(|entry| !entry.flags.is_seen()) {
        out.put(format!("* OK [UNSEEN {}] The first unread one\r\n", first + 1));
    }
    out.put(format!("* OK [UIDVALIDITY {}] Valid\r\n", view.folder.uidvalidity));
    let last = view.entries.last().map_or(0, |entry| entry.uid);
    out.put(format!("* OK [UIDNEXT {}] Next\r\n", view.folder.uidnext.max(last.saturating_add(1))));
}
