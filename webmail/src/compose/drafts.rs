//! `/drafts`: what is not sent yet.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use store::region::DraftRow;

use crate::frame::{Frame, html, moment};
use crate::guard::Staff;
use crate::{House, Trouble};

/// Characters of a preview.
const PREVIEW_CHARS: usize = 120;

#[derive(Template)]
#[template(path = "compose/drafts.html")]
struct Page {
    frame: Frame,
    counted: String,
    rows: Vec<Row>,
}

struct Row {
    id: i64,
    to: String,
    subject: String,
    preview: String,
    when: String,
    moment: String,
    has_attachment: bool,
}

/// Lists them, the last changed first.
pub async fn show(State(house): State<House>, staff: Staff) -> Result<Response, Trouble> {
    let lang = staff.person.lang;
    // One that nobody touched is none yet.
    let mut drafts = staff.region.drafts(staff.mailbox).await?;
    drafts.retain(|draft| draft.revision > 0 || draft.attached > 0);
    let rows = drafts.iter().map(|draft| row(&house, &staff, draft)).collect();
    let frame = Frame::inside(&house, &staff, lang.drafts_title()).await?;
    Ok(html(&Page { frame, counted: lang.drafts_counted(drafts.len()), rows }))
}

fn row(house: &House, staff: &Staff, row: &DraftRow) -> Row {
    let (lang, draft) = (staff.person.lang, &row.draft);
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let words: Vec<&str> = draft.text.split_whitespace().take(40).collect();
    Row {
        id: row.id.0,
        to: or(&draft.to, lang.drafts_to_nobody()),
        subject: or(&draft.subject, lang.list_no_subject()),
        preview: words.join(" ").chars().take(PREVIEW_CHARS).collect(),
        when: moment::short(lang, row.changed_at, (house.clock)(), &house.settings.zone),
        moment: row.changed_at.rfc3339(),
        has_attachment: row.attached > 0,
    }
}
