//! Sessions as data: every file in `transcripts/` is played against the session machine, once whole and
//! once byte by byte.
//!
//! ```text
//! mode: submission            implicit tls: yes          limit: recipients_max=2
//! S: a line the server says   C: a line the client says  c: bytes without line end, \r \n \0 \\ are escapes
//! T: handshake                X: the server closes       W: so many seconds pass
//! M: the message that was taken, with the escapes
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::path::Path;
use std::sync::Arc;

use mail::{Enhanced, ForwardPath, Reply, Timestamp};
use smtp::session::{Answer, Question, Session, Settings, Step};
use smtp::{Limits, Login, Mode, Peer, Protection, Room};

struct Play {
    session: Session,
    now: Timestamp,
    said: Vec<u8>,
    taken: Vec<Vec<u8>>,
    closed: bool,
    handshake: bool,
}

impl Play {
    fn new(settings: Settings, implicit_tls: bool) -> Self {
        let mut session = Session::new(Arc::new(settings), Peer::at("192.0.2.1:4711".parse().unwrap()));
        if implicit_tls {
            session.begin_secured(Some(protection()));
        }
        let mut play = Self {
            session,
            now: Timestamp::from_unix_s(0),
            said: vec![],
            taken: vec![],
            closed: false,
            handshake: false,
        };
        play.go_on();
        play
    }

    fn go_on(&mut self) {
        loop {
            match self.session.poll(self.now) {
                Step::Write(bytes) => self.said.extend(bytes),
                Step::Ask(question) => {
                    let answer = self.decide(question);
                    self.session.answer(answer);
                }
                Step::Handshake => return self.handshake = true,
                Step::Read { until } => return assert!(until > self.now),
                Step::Close => return self.closed = true,
            }
        }
    }

    fn decide(&mut self, question: Question) -> Answer {
        match question {
            Question::Sender { .. } => Answer::Verdict(Ok(())),
            Question::Recipient { path } => Answer::Verdict(match path {
                ForwardPath::Address(a) if a.local() == "unknown" => {
                    Err(Reply::new(550, Enhanced(5, 1, 1), "No such person"))
                }
                ForwardPath::Address(a) if a.local() == "trouble" => Err(Reply::trouble()),
                _ => Ok(()),
            }),
            Question::Message { raw, .. } => {
                self.taken.push(raw);
                Answer::Taken(Ok(Reply::new(250, Enhanced(2, 0, 0), "Taken")))
            }
            Question::Authenticate { login, password } => Answer::Login(if password == "secret" {
                Ok(Login { id: login.clone(), name: login, key: String::new() })
            } else {
                Err(Reply::new(535, Enhanced(5, 7, 8), "Wrong name or password"))
            }),
        }
    }

    fn hear(&mut self, bytes: &[u8], byte_by_byte: bool) {
        if !byte_by_byte {
            self.session.feed(bytes);
            return self.go_on();
        }
        for byte in bytes {
            if self.closed || self.handshake {
                return;
            }
            self.session.feed(std::slice::from_ref(byte));
            self.go_on();
        }
    }
}

fn protection() -> Protection {
    Protection { version: "TLSv1.3".into(), cipher: "X".into() }
}

fn unescaped(text: &str) -> Vec<u8> {
    let text = text.replace("\\\\", "\u{1}").replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0");
    text.replace('\u{1}', "\\").into_bytes()
}

fn setting(settings: &mut Settings, text: &str) {
    let (key, value) = text.split_once('=').unwrap();
    let value: usize = value.trim().parse().unwrap();
    let limits = &mut settings.limits;
    match key.trim() {
        "size_max_bytes" => limits.size_max_bytes = value,
        "recipients_max" => limits.recipients_max = value,
        "errors_max" => limits.errors_max = value,
        "command_line_max_bytes" => limits.command_line_max_bytes = value,
        "room_bytes" => settings.room = Room::of(value),
        other => panic!("{other}"),
    }
}

fn play(path: &Path, byte_by_byte: bool) {
    let text = std::fs::read_to_string(path).unwrap();
    let (mode, limits, room) = (Mode::Reception, Limits::default(), Room::default());
    let mut settings = Settings { hostname: "mx.test".into(), mode, starttls: true, limits, room };
    let (mut implicit_tls, mut play) = (false, None);
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut at = 0;
    while at < lines.len() {
        let here = format!("{} line {:?}, byte by byte {byte_by_byte}", path.display(), lines[at]);
        let (kind, rest) = lines[at].split_once(": ").unwrap_or((lines[at].trim_end_matches(':'), ""));
        at += 1;
        match kind {
            "mode" if rest == "submission" => settings.mode = Mode::Submission,
            "implicit tls" => implicit_tls = rest == "yes",
            "limit" => setting(&mut settings, rest),
            _ => {
                let play = play.get_or_insert_with(|| Play::new(settings.clone(), implicit_tls));
                match kind {
                    "S" => expect(play, rest, &here),
                    "C" | "c" => {
                        let mut bytes = spoken(kind, rest);
                        // What is said in one breath arrives in one piece.
                        while !byte_by_byte && at < lines.len() && lines[at].to_lowercase().starts_with("c: ") {
                            let (kind, rest) = lines[at].split_once(": ").unwrap();
                            bytes.extend(spoken(kind, rest));
                            at += 1;
                        }
                        play.hear(&bytes, byte_by_byte);
                    }
                    "T" => {
                        assert!(std::mem::take(&mut play.handshake), "{here}");
                        assert!(play.said.is_empty(), "{here}: {:?}", String::from_utf8_lossy(&play.said));
                        play.session.secured(protection());
                        play.go_on();
                    }
                    "W" => {
                        play.now = play.now.plus_s(rest.parse().unwrap());
                        play.go_on();
                    }
                    "M" => assert_eq!(
                        String::from_utf8_lossy(&play.taken.remove(0)),
                        String::from_utf8_lossy(&unescaped(rest)),
                        "{here}"
                    ),
                    "X" => assert!(play.closed, "{here}"),
                    other => panic!("{other:?} in {here}"),
                }
            }
        }
    }
    let play = play.unwrap();
    assert!(play.said.is_empty(), "{}: also said {:?}", path.display(), String::from_utf8_lossy(&play.said));
    assert!(play.taken.is_empty(), "{}: also took {:?}", path.display(), play.taken);
}

fn spoken(kind: &str, rest: &str) -> Vec<u8> {
    let mut bytes = if kind == "c" { unescaped(rest) } else { rest.as_bytes().to_vec() };
    if kind == "C" {
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn expect(play: &mut Play, line: &str, here: &str) {
    let end = play.said.windows(2).position(|pair| pair == b"\r\n").unwrap_or_else(|| panic!("silence at {here}"));
    let said: Vec<u8> = play.said.drain(..end + 2).collect();
    assert_eq!(String::from_utf8_lossy(&said[..end]), line, "{here}");
}

#[test]
fn every_transcript_plays_as_written() {
    // Clones that share build products: cargo says at each run whose this is.
    let room = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let folder = Path::new(&room).join("tests/transcripts");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10);
    for path in paths {
        play(&path, false);
        play(&path, true);
    }
}
