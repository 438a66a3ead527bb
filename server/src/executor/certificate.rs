//! What a partner would see of our certificate: the three facts that readiness needs, read from its DER.
//!
//! ```text
//! Certificate ::= SEQUENCE { tbs SEQUENCE { [0] version?, serial, algorithm, issuer,
//!                            validity SEQUENCE { notBefore, notAfter }, subject, ... }, ... }      RFC 5280 §4.1
//! ```

use anyhow::{Context as _, Result, bail};
use failover::Certificate;
use mail::Timestamp;
use rustls::pki_types::{CertificateDer, ServerName};

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Reads a certificate that is shown for `host`.
///
/// # Errors
/// When it is none.
pub fn read(der: &CertificateDer<'_>, host: &str) -> Result<Certificate> {
    let parsed = rustls::server::ParsedCertificate::try_from(der).context("this is no certificate")?;
    let name = ServerName::try_from(host.to_owned()).with_context(|| format!("{host} is no host name"))?;
    let names_host = rustls::client::verify_server_name(&parsed, &name).is_ok();
    let (issuer, ends_at, subject) = fields(der).context("this certificate cannot be read")?;
    Ok(Certificate { names_host, self_signed: issuer == subject, ends_at })
}

fn fields(der: &[u8]) -> Result<(&[u8], Timestamp, &[u8])> {
    let (certificate, _) = expect(der, SEQUENCE)?;
    let (mut rest, _) = expect(certificate, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        (_, rest) = expect(rest, VERSION)?;
    }
    let (_, _, rest) = element(rest)?;
    let (_, _, rest) = element(rest)?;
    let (issuer, rest) = expect(rest, SEQUENCE)?;
    let (validity, rest) = expect(rest, SEQUENCE)?;
    let (subject, _) = expect(rest, SEQUENCE)?;
    let (_, _, not_after) = element(validity)?;
    let (tag, digits, _) = element(not_after)?;
    Ok((issuer, moment(tag, digits)?, subject))
}

/// Tag, contents, and what follows.
fn element(der: &[u8]) -> Result<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>().context("it ends too early")?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f)).context("it ends too early")?;
            (octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest)
        }
        _ => bail!("a length that no certificate has"),
    };
    let (contents, rest) = rest.split_at_checked(length).context("it ends too early")?;
    Ok((tag, contents, rest))
}

fn expect(der: &[u8], wanted: u8) -> Result<(&[u8], &[u8])> {
    let (tag, contents, rest) = element(der)?;
    if tag != wanted {
        bail!("tag {tag:#04x} where {wanted:#04x} belongs");
    }
    Ok((contents, rest))
}

// RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime after; both end in `Z` and have seconds.
fn moment(tag: u8, digits: &[u8]) -> Result<Timestamp> {
    let text = std::str::from_utf8(digits).context("a date that is no text")?;
    let text = match tag {
        UTC_TIME => {
            let century = if text.get(..2).is_some_and(|year| year < "50") { "20" } else { "19" };
            format!("{century}{text}")
        }
        GENERALIZED_TIME => text.to_owned(),
        _ => bail!("a date of an unknown kind"),
    };
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let written =
        format!("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14));
    Timestamp::parse_rfc3339(&written).with_context(|| format!("{written} is no date"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_self_made_certificate_is_known_as_such() {
        let made = rcgen::generate_simple_self_signed(["mx.corp.test".to_owned()]).unwrap();
        let seen = read(made.cert.der(), "mx.corp.test").unwrap();
        assert!(seen.names_host && seen.self_signed);
        assert_eq!(seen.ends_at.rfc3339(), "4096-01-01T00:00:00Z");
        assert!(!read(made.cert.der(), "other.corp.test").unwrap().names_host);
    }

    #[test]
    fn rubbish_is_refused_without_a_panic() {
        for der in [&[][..], &[0x30], &[0x30, 0x84, 1, 1, 1, 1], &[0x30, 0x83, 0xff, 0xff, 0xff, 0], &[0xff; 64]] {
            assert!(fields(der).is_err());
        }
        assert!(moment(UTC_TIME, b"2").is_err() && moment(UTC_TIME, "é99999".as_bytes()).is_err());
    }
}
