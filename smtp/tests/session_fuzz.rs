//! Whatever is said to a session, in whatever pieces: it answers, it never stalls, it never takes a message
//! that nobody sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::sync::Arc;

use mail::{Enhanced, Reply, Timestamp};
use proptest::prelude::*;
use smtp::session::{Answer, Question, Session, Settings, Step};
use smtp::{Limits, Login, Mode, Peer, Room};

fn settings(mode: Mode) -> Arc<Settings> {
    let limits = Limits { size_max_bytes: 200, recipients_max: 3, command_line_max_bytes: 100, ..Limits::default() };
    Arc::new(Settings { hostname: "mx.test".into(), mode, starttls: false, limits, room: Room::default() })
}

/// Plays `pieces` and returns all that was said and the messages that were taken.
fn play(mode: Mode, pieces: &[&[u8]]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut session = Session::new(settings(mode), Peer::at("192.0.2.1:1".parse().unwrap()));
    session.begin_secured(None);
    let (mut said, mut taken) = (Vec::new(), Vec::new());
    let mut pieces = pieces.iter();
    for _ in 0..20_000 {
        match session.poll(Timestamp::from_unix_s(0)) {
            Step::Write(bytes) => said.extend(bytes),
            Step::Ask(Question::Message { raw, .. }) => {
                taken.push(raw);
                session.answer(Answer::Taken(Ok(Reply::new(250, Enhanced(2, 0, 0), "ok"))));
            }
            Step::Ask(Question::Authenticate { login, .. }) => {
                session.answer(Answer::Login(Ok(Login { id: login.clone(), name: login, key: String::new() })));
            }
            Step::Ask(_) => session.answer(Answer::Verdict(Ok(()))),
            Step::Read { .. } => match pieces.next() {
                Some(piece) => session.feed(piece),
                None => return (said, taken),
            },
            Step::Close => return (said, taken),
            Step::Handshake => panic!("nobody may ask for TLS here"),
        }
    }
    panic!("the session never waits for input");
}

fn script() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("EHLO a\r\n"),
        Just("MAIL FROM:<a@b.test>\r\n"),
        Just("RCPT TO:<a@b.test>\r\n"),
        Just("DATA\r\n"),
        Just(".\r\n"),
        Just("..\r\n"),
        Just(".\n"),
        Just("\r.\r\n"),
        Just("RSET\r\n"),
        Just("NOOP\n"),
        Just("AUTH PLAIN AGEAYg==\r\n"),
        Just("STARTTLS\r\n"),
        Just("\r\n"),
        Just("\0"),
        Just("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ];
    proptest::collection::vec(line, 0..40).prop_map(|lines| lines.concat().into_bytes())
}

proptest! {
    #[test]
    fn how_it_is_cut_changes_nothing(script in script(), cuts in proptest::collection::vec(1usize..9, 1..9)) {
        for mode in [Mode::Reception, Mode::Submission] {
            let mut pieces: Vec<&[u8]> = Vec::new();
            let (mut rest, mut cuts) = (&script[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            prop_assert_eq!(play(mode, &[&script]), play(mode, &pieces));
        }
    }

    #[test]
    fn no_bytes_stall_it(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (said, taken) = play(Mode::Reception, &[&bytes]);
        prop_assert!(said.starts_with(b"220 "));
        prop_assert!(taken.is_empty());
    }
}
