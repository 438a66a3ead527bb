//! Members of groups: LDAP names them by DN, Relais by id.

use std::collections::HashMap;

use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::{Scope, SearchEntry};
use store::EntryId;
use store::directory::{EntryKind, Sighting};

use super::super::recipient::{self, Attributes};
use super::attributes::Shown;
use super::connection::{Connection, refine};
use super::paged::PAGE;
use super::{Look, Settings};
use crate::Result;

/// Ids by distinguished name, as far as they were seen.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, EntryId>);

/// One spelling for all spellings of a DN.
fn key(dn: &str) -> String {
    dn.split(',').map(str::trim).map(str::to_lowercase).collect::<Vec<_>>().join(",")
}

impl Names {
    pub(super) fn note(&mut self, dn: &str, id: &EntryId) {
        self.0.insert(key(dn), id.clone());
    }

    fn id(&self, dn: &str) -> Option<&EntryId> {
        self.0.get(&key(dn))
    }

    /// Reads who everybody is, without what they are.
    async fn read_all(&mut self, settings: &Settings, connection: &mut Connection) -> Result<()> {
        let adapters: Vec<Box<dyn Adapter<_, _>>> =
            vec![Box::new(EntriesOnly::new()), Box::new(PagedResults::new(PAGE))];
        let wanted = vec!["entryUUID".to_owned(), "objectGUID".to_owned()];
        let ldap = connection.ldap();
        let search =
            ldap.streaming_search_with(adapters, &settings.base, Scope::Subtree, &settings.filter, wanted).await;
        let mut search = search.map_err(|error| refine(settings, error))?;
        while let Some(entry) = search.next().await.map_err(|error| refine(settings, error))? {
            let shown = Shown::read(entry);
            if let Some(id) = &shown.id {
                self.note(&shown.dn, id);
            }
        }
        search.finish().await.success().map_err(|error| refine(settings, error))?;
        Ok(())
    }
}

/// A group whose members are still DNs.
struct Waiting {
    index: usize,
    members: Vec<String>,
}

/// Gathers what a look shows; members are resolved at the end, when everybody has been seen.
#[derive(Default)]
pub(super) struct Gathering {
    look: Look,
    groups: Vec<Waiting>,
}

impl Gathering {
    /// Takes in an entry that is there.
    pub(super) async fn present(
        &mut self,
        settings: &Settings,
        connection: &mut Connection,
        names: &mut Names,
        shown: Shown,
    ) -> Result<()> {
        let Some(id) = shown.id.clone() else {
            self.look.skipped.push(format!("{}: it has no entryUUID and no objectGUID", shown.dn));
            return Ok(());
        };
        names.note(&shown.dn, &id);
        let Some(mut entry) = recipient::entry(id, &shown.attributes, &settings.hidden_attribute) else {
            return Ok(());
        };
        entry.region = settings.region.as_ref().and_then(|by| by.of(shown.attributes.all(&by.attribute)));
        if entry.kind == EntryKind::Group {
            let members = members(settings, connection, &shown.dn, &shown.attributes).await?;
            self.groups.push(Waiting { index: self.look.sightings.len(), members });
        }
        self.look.sightings.push(Sighting::Present(entry));
        Ok(())
    }

    /// The look, to be given what only its search knows.
    pub(super) fn look(&mut self) -> &mut Look {
        &mut self.look
    }

    /// Turns DNs into ids. DNs of nobody are people outside what we read; they are left out.
    pub(super) async fn finish(
        mut self,
        settings: &Settings,
        connection: &mut Connection,
        names: &mut Names,
    ) -> Result<Look> {
        let is_known = |dn: &String| names.id(dn).is_some();
        if !self.groups.iter().flat_map(|group| &group.members).all(is_known) && !self.look.whole {
            names.read_all(settings, connection).await?;
        }
        for Waiting { index, members } in self.groups {
            if let Some(Sighting::Present(entry)) = self.look.sightings.get_mut(index) {
                entry.members = members.iter().filter_map(|dn| names.id(dn)).cloned().collect();
            }
        }
        Ok(self.look)
    }
}

/// All members: Active Directory hands out large groups in ranges, `member;range=0-1499`.
async fn members(
    settings: &Settings,
    connection: &mut Connection,
    dn: &str,
    attributes: &Attributes,
) -> Result<Vec<String>> {
    let mut members: Vec<String> =
        ["member", "uniqueMember"].iter().flat_map(|name| attributes.all(name)).cloned().collect();
    let mut range = attributes.range("member");
    while let Some((values, Some(next))) = range {
        members.extend(values);
        let wanted = vec![format!("member;range={next}-*")];
        let asked = connection.ldap().search(dn, Scope::Base, "(objectClass=*)", wanted).await;
        let (entries, _) = asked.and_then(ldap3::SearchResult::success).map_err(|error| refine(settings, error))?;
        let mut more = Attributes::default();
        for (name, values) in entries.into_iter().map(SearchEntry::construct).flat_map(|entry| entry.attrs) {
            more.insert(&name, values);
        }
        range = more.range("member");
    }
    members.extend(range.map(|(values, _)| values).unwrap_or_default());
    Ok(members)
}
