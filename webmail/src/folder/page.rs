//! A folder's page.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use mail::FolderRole;
use serde::Deserialize;

use super::{FolderLink, List, ListQuery};
use crate::frame::{Frame, html, see_other};
use crate::guard::Staff;
use crate::{House, Lang, Trouble};

#[derive(Template)]
#[template(path = "folder/page.html")]
struct Page {
    frame: Frame,
    list: List,
    done: Option<&'static str>,
    undo: Option<Undo>,
}

/// The way back of a move.
struct Undo {
    at: i64,
    to: i64,
    uids: Vec<u32>,
}

/// What was just done, said once above the list.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
    #[serde(default)]
    at: i64,
    #[serde(default)]
    from: i64,
    #[serde(default)]
    uids: String,
}

impl Done {
    fn undo(&self) -> Option<Undo> {
        let uids: Vec<u32> = self.uids.split('.').take(50).filter_map(|uid| uid.parse().ok()).collect();
        (!uids.is_empty()).then_some(Undo { at: self.at, to: self.from, uids })
    }

    fn says(&self, lang: Lang) -> Option<&'static str> {
        match self.done.as_str() {
            "moved" => Some(lang.done_moved()),
            "deleted" => Some(lang.done_deleted()),
            "gone" => Some(lang.done_deleted_ever()),
            "marked" => Some(lang.done_marked()),
            "none" => Some(lang.list_nothing_ticked()),
            _ => None,
        }
    }
}

/// `/`: on to the inbox.
pub async fn inbox(staff: Staff) -> Result<Response, Trouble> {
    let folders = FolderLink::all(&staff).await?;
    let inbox = folders.iter().find(|folder| folder.role == Some(FolderRole::Inbox)).or(folders.first());
    let inbox = inbox.ok_or(Trouble::NoSuch)?;
    Ok(see_other(&format!("/f/{}", inbox.id), &[]))
}

#[derive(Template)]
#[template(path = "folder/all.html")]
struct All {
    frame: Frame,
}

/// `/folders`: the folder pane as a page of its own, where a window has no room for it.
pub async fn all(State(house): State<House>, staff: Staff) -> Result<Response, Trouble> {
    let frame = Frame::inside(&house, &staff, staff.person.lang.folders_title()).await?;
    Ok(html(&All { frame }))
}

/// `/f/{folder}`
pub async fn show(
    State(house): State<House>,
    staff: Staff,
    Path(folder): Path<i64>,
    Query(query): Query<ListQuery>,
    Query(done): Query<Done>,
) -> Result<Response, Trouble> {
    let list = List::read(&house, &staff, folder, query).await?;
    let frame = Frame::inside(&house, &staff, list.name.clone()).await?.at_folder(folder);
    let (said, undo) = (done.says(staff.person.lang), done.undo());
    Ok(html(&Page { frame, list, done: said, undo }))
}
