//! Keeping what was typed, whatever else the form was for.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::Response;
use bytes::Bytes;
use serde_json::json;
use store::region::{Draft, DraftState, Saved};
use store::{ContentId, DraftId, StoreError};

use super::{attach, offer, recipients, typed};
use crate::frame::see_other;
use crate::guard::{Fields, Staff};
use crate::{House, Trouble};

/// Where the text of a form is now.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// In this draft.
    pub id: DraftId,
    /// Of this revision.
    pub revision: u32,
    /// Why it is another draft than the one of the form.
    pub copy: Option<Apart>,
}

/// Why a text became a draft of its own.
#[derive(Clone, Copy, Debug)]
pub enum Apart {
    /// Another window saved the draft.
    Changed(DraftId),
    /// The draft was sent.
    Sent,
    /// The draft is not there any more.
    Gone,
}

impl Kept {
    /// The page of the draft, saying why it is a copy, if it is one.
    pub fn path(&self, said: &str) -> String {
        let id = self.id.0;
        match self.copy {
            None if said.is_empty() => format!("/draft/{id}"),
            None => format!("/draft/{id}?{said}"),
            Some(Apart::Changed(other)) => format!("/draft/{id}?other={}", other.0),
            Some(Apart::Sent) => format!("/draft/{id}?was_sent=1"),
            Some(Apart::Gone) => format!("/draft/{id}?saved=1"),
        }
    }
}

/// Saves the form; into a draft of its own where the form's has gone on without it.
pub async fn keep(house: &House, staff: &Staff, id: i64, fields: &Fields) -> Result<Kept, Trouble> {
    let (id, now) = (typed::number(id), (house.clock)());
    let known = match staff.region.draft(staff.mailbox, id).await {
        Err(StoreError::NoSuch(_)) => None,
        found => Some(found?),
    };
    let Some(known) = known else {
        let draft = typed::typed(fields, Draft::default());
        return apart(staff, (&draft, Apart::Gone), now).await;
    };
    let draft = typed::typed(fields, known.draft.clone());
    let is_same = draft == known.draft;
    if is_same && known.state != DraftState::Writing {
        return Ok(Kept { id, revision: known.revision, copy: None });
    }
    let saved = staff.region.save_draft(staff.mailbox, Some((id, typed::revision(fields))), &draft, now).await?;
    match saved {
        Saved::Done { id, revision } => Ok(Kept { id, revision, copy: None }),
        Saved::Elsewhere { state: DraftState::Writing, .. } => {
            let kept = apart(staff, (&draft, Apart::Changed(id)), now).await?;
            attach::copy(house, staff, (id, kept.id)).await?;
            Ok(kept)
        }
        Saved::Elsewhere { .. } => apart(staff, (&draft, Apart::Sent), now).await,
    }
}

async fn apart(staff: &Staff, (draft, why): (&Draft, Apart), now: mail::Timestamp) -> Result<Kept, Trouble> {
    match staff.region.save_draft(staff.mailbox, None, draft, now).await? {
        Saved::Done { id, revision } => Ok(Kept { id, revision, copy: Some(why) }),
        Saved::Elsewhere { .. } => Err(Trouble::Internal("a new draft was saved elsewhere".to_owned())),
    }
}

/// `POST /draft/{id}/save`. The script gets JSON.
pub async fn save(
    State(house): State<House>,
    staff: Staff,
    Path(id): Path<i64>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Trouble> {
    let kept = keep(&house, &staff, id, &Fields::read(body)).await?;
    let wants_json = headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    if !wants_json {
        return Ok(see_other(&kept.path("saved=1"), &[]));
    }
    let lang = staff.person.lang;
    let says = match kept.copy {
        None | Some(Apart::Gone) => lang.compose_saved(),
        Some(Apart::Changed(_)) => lang.compose_conflict(),
        Some(Apart::Sent) => lang.compose_sent_already(),
    };
    Ok(offer::json(&json!({ "id": kept.id.0.to_string(), "revision": kept.revision, "says": says })))
}

/// `POST /draft/{id}/names`: saves, and makes names addresses.
pub async fn names(
    State(house): State<House>,
    staff: Staff,
    Path(id): Path<i64>,
    body: Bytes,
) -> Result<Response, Trouble> {
    let kept = keep(&house, &staff, id, &Fields::read(body)).await?;
    let row = staff.region.draft(staff.mailbox, kept.id).await?;
    if kept.copy.is_none() && row.state == DraftState::Writing {
        let mut draft = row.draft;
        for field in [&mut draft.to, &mut draft.cc, &mut draft.bcc] {
            *field = recipients::check(&house, &staff, field).await?.text;
        }
        let known = Some((kept.id, row.revision));
        staff.region.save_draft(staff.mailbox, known, &draft, (house.clock)()).await?;
    }
    Ok(see_other(&kept.path("names=1"), &[]))
}

/// `POST /draft/{id}/files`: saves, and goes to the page that takes files.
pub async fn files(
    State(house): State<House>,
    staff: Staff,
    Path(id): Path<i64>,
    body: Bytes,
) -> Result<Response, Trouble> {
    let kept = keep(&house, &staff, id, &Fields::read(body)).await?;
    Ok(see_other(&format!("/draft/{}/attach", kept.id.0), &[]))
}

/// `POST /draft/{id}/detach`: saves, and takes off the attachment `part`.
pub async fn detach(
    State(house): State<House>,
    staff: Staff,
    Path(id): Path<i64>,
    body: Bytes,
) -> Result<Response, Trouble> {
    let fields = Fields::read(body);
    let kept = keep(&house, &staff, id, &fields).await?;
    let part = part(fields.value("part")).ok_or(Trouble::NoSuch)?;
    match staff.region.detach(staff.mailbox, kept.id, part).await {
        // Pressed twice.
        Ok(()) | Err(StoreError::NoSuch(_)) => Ok(see_other(&kept.path(""), &[])),
        Err(error) => Err(error.into()),
    }
}

/// `POST /draft/{id}/discard`
pub async fn discard(staff: Staff, Path(id): Path<i64>) -> Result<Response, Trouble> {
    match staff.region.discard_draft(staff.mailbox, typed::number(id)).await {
        Ok(()) | Err(StoreError::NoSuch(_)) => Ok(see_other("/drafts", &[])),
        Err(error) => Err(error.into()),
    }
}

/// A part's number as it stands in pages.
pub fn part(text: &str) -> Option<ContentId> {
    if text.len() != 32 {
        return None;
    }
    u128::from_str_radix(text, 16).ok().map(|number| ContentId(number.to_be_bytes()))
}
