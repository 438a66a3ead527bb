//! One page of a list.

use std::collections::HashMap;

use mail::{Correspondent, FolderRole, Summary, SystemFlags, Timestamp};
use serde::Deserialize;
use store::FolderId;
use store::region::{Only, PageAsk, PageFrom, Placed};

use super::PAGE_ROWS;
use crate::frame::moment;
use crate::guard::Staff;
use crate::{House, Lang, Trouble};

/// Which part of a folder is looked at; stands in every link of the list.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct ListQuery {
    /// From 1.
    #[serde(default)]
    pub page: u32,
    /// 1: unread only.
    #[serde(default)]
    pub unread: u8,
}

/// A page of a folder.
#[derive(Clone, Debug)]
pub struct List {
    /// The language of its words.
    pub lang: Lang,
    /// The folder.
    pub folder: i64,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: Option<FolderRole>,
    /// Whether what is in it came after the clean point.
    pub is_marked: bool,
    /// Whether deleting here is for ever.
    pub is_trash: bool,
    /// Messages in it.
    pub total: u64,
    /// Unread ones.
    pub unseen: u64,
    /// Whether only unread ones are shown.
    pub unread_only: bool,
    /// Which page, from 1.
    pub page: u32,
    /// The messages.
    pub rows: Vec<Row>,
    /// The address of the list, to come back to.
    pub here: String,
}

/// A message in a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its folder.
    pub folder: i64,
    /// Its UID.
    pub uid: u32,
    /// Who wrote, or to whom, in folders of one's own mail.
    pub people: String,
    /// Subject.
    pub subject: String,
    /// The first words.
    pub preview: String,
    /// When it was received, short.
    pub when: String,
    /// The same, RFC 3339.
    pub moment: String,
    /// Without `\Seen`.
    pub is_unread: bool,
    /// `\Flagged`
    pub is_flagged: bool,
    /// `\Answered`
    pub is_answered: bool,
    /// Something hangs on it.
    pub has_attachment: bool,
    /// It is the one that is being read.
    pub is_open: bool,
}

impl List {
    /// Reads one page of a folder.
    ///
    /// # Errors
    /// [`Trouble::NoSuch`] for a folder that is not theirs; those of the store.
    pub async fn read(house: &House, staff: &Staff, folder: i64, query: ListQuery) -> Result<Self, Trouble> {
        let folders = staff.region.folders(staff.mailbox).await?;
        let known = folders.into_iter().find(|known| known.id.0 == folder).ok_or(Trouble::NoSuch)?;
        let page = query.page.max(1);
        let only = if query.unread == 1 { Only::Unseen } else { Only::All };
        let from = PageFrom::Offset((page - 1).saturating_mul(PAGE_ROWS));
        let ask = PageAsk { from, limit: PAGE_ROWS, only };
        let shown = staff.region.page(staff.mailbox, FolderId(folder), ask).await?;
        let rows = Row::all(house, staff, (folder, known.role), &shown.messages).await?;
        let lang = staff.person.lang;
        let mut list = Self {
            lang,
            folder,
            name: lang.folder(known.role, &known.name),
            role: known.role,
            is_marked: known.role == Some(FolderRole::Marked),
            is_trash: known.role == Some(FolderRole::Trash),
            total: u64::from(shown.total),
            unseen: u64::from(shown.unseen),
            unread_only: query.unread == 1,
            page,
            rows,
            here: String::new(),
        };
        list.here = list.link(page);
        Ok(list)
    }

    /// Shows which message is being read.
    #[must_use]
    pub fn open_at(mut self, uid: u32) -> Self {
        for row in &mut self.rows {
            row.is_open = row.uid == uid;
        }
        self
    }

    /// The address of another page of it.
    #[must_use]
    pub fn link(&self, page: u32) -> String {
        format!("/f/{}{}", self.folder, Self::query(page, self.unread_only))
    }

    /// What stands after a message's address, so that the list stays where it is.
    #[must_use]
    pub fn tail(&self) -> String {
        Self::query(self.page, self.unread_only)
    }

    fn query(page: u32, unread_only: bool) -> String {
        match (page > 1, unread_only) {
            (false, false) => String::new(),
            (true, false) => format!("?page={page}"),
            (false, true) => "?unread=1".to_owned(),
            (true, true) => format!("?unread=1&page={page}"),
        }
    }

    /// "312 messages, 3 unread"
    #[must_use]
    pub fn counted(&self) -> String {
        self.lang.counted(self.total, self.unseen)
    }

    /// "51 to 100 of 312"
    #[must_use]
    pub fn range(&self) -> String {
        self.lang.list_range(self.first(), self.last(), self.shown_total())
    }

    /// Messages that the filter lets through.
    #[must_use]
    pub fn shown_total(&self) -> u64 {
        if self.unread_only { self.unseen } else { self.total }
    }

    /// The number of the first one shown, from 1.
    #[must_use]
    pub fn first(&self) -> u64 {
        u64::from(self.page - 1) * u64::from(PAGE_ROWS) + 1
    }

    /// The number of the last one shown.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.first() + self.rows.len() as u64 - u64::from(!self.rows.is_empty())
    }

    /// Whether there is a page after this one.
    #[must_use]
    pub fn has_more(&self) -> bool {
        !self.rows.is_empty() && self.last() < self.shown_total()
    }
}

impl Row {
    /// The rows of messages of one folder, from their summaries only.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn all(
        house: &House,
        staff: &Staff,
        (folder, role): (i64, Option<FolderRole>),
        placed: &[Placed],
    ) -> Result<Vec<Self>, Trouble> {
        let contents: Vec<_> = placed.iter().map(|message| message.content).collect();
        let found = staff.region.summaries(staff.mailbox, &contents).await?;
        let summaries: HashMap<_, Summary> = found.into_iter().collect();
        let (none, now) = (Summary::default(), (house.clock)());
        let row = |message: &Placed| {
            let summary = summaries.get(&message.content).unwrap_or(&none);
            let when = moment::short(staff.person.lang, message.received_at, now, &house.settings.zone);
            Self::of((folder, role), message, summary, (staff.person.lang, when))
        };
        Ok(placed.iter().map(row).collect())
    }

    fn of(
        (folder, role): (i64, Option<FolderRole>),
        message: &Placed,
        summary: &Summary,
        (lang, when): (Lang, String),
    ) -> Self {
        let written_here = matches!(role, Some(FolderRole::Sent | FolderRole::Drafts));
        let correspondence = &summary.correspondence;
        let people = if written_here { names(&correspondence.to) } else { names(&correspondence.from) };
        let subject = correspondence.subject.as_deref().map(str::trim).filter(|subject| !subject.is_empty());
        let system = message.flags.system;
        Self {
            folder,
            uid: message.uid,
            people: if people.is_empty() { lang.list_no_sender().to_owned() } else { people },
            subject: subject.unwrap_or(lang.list_no_subject()).to_owned(),
            preview: summary.preview.clone(),
            when,
            moment: Timestamp::rfc3339(message.received_at),
            is_unread: !message.flags.is_seen(),
            is_flagged: system.contains(SystemFlags::FLAGGED),
            is_answered: system.contains(SystemFlags::ANSWERED),
            has_attachment: summary.has_attachment,
            is_open: false,
        }
    }
}

/// The first few people of a field, by name where they have one.
fn names(people: &[Correspondent]) -> String {
    const SHOWN: usize = 3;
    let name = |person: &Correspondent| {
        let name = person.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        name.or_else(|| person.address())
    };
    let all: Vec<String> = people.iter().filter_map(name).take(SHOWN).collect();
    let more = if people.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", all.join(", "))
}
