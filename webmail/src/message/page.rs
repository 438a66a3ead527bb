//! The page of a message.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use mail::{Flags, Summary, SystemFlags};
use serde::Deserialize;
use store::FolderId;
use store::region::{FlagChange, Only};

use super::letter::{Letter, Person};
use super::shown::{Message, read};
use super::{html, letter, text};
use crate::folder::{List, ListQuery};
use crate::frame::{Frame, html as answered, moment};
use crate::guard::Staff;
use crate::{House, Lang, Trouble};

/// How a message is looked at.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct View {
    /// `text`: without the sender's layout.
    #[serde(default)]
    view: String,
}

#[derive(Template)]
#[template(path = "message/page.html")]
struct Page {
    frame: Frame,
    list: List,
    view: MessageView,
}

/// What the template shows of a message.
struct MessageView {
    lang: Lang,
    folder: i64,
    uid: u32,
    subject: String,
    letter: Letter,
    content: Content,
    received: String,
    received_moment: String,
    written: Option<String>,
    is_flagged: bool,
    is_answered: bool,
    tail: String,
    newer: Option<u32>,
    older: Option<u32>,
}

/// What stands in the middle.
enum Content {
    /// The sender's page, in a frame.
    Page { counts: html::Counts },
    /// Words, escaped by `text`; `is_fallback` where a page could not be shown.
    Words { html: String, is_fallback: bool },
}

/// `/f/{folder}/m/{uid}`: who opens it has read it.
pub async fn show(
    State(house): State<House>,
    staff: Staff,
    Path((folder, uid)): Path<(i64, u32)>,
    Query(query): Query<ListQuery>,
    Query(view): Query<View>,
) -> Result<Response, Trouble> {
    let message = Message::taken(&staff, folder, uid).await?;
    let place = FolderId(folder);
    let only = if query.unread == 1 { Only::Unseen } else { Only::All };
    let beside = staff.region.neighbours(staff.mailbox, place, uid, only).await?;
    if !message.placed.flags.is_seen() {
        let seen = FlagChange::Add(Flags::from(SystemFlags::SEEN));
        staff.region.set_flags(staff.mailbox, place, &[uid], seen, None).await?;
    }
    let lang = staff.person.lang;
    let text_only = view.view == "text";
    let (letter, content, written_at_s) =
        read(message.raw, move |summary, raw| opened(summary, &raw, lang, text_only)).await?;
    let list = List::read(&house, &staff, folder, query).await?.open_at(uid);
    let zone = &house.settings.zone;
    let received_at = message.placed.received_at;
    let system = message.placed.flags.system;
    let subject = if letter.subject.is_empty() { lang.list_no_subject().to_owned() } else { letter.subject.clone() };
    let view = MessageView {
        lang,
        folder,
        uid,
        letter,
        content,
        received: moment::long(lang, received_at, zone),
        received_moment: received_at.rfc3339(),
        written: said_otherwise(written_at_s, received_at).map(|written| moment::long(lang, written, zone)),
        is_flagged: system.contains(SystemFlags::FLAGGED),
        is_answered: system.contains(SystemFlags::ANSWERED),
        tail: list.tail(),
        newer: beside.newer,
        older: beside.older,
        subject: subject.clone(),
    };
    let frame = Frame::inside(&house, &staff, subject).await?.at_folder(folder);
    Ok(answered(&Page { frame, list, view }))
}

fn opened(summary: &Summary, raw: &[u8], lang: Lang, text_only: bool) -> (Letter, Content, Option<i64>) {
    let letter = Letter::of(summary, raw);
    let shows_page = letter.has_page && !text_only;
    let clean = shows_page.then(|| {
        let (pages, images) = letter::pages(summary, raw);
        html::cleaned(&pages, images, lang.message_picture())
    });
    let content = match clean {
        Some(Some(clean)) => Content::Page { counts: clean.counts },
        other => Content::Words { html: text::html(&letter.words, lang), is_fallback: other.is_some() },
    };
    (letter, content, summary.written_at_s)
}

/// The date that a letter gives itself, where it is far from when it came.
fn said_otherwise(written_at_s: Option<i64>, received_at: mail::Timestamp) -> Option<mail::Timestamp> {
    const FAR_MS: i64 = 24 * 3600 * 1000;
    let written = mail::Timestamp::from_unix_s(written_at_s.filter(|s| (0..=253_402_300_799).contains(s))?);
    let apart = written.as_ms().saturating_sub(received_at.as_ms()).abs();
    (apart > FAR_MS).then_some(written)
}

impl MessageView {
    fn is_plain(&self) -> bool {
        matches!(self.content, Content::Words { is_fallback: false, .. })
    }

    /// Its address, with what `more` asks for.
    fn at(&self, more: &str) -> String {
        format!("/f/{}/m/{}{more}", self.folder, self.uid)
    }

    fn beside(&self, uid: &u32) -> String {
        format!("/f/{}/m/{uid}{}", self.folder, self.tail)
    }

    /// The same, with or without layout.
    fn switched(&self) -> String {
        let sign = if self.tail.is_empty() { "?" } else { "&" };
        let view = if self.is_plain() { String::new() } else { format!("{sign}view=text") };
        format!("/f/{}/m/{}{}{view}", self.folder, self.uid, self.tail)
    }

    fn fields(&self) -> Vec<(&'static str, &[Person])> {
        let all = [
            (self.lang.message_from(), &self.letter.from),
            (self.lang.message_to(), &self.letter.to),
            (self.lang.message_cc(), &self.letter.cc),
            (self.lang.message_reply_to(), &self.letter.reply_to),
        ];
        all.into_iter()
            .filter(|(_, people)| !people.is_empty())
            .map(|(name, people)| (name, people.as_slice()))
            .collect()
    }

    fn is_disguised(&self) -> bool {
        self.letter.from.iter().chain(&self.letter.reply_to).any(|one| one.is_disguised)
    }

    fn compose(&self, how: &str) -> String {
        format!("/compose?{how}={}.{}", self.folder, self.uid)
    }
}
