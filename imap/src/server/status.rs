//! STATUS (RFC 9051 §6.3.11).

use imap_codec::imap_types::mailbox::Mailbox as Name;
use imap_codec::imap_types::status::StatusDataItemName as Item;

use super::folders::find;
use super::session::{Session, Verdict};
use crate::wire::Write as _;
use crate::{Accounts, Folder, Mailbox, Trouble};

impl<A: Accounts> Session<A> {
    pub(super) async fn status(
        &self,
        mailbox: &A::Mailbox,
        name: &Name<'_>,
        items: &[Item],
        out: &mut Vec<u8>,
    ) -> Verdict {
        match self.figures(mailbox, name, items).await {
            Ok((folder, figures)) => {
                out.put(b"* STATUS ");
                out.mailbox_name(&folder.name);
                out.put(format!(" ({})\r\n", figures.join(" ")));
                Verdict::done()
            }
            Err(trouble) => trouble.into(),
        }
    }

    async fn figures(
        &self,
        mailbox: &A::Mailbox,
        name: &Name<'_>,
        items: &[Item],
    ) -> Result<(Folder, Vec<String>), Trouble> {
        let folder = find(mailbox, name).await?;
        let mut figures = Vec::with_capacity(items.len());
        for item in items {
            figures.push(match item {
                Item::Messages => format!("MESSAGES {}", folder.messages),
                Item::Recent => "RECENT 0".to_owned(),
                Item::UidNext => format!("UIDNEXT {}", folder.uidnext),
                Item::UidValidity => format!("UIDVALIDITY {}", folder.uidvalidity),
                Item::Unseen => format!("UNSEEN {}", folder.unseen),
                Item::Size => {
                    let entries = mailbox.messages(folder.id).await?;
                    format!("SIZE {}", entries.iter().map(|entry| entry.size_bytes).sum::<u64>())
                }
                _ => continue,
            });
        }
        Ok((folder, figures))
    }
}
