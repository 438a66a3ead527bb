//! What can go wrong in a handler, and the page that says so.
//!
//! ```text
//!   handler ── Err(Trouble) ──> an empty answer that carries it ── dress ──> a page in the person's language
//! ```

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use store::StoreError;

use crate::frame::{Frame, html_with};
use crate::{House, Lang};

/// A diagnosis that gets a page of its own.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Trouble {
    /// Nothing is there.
    #[error("no such page")]
    NoSuch,
    /// The mailbox is not open yet; the page tries again.
    #[error("the mailbox is being opened")]
    Sealed,
    /// Mailboxes are closed to staff: the primary is in use.
    #[error("standing by")]
    Standby,
    /// What was asked cannot be done.
    #[error("refused: {0}")]
    Refused(String),
    /// The directory says that they have left.
    #[error("no access any more")]
    Closed,
    /// The request came from a page that is not ours.
    #[error("a request from elsewhere")]
    Strange,
    /// More than fits.
    #[error("too large")]
    TooLarge,
    /// The disk is full.
    #[error("the store is full")]
    Full,
    /// Our fault.
    #[error("the store failed")]
    Store(#[source] Arc<StoreError>),
    /// Our fault, elsewhere.
    #[error("{0}")]
    Internal(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuch(_) => Self::NoSuch,
            StoreError::Sealed(_) => Self::Sealed,
            StoreError::NoView(_) => Self::Standby,
            StoreError::Full => Self::Full,
            StoreError::Refused(why) => Self::Refused(why),
            error => Self::Store(Arc::new(error)),
        }
    }
}

impl Trouble {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoSuch => StatusCode::NOT_FOUND,
            Self::Sealed | Self::Standby | Self::Full => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::Closed | Self::Strange => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Store(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The sentence for whoever sees the page.
    #[must_use]
    pub fn says(&self, lang: Lang) -> &'static str {
        match self {
            Self::NoSuch => lang.trouble_no_such(),
            Self::Sealed => lang.trouble_sealed(),
            Self::Standby => lang.trouble_standby(),
            Self::Refused(_) => lang.trouble_refused(),
            Self::Closed => lang.sign_in_closed(),
            Self::Strange => lang.trouble_strange(),
            Self::TooLarge => lang.trouble_too_large(),
            Self::Full => lang.trouble_full(),
            Self::Store(_) | Self::Internal(_) => lang.trouble_internal(),
        }
    }

    fn log(&self) {
        match self {
            Self::Store(error) => tracing::error!(%error, hint = error.hint(), "a page could not be served"),
            Self::Internal(error) => tracing::error!(error, "a page could not be served"),
            _ => {}
        }
    }

    /// What axum or a handler answered without a page of its own.
    fn of(response: &Response) -> Option<Self> {
        if let Some(trouble) = response.extensions().get::<Self>() {
            return Some(trouble.clone());
        }
        let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|kind| {
            kind.to_str().is_ok_and(|kind| kind.starts_with("text/html") || kind.starts_with("application/json"))
        });
        match response.status() {
            _ if is_page => None,
            StatusCode::PAYLOAD_TOO_LARGE => Some(Self::TooLarge),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => Some(Self::Refused("bad request".to_owned())),
            status if status.is_client_error() => Some(Self::NoSuch),
            status if status.is_server_error() => Some(Self::Internal(format!("answered {status}"))),
            _ => None,
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct Page {
    frame: Frame,
    says: &'static str,
    is_standby: bool,
}

/// Gives every answer that went wrong its page, in the language of whoever asked.
pub async fn dress(State(house): State<House>, mut request: Request, next: Next) -> Response {
    let lang = Lang::of(request.headers()).unwrap_or(house.settings.lang);
    request.extensions_mut().insert(lang);
    let response = next.run(request).await;
    let Some(trouble) = Trouble::of(&response) else { return response };
    trouble.log();
    let status = if response.status().is_success() { trouble.status() } else { response.status() };
    let mut frame = Frame::open(&house, lang, lang.trouble_title());
    let is_standby = matches!(trouble, Trouble::Standby);
    if matches!(trouble, Trouble::Sealed) {
        frame.refresh_s = 5;
    }
    let mut page = html_with(status, &Page { frame, says: trouble.says(lang), is_standby });
    if status == StatusCode::SERVICE_UNAVAILABLE {
        page.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
    }
    page
}
