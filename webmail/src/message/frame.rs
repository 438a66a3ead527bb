//! Answers that are not our pages: a letter in its frame, a letter to be printed, files.

use axum::extract::{Path, State};
use axum::response::Response;
use mail::Summary;

use super::letter::{self, Letter, files};
use super::plain::escaped;
use super::shown::{Message, read};
use super::{answer, html, text};
use crate::frame::moment;
use crate::guard::Staff;
use crate::{House, Lang, Trouble};

/// `/f/{folder}/m/{uid}/html`
pub async fn show(staff: Staff, Path((folder, uid)): Path<(i64, u32)>) -> Result<Response, Trouble> {
    let message = Message::taken(&staff, folder, uid).await?;
    let lang = staff.person.lang;
    let page = read(message.raw, move |summary, raw| document(lang, &body(summary, &raw, lang))).await?;
    Ok(answer::framed(page))
}

/// `/f/{folder}/m/{uid}/print`: who, when and what on one page.
pub async fn print(
    State(house): State<House>,
    staff: Staff,
    Path((folder, uid)): Path<(i64, u32)>,
) -> Result<Response, Trouble> {
    let message = Message::taken(&staff, folder, uid).await?;
    let lang = staff.person.lang;
    let received = moment::long(lang, message.placed.received_at, &house.settings.zone);
    let work = move |summary: &Summary, raw: Vec<u8>| {
        let letter = Letter::of(summary, &raw);
        let content = if letter.has_page { body(summary, &raw, lang) } else { text::html(&letter.words, lang) };
        let (head, invitation) = (head(&letter, &received, lang), invitation(&letter, lang));
        document(lang, &format!("<main>{head}{invitation}{content}</main>"))
    };
    Ok(answer::framed(read(message.raw, work).await?))
}

/// `/f/{folder}/m/{uid}/part/{number}`
pub async fn part(staff: Staff, Path((folder, uid, number)): Path<(i64, u32, usize)>) -> Result<Response, Trouble> {
    let message = Message::taken(&staff, folder, uid).await?;
    let taken = read(message.raw, move |summary, raw| files::taken(&summary.root, &raw, number)).await?;
    let (name, media_type, bytes) = taken.ok_or(Trouble::NoSuch)?;
    Ok(answer::file(&name, media_type, bytes))
}

/// `/f/{folder}/m/{uid}/raw`
pub async fn raw(staff: Staff, Path((folder, uid)): Path<(i64, u32)>) -> Result<Response, Trouble> {
    let message = Message::taken(&staff, folder, uid).await?;
    let named = |summary: &Summary, raw| {
        (format!("{}.eml", summary.correspondence.subject.as_deref().unwrap_or("message")), raw)
    };
    let (name, raw) = read(message.raw, named).await?;
    Ok(answer::file(&name, "message/rfc822", raw))
}

/// The content of a frame: the washed page, else the words.
fn body(summary: &Summary, raw: &[u8], lang: Lang) -> String {
    let (pages, images) = letter::pages(summary, raw);
    match html::cleaned(&pages, images, lang.message_picture()) {
        Some(clean) => clean.html,
        None => text::html(&Letter::of(summary, raw).words, lang),
    }
}

fn document(lang: Lang, content: &str) -> String {
    let (tag, style, title) = (lang.tag(), answer::STYLE, lang.message_title());
    format!(
        "<!doctype html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <style>{style}</style></head><body><div>{content}</div></body></html>"
    )
}

fn head(letter: &Letter, received: &str, lang: Lang) -> String {
    let people = |all: &[letter::Person]| {
        let said = |one: &letter::Person| match &one.name {
            Some(name) => format!("{name} <{}>", one.address),
            None => one.address.clone(),
        };
        all.iter().map(said).collect::<Vec<_>>().join(", ")
    };
    let files = letter.files.iter().map(|file| file.name.clone()).collect::<Vec<_>>().join(", ");
    let rows = [
        (lang.message_from(), people(&letter.from)),
        (lang.message_to(), people(&letter.to)),
        (lang.message_cc(), people(&letter.cc)),
        (lang.message_received(), received.to_owned()),
        (lang.message_files(), files),
    ];
    format!("<header class=\"head\"><h1>{}</h1>{}</header>", escaped(&letter.subject), listed(&rows))
}

fn invitation(letter: &Letter, lang: Lang) -> String {
    let Some(what) = &letter.invitation else { return String::new() };
    let rows = [
        (lang.message_when(), format!("{} {}", what.starts, what.ends).trim().to_owned()),
        (lang.message_where(), what.place.clone()),
        (lang.message_organiser(), what.organiser.clone()),
    ];
    let (title, summary) = (lang.message_invitation(), escaped(&what.summary));
    let description = escaped(&what.description);
    format!(
        "<section class=\"head\"><h2>{title}: {summary}</h2>{}<div class=\"words\">{description}</div></section>",
        listed(&rows)
    )
}

fn listed(rows: &[(&str, String)]) -> String {
    let said = rows.iter().filter(|(_, said)| !said.is_empty());
    let rows: String = said.map(|(name, said)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(said))).collect();
    format!("<dl>{rows}</dl>")
}
