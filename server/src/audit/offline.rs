//! Checks an export where nobody has a key of ours: each entry's link, each checkpoint's signature.
//!
//! ```text
//!   start ── entry ── entry ── checkpoint ── entry ... checkpoint        the last line has to be a checkpoint
//! ```
//!
//! What was cut off behind a checkpoint is not missed by this: the checkpoint says how far and when.

use mail::Timestamp;
use serde::Deserialize;
use store::directory::{AuditEntry, link};

use crate::cli::region::is_signed;

/// What an export says of itself once it was checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    /// The entry that it begins behind.
    pub after: i64,
    /// The last entry, which is signed.
    pub seq: i64,
    /// When that was signed, RFC 3339.
    pub at: String,
    /// How many checkpoints were checked.
    pub checkpoints: usize,
    /// Whose key signed, base64.
    pub public: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
enum Line {
    Start { format: String, public: String, after: i64, link: String },
    Entry { seq: i64, at_ms: i64, actor: String, what: String, detail: String, link: String },
    Checkpoint { signed: String, signature: String },
    Broken { seq: i64, what: String },
}

/// How far the lines were followed.
struct Walk {
    public: String,
    after: i64,
    seq: i64,
    link: Vec<u8>,
    /// The last checkpoint: which entry, and when.
    signed: Option<(i64, String)>,
    checkpoints: usize,
}

/// Follows an export. With `key`, only one that this key signed.
///
/// # Errors
/// Names the first line that is not as it was written.
pub fn verified(text: &str, key: Option<&str>) -> Result<Verified, String> {
    let mut lines = (1..).zip(text.lines());
    let (_, first) = lines.next().ok_or("there is nothing in it")?;
    let mut walk = begin(first, key)?;
    for (number, line) in lines {
        let line = serde_json::from_str(line).map_err(|error| format!("line {number} is no line of ours: {error}"))?;
        walk.step(line).map_err(|what| format!("line {number}: {what}"))?;
    }
    let (seq, at) = walk.signed.ok_or("nothing in it is signed")?;
    if seq != walk.seq {
        let last = walk.seq;
        return Err(format!("entry {}: it and those up to {last} are not signed; export again", seq + 1));
    }
    let Walk { public, after, checkpoints, .. } = walk;
    Ok(Verified { after, seq, at, checkpoints, public })
}

fn begin(line: &str, key: Option<&str>) -> Result<Walk, String> {
    let Ok(Line::Start { format, public, after, link }) = serde_json::from_str(line) else {
        return Err("the first line is not the start of an export".to_owned());
    };
    if format != "relais-audit-1" {
        return Err(format!("{format:?} is no format of this release"));
    }
    if key.is_some_and(|key| key.trim() != public) {
        return Err(format!("it says that {public} signed it, which is not the key that was asked for"));
    }
    let link = hex::decode(link).map_err(|_| "the first line's link is not hexadecimal".to_owned())?;
    Ok(Walk { public, after, seq: after, link, signed: None, checkpoints: 0 })
}

impl Walk {
    fn step(&mut self, line: Line) -> Result<(), String> {
        match line {
            Line::Start { .. } => Err("a second start".to_owned()),
            Line::Broken { seq, what } => {
                Err(format!("entry {seq}: {what}, as relais itself found when it was exported"))
            }
            Line::Entry { seq, at_ms, actor, what, detail, link } => {
                let at = Timestamp::from_ms(at_ms);
                self.entry(&AuditEntry { seq, at, actor, what, detail, seal: String::new() }, &link)
            }
            Line::Checkpoint { signed, signature } => self.checkpoint(&signed, &signature),
        }
    }

    fn entry(&mut self, entry: &AuditEntry, said: &str) -> Result<(), String> {
        let expected = self.seq + 1;
        if entry.seq != expected {
            return Err(format!("entry {expected} is missing: this is {}", entry.seq));
        }
        let found = link(entry, &self.link);
        if hex::encode(found) != said {
            return Err(format!("entry {expected} was altered"));
        }
        (self.seq, self.link) = (expected, found.to_vec());
        Ok(())
    }

