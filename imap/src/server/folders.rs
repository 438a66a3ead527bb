//! CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 9051 §6.3.4 to §6.3.8), and finding a folder.

use imap_codec::imap_types::mailbox::Mailbox as Name;

use super::session::{Session, Verdict};
use crate::{Accounts, Folder, Mailbox, Trouble, from_modified_utf7};

/// Octets of a folder's whole name.
const NAME_MAX_BYTES: usize = 1000;

/// The name in Unicode; INBOX in any case is `INBOX` (RFC 9051 §5.1).
pub(super) fn unicode(name: &Name<'_>) -> String {
    let Name::Other(other) = name else { return "INBOX".to_owned() };
    let text = String::from_utf8_lossy(other.inner().as_ref()).into_owned();
    let name = from_modified_utf7(&text);
    match name.get(..6) {
        Some(top) if top.eq_ignore_ascii_case("INBOX/") => format!("INBOX/{}", name.get(6..).unwrap_or_default()),
        _ => name,
    }
}

/// The folder of that name.
pub(super) async fn find(mailbox: &impl Mailbox, name: &Name<'_>) -> Result<Folder, Trouble> {
    let wanted = unicode(name);
    let found = mailbox.folders().await?.into_iter().find(|folder| folder.name == wanted);
    found.ok_or(Trouble::NoSuchFolder)
}

impl<A: Accounts> Session<A> {
    pub(super) async fn create(&mut self, mailbox: &A::Mailbox, name: &Name<'_>) -> Verdict {
        // RFC 9051 §6.3.4: a trailing separator only says that there will be folders below.
        let name = unicode(name);
        let name = name.trim_end_matches('/');
        let outcome = async {
            well_formed(name)?;
            let folders = mailbox.folders().await?;
            if folders.iter().any(|folder| folder.name == name) {
                return Err(Trouble::Exists);
            }
            if folders.len() >= self.service.limits.folders_max {
                return Err(Trouble::NotAllowed("There are too many folders"));
            }
            for parent in parents(name).filter(|parent| folders.iter().all(|folder| folder.name != *parent)) {
                mailbox.create(parent).await?;
            }
            mailbox.create(name).await
        };
        verdict(outcome.await)
    }

    pub(super) async fn delete(&mut self, mailbox: &A::Mailbox, name: &Name<'_>) -> Verdict {
        let outcome = async {
            let folders = mailbox.folders().await?;
            let wanted = unicode(name);
            let folder = folders.iter().find(|folder| folder.name == wanted).ok_or(Trouble::NoSuchFolder)?;
            let below = format!("{wanted}/");
            if folders.iter().any(|other| other.name.starts_with(&below)) {
                return Err(Trouble::NotAllowed("There are folders below it"));
            }
            if folder.role.is_some() {
                return Err(Trouble::NotAllowed("This folder has to stay"));
            }
            mailbox.delete(folder.id).await
        };
        verdict(outcome.await)
    }

    pub(super) async fn rename(&mut self, mailbox: &A::Mailbox, from: &Name<'_>, to: &Name<'_>) -> Verdict {
        let outcome = async {
            let (from, to) = (unicode(from), unicode(to));
            well_formed(&to)?;
            let folders = mailbox.folders().await?;
            let folder = folders.iter().find(|folder| folder.name == from).ok_or(Trouble::NoSuchFolder)?;
            if folder.role.is_some() {
                return Err(Trouble::NotAllowed("This folder keeps its name"));
            }
            if folders.iter().any(|other| other.name == to) {
                return Err(Trouble::Exists);
            }
            let below = format!("{from}/");
            if to.starts_with(&below) {
                return Err(Trouble::NotAllowed("A folder cannot lie in itself"));
            }
            mailbox.rename(folder.id, &to).await?;
            // RFC 9051 §6.3.6: what lies below moves along.
            for child in folders.iter().filter(|other| other.name.starts_with(&below)) {
                let rest = child.name.get(from.len()..).unwrap_or_default();
                mailbox.rename(child.id, &format!("{to}{rest}")).await?;
            }
            Ok(())
        };
        verdict(outcome.await)
    }

    pub(super) async fn subscribe(&mut self, mailbox: &A::Mailbox, name: &Name<'_>, subscribed: bool) -> Verdict {
        let outcome = async {
            let folder = find(mailbox, name).await?;
            mailbox.subscribe(folder.id, subscribed).await
        };
        verdict(outcome.await)
    }
}

/// The verdict of a command that returns nothing.
pub(super) fn verdict(outcome: Result<(), Trouble>) -> Verdict {
    match outcome {
        Ok(()) => Verdict::done(),
        Err(trouble) => trouble.into(),
    }
}

fn well_formed(name: &str) -> Result<(), Trouble> {
    let sound = !name.is_empty()
        && name.len() <= NAME_MAX_BYTES
        && !name.chars().any(char::is_control)
        && name.split('/').all(|level| !level.is_empty())
        && !name.contains(['%', '*']);
    sound.then_some(()).ok_or(Trouble::NotAllowed("That is no name for a folder"))
}

// a, a/b, a/b/c for a/b/c/d
fn parents(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').filter_map(|(at, _)| name.get(..at))
}
