//! The page of results.

use askama::Template;
use axum::extract::{Query as Asking, State};
use axum::response::Response;

use super::asked::Asked;
use super::found::{Found, Names};
use crate::folder::PAGE_ROWS;
use crate::frame::{Frame, html};
use crate::guard::Staff;
use crate::{House, Trouble};

/// Pages of results; who gets so far asks for something else.
const PAGES_MAX: usize = 20;

#[derive(Template)]
#[template(path = "search/page.html")]
struct Page {
    frame: Frame,
    asked: Asked,
    folders: Vec<(i64, String)>,
    is_asked: bool,
    found: Vec<Found>,
    page: usize,
    has_more: bool,
}

impl Page {
    /// "12 messages"
    fn counted(&self) -> String {
        let first = self.first();
        if self.page > 1 {
            return self.frame.lang.search_range(first, first + self.found.len().saturating_sub(1));
        }
        self.frame.lang.search_count(self.found.len(), self.has_more)
    }

    fn first(&self) -> usize {
        (self.page - 1) * PAGE_ROWS as usize + 1
    }

    fn has_next(&self) -> bool {
        self.has_more && self.page < PAGES_MAX
    }

    fn is_cut(&self) -> bool {
        self.has_more && self.page == PAGES_MAX
    }
}

/// `/search`
pub async fn show(State(house): State<House>, staff: Staff, Asking(asked): Asking<Asked>) -> Result<Response, Trouble> {
    let lang = staff.person.lang;
    let query = asked.query(&house.settings.zone);
    let names: Names = staff
        .region
        .folders(staff.mailbox)
        .await?
        .into_iter()
        .map(|folder| (folder.id.0, (lang.folder(folder.role, &folder.name), folder.role)))
        .collect();
    let (page, rows) = (asked.page().min(PAGES_MAX), PAGE_ROWS as usize);
    let mut hits = match query.is_empty() {
        true => Vec::new(),
        false => staff.region.search(staff.mailbox, &query, asked.folder(), page * rows + 1).await?,
    };
    let has_more = hits.len() > page * rows;
    hits.truncate(page * rows);
    let shown = hits.get((page - 1) * rows..).unwrap_or_default();
    let found = Found::all(&house, &staff, &query, (shown, &names)).await?;
    let title = if query.is_empty() { lang.search() } else { lang.search_results() };
    let mut frame = Frame::inside(&house, &staff, title).await?;
    frame.query.clone_from(&asked.q);
    let folders = frame.folders.iter().map(|folder| (folder.id, folder.name.clone())).collect();
    let is_asked = !query.is_empty();
    Ok(html(&Page { frame, asked, folders, is_asked, found, page, has_more }))
}