    fn checkpoint(&mut self, signed: &str, signature: &str) -> Result<(), String> {
        let words: Vec<&str> = signed.split(' ').collect();
        let ["relais-audit-1", seq, at, _, link] = words.as_slice() else {
            return Err("this is no checkpoint of this release".to_owned());
        };
        is_signed(signed, &self.public, signature).map_err(|what| format!("the checkpoint: {what}"))?;
        if *seq != self.seq.to_string() || *link != hex::encode(&self.link) {
            return Err(format!("an entry up to {seq} is another than the one that was signed at {at}"));
        }
        self.checkpoints += 1;
        self.signed = Some((self.seq, (*at).to_owned()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use store::HouseKeys;
    use store::directory::{Chain, Checkpoint};

    use super::*;
    use crate::audit::Linked;
    use crate::audit::lines::{Format, Whose, export};
    use crate::cli::region::Signer;

    /// Five entries, signed at the second and the last.
    fn log(signer: &Signer) -> (Linked, Vec<Checkpoint>) {
        let (mut entries, mut before, mut signed) = (Vec::new(), Vec::new(), Vec::new());
        for seq in 1..=5 {
            let (actor, what, detail) = ("dsi".to_owned(), format!("act.{seq}"), "{}".to_owned());
            let at = Timestamp::from_unix_s(1_700_000_000 + seq);
            let entry = AuditEntry { seq, at, actor, what, detail, seal: format!("{seq:02x}") };
            let link = link(&entry, &before);
            before = link.to_vec();
            if seq == 2 || seq == 5 {
                let (seal, link) = (entry.seal.clone(), hex::encode(link));
                let mut one = Checkpoint { seq, at, seal, link, signature: String::new() };
                one.signature = signer.signature(&one.words());
                signed.push(one);
            }
            entries.push((entry, link));
        }
        (Linked { entries, chain: Chain::Whole { count: 5, head: String::new() } }, signed)
    }

    fn exported(signer: &Signer, since: i64) -> String {
        let (log, signed) = log(signer);
        let whose = Whose { organisation: "Mairie", public: &signer.public(), host: "relais.test" };
        export(&log, &signed, since, &whose, Format::Jsonl)
    }

    fn signer() -> Signer {
        Signer::new(&HouseKeys::generate()).unwrap()
    }

    #[test]
    fn an_export_as_it_was_made_is_whole() {
        let signer = signer();
        let public = signer.public();
        let whole = verified(&exported(&signer, 0), Some(&public)).unwrap();
        assert_eq!((whole.after, whole.seq, whole.checkpoints), (0, 5, 2));
        let rest = verified(&exported(&signer, 3), Some(&public)).unwrap();
        assert_eq!((rest.after, rest.seq, rest.checkpoints), (3, 5, 1));
    }

    #[test]
    fn the_first_entry_that_is_not_as_it_was_is_named() {
        let signer = signer();
        let text = exported(&signer, 0);
        let lines: Vec<&str> = text.lines().collect();
        let without = |gone: usize| -> String {
            lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| format!("{line}\n")).collect()
        };
        let wrong = |text: &str| verified(text, None).unwrap_err();
        assert!(wrong(&text.replace("act.2", "act.9")).contains("entry 2 was altered"));
        assert!(wrong(&without(1)).contains("entry 1 is missing"));
        assert!(wrong(&without(lines.len() - 1)).contains("entry 3"), "the last checkpoint is gone");
        let mut swapped = lines.clone();
        swapped.swap(1, 2);
        assert!(wrong(&swapped.join("\n")).contains("entry 1 is missing: this is 2"));
        assert!(wrong("").contains("nothing"));
        assert!(wrong(lines[1]).contains("first line"));
    }

    #[test]
    fn who_makes_the_chain_anew_has_to_sign_it() {
        let (ours, theirs) = (signer(), signer());
        let (log, signed) = log(&ours);
        let whose = Whose { organisation: "Mairie", public: &ours.public(), host: "relais.test" };
        let mut forged = Linked { entries: Vec::new(), chain: log.chain };
        let mut before = Vec::new();
        for (mut entry, _) in log.entries {
            entry.actor = "nobody".to_owned();
            let link = link(&entry, &before);
            before = link.to_vec();
            forged.entries.push((entry, link));
        }
        let text = export(&forged, &signed, 0, &whose, Format::Jsonl);
        assert!(verified(&text, None).unwrap_err().contains("another than the one that was signed"));
        let strange = exported(&theirs, 0);
        assert!(verified(&strange, Some(&ours.public())).unwrap_err().contains("not the key that was asked for"));
        let claimed = strange.replace(&theirs.public(), &ours.public());
        assert!(verified(&claimed, Some(&ours.public())).unwrap_err().contains("not as it was signed"));
    }
}
