//! What is done with ticked messages. Every act is a form; the browser comes back to the list it came from.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use mail::{Flags, FolderRole, SystemFlags};
use store::FolderId;
use store::region::FlagChange;

use crate::frame::{Frame, html, see_other};
use crate::guard::{Fields, Staff};
use crate::{House, Trouble};

/// The most messages of one form.
const TICKED_MAX: usize = 1000;
/// The most messages whose move is undone with one press.
const UNDONE_MAX: usize = 50;

/// `POST /f/{folder}/act`: `act` is read, unread, flag, unflag, delete, expunge or move; `uid` may come many times;
/// `to` is the folder to move to; `back` the path to come back to.
pub async fn act(
    State(house): State<House>,
    staff: Staff,
    Path(folder): Path<i64>,
    body: Bytes,
) -> Result<Response, Trouble> {
    let fields = Fields::read(body);
    let uids: Vec<u32> = fields
        .iter()
        .filter(|(name, _)| name == "uid")
        .filter_map(|(_, value)| value.parse().ok())
        .take(TICKED_MAX)
        .collect();
    let back = own_path(fields.value("back")).unwrap_or_else(|| format!("/f/{folder}"));
    if uids.is_empty() {
        return Ok(back_to(&back, "none"));
    }
    let folder = FolderId(folder);
    let said: String = match fields.value("act") {
        "read" => mark(&staff, folder, &uids, FlagChange::Add(flag(SystemFlags::SEEN))).await?,
        "unread" => mark(&staff, folder, &uids, FlagChange::Remove(flag(SystemFlags::SEEN))).await?,
        "flag" => mark(&staff, folder, &uids, FlagChange::Add(flag(SystemFlags::FLAGGED))).await?,
        "unflag" => mark(&staff, folder, &uids, FlagChange::Remove(flag(SystemFlags::FLAGGED))).await?,
        "delete" => match trash(&staff).await?.filter(|trash| *trash != folder) {
            Some(trash) => moved("deleted", &staff, (folder, trash), &uids).await?,
            None => return Ok(html(&Sure::new(&house, &staff, (folder, back), uids))),
        },
        "expunge" => {
            staff.region.expunge(staff.mailbox, folder, &uids).await?;
            "gone".to_owned()
        }
        "move" => {
            let to = fields.value("to").parse().map_err(|_| Trouble::NoSuch)?;
            moved("moved", &staff, (folder, FolderId(to)), &uids).await?
        }
        other => return Err(Trouble::Refused(format!("no such act: {other:.20}"))),
    };
    Ok(back_to(&back, &said))
}

/// `POST /folders`: makes a folder called `name`.
pub async fn make(staff: Staff, body: Bytes) -> Result<Response, Trouble> {
    let fields = Fields::read(body);
    // A slash would make two folders where somebody asked for one.
    let name = fields.value("name").trim().replace('/', "-");
    let folder = staff.region.create_folder(staff.mailbox, &name).await?;
    Ok(see_other(&format!("/f/{}", folder.0), &[]))
}

fn flag(system: SystemFlags) -> Flags {
    Flags::from(system)
}

async fn mark(staff: &Staff, folder: FolderId, uids: &[u32], change: FlagChange) -> Result<String, Trouble> {
    staff.region.set_flags(staff.mailbox, folder, uids, change, None).await?;
    Ok("marked".to_owned())
}

async fn trash(staff: &Staff) -> Result<Option<FolderId>, Trouble> {
    let folders = staff.region.folders(staff.mailbox).await?;
    Ok(folders.iter().find(|known| known.role == Some(FolderRole::Trash)).map(|known| known.id))
}

/// Moves, and says so with the way back: where the messages are now, and where they came from.
async fn moved(word: &str, staff: &Staff, (from, to): (FolderId, FolderId), uids: &[u32]) -> Result<String, Trouble> {
    let pairs = staff.region.move_messages(staff.mailbox, from, uids, to).await?;
    if pairs.is_empty() || pairs.len() > UNDONE_MAX {
        return Ok(word.to_owned());
    }
    let now: Vec<String> = pairs.iter().map(|(_, new)| new.to_string()).collect();
    Ok(format!("{word}&at={}&from={}&uids={}", to.0, from.0, now.join(".")))
}

/// Asks before something is deleted for ever.
#[derive(Template)]
#[template(path = "folder/sure.html")]
struct Sure {
    frame: Frame,
    folder: i64,
    back: String,
    uids: Vec<u32>,
    asks: String,
}

impl Sure {
    fn new(house: &House, staff: &Staff, (folder, back): (FolderId, String), uids: Vec<u32>) -> Self {
        let lang = staff.person.lang;
        let frame = Frame::of(house, &staff.person, lang.act_delete_ever());
        Self { frame, folder: folder.0, back, asks: lang.list_sure(uids.len()), uids }
    }
}

/// A path of ours to come back to; nothing that leads elsewhere.
fn own_path(path: &str) -> Option<String> {
    let is_ours = path.starts_with("/f/") || path.starts_with("/search?");
    let is_plain = path.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'\\');
    (is_ours && is_plain && path.len() < 2000).then(|| path.to_owned())
}

fn back_to(back: &str, done: &str) -> Response {
    let sign = if back.contains('?') { '&' } else { '?' };
    see_other(&format!("{back}{sign}done={done}"), &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        assert_eq!(own_path("/f/1?page=2").as_deref(), Some("/f/1?page=2"));
        for path in
            ["//evil.example/f/", "https://evil.example", "/f/\r\nSet-Cookie: x", "/\\evil.example", "/sign-out"]
        {
            assert_eq!(own_path(path), None, "{path}");
        }
    }
}
