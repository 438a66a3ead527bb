//! Content synchronisation, RFC 4533: what changed since the cookie.
//!
//! ```text
//!   C: search, Sync Request { refreshOnly, cookie }
//!   S: entry + Sync State add | modify              there, and looks like this
//!      entry + Sync State present                   there, as before
//!      entry + Sync State delete                    gone
//!      Sync Info { syncIdSet, refreshDeletes }      many that are gone, or that are there as before
//!      done + Sync Done { cookie, refreshDeletes }  false: whoever was not named is gone
//! ```

use ldap3::controls::{Control, EntryState, RefreshMode, SyncDone, SyncInfo, SyncRequest, SyncState, parse_syncinfo};
use ldap3::{LdapResult, ResultEntry, Scope};
use store::EntryId;
use store::directory::Sighting;

use super::attributes::{Shown, uuid_text, wanted};
use super::connection::{Connection, refine};
use super::members::{Gathering, Names};
use super::{Look, Settings};
use crate::{Result, SyncError};

const SYNC_STATE: &str = "1.3.6.1.4.1.4203.1.9.1.2";
const SYNC_DONE: &str = "1.3.6.1.4.1.4203.1.9.1.3";
/// RFC 4533 §2.5.
const SYNC_REFRESH_REQUIRED: u32 = 4096;

/// `None` when the server wants to be asked without the cookie.
pub(super) async fn look(
    settings: &Settings,
    connection: &mut Connection,
    names: &mut Names,
    cookie: Option<Vec<u8>>,
) -> Result<Option<Look>> {
    let request = SyncRequest { mode: RefreshMode::RefreshOnly, cookie: cookie.clone(), reload_hint: false };
    let attributes = wanted(settings);
    let ldap = connection.ldap().with_controls(request);
    let search = ldap.streaming_search(&settings.base, Scope::Subtree, &settings.filter, attributes).await;
    let mut search = search.map_err(|error| refine(settings, error))?;
    let mut gathering = Gathering::default();
    while let Some(entry) = search.next().await.map_err(|error| refine(settings, error))? {
        if entry.is_intermediate() {
            note_info(gathering.look(), parse_syncinfo(entry));
        } else if !entry.is_ref() {
            take(settings, connection, names, (&mut gathering, entry)).await?;
        }
    }
    let done = search.finish().await;
    if done.rc == SYNC_REFRESH_REQUIRED {
        return Ok(None);
    }
    let done = done.success().map_err(|error| refine(settings, error))?;
    note_done(settings, gathering.look(), &done, cookie)?;
    Ok(Some(gathering.finish(settings, connection, names).await?))
}

async fn take(
    settings: &Settings,
    connection: &mut Connection,
    names: &mut Names,
    (gathering, entry): (&mut Gathering, ResultEntry),
) -> Result<()> {
    let state = value_of(&entry.1, SYNC_STATE).map(ldap3::controls::RawControl::parse::<SyncState>);
    let missing =
        || SyncError::Rubbish { primary: settings.url.clone(), cause: "an entry without its state".to_owned() };
    let SyncState { state, entry_uuid, .. } = state.ok_or_else(missing)?;
    let id = uuid_text(&entry_uuid).map(EntryId).ok_or_else(missing)?;
    match state {
        EntryState::Delete => gathering.look().sightings.push(Sighting::Gone(id)),
        EntryState::Present => {
            gathering.look().unchanged.insert(id);
        }
        EntryState::Add | EntryState::Modify => {
            let shown = Shown { id: Some(id), ..Shown::read(entry) };
            gathering.present(settings, connection, names, shown).await?;
        }
    }
    Ok(())
}

fn note_info(look: &mut Look, info: SyncInfo) {
    let SyncInfo::SyncIdSet { refresh_deletes, sync_uuids, .. } = info else { return };
    let ids = sync_uuids.iter().filter_map(|uuid| uuid_text(uuid)).map(EntryId);
    if refresh_deletes {
        look.sightings.extend(ids.map(Sighting::Gone));
    } else {
        look.unchanged.extend(ids);
    }
}

fn note_done(settings: &Settings, look: &mut Look, done: &LdapResult, cookie: Option<Vec<u8>>) -> Result<()> {
    let ended = value_of(&done.ctrls, SYNC_DONE).map(ldap3::controls::RawControl::parse::<SyncDone>);
    let missing = || SyncError::Rubbish { primary: settings.url.clone(), cause: "an end without its state".to_owned() };
    let ended = ended.ok_or_else(missing)?;
    look.whole = !ended.refresh_deletes;
    look.cursor = ended.cookie.or(cookie);
    Ok(())
}

fn value_of<'c>(controls: &'c [Control], oid: &str) -> Option<&'c ldap3::controls::RawControl> {
    controls.iter().map(|Control(_, raw)| raw).find(|raw| raw.ctype == oid && raw.val.is_some())
}
