//! `/draft/{id}`: what is being written, or what became of it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use store::region::{Draft, DraftPart, DraftRow, DraftState};

use super::recipients::{self, Group, Recipient};
use super::{attach, send, typed};
use crate::frame::{Frame, html};
use crate::guard::Staff;
use crate::{House, Lang, Trouble};

/// What the page says besides.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Said {
    /// It was saved.
    #[serde(default)]
    saved: u8,
    /// Names were looked up.
    #[serde(default)]
    names: u8,
    /// It was to be sent and was not: 1 for its recipients, 2 for its size, else the reply's code.
    #[serde(default)]
    unsent: u16,
    /// It is a copy, as somebody else saved this draft.
    #[serde(default)]
    other: i64,
    /// It is a copy of one that was sent.
    #[serde(default)]
    was_sent: u8,
    /// A file was too large.
    #[serde(default)]
    large: u8,
    /// So many attachments were left out.
    #[serde(default)]
    left: usize,
}

#[derive(Template)]
#[template(path = "compose/draft.html")]
struct Page {
    frame: Frame,
    id: i64,
    revision: u32,
    draft: Draft,
    senders: Vec<(String, bool)>,
    files: Vec<FileLine>,
    most: String,
    done: Option<&'static str>,
    warnings: Vec<String>,
    wrong: Vec<String>,
    groups: Vec<Group>,
    other: i64,
}

/// An attachment of the page.
struct FileLine {
    id: String,
    name: String,
    size: String,
}

#[derive(Template)]
#[template(path = "compose/sent.html")]
struct After {
    frame: Frame,
    is_sent: bool,
    to: Vec<String>,
}

/// Shows a draft.
pub async fn show(
    State(house): State<House>,
    staff: Staff,
    Path(id): Path<i64>,
    Query(said): Query<Said>,
) -> Result<Response, Trouble> {
    let row = staff.region.draft(staff.mailbox, typed::number(id)).await?;
    let row = send::settled(&house, &staff, row).await?;
    match row.state {
        DraftState::Writing => Ok(html(&page(&house, &staff, row, said).await?)),
        DraftState::Sending => Ok(html(&after(&house, &staff, &row.draft, false).await?)),
        DraftState::Sent(_) => Ok(html(&after(&house, &staff, &row.draft, true).await?)),
    }
}

async fn after(house: &House, staff: &Staff, draft: &Draft, is_sent: bool) -> Result<After, Trouble> {
    let lang = staff.person.lang;
    let title = if is_sent { lang.compose_sent_title() } else { lang.compose_sending_title() };
    let mut frame = Frame::inside(house, staff, title).await?;
    frame.refresh_s = if is_sent { 0 } else { 2 };
    let to = [&draft.to, &draft.cc, &draft.bcc].into_iter().filter(|field| !field.is_empty()).cloned().collect();
    Ok(After { frame, is_sent, to })
}

async fn page(house: &House, staff: &Staff, row: DraftRow, said: Said) -> Result<Page, Trouble> {
    let lang = staff.person.lang;
    let title = if row.draft.subject.is_empty() { lang.compose_title().to_owned() } else { row.draft.subject.clone() };
    let parts = staff.region.draft_parts(staff.mailbox, row.id).await?;
    let sender = typed::sender(staff, &row.draft)?.to_string();
    let own = staff.person.entry.addresses().map(ToString::to_string);
    let (wrong, groups) = match (said.names, said.unsent) {
        (0, 0) => Default::default(),
        _ => looked_up(house, staff, &row.draft).await?,
    };
    Ok(Page {
        frame: Frame::inside(house, staff, title).await?,
        id: row.id.0,
        revision: row.revision,
        senders: own.map(|own| (own.clone(), own == sender)).collect(),
        files: parts.iter().map(|part| FileLine::of(part, lang)).collect(),
        most: lang.compose_most(&lang.compose_size(attach::most_bytes(house))),
        done: done(said, lang, &wrong),
        warnings: warnings(house, said, lang, &wrong),
        wrong,
        groups,
        other: said.other,
        draft: row.draft,
    })
}

/// What is wrong with the recipients, and which groups are among them.
async fn looked_up(house: &House, staff: &Staff, draft: &Draft) -> Result<(Vec<String>, Vec<Group>), Trouble> {
    let (mut wrong, mut found): (Vec<String>, Vec<Recipient>) = Default::default();
    for field in [&draft.to, &draft.cc, &draft.bcc] {
        let checked = recipients::check(house, staff, field).await?;
        wrong.extend(checked.wrong);
        found.extend(checked.found);
    }
    if found.is_empty() && wrong.is_empty() {
        wrong.push(staff.person.lang.compose_nobody().to_owned());
    }
    if found.len() + wrong.len() > recipients::RECIPIENTS_MAX {
        wrong.push(staff.person.lang.compose_too_many().to_owned());
    }
    let found: Vec<&Recipient> = found.iter().collect();
    Ok((wrong, recipients::groups(house, staff, &found).await?))
}

fn done(said: Said, lang: Lang, wrong: &[String]) -> Option<&'static str> {
    match said {
        Said { saved: 1, .. } => Some(lang.compose_saved()),
        Said { names: 1, .. } if wrong.is_empty() => Some(lang.compose_names_good()),
        _ => None,
    }
}

fn warnings(house: &House, said: Said, lang: Lang, wrong: &[String]) -> Vec<String> {
    let mut warnings = Vec::new();
    match said.unsent {
        0 => {}
        1 => warnings.extend((!wrong.is_empty()).then(|| lang.compose_not_sent().to_owned())),
        2 => warnings.push(lang.compose_too_large().to_owned()),
        code if code < 500 => warnings.push(lang.compose_refused_late().to_owned()),
        code => warnings.push(lang.compose_refused(code)),
    }
    if said.large == 1 {
        warnings.push(lang.compose_file_too_large(&lang.compose_size(attach::most_bytes(house))));
    }
    if said.left > 0 {
        warnings.push(lang.compose_left_out(said.left));
    }
    if said.was_sent == 1 {
        warnings.push(lang.compose_sent_already().to_owned());
    } else if said.other != 0 {
        warnings.push(lang.compose_conflict().to_owned());
    }
    warnings
}

impl FileLine {
    fn of(part: &DraftPart, lang: Lang) -> Self {
        Self { id: part.id.to_string(), name: part.name.clone(), size: lang.compose_size(part.size_bytes) }
    }
}
