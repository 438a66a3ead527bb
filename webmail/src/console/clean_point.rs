//! The clean point: before when the primary is trusted. Asked when a failover begins, and changed when more is known.
//!
//! ```text
//!   "just before ..." a moment on offer, or one that is typed and may be given a name   -> At
//!   nobody knows yet                                                                     -> Unknown
//!   the primary merely failed                                                            -> Everything
//! ```

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use failover::CleanPoint;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use mail::Timestamp;
use serde_json::json;

use super::desk::{Lag, Order};
use super::seat::{Seat, Top};
use crate::frame::{html_with, see_other};
use crate::guard::Fields;
use crate::{Lang, Trouble};

/// A longer name of an event is cut.
const EVENT_CHARS: usize = 200;
const HOUR_S: i64 = 3_600;

/// What was typed, kept as it was.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// A moment in RFC 3339, `time`, `unknown` or `everything`.
    pub clean: String,
    /// What a `datetime-local` field gives, where the organisation is.
    pub at: String,
    /// Before what it was.
    pub event: String,
}

/// A moment on offer.
pub struct Offer {
    /// In RFC 3339.
    pub value: String,
    /// What it is.
    pub what: &'static str,
    /// In words.
    pub when: String,
}

impl Choice {
    /// From a form.
    #[must_use]
    pub fn read(fields: &Fields) -> Self {
        let text = |name: &str, most: usize| fields.value(name).trim().chars().take(most).collect();
        Self { clean: text("clean", 40), at: text("at", 40), event: text("event", EVENT_CHARS) }
    }

    /// Whether this is chosen.
    #[must_use]
    pub fn is(&self, value: &str) -> bool {
        self.clean == value
    }

    /// The clean point; `Err` says what to mend.
    ///
    /// # Errors
    /// Nothing chosen, no moment, or one that is still to come.
    pub fn point(&self, zone: &TimeZone, now: Timestamp, lang: Lang) -> Result<CleanPoint, &'static str> {
        let moment = match self.clean.as_str() {
            "" => return Err(lang.clean_choose()),
            "unknown" => return Ok(CleanPoint::Unknown),
            "everything" => return Ok(CleanPoint::Everything),
            "time" => typed(&self.at, zone).ok_or(lang.clean_no_time())?,
            moment => Timestamp::parse_rfc3339(moment).ok_or(lang.clean_choose())?,
        };
        if moment > now { Err(lang.clean_future()) } else { Ok(CleanPoint::At(moment)) }
    }
}

/// `2026-11-22T02:00`, where the organisation is. In the hour that comes twice in autumn it is the earlier one, which
/// trusts less.
fn typed(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let local: DateTime = text.parse().ok()?;
    let moment = zone.to_ambiguous_zoned(local).earlier().ok()?;
    Some(Timestamp::from_ms(moment.timestamp().as_millisecond()))
}

/// Moments on offer, the latest first.
#[must_use]
pub fn offers(lag: &Lag, now: Timestamp, top: &Top) -> Vec<Offer> {
    let lang = top.lang();
    let offer = |what, at: Timestamp| Offer { value: at.rfc3339(), what, when: top.exactly(&at) };
    let seen = [(lang.clean_offer_round(), lag.round_at), (lang.clean_offer_directory(), lag.directory_at)];
    let mut all: Vec<Offer> = seen.into_iter().filter_map(|(what, at)| Some(offer(what, at?))).collect();
    all.push(offer(lang.clean_offer_hour(), now.plus_s(-HOUR_S)));
    all.push(offer(lang.clean_offer_day(), now.plus_s(-24 * HOUR_S)));
    all.push(offer(lang.clean_offer_week(), now.plus_s(-7 * 24 * HOUR_S)));
    // What lies before the first copy would leave every mailbox empty, and is refused.
    all.retain(|offer| {
        lag.first_at.is_none_or(|first| Timestamp::parse_rfc3339(&offer.value).is_none_or(|at| at >= first))
    });
    all
}

#[derive(Template)]
#[template(path = "console/clean_point.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    offers: Vec<Offer>,
    choice: Choice,
    current: String,
    wrong: &'static str,
}

fn page(seat: &Seat, choice: Choice, wrong: &'static str) -> Response {
    let top = seat.top(seat.lang.clean_title(), "/run/clean-point", "run");
    let current = top.now.under_way().map(|run| in_words(&top, run.clean_point)).unwrap_or_default();
    let offers = offers(&seat.desk().lag(), seat.clock(), &top);
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    html_with(status, &Page { frame: top.frame.clone(), top, offers, choice, current, wrong })
}

/// A clean point in words.
#[must_use]
pub fn in_words(top: &Top, point: CleanPoint) -> String {
    match point {
        CleanPoint::At(moment) => top.lang().clean_before(&top.when(&moment)),
        CleanPoint::Unknown => top.lang().clean_unknown().to_owned(),
        CleanPoint::Everything => top.lang().clean_everything().to_owned(),
    }
}

/// GET `/run/clean-point`
pub async fn show(seat: Seat) -> Result<Response, Trouble> {
    Ok(page(&seat, Choice::default(), ""))
}

/// POST `/run/clean-point`
pub async fn send(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    let fields = Fields::read(body);
    let choice = Choice::read(&fields);
    let point = match choice.point(&seat.house.settings.zone, seat.clock(), seat.lang) {
        Ok(point) => point,
        Err(wrong) => return Ok(page(&seat, choice, wrong)),
    };
    if !choice.event.is_empty() {
        seat.note("clean-point.event", &json!({ "just_before": choice.event })).await?;
    }
    match seat.desk().order(&seat.admin.name, fields.value("run"), Order::CleanPoint(point)).await {
        Ok(()) => Ok(see_other("/run", &[])),
        Err(refused) => Ok(seat.refused(&refused, "/run")),
    }
}

#[cfg(test)]
mod checks {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_s(1_790_000_000);

    fn choice(clean: &str, at: &str) -> Result<CleanPoint, &'static str> {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        Choice { clean: clean.to_owned(), at: at.to_owned(), event: String::new() }.point(&zone, NOW, Lang::En)
    }

    #[test]
    fn a_typed_time_is_where_the_organisation_is() {
        let two = Timestamp::parse_rfc3339("2026-09-20T00:00:00Z").unwrap();
        assert_eq!(choice("time", "2026-09-20T02:00"), Ok(CleanPoint::At(two)));
        assert_eq!(choice("unknown", ""), Ok(CleanPoint::Unknown));
        assert_eq!(choice("everything", ""), Ok(CleanPoint::Everything));
    }

    #[test]
    fn what_is_no_moment_or_still_to_come_is_asked_again() {
        assert_eq!(choice("", ""), Err(Lang::En.clean_choose()));
        assert_eq!(choice("time", "yesterday"), Err(Lang::En.clean_no_time()));
        assert_eq!(choice("time", "2036-09-20T02:00"), Err(Lang::En.clean_future()));
        assert_eq!(choice("2036-09-20T02:00:00Z", ""), Err(Lang::En.clean_future()));
        assert_eq!(choice("' OR 1=1", ""), Err(Lang::En.clean_choose()));
    }
}
