//! COPY (RFC 9051 §6.4.7) and MOVE (RFC 6851) with UIDPLUS (RFC 4315).

use imap_codec::imap_types::mailbox::Mailbox as Name;
use imap_codec::imap_types::sequence::SequenceSet;

use super::folders::find;
use super::sequence::{places, written};
use super::session::Verdict;
use super::view::View;
use super::wire::Wire;
use crate::wire::Write as _;
use crate::{Folder, Mailbox, Trouble};

/// What COPY and MOVE carry.
pub(super) struct Copying<'a> {
    pub(super) set: &'a SequenceSet,
    pub(super) to: &'a Name<'a>,
    pub(super) uid: bool,
}

impl View {
    pub(super) async fn copy(&mut self, mailbox: &impl Mailbox, what: Copying<'_>) -> Verdict {
        let to = match target(mailbox, what.to).await {
            Ok(folder) => folder,
            Err(verdict) => return verdict,
        };
        let uids = self.uids(&places(what.set, &self.entries, what.uid));
        match mailbox.copy(self.folder.id, &uids, to.id).await {
            Ok(pairs) => Verdict::Ok(format!("{}Done", copyuid(&to, &pairs))),
            Err(trouble) => trouble.into(),
        }
    }

    pub(super) async fn move_to(&mut self, mailbox: &impl Mailbox, what: Copying<'_>, wire: &mut Wire) -> Verdict {
        if self.read_only {
            return Verdict::No("[READ-ONLY] The folder was opened for reading".to_owned());
        }
        let to = match target(mailbox, what.to).await {
            Ok(folder) => folder,
            Err(verdict) => return verdict,
        };
        let uids = self.uids(&places(what.set, &self.entries, what.uid));
        match mailbox.move_to(self.folder.id, &uids, to.id).await {
            Ok(pairs) => {
                // RFC 6851 §4.3: COPYUID comes untagged, before the EXPUNGEs that the refresh sends.
                let code = copyuid(&to, &pairs);
                if !code.is_empty() {
                    wire.out.put(format!("* OK {code}Moved\r\n"));
                }
                Verdict::done()
            }
            Err(trouble) => trouble.into(),
        }
    }
}

async fn target(mailbox: &impl Mailbox, name: &Name<'_>) -> Result<Folder, Verdict> {
    find(mailbox, name).await.map_err(|trouble| match trouble {
        Trouble::NoSuchFolder => Verdict::No("[TRYCREATE] There is no such folder".to_owned()),
        trouble => trouble.into(),
    })
}

// RFC 4315 §3: nothing is said when nothing was copied.
fn copyuid(to: &Folder, pairs: &[(u32, u32)]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    let (from, into): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
    format!("[COPYUID {} {} {}] ", to.uidvalidity, written(&from), written(&into))
}
