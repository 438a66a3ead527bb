//! Sending: once, whoever presses how often, and whatever ends in between.
//!
//! ```text
//!   save ── who is meant? ── hand over ──(one goes)── build ── Service::send ──> sent ── the original is marked answered
//!                 └ wrong: back, with the sentence         └ no: back to writing
//! ```
//!
//! A process that ends between "handed over" and "sent" leaves a draft in hand. Whoever looks at it after a while finds out
//! by its Message-ID whether it lies in Sent Items.

use std::net::IpAddr;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use mail::{Flags, FolderRole, Reply, SystemFlags};
use store::region::{Draft, DraftKind, DraftRow, DraftState, FlagChange, Only, PageAsk, PageFrom, Sending};
use store::{ContentId, DraftId};

use super::build::{Letter, message_id};
use super::original::File;
use super::recipients::{self, RECIPIENTS_MAX, Recipient};
use super::save::keep;
use super::typed;
use crate::frame::see_other;
use crate::guard::{Fields, Staff};
use crate::{House, Outbound, Peer, Trouble};

/// After this time nobody is handing it over any more.
const IN_HAND_MS: i64 = 120_000;
/// How many of the last messages in Sent Items are looked at.
const LOOKED_AT: u32 = 200;

/// `POST /draft/{id}/send`
pub async fn send(
    State(house): State<House>,
    staff: Staff,
    Path(id): Path<i64>,
    peer: Option<Extension<Peer>>,
    body: Bytes,
) -> Result<Response, Trouble> {
    let kept = keep(&house, &staff, id, &Fields::read(body)).await?;
    if kept.copy.is_some() {
        return Ok(see_other(&kept.path(""), &[]));
    }
    let row = staff.region.draft(staff.mailbox, kept.id).await?;
    if row.state != DraftState::Writing {
        return Ok(see_other(&kept.path(""), &[]));
    }
    let Some(to) = meant(&house, &staff, &row.draft).await? else {
        return Ok(see_other(&kept.path("unsent=1"), &[]));
    };
    match staff.region.hand_over_draft(staff.mailbox, kept.id, row.revision, (house.clock)()).await? {
        Sending::Go(row) => {
            let from = peer.map_or(IpAddr::from([0, 0, 0, 0]), |Extension(Peer(address))| address);
            let said = handed_over(house, staff, (*row, to, from)).await?;
            Ok(see_other(&kept.path(&said), &[]))
        }
        _ => Ok(see_other(&kept.path(""), &[])),
    }
}

/// Everybody who is meant, in To, Cc and Bcc; nothing when somebody is not known, or nobody is.
async fn meant(house: &House, staff: &Staff, draft: &Draft) -> Result<Option<[Vec<Recipient>; 3]>, Trouble> {
    let mut all = [Vec::new(), Vec::new(), Vec::new()];
    for (field, found) in [&draft.to, &draft.cc, &draft.bcc].into_iter().zip(&mut all) {
        let checked = recipients::check(house, staff, field).await?;
        if !checked.wrong.is_empty() {
            return Ok(None);
        }
        *found = checked.found;
    }
    let named: usize = all.iter().map(Vec::len).sum();
    Ok((1..=RECIPIENTS_MAX).contains(&named).then_some(all))
}

/// Goes on to its end, even if the browser does not wait for it.
async fn handed_over(
    house: House,
    staff: Staff,
    work: (DraftRow, [Vec<Recipient>; 3], IpAddr),
) -> Result<String, Trouble> {
    let done = tokio::spawn(async move {
        let (row, to, peer) = work;
        let id = row.id;
        let sent = go(&house, &staff, row, (to, peer)).await;
        if !matches!(sent, Ok(None)) {
            staff.region.take_draft_back(staff.mailbox, id, (house.clock)()).await?;
        }
        Ok(match sent? {
            None => String::new(),
            Some(reply) if reply.code == 552 => "unsent=2".to_owned(),
            Some(reply) => format!("unsent={}", reply.code),
        })
    });
    done.await.map_err(|error| Trouble::Internal(error.to_string()))?
}

