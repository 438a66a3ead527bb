//! The unlock key: how many shares are here, and where an admin gives theirs.

use askama::Template;
use axum::response::Response;
use bytes::Bytes;
use zeroize::Zeroizing;

use super::desk::{Refused, UnlockState};
use super::seat::{Seat, Top};
use crate::Trouble;
use crate::frame::{html, see_other};
use crate::guard::Fields;

#[derive(Template)]
#[template(path = "console/keys.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    state: UnlockState,
    open: u64,
    mailboxes: u64,
}

/// GET `/keys`
pub async fn show(seat: Seat) -> Result<Response, Trouble> {
    let (mut open, mut mailboxes) = (0, 0);
    for region in seat.house.store.regions() {
        open += u64::try_from(region.unsealed_count()).unwrap_or(u64::MAX);
        mailboxes += region.mailbox_count().await?;
    }
    let top = seat.top(seat.lang.keys_title(), "/keys", "keys");
    Ok(html(&Page { frame: top.frame.clone(), top, state: seat.desk().unlock_state(), open, mailboxes }))
}

/// POST `/keys`: `act` is `give`, with a `share`, or `forget`
pub async fn give(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    let fields = Fields::read(body);
    let done = match fields.value("act") {
        "give" => {
            seat.desk().give_share(&seat.admin.name, Zeroizing::new(fields.value("share").trim().to_owned())).await
        }
        "forget" => seat.desk().forget_shares(&seat.admin.name).await,
        _ => return Err(Trouble::NoSuch),
    };
    match done {
        Ok(()) => Ok(see_other("/keys", &[])),
        Err(refused) => Ok(asked_again(&seat, &refused)),
    }
}

fn asked_again(seat: &Seat, refused: &Refused) -> Response {
    seat.refused(refused, "/keys")
}
