//! The log as lines: JSON for who wants to check it, RFC 5424 for who collects logs.
//!
//! ```text
//!   {"kind":"start","public":...,"after":0,"link":""}        {"kind":"entry","seq":1,...,"link":...}   ...
//!   {"kind":"checkpoint","signed":"relais-audit-1 ...","signature":...}
//!
//!   <109>1 2026-11-22T02:00:00.000Z relais.mairie.example relais - audit [audit@32473 seq="1" ...] {"run": ...}
//! ```

use std::fmt::Write as _;

use serde_json::json;
use store::directory::{AuditEntry, Chain, Checkpoint};

use super::Linked;

/// RFC 5424 §6.2.1: facility 13 (log audit), severity 5 (notice).
const PRIORITY: u32 = 13 * 8 + 5;
/// RFC 5424 §6.2.6: a text in UTF-8 begins with this; one in ASCII need not.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// RFC 5424 §6.2.4: the longest HOSTNAME.
const HOST_MAX: usize = 255;

/// How an export is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A JSON object a line, with links and checkpoints: what `relais audit verify --file` reads
    #[default]
    Jsonl,
    /// RFC 5424
    Syslog,
    /// For people
    Text,
}

/// Whose log it is.
pub struct Whose<'a> {
    /// The organisation.
    pub organisation: &'a str,
    /// The public half of the key that signs, base64.
    pub public: &'a str,
    /// The host that says it.
    pub host: &'a str,
}

/// What comes after entry `since`, with the checkpoints on it.
pub fn export(log: &Linked, signed: &[Checkpoint], since: i64, whose: &Whose<'_>, format: Format) -> String {
    let before = log.entries.iter().rfind(|(entry, _)| entry.seq <= since);
    let after = before.map_or(0, |(entry, _)| entry.seq);
    let mut out = String::new();
    if format == Format::Jsonl {
        let link = before.map(|(_, link)| hex::encode(link)).unwrap_or_default();
        let (organisation, public) = (whose.organisation, whose.public);
        let start = json!({ "kind": "start", "format": "relais-audit-1", "organisation": organisation,
            "public": public, "after": after, "link": link });
        line(&mut out, start);
    }
    for (entry, link) in log.entries.iter().filter(|(entry, _)| entry.seq > after) {
        match format {
            Format::Jsonl => line(&mut out, in_json(entry, link)),
            Format::Syslog => line(&mut out, in_syslog(entry, link, whose.host)),
            Format::Text => line(&mut out, in_words(entry)),
        }
        for one in signed.iter().filter(|one| one.seq == entry.seq) {
            match format {
                Format::Jsonl => line(&mut out, checkpoint_in_json(one)),
                Format::Syslog => line(&mut out, checkpoint_in_syslog(one, whose.host)),
                Format::Text => {}
            }
        }
    }
    if let (Chain::Broken { seq, what }, Format::Jsonl) = (&log.chain, format) {
        line(&mut out, json!({ "kind": "broken", "seq": seq, "what": what }));
    }
    out
}

fn line(out: &mut String, text: impl std::fmt::Display) {
    // Writing to a String does not fail.
    let _ = writeln!(out, "{text}");
}

fn in_json(entry: &AuditEntry, link: &[u8; 32]) -> serde_json::Value {
    json!({
        "kind": "entry",
        "seq": entry.seq,
        "at": entry.at.rfc3339(),
        "at_ms": entry.at.as_ms(),
        "actor": entry.actor,
        "what": entry.what,
        "detail": entry.detail,
        "seal": entry.seal,
        "link": hex::encode(link),
    })
}

fn checkpoint_in_json(one: &Checkpoint) -> serde_json::Value {
    json!({ "kind": "checkpoint", "seq": one.seq, "signed": one.words(), "signature": one.signature })
}

fn in_words(entry: &AuditEntry) -> String {
    let (actor, what, detail) = (shown(&entry.actor), shown(&entry.what), shown(&entry.detail));
    format!("{}  {}  {actor}  {what}  {detail}", entry.seq, entry.at.rfc3339())
}

/// An entry as RFC 5424 §6 has it.
pub fn in_syslog(entry: &AuditEntry, link: &[u8; 32], host: &str) -> String {
    let (seq, link) = (entry.seq.to_string(), hex::encode(link));
    let known = [("seq", seq.as_str()), ("actor", &entry.actor), ("what", &entry.what), ("link", &link)];
    syslog(entry.at, host, "audit", &known, &entry.detail)
}

/// A checkpoint as RFC 5424 §6 has it.
pub fn checkpoint_in_syslog(one: &Checkpoint, host: &str) -> String {
    let seq = one.seq.to_string();
    let known = [("seq", seq.as_str()), ("signature", &one.signature)];
    syslog(one.at, host, "checkpoint", &known, &one.words())
}

fn syslog(at: mail::Timestamp, host: &str, kind: &str, known: &[(&str, &str)], text: &str) -> String {
    let host: String = host.chars().filter(char::is_ascii_graphic).take(HOST_MAX).collect();
    let host = if host.is_empty() { "-" } else { &host };
    // 32473 is the number that RFC 5612 keeps for who has none of their own.
    let known: String = known.iter().map(|(name, value)| format!(" {name}=\"{}\"", quoted(value))).collect();
    let text = shown(text);
    let mark = if text.is_ascii() { "" } else { BYTE_ORDER_MARK };
    format!("<{PRIORITY}>1 {} {host} relais - {kind} [audit@32473{known}] {mark}{text}", at.rfc3339())
}

/// RFC 5424 §6.3.3: `"`, `\` and `]` are escaped in a value.
fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in shown(value).chars() {
        if matches!(c, '"' | '\\' | ']') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text without what steers a terminal or ends a line.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn an_entry_is_one_line_whatever_it_says() {
        let entry = AuditEntry {
            seq: 7,
            at: mail::Timestamp::from_unix_s(1_700_000_000),
            actor: "d\"si]\n<0>1 forged".to_owned(),
            what: "order".to_owned(),
            detail: "{\"who\":\"Zoé\"}".to_owned(),
            seal: "aa".to_owned(),
        };
        let text = in_syslog(&entry, &[0; 32], "relais.test");
        assert!(
            text.starts_with("<109>1 2023-11-14T22:13:20Z relais.test relais - audit [audit@32473 seq=\"7\""),
            "{text}"
        );
        assert!(text.contains(r#"actor="d\"si\]"#), "{text}");
        assert!(text.ends_with("\u{feff}{\"who\":\"Zoé\"}") && text.lines().count() == 1, "{text}");
        assert_eq!(in_words(&entry).lines().count(), 1);
    }
}
