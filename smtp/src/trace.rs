//! What Relais writes above a message that passes through it (RFC 5321 §4.4).
//!
//! ```text
//! Return-Path: <sender@example.org>             on final delivery
//! Relais-Id: <content id>.<tag>                 by which sync knows our own messages again
//! Received: from HELO ([ip]) by us with ESMTPS id ...; date
//! ```

use mail::{Envelope, ForwardPath, RelaisId, ReversePath, Timestamp};

use crate::Peer;

/// The `Received` field of a message that `peer` has just handed to `hostname`, with its line end.
///
/// A person who signed in is not betrayed by the address of the network they are in.
#[must_use]
pub fn received(peer: &Peer, hostname: &str, id: &str, envelope: &Envelope, now: Timestamp) -> String {
    let helo: String = peer.helo.as_deref().unwrap_or("unknown").chars().filter(|c| c.is_ascii_graphic()).collect();
    let helo = helo.replace(['(', ')', '<', '>', ';', '"', '\\'], "_");
    let from = match &peer.login {
        Some(_) => "from [127.0.0.1] (signed in)".to_owned(),
        None => format!("from {helo} ({})", address_literal(peer)),
    };
    let tls = match &peer.protection {
        Some(protection) => format!("\r\n\t(using {} with cipher {})", protection.version, protection.cipher),
        None => String::new(),
    };
    format!(
        "Received: {from}{tls}\r\n\tby {hostname} (Relais) with {} id {id}{};\r\n\t{}\r\n",
        protocol(peer, envelope),
        for_clause(envelope),
        now.rfc5322()
    )
}

// RFC 5321 §4.1.3
fn address_literal(peer: &Peer) -> String {
    match peer.address.ip().to_canonical() {
        std::net::IpAddr::V4(v4) => format!("[{v4}]"),
        std::net::IpAddr::V6(v6) => format!("[IPv6:{v6}]"),
    }
}

// RFC 3848, and RFC 6531 §4.3 for UTF8
fn protocol(peer: &Peer, envelope: &Envelope) -> String {
    let base = match (peer.esmtp, envelope.smtputf8) {
        (_, true) => "UTF8SMTP",
        (true, false) => "ESMTP",
        (false, false) => return "SMTP".to_owned(),
    };
    let secure = if peer.protection.is_some() { "S" } else { "" };
    let signed_in = if peer.login.is_some() { "A" } else { "" };
    format!("{base}{secure}{signed_in}")
}

// RFC 5321 §7.6: with more than one recipient, naming one would tell on the others.
fn for_clause(envelope: &Envelope) -> String {
    match envelope.recipients.as_slice() {
        [only] => match &only.path {
            ForwardPath::Address(address) if !address.needs_utf8() => format!("\r\n\tfor <{address}>"),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// The `Return-Path` field with its line end.
#[must_use]
pub fn return_path(path: &ReversePath) -> String {
    format!("Return-Path: {path}\r\n")
}

/// The `Relais-Id` field with its line end.
#[must_use]
pub fn relais_id(id: &RelaisId) -> String {
    format!("{}: {id}\r\n", RelaisId::HEADER)
}

/// `fields` above `raw`.
#[must_use]
pub fn stamped(fields: &[String], raw: &[u8]) -> Vec<u8> {
    let length: usize = fields.iter().map(String::len).sum();
    let mut out = Vec::with_capacity(length + raw.len());
    fields.iter().for_each(|field| out.extend_from_slice(field.as_bytes()));
    out.extend_from_slice(raw);
    out
}

/// `Received` fields already there. More than a hundred mean a loop (RFC 5321 §6.3).
#[must_use]
pub fn hops(raw: &[u8]) -> usize {
    crate::header::fields(raw).filter(|field| field.is("Received")).count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use mail::{Address, Recipient};

    use super::*;
    use crate::{Login, Protection};

    fn envelope(recipients: &[&str]) -> Envelope {
        let recipient = |text: &&str| Recipient::from(ForwardPath::Address(Address::parse(text).unwrap()));
        Envelope {
            reverse_path: ReversePath::Null,
            recipients: recipients.iter().map(recipient).collect(),
            body_8bit: false,
            smtputf8: false,
            envelope_id: None,
        }
    }

    #[test]
    fn the_trace_says_who_how_and_when() {
        let mut peer = Peer::at("192.0.2.1:4711".parse().unwrap());
        peer.helo = Some("mx.partner.test\r\nX: (y)".into());
        peer.esmtp = true;
        peer.protection = Some(Protection { version: "TLSv1.3".into(), cipher: "X".into() });
        let field = received(&peer, "mx.test", "7", &envelope(&["a@b.test"]), Timestamp::from_unix_s(0));
        assert_eq!(
            field,
            "Received: from mx.partner.testX:_y_ ([192.0.2.1])\r\n\t(using TLSv1.3 with cipher X)\r\n\
             \tby mx.test (Relais) with ESMTPS id 7\r\n\tfor <a@b.test>;\r\n\tThu, 01 Jan 1970 00:00:00 +0000\r\n"
        );
        peer.login = Some(Login { id: "1".into(), name: "a".into(), key: String::new() });
        let field = received(&peer, "mx.test", "7", &envelope(&["a@b.test", "c@b.test"]), Timestamp::from_unix_s(0));
        assert!(field.contains("ESMTPSA") && !field.contains("192.0.2.1") && !field.contains("for <"));
        assert_eq!(hops(field.as_bytes()), 1);
    }
}
