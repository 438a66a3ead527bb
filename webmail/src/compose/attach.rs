//! Files: taken in piece by piece, up to a limit that the page names.

use std::sync::LazyLock;

use askama::Template;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use store::region::DraftState;
use store::{DraftId, StoreError};
use tokio::sync::Semaphore;

use super::original::File;
use super::{save, typed};
use crate::frame::{Frame, html, see_other};
use crate::guard::{self, Staff};
use crate::{House, Trouble};

/// Uploads at a time: each is held in memory until it is sealed.
static UPLOADS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(4));
/// What is read of one that is too large, so that the browser gets its answer instead of a broken connection.
const DRAINED_MAX: u64 = 512 * 1024 * 1024;
/// Room in a message for its header and text.
const TEXT_ROOM: u64 = 256 * 1024;

#[derive(Template)]
#[template(path = "compose/attach.html")]
struct Page {
    frame: Frame,
    id: i64,
    most: String,
}

/// Octets of all that hangs on one draft: as it is set, or what fits into the largest message, base64 and line ends
/// counted (RFC 2045 §6.8: 76 characters for 57 octets), in whole megabytes.
#[must_use]
pub fn most_bytes(house: &House) -> u64 {
    let message = u64::try_from(house.settings.message_max_bytes).unwrap_or(u64::MAX);
    let fits = message.saturating_sub(TEXT_ROOM.min(message / 4)) / 78 * 57;
    let fits = if fits > 1_000_000 { fits / 1_000_000 * 1_000_000 } else { fits };
    fits.min(house.settings.attachments_max_bytes)
}

/// `GET /draft/{id}/attach`
pub async fn show(State(house): State<House>, staff: Staff, Path(id): Path<i64>) -> Result<Response, Trouble> {
    let row = staff.region.draft(staff.mailbox, typed::number(id)).await?;
    if row.state != DraftState::Writing {
        return Ok(see_other(&format!("/draft/{id}"), &[]));
    }
    let lang = staff.person.lang;
    let frame = Frame::inside(&house, &staff, lang.compose_attach()).await?;
    Ok(html(&Page { frame, id, most: lang.compose_most(&lang.compose_size(most_bytes(&house))) }))
}

/// `POST /draft/{id}/attach`: a form with the token first, then files.
pub async fn take(
    State(house): State<House>,
    staff: Staff,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Trouble> {
    // A form that the guard kept comes back without its files.
    let Ok(mut form) = Multipart::from_request(request, &house).await else {
        return Ok(see_other(&format!("/draft/{id}/attach"), &[]));
    };
    let draft = typed::number(id);
    let token = form.next_field().await.map_err(broken)?.ok_or(Trouble::Strange)?;
    if token.name() != Some(guard::FIELD) {
        return Err(Trouble::Strange);
    }
    let mut token = token;
    let (typed, _) = taken(&mut token, 1024).await?;
    staff.person.check(std::str::from_utf8(&typed).unwrap_or_default())?;
    drop(token);
    let _turn = UPLOADS.acquire().await.map_err(|error| Trouble::Internal(error.to_string()))?;
    let mut is_too_large = false;
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let name = typed::line(field.file_name().unwrap_or_default());
        let media_type = typed::line(field.content_type().unwrap_or("application/octet-stream"));
        let (bytes, whole) = taken(&mut field, most_bytes(&house)).await?;
        if name.is_empty() {
            continue;
        }
        let file = File { name: own_name(&name), media_type, bytes };
        is_too_large |= !whole || !hang(&house, &staff, draft, file).await?;
    }
    Ok(see_other(&format!("/draft/{id}{}", if is_too_large { "?large=1" } else { "" }), &[]))
}

/// The octets of a field, and whether they are all of it.
async fn taken(field: &mut Field<'_>, most: u64) -> Result<(Vec<u8>, bool), Trouble> {
    let (mut bytes, mut read) = (Vec::new(), 0_u64);
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        read = read.saturating_add(chunk.len() as u64);
        if read > DRAINED_MAX {
            return Err(Trouble::TooLarge);
        }
        if read > most {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok((bytes, read <= most))
}

fn broken(error: axum::extract::multipart::MultipartError) -> Trouble {
    Trouble::Refused(format!("an upload that broke off: {error}"))
}

/// A name without the folders of whoever's computer it comes from. Browsers write a quote in it as `%22`, and a percent
/// sign as it is (HTML, "multipart/form-data encoding algorithm").
fn own_name(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or(name).replace("%22", "\"")
}

/// Hangs a file on a draft; `false` when it does not fit.
async fn hang(house: &House, staff: &Staff, draft: DraftId, file: File) -> Result<bool, Trouble> {
    let named = (file.name.as_str(), file.media_type.as_str());
    let hung = staff.region.attach(staff.mailbox, draft, named, file.bytes, most_bytes(house), (house.clock)());
    match hung.await {
        Ok(_) => Ok(true),
        Err(StoreError::Refused(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Hangs the files of an original on a draft; answers how many did not fit.
pub async fn take_along(house: &House, staff: &Staff, draft: DraftId, files: Vec<File>) -> Result<usize, Trouble> {
    let mut left = 0;
    for file in files {
        left += usize::from(!hang(house, staff, draft, file).await?);
    }
    Ok(left)
}

/// Hangs what hangs on one draft on another, too.
pub async fn copy(house: &House, staff: &Staff, (from, to): (DraftId, DraftId)) -> Result<(), Trouble> {
    for part in staff.region.draft_parts(staff.mailbox, from).await? {
        let (part, bytes) = staff.region.draft_part(staff.mailbox, from, part.id).await?;
        hang(house, staff, to, File { name: part.name, media_type: part.media_type, bytes }).await?;
    }
    Ok(())
}

/// `GET /draft/{id}/part/{part}`: one's own file again, to be saved and never shown.
pub async fn download(staff: Staff, Path((id, part)): Path<(i64, String)>) -> Result<Response, Trouble> {
    let part = save::part(&part).ok_or(Trouble::NoSuch)?;
    let (part, bytes) = staff.region.draft_part(staff.mailbox, typed::number(id), part).await?;
    let name = guard::encoded(&part.name).replace('/', "%2F");
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    let disposition = HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("content-security-policy"), HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    Ok((headers, bytes).into_response())
}
