//! `/compose`: begins a draft and goes to it.

use axum::extract::{Query, State};
use axum::response::Response;
use mail::{Summary, Timestamp};
use serde::Deserialize;
use store::FolderId;
use store::region::{Draft, DraftKind, Original, Placed};

use super::original::{self, File};
use super::{attach, reply, typed};
use crate::frame::{moment, see_other};
use crate::guard::Staff;
use crate::{House, Lang, Trouble};

/// What is to be written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ask {
    /// An answer to folder.uid.
    reply: Option<String>,
    /// An answer to everybody of folder.uid.
    all: Option<String>,
    /// Passing folder.uid on.
    forward: Option<String>,
    /// To whom.
    to: String,
}

impl Ask {
    fn original(&self) -> Option<(DraftKind, &str)> {
        let asked =
            [(DraftKind::Reply, &self.reply), (DraftKind::ReplyAll, &self.all), (DraftKind::Forward, &self.forward)];
        asked.into_iter().find_map(|(kind, place)| Some((kind, place.as_deref()?)))
    }
}

/// Begins a draft.
pub async fn start(State(house): State<House>, staff: Staff, Query(ask): Query<Ask>) -> Result<Response, Trouble> {
    let now = (house.clock)();
    let Some((kind, place)) = ask.original() else {
        let text = format!("\n\n{}", signature(&house, &staff));
        let draft = Draft { to: typed::line(&ask.to), text, ..Draft::default() };
        let id = staff.region.begin_draft(staff.mailbox, &draft, now).await?;
        return Ok(see_other(&format!("/draft/{}", id.0), &[]));
    };
    let (folder, uid) = place.split_once('.').ok_or(Trouble::NoSuch)?;
    let folder = FolderId(folder.parse().map_err(|_| Trouble::NoSuch)?);
    let uid = uid.parse().map_err(|_| Trouble::NoSuch)?;
    let placed = staff.region.message(staff.mailbox, folder, uid).await?;
    let raw = staff.region.raw(staff.mailbox, placed.content).await?;
    let summary = Summary::of(&raw);
    let written = Written { kind, folder, placed, text: original::text(&summary, &raw), summary };
    let draft = written.draft(&house, &staff);
    let id = staff.region.begin_draft(staff.mailbox, &draft, now).await?;
    let mut left = 0;
    if kind == DraftKind::Forward {
        left = attach::take_along(&house, &staff, id, files(&written.summary, &raw, staff.person.lang)).await?;
    }
    let said = if left > 0 { format!("?left={left}") } else { String::new() };
    Ok(see_other(&format!("/draft/{}{said}", id.0), &[]))
}

/// The message that is answered or passed on.
struct Written {
    kind: DraftKind,
    folder: FolderId,
    placed: Placed,
    summary: Summary,
    text: String,
}

impl Written {
    fn draft(&self, house: &House, staff: &Staff) -> Draft {
        let (lang, letter) = (staff.person.lang, &self.summary.correspondence);
        let own: Vec<mail::Address> = staff.person.entry.addresses().cloned().collect();
        let (to, cc) = match self.kind {
            DraftKind::Forward | DraftKind::New => Default::default(),
            kind => reply::recipients(&self.summary, kind, &own),
        };
        let at = self.summary.written_at_s.map_or(self.placed.received_at, Timestamp::from_unix_s);
        let when = moment::long(lang, at, &house.settings.zone);
        let signature = signature(house, staff);
        let make = if self.kind == DraftKind::Forward { reply::passed_on } else { reply::answer };
        Draft {
            kind: self.kind,
            from: written_to(letter, &own),
            to,
            cc,
            bcc: String::new(),
            subject: reply::subject(lang, self.kind, letter.subject.as_deref().unwrap_or_default()),
            text: make(lang, &signature, &self.summary, (&when, &self.text)),
            original: Some(Original {
                content: self.placed.content,
                folder: self.folder,
                uid: self.placed.uid,
                message_id: letter.message_id.clone(),
                references: self.summary.references.clone(),
            }),
        }
    }
}

/// Who was written to under another of their addresses answers from it.
fn written_to(letter: &mail::Correspondence, own: &[mail::Address]) -> String {
    let named = letter.to.iter().chain(&letter.cc).filter_map(mail::Correspondent::address);
    let named: Vec<String> = named.map(|address| address.to_lowercase()).collect();
    let found = own.iter().find(|own| named.contains(&own.key())).or(own.first());
    found.map(ToString::to_string).unwrap_or_default()
}

fn files(summary: &Summary, raw: &[u8], lang: Lang) -> Vec<File> {
    let mut files = original::files(summary, raw);
    for file in files.iter_mut().filter(|file| file.name.is_empty()) {
        lang.compose_unnamed_file().clone_into(&mut file.name);
    }
    files
}

/// What stands under a letter: who writes, as what, and for whom.
fn signature(house: &House, staff: &Staff) -> String {
    let entry = &staff.person.entry;
    let office: Vec<&str> = [&entry.title, &entry.department].into_iter().flatten().map(String::as_str).collect();
    let lines = [entry.name.clone(), office.join(", "), house.settings.organisation.clone()];
    let lines: Vec<String> = lines.iter().map(|line| typed::line(line)).filter(|line| !line.is_empty()).collect();
    format!("-- \n{}\n", lines.join("\n"))
}
