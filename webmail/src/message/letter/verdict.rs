//! What our own reception found out about who sent a letter (RFC 8601), in words.
//!
//! ```text
//!   Relais-Id: ...                    what we put on top of a message that came in here
//!   Authentication-Results: ...       ours: above the first Received
//!   Received: from ...
//!   Authentication-Results: ...       anybody's: not read
//! ```

use mail_parser::HeaderName;

/// How sure it is that a letter comes from where it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The domain in From vouches for it.
    Confirmed,
    /// Nobody vouches for it.
    Open,
    /// The domain in From says it is not theirs.
    Denied,
}

/// The verdict, and what it rests on: `spf`, `dkim` and `dmarc` with their results.
#[must_use]
pub fn verdict(raw: &[u8]) -> Option<(Verdict, String)> {
    let head = raw.get(..64 * 1024).unwrap_or(raw);
    let message = mail_parser::MessageParser::new().default_header_ignore().with_mime_headers().parse_headers(head)?;
    let ours = message.root_part().headers.iter().take_while(|header| header.name != HeaderName::Received);
    let mut field = None;
    let mut came_in_here = false;
    for header in ours {
        let name = header.name.as_str();
        came_in_here |= name.eq_ignore_ascii_case("Relais-Id");
        if name.eq_ignore_ascii_case("Authentication-Results") {
            field = head.get(header.offset_start as usize..header.offset_end as usize);
        }
    }
    let field = String::from_utf8_lossy(field.filter(|_| came_in_here)?).to_ascii_lowercase();
    let result = |method: &str| result(&field, method);
    let (spf, dkim, dmarc) = (result("spf"), result("dkim"), result("dmarc"));
    let verdict = match dmarc {
        "pass" => Verdict::Confirmed,
        "fail" => Verdict::Denied,
        _ if dkim != "pass" && spf == "fail" => Verdict::Denied,
        _ => Verdict::Open,
    };
    Some((verdict, format!("SPF {spf} · DKIM {dkim} · DMARC {dmarc}")))
}

/// The result of a method; the best where it was applied several times.
fn result<'f>(field: &'f str, method: &str) -> &'f str {
    const KNOWN: [&str; 8] = ["pass", "fail", "softfail", "neutral", "policy", "none", "temperror", "permerror"];
    let statements = field.split(';').filter_map(|statement| statement.trim().split_once('='));
    let results = statements.filter(|(name, _)| name.trim() == method).filter_map(|(_, value)| {
        let word = value.trim().split(|c: char| !c.is_ascii_alphabetic()).next()?;
        KNOWN.into_iter().find(|known| *known == word)
    });
    results.min_by_key(|found| KNOWN.iter().position(|known| known == found)).unwrap_or("none")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: &str = "Relais-Id: x\r\nReturn-Path: <a@b.example>\r\n";

    #[test]
    fn only_our_own_word_counts() {
        let said = "Authentication-Results: mx.corp.test;\r\n spf=pass smtp.mailfrom=b.example;\r\n dkim=fail; dkim=pass (2048) header.d=b.example;\r\n dmarc=pass\r\n";
        let ours = format!("{TOP}{said}Received: from x\r\nFrom: a@b.example\r\n\r\n");
        let expected = (Verdict::Confirmed, "SPF pass · DKIM pass · DMARC pass".to_owned());
        assert_eq!(verdict(ours.as_bytes()), Some(expected));
        for forged in [
            format!("{TOP}Received: from x\r\n{said}From: a@b.example\r\n\r\n"),
            format!("{said}From: a@b.example\r\n\r\n"),
            format!("Received: from x\r\nRelais-Id: y\r\n{said}\r\n\r\n"),
            String::new(),
        ] {
            assert_eq!(verdict(forged.as_bytes()), None, "{forged}");
        }
        let bad = format!("{TOP}Authentication-Results: mx; spf=fail; dkim=none; dmarc=none\r\nReceived: y\r\n\r\n");
        assert_eq!(verdict(bad.as_bytes()).map(|(verdict, _)| verdict), Some(Verdict::Denied));
    }
}
