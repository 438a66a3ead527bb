//! The reference mailbox behind our server, and Dovecot: both are told the same at random, and have to be the same.
//!
//! ```text
//!   seed ──> APPEND, UID STORE, COPY, MOVE, EXPUNGE, SELECT ──┬──> ours     ──┐  answer, COPYUID, every message of both
//!                                                             └──> Dovecot  ──┴─ folders, STATUS and searches: equal?
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod dovecot;
mod house;
#[path = "../../tests/skipped.rs"]
mod skipped;

use std::collections::BTreeSet;

use imap::Limits;
use imap::memory::Reference;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

const USER: &str = "ami@x.test";
const PASSWORD: &str = "pw";
const STEPS: usize = 120;
const FOLDERS: [&str; 2] = ["INBOX", "Sent"];
const FLAGS: [&str; 6] = ["\\Seen", "\\Flagged", "\\Deleted", "\\Answered", "\\Draft", "projet"];
const SEARCHES: [&str; 14] = [
    "ALL",
    "SEEN",
    "UNSEEN FLAGGED",
    "OR DELETED ANSWERED",
    "NOT KEYWORD projet",
    "UNKEYWORD projet DRAFT",
    "SUBJECT lettre",
    "SUBJECT \"numero 3\"",
    "BODY beurre",
    "LARGER 150",
    "SMALLER 150 UID 2:9",
    "2:4",
    "FROM ami HEADER X-Rare \"\"",
    "SINCE 13-Nov-2025 NOT BEFORE 14-Nov-2025",
];

/// xorshift64*: the same for the same seed, everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn flags(&mut self) -> String {
        let some: Vec<&str> = FLAGS.into_iter().filter(|_| self.below(3) == 0).collect();
        some.join(" ")
    }

    fn set(&mut self) -> String {
        let (one, other) = (self.below(12) + 1, self.below(12) + 1);
        match self.below(4) {
            0 => one.to_string(),
            1 => format!("{one}:{other}"),
            2 => format!("{one},{other}"),
            _ => format!("{one}:*"),
        }
    }

    fn command(&mut self, selected: &mut usize) -> String {
        let other = FOLDERS[1 - *selected];
        match self.below(10) {
            0..=3 => self.append(),
            4 | 5 => format!("UID STORE {} {}FLAGS ({})", self.set(), self.one(&["", "+", "-"]), self.flags()),
            6 => format!("UID COPY {} {other}", self.set()),
            7 => format!("UID MOVE {} {other}", self.set()),
            8 => match self.below(3) {
                0 => "EXPUNGE".to_owned(),
                _ => format!("UID EXPUNGE {}", self.set()),
            },
            _ => {
                *selected = 1 - *selected;
                format!("SELECT {other}")
            }
        }
    }

    fn append(&mut self) -> String {
        let number = self.below(9);
        let rare = if self.below(3) == 0 { "X-Rare: oui\r\n" } else { "" };
        let body = self.one(&[
            "du pain et du beurre",
            "rien",
            "x\r\n.\r\nune ligne de plus, et encore une autre, pour la taille",
        ]);
        let raw = format!(
            "From: {}@y.test\r\nSubject: {} numero {number}\r\n{rare}\r\n{body}\r\n",
            self.one(&["ami", "maire"]),
            self.one(&["lettre", "facture"])
        );
        // RFC 9051 §9 lets a day below ten be written in two ways.
        let day = self.below(6) + 11;
        let (folder, flags) = (self.one(&FOLDERS), self.flags());
        format!("APPEND {folder} ({flags}) \"{day}-Nov-2025 12:34:56 +0000\" {{{}+}}\r\n{raw}", raw.len())
    }
}

/// One server, and a session with it.
struct Side(BufReader<TcpStream>);

impl Side {
    async fn open(address: impl tokio::net::ToSocketAddrs) -> Self {
        let mut side = Self(BufReader::new(TcpStream::connect(address).await.unwrap()));
        side.line().await;
        assert_eq!(side.ask(&format!("LOGIN {USER} {PASSWORD}")).await.0, "OK");
        side
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let reading = self.0.read_line(&mut line);
        tokio::time::timeout(std::time::Duration::from_secs(20), reading).await.expect("nothing was said").unwrap();
        line.trim_end().to_owned()
    }

