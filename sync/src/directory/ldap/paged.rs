//! All of it, page by page (RFC 2696): for servers that cannot tell what changed.

use ldap3::Scope;
use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};

use super::attributes::{Shown, wanted};
use super::connection::{Connection, refine};
use super::members::{Gathering, Names};
use super::{Look, Settings};
use crate::Result;

/// Entries of a page: Active Directory gives no more than 1000.
pub(super) const PAGE: i32 = 1000;

pub(super) async fn look(settings: &Settings, connection: &mut Connection, names: &mut Names) -> Result<Look> {
    let adapters: Vec<Box<dyn Adapter<_, _>>> = vec![Box::new(EntriesOnly::new()), Box::new(PagedResults::new(PAGE))];
    let mut gathering = Gathering::default();
    let ldap = connection.ldap();
    let attributes = wanted(settings);
    let search =
        ldap.streaming_search_with(adapters, &settings.base, Scope::Subtree, &settings.filter, attributes).await;
    let mut search = search.map_err(|error| refine(settings, error))?;
    while let Some(entry) = search.next().await.map_err(|error| refine(settings, error))? {
        gathering.present(settings, connection, names, Shown::read(entry)).await?;
    }
    search.finish().await.success().map_err(|error| refine(settings, error))?;
    gathering.look().whole = true;
    gathering.finish(settings, connection, names).await
}