/// Builds and sends; answers the reply of whoever did not take it.
async fn go(
    house: &House,
    staff: &Staff,
    row: DraftRow,
    (to, peer): ([Vec<Recipient>; 3], IpAddr),
) -> Result<Option<Reply>, Trouble> {
    let address = typed::sender(staff, &row.draft)?;
    let mut files = Vec::new();
    for part in staff.region.draft_parts(staff.mailbox, row.id).await? {
        let (part, bytes) = staff.region.draft_part(staff.mailbox, row.id, part.id).await?;
        files.push(File { name: part.name, media_type: part.media_type, bytes });
    }
    let letter = Letter {
        message_id: message_id(row.id, &address),
        from: Recipient { name: staff.person.entry.name.clone(), address },
        draft: &row.draft,
        to,
        files,
        at: (house.clock)(),
    };
    let envelope = letter.envelope();
    let raw = letter.raw()?;
    if raw.len() > house.settings.message_max_bytes {
        return Ok(Some(Reply::plain(552, "too large")));
    }
    let outbound = Outbound { from: staff.person.entry.id.clone(), peer, envelope, raw };
    let sent = match house.service.send(outbound).await {
        Ok(sent) => sent,
        Err(reply) => {
            tracing::info!(code = reply.code, "a message from a browser was not taken");
            return Ok(Some(reply));
        }
    };
    settle(house, staff, (row.id, &row.draft), sent.content).await?;
    Ok(None)
}

async fn settle(
    house: &House,
    staff: &Staff,
    (id, draft): (DraftId, &Draft),
    content: ContentId,
) -> Result<(), Trouble> {
    staff.region.draft_sent(staff.mailbox, id, content, (house.clock)()).await?;
    let flags = match draft.kind {
        DraftKind::New => return Ok(()),
        DraftKind::Reply | DraftKind::ReplyAll => Flags::from(SystemFlags::ANSWERED),
        // RFC 5788: a registered keyword that mail programs show as an arrow.
        DraftKind::Forward => Flags::from_names(["$Forwarded"]),
    };
    let Some(original) = &draft.original else { return Ok(()) };
    let (region, mailbox) = (&staff.region, staff.mailbox);
    // Laid out anew, its number may be another message's.
    let is_it =
        region.message(mailbox, original.folder, original.uid).await.is_ok_and(|it| it.content == original.content);
    if is_it {
        let marked = region.set_flags(mailbox, original.folder, &[original.uid], FlagChange::Add(flags), None).await;
        if let Err(error) = marked {
            // It is sent; that its original is not marked so is no reason to say otherwise.
            tracing::warn!(%error, "an answered message could not be marked");
        }
    }
    Ok(())
}

/// Finds out what became of a draft that was handed over long ago.
pub async fn settled(house: &House, staff: &Staff, row: DraftRow) -> Result<DraftRow, Trouble> {
    let now = (house.clock)();
    if row.state != DraftState::Sending || now.ms_since(row.changed_at) < IN_HAND_MS {
        return Ok(row);
    }
    match in_sent(staff, &row).await? {
        Some(content) => settle(house, staff, (row.id, &row.draft), content).await?,
        None => staff.region.take_draft_back(staff.mailbox, row.id, now).await?,
    }
    Ok(staff.region.draft(staff.mailbox, row.id).await?)
}

async fn in_sent(staff: &Staff, row: &DraftRow) -> Result<Option<ContentId>, Trouble> {
    let (region, mailbox) = (&staff.region, staff.mailbox);
    let folders = region.folders(mailbox).await?;
    let Some(sent) = folders.iter().find(|folder| folder.role == Some(FolderRole::Sent)) else { return Ok(None) };
    let ask = PageAsk { from: PageFrom::Offset(0), limit: LOOKED_AT, only: Only::All };
    let page = region.page(mailbox, sent.id, ask).await?;
    let contents: Vec<ContentId> = page.messages.iter().map(|message| message.content).collect();
    let wanted = format!("<{}>", message_id(row.id, &typed::sender(staff, &row.draft)?));
    let found = region.summaries(mailbox, &contents).await?;
    let is_it = |id: &Option<String>| id.as_deref() == Some(wanted.as_str());
    Ok(found.into_iter().find(|(_, summary)| is_it(&summary.correspondence.message_id)).map(|(content, _)| content))
}
