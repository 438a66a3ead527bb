//! What stands around every page, and the headers it leaves with.
//!
//! ```text
//!   ┌ banner: phase and the one sentence ───────────────┐
//!   │ organisation · search · who · sign out            │
//!   ├─────────┬─────────────────────────────────────────┤
//!   │ folders │ main                                    │
//!   └─────────┴─────────────────────────────────────────┘
//! ```

pub mod cookie;
pub mod moment;
mod response;

use failover::Phase;

pub use response::{POLICY, html, html_with, see_other};

use crate::folder::FolderLink;
use crate::guard::{Person, Staff};
use crate::{House, Lang, Standing, Trouble, assets};

/// The field `frame` of every view struct.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language of the page.
    pub lang: Lang,
    /// What the page is about; the organisation's name follows it in the browser's title.
    pub title: String,
    /// The organisation.
    pub organisation: String,
    /// Who is signed in.
    pub who: Option<Who>,
    /// The token of every form; empty where nobody is signed in.
    pub token: String,
    /// How the service stands.
    pub standing: Standing,
    /// The folder pane; empty where there is none.
    pub folders: Vec<FolderLink>,
    /// The address of this page, for links that come back to it.
    pub here: String,
    /// What is in the search field.
    pub query: String,
    /// Seconds after which the page is asked for again by itself; 0 for never.
    pub refresh_s: u32,
    /// Seconds after which a page that nobody touches leaves the screen, at a shared computer; 0 for never.
    pub idle_s: i64,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Who {
    /// The name.
    pub name: String,
    /// The address they send as.
    pub address: String,
}

impl Frame {
    /// The frame of a page for whoever comes.
    #[must_use]
    pub fn open(house: &House, lang: Lang, title: impl Into<String>) -> Self {
        Self {
            lang,
            title: title.into(),
            organisation: house.settings.organisation.clone(),
            who: None,
            token: String::new(),
            standing: house.service.standing(),
            folders: Vec::new(),
            here: "/".to_owned(),
            query: String::new(),
            refresh_s: 0,
            idle_s: 0,
        }
    }

    /// The frame of a page for somebody who is signed in, without folders.
    #[must_use]
    pub fn of(house: &House, person: &Person, title: impl Into<String>) -> Self {
        let who = Who {
            name: person.entry.name.clone(),
            address: person.entry.primary.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        let (here, token) = (person.here.clone(), person.token.clone());
        let idle_s = person.session.idle_ms.map_or(0, |idle| idle / 1000);
        Self { who: Some(who), token, here, idle_s, ..Self::open(house, person.lang, title) }
    }

    /// The frame of a page of an open mailbox, with its folders.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn inside(house: &House, staff: &Staff, title: impl Into<String>) -> Result<Self, Trouble> {
        let folders = FolderLink::all(staff).await?;
        Ok(Self { folders, ..Self::of(house, &staff.person, title) })
    }

    /// The same page with another folder shown as the open one.
    #[must_use]
    pub fn at_folder(mut self, open: i64) -> Self {
        for folder in &mut self.folders {
            folder.is_open = folder.id == open;
        }
        self
    }

    /// Whether mailboxes are open to staff.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.standing.phase != Phase::Standby
    }

    /// What staff see in the banner; nothing in standby, when it is nobody's business here.
    #[must_use]
    pub fn banner(&self) -> Option<&'static str> {
        match self.standing.phase {
            Phase::Standby => None,
            Phase::Failover | Phase::Active => Some(self.lang.banner_active()),
            Phase::Failback => Some(self.lang.banner_failback()),
        }
    }

    /// What is happening, as far as staff have to know.
    #[must_use]
    pub fn says(&self) -> Option<String> {
        self.lang.says_to_staff(&self.standing.says)
    }

    /// Where the stylesheet is; changes with it.
    #[must_use]
    pub fn style(&self) -> &'static str {
        assets::style_path()
    }

    /// Where the script is; changes with it.
    #[must_use]
    pub fn script(&self) -> &'static str {
        assets::script_path()
    }

    /// Where the drawings are; changes with them.
    #[must_use]
    pub fn icons(&self) -> &'static str {
        assets::icons_path()
    }
}
