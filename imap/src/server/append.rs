//! APPEND (RFC 9051 §6.3.12) with UIDPLUS (RFC 4315).

use imap_codec::imap_types::datetime::DateTime;
use imap_codec::imap_types::extensions::binary::LiteralOrLiteral8;
use imap_codec::imap_types::flag::Flag;
use imap_codec::imap_types::mailbox::Mailbox as Name;
use mail::{Flags, Timestamp};

use super::folders::find;
use super::session::{Session, Verdict};
use super::wire::Wire;
use crate::{Accounts, Mailbox, Trouble};

/// What APPEND carries.
pub(super) struct Appending {
    pub(super) name: Name<'static>,
    pub(super) flags: Vec<Flag<'static>>,
    pub(super) date: Option<DateTime>,
    pub(super) message: LiteralOrLiteral8<'static>,
}

impl<A: Accounts> Session<A> {
    pub(super) async fn append(&mut self, mailbox: &A::Mailbox, what: Appending, wire: &mut Wire) -> Verdict {
        let folder = match find(mailbox, &what.name).await {
            Ok(folder) => folder,
            // RFC 9051 §6.3.12: TRYCREATE says that CREATE may help.
            Err(Trouble::NoSuchFolder) => return Verdict::No("[TRYCREATE] There is no such folder".to_owned()),
            Err(trouble) => return trouble.into(),
        };
        let raw = match what.message {
            LiteralOrLiteral8::Literal(literal) => literal.into_inner().into_owned(),
            LiteralOrLiteral8::Literal8(literal) => literal.data.into_owned(),
        };
        if raw.is_empty() {
            return Verdict::No("[CANNOT] An empty message is none".to_owned());
        }
        let received_at = what.date.map(|date| Timestamp::from_unix_s(date.as_ref().timestamp()));
        match mailbox.append(folder.id, raw, flags_of(&what.flags), received_at).await {
            Ok(placed) => {
                let refreshed = match &mut self.view {
                    Some(view) => view.refresh(mailbox, true, &mut wire.out).await,
                    None => Ok(()),
                };
                match refreshed {
                    Ok(()) => Verdict::Ok(format!("[APPENDUID {} {}] Done", placed.uidvalidity, placed.uid)),
                    Err(trouble) => {
                        // The message is in, whatever became of the selected folder: it is not to be sent again.
                        let _ = self.lost(trouble);
                        Verdict::Ok(format!("[APPENDUID {} {}] Done", placed.uidvalidity, placed.uid))
                    }
                }
            }
            Err(trouble) => trouble.into(),
        }
    }
}

/// Flags as the client names them.
pub(super) fn flags_of(flags: &[Flag<'_>]) -> Flags {
    let names: Vec<String> = flags.iter().map(ToString::to_string).collect();
    Flags::from_names(names.iter().map(String::as_str))
}
