//! Where an admin sits: the house, the desk, and who they are. Every handler of the console begins with it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use mail::Timestamp;

use super::desk::{Desk, Now, Refused};
use super::slip::Slips;
use crate::frame::{Frame, Who, moment};
use crate::guard::Admin;
use crate::{House, Lang, Trouble};

/// What all pages of the console share.
pub struct Console {
    /// The running service.
    pub desk: Arc<dyn Desk>,
    /// Slips that were just printed.
    pub slips: Slips,
}

/// An admin at the console.
pub struct Seat {
    /// The house.
    pub house: House,
    /// The console.
    pub console: Arc<Console>,
    /// Who.
    pub admin: Admin,
    /// The language.
    pub lang: Lang,
}

impl FromRequestParts<House> for Seat {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Trouble> {
        let console = parts.extensions.get::<Arc<Console>>().cloned();
        let console = console.ok_or_else(|| Trouble::Internal("a page stands outside the console".to_owned()))?;
        let admin = Admin::from_request_parts(parts, house).await?;
        let lang = admin.lang;
        Ok(Self { house: house.clone(), console, admin, lang })
    }
}

impl Seat {
    /// The running service.
    #[must_use]
    pub fn desk(&self) -> &dyn Desk {
        &*self.console.desk
    }

    /// What is going on.
    #[must_use]
    pub fn now(&self) -> Now {
        self.desk().now()
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> Timestamp {
        (self.house.clock)()
    }

    /// The frame of a page whose language can be changed at the path `here`.
    #[must_use]
    pub fn top(&self, title: &str, here: &str, section: &'static str) -> Top {
        let mut frame = Frame::open(&self.house, self.lang, title);
        frame.who = Some(Who { name: self.admin.name.clone(), address: String::new() });
        (frame.token, frame.here) = (self.admin.token.clone(), here.to_owned());
        Top { frame, now: self.now(), section, zone: self.house.settings.zone.clone() }
    }

    /// Writes into the audit log that this admin did something.
    ///
    /// # Errors
    /// Those of writing: then it must not be done.
    pub async fn note(&self, what: &str, detail: &serde_json::Value) -> Result<(), Trouble> {
        let directory = self.house.store.directory();
        Ok(directory.audit(self.clock(), &self.admin.name, what, &detail.to_string()).await?)
    }

    /// The page that says why something was not done.
    #[must_use]
    pub fn refused(&self, refused: &Refused, back: &'static str) -> Response {
        super::refused::page(self, refused, back)
    }
}

/// What stands around a page of the console.
pub struct Top {
    /// The frame of all pages.
    pub frame: Frame,
    /// What is going on.
    pub now: Now,
    /// Which entry of the menu is open.
    pub section: &'static str,
    zone: jiff::tz::TimeZone,
}

impl Top {
    /// The language.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.frame.lang
    }

    /// A moment in full.
    #[must_use]
    pub fn when(&self, at: &Timestamp) -> String {
        moment::long(self.frame.lang, *at, &self.zone)
    }

    /// Whose time it is that is shown and asked for, such as `Europe/Paris`.
    #[must_use]
    pub fn zone_name(&self) -> String {
        self.zone.iana_name().map_or_else(|| "UTC".to_owned(), str::to_owned)
    }

    /// A moment in full with its seconds: what lies before it and what after may be that close.
    #[must_use]
    pub fn exactly(&self, at: &Timestamp) -> String {
        let seconds = moment::local(*at, &self.zone).second();
        format!("{}:{seconds:02}", self.when(at))
    }

    /// A moment with seconds, for steps.
    #[must_use]
    pub fn clock(&self, at: &Timestamp) -> String {
        let local = moment::local(*at, &self.zone);
        format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second())
    }

    /// The state in a word: what the banner begins with.
    #[must_use]
    pub fn state(&self) -> &'static str {
        self.frame.lang.console_state(self.now.phase)
    }

    /// What staff see now.
    #[must_use]
    pub fn staff_see(&self) -> &'static str {
        self.frame.lang.console_staff_see(self.now.phase)
    }

    /// The class of the banner.
    #[must_use]
    pub fn tone(&self) -> &'static str {
        self.now.phase.as_str()
    }

    /// Since when, by whom.
    #[must_use]
    pub fn since(&self) -> Option<String> {
        let run = self.now.under_way()?;
        let by = run.approvals.first().map(|approval| approval.by.as_str()).unwrap_or_default();
        Some(self.frame.lang.console_since(&self.when(&run.started_at), by))
    }
}
