//! Reverse and forward paths (RFC 5321 §4.1.2).
//!
//! ```text
//! Path = "<" [ A-d-l ":" ] Mailbox ">"        A-d-l = At-domain *( "," At-domain )
//! ```

use mail::{Address, Enhanced, ForwardPath, Reply, ReversePath};

/// RFC 5321 §4.5.3.1.3: a path has at most 256 octets, punctuation included.
const PATH_MAX_BYTES: usize = 256;

/// Splits `<path> parameters` into the path without its brackets and the parameters.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let Some(inner) = text.strip_prefix('<') else {
        // Quirk: scanners and alarm systems leave the brackets out.
        let (path, rest) = text.split_once(' ').unwrap_or((text, ""));
        return (!path.is_empty() && !path.contains(['<', '>'])).then_some((path, rest));
    };
    let end = closing_bracket(inner)?;
    let rest = inner.get(end + 1..)?;
    let parted = rest.is_empty() || rest.starts_with([' ', '\t']);
    parted.then(|| (inner.get(..end).unwrap_or_default(), rest.trim_start()))
}

// The first `>` outside a quoted local part.
fn closing_bracket(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

pub(super) fn reverse(path: &str, smtputf8: bool) -> Result<ReversePath, Reply> {
    if path.is_empty() {
        return Ok(ReversePath::Null);
    }
    // RFC 6531 §3.5: without SMTPUTF8 no path has anything but ASCII.
    if !smtputf8 && !path.is_ascii() {
        return Err(Reply::new(553, Enhanced(5, 6, 7), "SMTPUTF8 is needed for such an address"));
    }
    mailbox(path).map(ReversePath::Address).ok_or_else(|| Reply::new(501, Enhanced(5, 1, 7), "Bad sender address"))
}

pub(super) fn forward(path: &str) -> Result<ForwardPath, Reply> {
    // RFC 5321 §4.1.1.3: the one path without a domain, in any case.
    if path.eq_ignore_ascii_case("postmaster") {
        return Ok(ForwardPath::Postmaster);
    }
    mailbox(path).map(ForwardPath::Address).ok_or_else(|| Reply::new(501, Enhanced(5, 1, 3), "Bad recipient address"))
}

fn mailbox(path: &str) -> Option<Address> {
    // RFC 5321 §4.1.1.3: source routes are accepted and ignored.
    let path = match path.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => path,
    };
    (path.len() <= PATH_MAX_BYTES).then(|| Address::parse(path).ok()).flatten()
}
