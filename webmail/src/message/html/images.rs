//! Pictures that came with a letter (RFC 2392), as `data:`: the page that shows them may ask for nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Octets of all pictures of a page, each as often as it is shown.
pub const IMAGES_MAX_BYTES: usize = 10 * 1024 * 1024;

/// A picture whose octets were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// One of the four media types below.
    pub media_type: &'static str,
    /// Its octets.
    pub bytes: Vec<u8>,
}

impl Image {
    /// The picture that these octets are, whatever was said of them.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Option<Self> {
        let media_type = sniffed(&bytes)?;
        Some(Self { media_type, bytes })
    }
}

/// What octets show themselves to be (WHATWG MIME Sniffing §6.1).
#[must_use]
pub fn sniffed(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// The pictures of a letter by Content-ID.
#[derive(Debug)]
pub struct Images {
    by_id: HashMap<String, Image>,
    left_bytes: AtomicUsize,
}

impl Images {
    /// Pictures that a page may show.
    #[must_use]
    pub fn new(by_id: HashMap<String, Image>) -> Self {
        Self { by_id, left_bytes: AtomicUsize::new(IMAGES_MAX_BYTES) }
    }

    /// Whether `cid:...` names one of them.
    #[must_use]
    pub fn has(&self, source: &str) -> bool {
        self.find(source).is_some()
    }

    /// The picture that `cid:...` names, while there is room on the page.
    #[must_use]
    pub fn data_url(&self, source: &str) -> Option<String> {
        let image = self.find(source)?;
        let take = |left: usize| left.checked_sub(image.bytes.len());
        self.left_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        Some(format!("data:{};base64,{}", image.media_type, STANDARD.encode(&image.bytes)))
    }

    fn find(&self, source: &str) -> Option<&Image> {
        let id = id_of(source)?;
        self.by_id.get(&id)
    }
}

/// The Content-ID that a `cid:` URL names.
fn id_of(source: &str) -> Option<String> {
    let (scheme, id) = source.trim().split_once(':')?;
    scheme.eq_ignore_ascii_case("cid").then(|| crate::message::plain::unescaped(id))
}