    /// The word of the answer, and all lines.
    async fn ask(&mut self, command: &str) -> (String, Vec<String>) {
        self.0.write_all(format!("t {command}\r\n").as_bytes()).await.unwrap();
        let mut lines = Vec::new();
        loop {
            lines.push(self.line().await);
            let last = lines.last().unwrap();
            assert!(!last.is_empty() && !last.starts_with("* BYE"), "{command:?} ended the session: {lines:?}");
            if let Some(said) = last.strip_prefix("t ") {
                return (said.split(' ').next().unwrap().to_owned(), lines);
            }
        }
    }

    /// What a command does that can be seen at once: its answer, and which message went where.
    async fn told(&mut self, command: &str) -> (String, Vec<String>) {
        let (word, lines) = self.ask(command).await;
        let went = lines.iter().filter_map(|line| {
            let (_, code) = line.split_once("[COPYUID ").or_else(|| line.split_once("[APPENDUID "))?;
            // Each server has UIDVALIDITYs of its own.
            Some(code.split(']').next()?.split_once(' ')?.1.to_owned())
        });
        (word, went.collect())
    }

    /// Everything in the selected folder, and what STATUS and searches say of it.
    async fn state(&mut self, folder: &str) -> Vec<String> {
        let (_, lines) = self.ask("UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)").await;
        let mut state: Vec<String> =
            lines.iter().filter(|line| line.contains(" FETCH (")).map(|line| words(line)).collect();
        for search in SEARCHES {
            let (word, lines) = self.ask(&format!("UID SEARCH {search}")).await;
            let found = lines.iter().find_map(|line| line.strip_prefix("* SEARCH")).unwrap_or_default();
            state.push(format!("{search}: {word} {}", words(found)));
        }
        let (_, lines) = self.ask(&format!("STATUS {folder} (MESSAGES UIDNEXT UNSEEN)")).await;
        let status = lines.iter().find_map(|line| line.strip_prefix("* STATUS ")).unwrap_or_default();
        state.push(words(&status.replace('"', "")));
        state
    }
}

/// The words of a line in one order; `\Recent` is whose session came first.
fn words(line: &str) -> String {
    let words = line.split([' ', '(', ')']).filter(|word| !word.is_empty() && *word != "\\Recent");
    words.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
}

async fn compare(ours: &mut Side, theirs: &mut Side, seed: u64) {
    let (mut chance, mut selected, mut history) = (Chance(seed), 0, Vec::new());
    for folder in FOLDERS {
        for side in [&mut *ours, &mut *theirs] {
            side.ask(&format!("SELECT {folder}")).await;
        }
        assert_eq!(ours.state(folder).await, theirs.state(folder).await, "before anything, seed {seed}");
    }
    for side in [&mut *ours, &mut *theirs] {
        side.ask("SELECT INBOX").await;
    }
    for _ in 0..STEPS {
        let command = chance.command(&mut selected);
        history.push(command.clone());
        let (we, they) = (ours.told(&command).await, theirs.told(&command).await);
        assert_eq!(we, they, "left ours, right Dovecot's, seed {seed}: {history:#?}");
        let (we, they) = (ours.state(FOLDERS[selected]).await, theirs.state(FOLDERS[selected]).await);
        assert_eq!(we, they, "left ours, right Dovecot's, seed {seed}: {history:#?}");
    }
}

#[tokio::test]
async fn the_reference_mailbox_and_dovecot_are_told_the_same_and_are_the_same() {
    for seed in [7, 4711, 20_261_123] {
        let dovecot = match dovecot::Dovecot::start(USER, PASSWORD) {
            Ok(dovecot) => dovecot,
            Err(why) => return skipped::skip("the_reference_mailbox_and_dovecot_are_the_same", &why),
        };
        let reference = Reference::new();
        reference.add(USER, PASSWORD);
        let (address, _stop) = house::open(&reference, Limits::default(), true).await;
        let mut ours = Side::open(address).await;
        let mut theirs = Side::open(("127.0.0.1", dovecot.port)).await;
        compare(&mut ours, &mut theirs, seed).await;
    }
}
