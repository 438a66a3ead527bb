//! Can anything that people wrote be read in a folder? Asked with phrases of all their mail, of everything in it.
//!
//! ```text
//!   mail ──> phrases: subjects and texts as they are read, beginnings of lines as they were sent; names of folders
//!   file ──> its bytes, and what every zstd frame in it unpacks to ──> is a phrase in there?
//! ```

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use mail::Summary;

use super::super::outside::Lying;

/// Octets of a phrase. So many do not meet by chance.
const PHRASE_BYTES: usize = 16;
/// Octets of a line of a body, encoded or not, that has one at its beginning.
const LINE_MIN_BYTES: usize = 50;
/// Octets of a folder's name.
const NAME_MIN_BYTES: usize = 6;
/// What a frame is unpacked to at most.
const FRAME_MAX_BYTES: u64 = 16 << 20;
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// What nobody may read, by its first two bytes.
pub(super) struct Phrases {
    by_head: HashMap<[u8; 2], HashSet<Vec<u8>>>,
    count: usize,
    directory: Vec<u8>,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Searched {
    /// Files.
    pub(super) files: usize,
    /// Octets in them.
    pub(super) bytes: usize,
    /// Frames in them that unpack.
    pub(super) frames: usize,
}

impl Phrases {
    /// None yet. What also stands in `directory` is no secret: people and groups are kept in the clear.
    pub(super) fn besides(directory: &str) -> Self {
        Self { by_head: HashMap::new(), count: 0, directory: directory.as_bytes().to_vec() }
    }

    /// How many different ones there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Takes phrases out of a message; an error when they are not found in it again, packed or not.
    pub(super) fn take_from(&mut self, message: &Lying) -> Result<()> {
        let summary = Summary::of(&message.raw);
        let before = self.count;
        let subject = summary.correspondence.subject.unwrap_or_default();
        let read = [subject.as_bytes(), summary.preview.as_bytes()];
        let read = read.into_iter().flat_map(|text| text.chunks_exact(PHRASE_BYTES));
        // A word may stand anywhere; several were written by somebody.
        read.filter(|phrase| phrase.contains(&b' ')).for_each(|phrase| self.add(phrase));
        let sent = body_lines(&message.raw).filter(|line| line.len() >= LINE_MIN_BYTES);
        sent.filter_map(|line| line.get(..PHRASE_BYTES)).for_each(|phrase| self.add(phrase));
        if self.count > before {
            self.find_again(&message.raw)?;
        }
        Ok(())
    }

    /// Takes the name of a folder that people made.
    pub(super) fn take_name(&mut self, path: &str) {
        let leaf = path.rsplit('/').next().unwrap_or(path);
        if leaf.len() >= NAME_MIN_BYTES {
            self.add(leaf.as_bytes());
        }
    }

    fn add(&mut self, phrase: &[u8]) {
        let is_known = self.directory.windows(phrase.len()).any(|window| window == phrase);
        if let Some(head) = phrase.first_chunk().filter(|_| !is_known) {
            let is_new = self.by_head.entry(*head).or_default().insert(phrase.to_vec());
            self.count += usize::from(is_new);
        }
    }

    // A search that finds nothing proves nothing, unless it finds what is there.
    fn find_again(&self, raw: &[u8]) -> Result<()> {
        let packed = [b"before", zstd::encode_all(raw, 0)?.as_slice()].concat();
        let mut searched = Searched::default();
        let found = self.first_in(raw).is_some() && self.first_in_all_of(&packed, &mut searched).is_some();
        ensure!(found && searched.frames > 0, "the search misses what is there");
        Ok(())
    }

    fn first_in(&self, bytes: &[u8]) -> Option<String> {
        bytes.windows(2).enumerate().find_map(|(at, head)| {
            let phrases = self.by_head.get(head.first_chunk()?)?;
            let rest = bytes.get(at..)?;
            let found = phrases.iter().find(|phrase| rest.starts_with(phrase))?;
            Some(String::from_utf8_lossy(found).into_owned())
        })
    }

    fn first_in_all_of(&self, bytes: &[u8], searched: &mut Searched) -> Option<String> {
        let frames = bytes.windows(ZSTD.len()).enumerate().filter(|(_, window)| *window == ZSTD);
        let mut packed = frames.filter_map(|(at, _)| unpacked(bytes.get(at..)?));
        let found = packed.find_map(|frame| {
            searched.frames += 1;
            self.first_in(&frame)
        });
        found.or_else(|| self.first_in(bytes))
    }

    /// Looks into every file below `folder`; an error that names the first phrase that can be read.
    pub(super) fn search(&self, folder: &Path, searched: &mut Searched) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() {
                self.search(&path, searched)?;
            } else if kind.is_file() {
                let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                (searched.files, searched.bytes) = (searched.files + 1, searched.bytes + bytes.len());
                let found = self.first_in_all_of(&bytes, searched);
                ensure!(found.is_none(), "{found:?} can be read in {}", path.display());
            }
        }
        Ok(())
    }
}

/// The lines of the body as they were sent.
fn body_lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = raw.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.skip_while(|line| !line.is_empty())
}

/// What a frame at the beginning of `bytes` unpacks to, as far as it does.
fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let decoder = zstd::Decoder::new(bytes).ok()?;
    // What came before an error counts: the end of a frame may be missing.
    let _ = decoder.take(FRAME_MAX_BYTES).read_to_end(&mut out);
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn what_lies_open_is_found_packed_or_not() {
        let raw = b"Subject: Conseil du mardi soir\r\n\r\nMerci de votre lettre du douze.\r\n".to_vec();
        let message = Lying {
            folder: "INBOX".into(),
            uid: 1,
            flags: mail::Flags::default(),
            received_at: None,
            raw: raw.clone(),
        };
        let dir = tempfile::tempdir().unwrap();
        let mut phrases = Phrases::besides("person,Travaux,travaux@x.test");
        phrases.take_from(&message).unwrap();
        phrases.take_name("Projets/Travaux rue Zola");
        phrases.take_name("Travaux");
        fs::write(dir.path().join("directory"), "Travaux").unwrap();
        fs::write(dir.path().join("sealed"), [7; 100_000]).unwrap();
        phrases.search(dir.path(), &mut Searched::default()).unwrap();
        for open in
            [raw.clone(), [b"x", zstd::encode_all(&*raw, 3).unwrap().as_slice()].concat(), b"Travaux rue Zola".to_vec()]
        {
            fs::write(dir.path().join("open"), open).unwrap();
            assert!(phrases.search(dir.path(), &mut Searched::default()).is_err());
        }
    }
}
