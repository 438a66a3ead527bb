//! The three languages of the screens. A text is a function on [`Lang`], so that the compiler finds a missing one.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use axum::http::request::Parts;

use crate::frame::cookie;

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English
    #[default]
    En,
    /// French
    Fr,
    /// German
    De,
}

/// Makes a function of each text: `name: English, French, German;`
macro_rules! texts {
    ($($name:ident: $en:literal, $fr:literal, $de:literal;)*) => {
        impl $crate::Lang {
            $(
                #[doc = $en]
                #[must_use]
                pub const fn $name(self) -> &'static str {
                    match self {
                        Self::En => $en,
                        Self::Fr => $fr,
                        Self::De => $de,
                    }
                }
            )*
        }
    };
}

impl Lang {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Fr, Self::En, Self::De];
    /// The cookie that keeps somebody's choice.
    pub const COOKIE: &'static str = "relais-lang";

    /// The tag of HTML's `lang`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
            Self::De => "de",
        }
    }

    /// Its name in itself.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Fr => "Français",
            Self::De => "Deutsch",
        }
    }

    /// The language of a tag such as `fr` or `fr-CH`.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| primary.eq_ignore_ascii_case(lang.tag()))
    }

    /// The choice in the cookie, else the first of ours in `Accept-Language` (RFC 9110 §12.5.4).
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let chosen = cookie::value(headers, Self::COOKIE).and_then(|tag| Self::of_tag(&tag));
        chosen.or_else(|| Self::of_tag_list(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?))
    }

    fn of_tag_list(list: &str) -> Option<Self> {
        let weighed = list.split(',').take(32).filter_map(|item| {
            let (tag, weight) = item.trim().split_once(';').unwrap_or((item.trim(), ""));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0);
            (weight > 0.0).then_some((Self::of_tag(tag.trim())?, weight))
        });
        // The first of equals, as browsers list them in order.
        weighed.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(lang, _)| lang)
    }
}

impl<S: Sync> FromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let default = parts.extensions.get::<Self>().copied().unwrap_or_default();
        Ok(Self::of(&parts.headers).unwrap_or(default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_is_heard() {
        assert_eq!(Lang::of_tag_list("de-CH, fr;q=0.9, en;q=0.5"), Some(Lang::De));
        assert_eq!(Lang::of_tag_list("it, fr-FR;q=0.8, en;q=0.7"), Some(Lang::Fr));
        assert_eq!(Lang::of_tag_list("fr;q=0, en;q=0.1"), Some(Lang::En));
        assert_eq!(Lang::of_tag_list("pt, *;q=0.5"), None);
        assert_eq!(Lang::of_tag_list(""), None);
    }
}
