//! A stranger's page, made harmless.
//!
//! ```text
//!   page ── affordable? ── washed (tags, attributes, styles, targets) ── our remarks ── washed again, pictures in ── Clean
//!             └─ no: its text is shown instead
//! ```
//!
//! The second washing has the last word: nothing is changed after it. It is only ever served by [`super::answer`], as
//! a response of its own that may run nothing and ask for nothing; either of the two alone would do.

mod allowed;
mod annotate;
mod budget;
mod images;
mod links;
mod style;

use std::collections::HashMap;
use std::sync::Arc;

pub use annotate::Counts;
pub use images::{IMAGES_MAX_BYTES, Image, Images, sniffed};
pub use links::{is_mixed, remark, target};

/// Octets of a page that are read.
pub const PAGE_MAX_BYTES: usize = 2 * 1024 * 1024;

/// A page that may be shown in its frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clean {
    /// The body's content.
    pub html: String,
    /// What is not shown, or hides something.
    pub counts: Counts,
}

/// Washes the pages of a letter, each for itself, so that none can swallow the next. `word` stands where a picture
/// without alternative text is not shown; nothing comes back for pages that would cost too much.
#[must_use]
pub fn cleaned(pages: &[String], images: HashMap<String, Image>, word: &str) -> Option<Clean> {
    let work = || {
        let images = Arc::new(Images::new(images));
        let (mut clean, mut left_bytes) = (Clean::default(), PAGE_MAX_BYTES);
        for page in pages {
            let page = crate::message::plain::cut(page, left_bytes);
            left_bytes -= page.len();
            if !budget::is_affordable(page) {
                return None;
            }
            let (annotated, counts) = annotate::annotated(&allowed::wash(page), &images, word);
            clean.html.push_str(&allowed::finish(&annotated, images.clone()));
            clean.counts.remote += counts.remote;
            clean.counts.misleading += counts.misleading;
        }
        Some(clean)
    };
    // Should the parser ever fall over a stranger's page, its text is shown.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).ok().flatten()
}
