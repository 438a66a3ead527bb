//! Sessions as transcripts: what a client says, and what it must hear. `C:` and `S:` lines; `*` in an `S:` line
//! stands for anything. `O:` opens a folder and hears whatever is said of it up to the OK. Letters before the mark tell two
//! clients of one mailbox apart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod house;

use std::collections::HashMap;

use imap::Limits;
use imap::memory::Reference;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;

type Talk = BufReader<TcpStream>;

/// A listener with one account, and what keeps it open.
async fn listener(limits: Limits, plain: bool) -> (std::net::SocketAddr, Reference, watch::Sender<bool>) {
    let reference = Reference::new();
    reference.add("ami@x.test", "pw");
    let (address, stop) = house::open(&reference, limits, plain).await;
    (address, reference, stop)
}

fn fits(expected: &str, said: &str) -> bool {
    let mut pieces = expected.split('*');
    // The star of an untagged response stands for itself.
    let untagged = expected.starts_with("* ");
    let first = if untagged {
        pieces.next();
        format!("*{}", pieces.next().unwrap())
    } else {
        pieces.next().unwrap().to_owned()
    };
    let Some(mut rest) = said.strip_prefix(&first) else { return false };
    let mut last_was_open = false;
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
        last_was_open = piece.is_empty();
    }
    rest.is_empty() || last_was_open
}

async fn heard(talk: &mut Talk) -> String {
    let mut line = Vec::new();
    let reading = talk.read_until(b'\n', &mut line);
    tokio::time::timeout(std::time::Duration::from_secs(10), reading).await.expect("nothing was said").unwrap();
    String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()
}

async fn play_on(address: std::net::SocketAddr, transcript: &str) {
    let mut talks: HashMap<&str, Talk> = HashMap::new();
    for line in transcript.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (who, what) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
        let (who, side) = who.split_at(who.len() - 1);
        if !talks.contains_key(who) {
            let mut talk = BufReader::new(TcpStream::connect(address).await.unwrap());
            assert!(heard(&mut talk).await.starts_with("* OK [CAPABILITY IMAP4rev1"));
            talks.insert(who, talk);
        }
        let talk = talks.get_mut(who).unwrap();
        if side != "S" {
            talk.write_all(format!("{what}\r\n").as_bytes()).await.unwrap();
        }
        match side {
            "S" => {
                let said = heard(talk).await;
                assert!(fits(what, &said), "after {line:?} came {said:?}");
            }
            "O" => opened(talk, what).await,
            _ => {}
        }
    }
}

/// Hears what is said of a folder that `command` opens.
async fn opened(talk: &mut Talk, command: &str) {
    let (tag, _) = command.split_once(' ').unwrap();
    loop {
        let said = heard(talk).await;
        if !said.starts_with("* ") {
            return assert!(said.starts_with(&format!("{tag} OK ")), "{command:?} got {said:?}");
        }
    }
}

async fn play(transcript: &str) {
    let (address, reference, _stop) = listener(Limits::default(), true).await;
    for number in 1..=4 {
        let raw = format!("From: x@y.test\r\nSubject: number {number}\r\n\r\nbody {number}\r\n");
        reference.deliver("ami@x.test", raw.into_bytes(), mail::Timestamp::from_unix_s(1_700_000_000 + number));
    }
    play_on(address, transcript).await;
}

#[tokio::test]
async fn nobody_hears_of_an_expunge_while_numbers_are_in_use() {
    // RFC 3501 §7.4.1
    play(
        "
        aC: 1 LOGIN ami@x.test pw
        aS: 1 OK *
        aC: 2 EXAMINE INBOX
        aS: * FLAGS *
        aS: * OK [PERMANENTFLAGS ()] *
        aS: * 4 EXISTS
        aS: * 0 RECENT
        aS: * OK [UNSEEN 1] *
        aS: * OK [UIDVALIDITY *
        aS: * OK [UIDNEXT 5] *
        aS: 2 OK [READ-ONLY] *
        bC: 1 LOGIN ami@x.test pw
        bS: 1 OK *
        bO: 2 SELECT INBOX
        bC: 3 STORE 2 +FLAGS.SILENT (\\Deleted)
        bS: 3 OK *
        bC: 4 EXPUNGE
        bS: * 2 EXPUNGE
        bS: 4 OK *
        aC: 3 FETCH 3 (UID)
        aS: * 3 FETCH (UID 3)
        aS: 3 OK *
        aC: 4 SEARCH UID 4
        aS: * SEARCH 4
        aS: 4 OK *
        aC: 5 STORE 1 +FLAGS (\\Seen)
        aS: 5 NO [READ-ONLY] *
        aC: 6 NOOP
        aS: * 2 EXPUNGE
        aS: 6 OK *
        aC: 7 FETCH 2 (UID)
        aS: * 2 FETCH (UID 3)
        aS: 7 OK *
    ",
    )
    .await;
}

#[tokio::test]
async fn whoever_idles_hears_at_once() {
    play(
        "
        aC: 1 LOGIN ami@x.test pw
        aS: 1 OK *
        aO: 2 SELECT INBOX
        aC: 3 IDLE
        aS: + *
        bC: 1 LOGIN ami@x.test pw
        bS: 1 OK *
        bC: 2 APPEND INBOX (\\Seen) {14+}
        bC: Subject: new
        bC:
        bS: 2 OK [APPENDUID * 5] *
        aS: * 5 EXISTS
        aC: DONE
        aS: 3 OK *
    ",
    )
    .await;
}

#[tokio::test]
async fn sections_are_exact_slices() {
    play(
        "
        C: 1 LOGIN ami@x.test pw
        S: 1 OK *
        O: 2 EXAMINE INBOX
        C: 3 FETCH 2 (BODY.PEEK[HEADER.FIELDS (Subject)])
        S: * 2 FETCH (BODY[HEADER.FIELDS (Subject)] {21}
        S: Subject: number 2
        S:
        S: )
        S: 3 OK *
        C: 4 FETCH 2 (BODY[TEXT]<2.4> BODY[]<5000.1>)
        S: * 2 FETCH (BODY[TEXT]<2> {4}
        S: dy 2 BODY[]<5000> {0}
        S: )
        S: 4 OK *
        C: 5 FETCH 2 (BODY[2])
        S: * 2 FETCH (BODY[2] NIL)
        S: 5 OK *
        C: 6 FETCH 2 (BINARY[1])
        S: 6 BAD *
        C: 7 UID SEARCH SUBJECT \"NUMBER 3\" BODY \"body\"
        S: * SEARCH 3
        S: 7 OK *
    ",
    )
    .await;
}

#[tokio::test]
async fn moved_mail_says_where_it_went() {
    play(
        "
        C: 1 LOGIN ami@x.test pw
        S: 1 OK *
        C: 2 CREATE &AMk-l&AOk-ments/2026
        S: 2 OK *
        C: 3 LIST \"\" \"&AMk-*\"
        S: * LIST (\\HasChildren) \"/\" \"&AMk-l&AOk-ments\"
        S: * LIST (\\HasNoChildren) \"/\" \"&AMk-l&AOk-ments/2026\"
        S: 3 OK *
        O: 4 SELECT INBOX
        C: 5 UID MOVE 1,3:4 &AMk-l&AOk-ments/2026
        S: * OK [COPYUID * 1,3:4 1:3] *
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: * 1 EXPUNGE
        S: 5 OK *
        C: 6 UID COPY 2 nowhere
        S: 6 NO [TRYCREATE] *
        C: 7 UNSELECT
        S: 7 OK *
        C: 8 FETCH 1 UID
        S: 8 BAD *
    ",
    )
    .await;
}

#[tokio::test]
async fn whoever_has_a_folder_open_that_is_gone_is_sent_away() {
    play(
        "
        aC: 1 LOGIN ami@x.test pw
        aS: 1 OK *
        aC: 2 CREATE x
        aS: 2 OK *
        aO: 3 SELECT x
        bC: 1 LOGIN ami@x.test pw
        bS: 1 OK *
        bC: 2 DELETE x
        bS: 2 OK *
        aC: 4 NOOP
        aS: 4 NO [NONEXISTENT] *
        aS: * BYE *
    ",
    )
    .await;
}

#[tokio::test]
async fn passwords_are_not_taken_in_the_clear() {
    let (address, _reference, _stop) = listener(Limits::default(), false).await;
    play_on(
        address,
        "
        C: 1 LOGIN ami@x.test pw
        S: 1 NO [PRIVACYREQUIRED] *
        C: 2 AUTHENTICATE PLAIN AGFtaUB4LnRlc3QAcHc=
        S: 2 NO [PRIVACYREQUIRED] *
        C: 3 SELECT INBOX
        S: 3 BAD *
    ",
    )
    .await;
}

#[tokio::test]
async fn too_much_is_refused_and_the_session_goes_on_or_ends() {
    let limits = Limits { append_max_bytes: 100, command_max_bytes: 2000, sign_ins_max: 2, ..Limits::default() };
    let (address, _reference, _stop) = listener(limits, true).await;
    play_on(
        address,
        &format!(
            "
        aC: 1 LOGIN ami@x.test pw
        aS: 1 OK *
        aC: 2 APPEND INBOX {{101}}
        aS: 2 NO [TOOBIG] *
        aC: 3 NOOP
        aS: 3 OK *
        aC: 4 APPEND INBOX {{101+}}
        aS: * BYE [TOOBIG] *
        bC: 1 LOGIN {{4097+}}
        bS: * BYE [TOOBIG] *
        cC: 1 NOOP {}
        cS: * BYE [TOOBIG] *
        dC: 1 LOGIN ami@x.test no
        dS: 1 NO [AUTHENTICATIONFAILED] *
        dC: 2 LOGIN ami@x.test no
        dS: 2 NO [AUTHENTICATIONFAILED] *
        dS: * BYE *
    ",
            "x".repeat(70_000)
        ),
    )
    .await;
}

#[tokio::test]
async fn what_others_hold_is_waited_for_and_comes_back() {
    let limits = Limits { command_max_bytes: 2000, room: mail::Room::of(100_000), ..Limits::default() };
    let (address, _reference, _stop) = listener(limits, true).await;
    play_on(
        address,
        &format!(
            "
        aC: 1 LOGIN ami@x.test pw
        aS: 1 OK *
        aC: 2 APPEND INBOX {{60000}}
        aS: + *
        bC: 1 LOGIN ami@x.test pw
        bS: 1 OK *
        bC: 2 APPEND INBOX {{60000}}
        bS: 2 NO [UNAVAILABLE] *
        bC: 3 APPEND INBOX {{1000}}
        bS: + *
        bC: {}
        bS: 3 OK *
        cC: 1 LOGIN ami@x.test pw
        cS: 1 OK *
        cC: 2 APPEND INBOX {{60000+}}
        cS: * BYE [UNAVAILABLE] *
        aC: {}
        aS: 2 OK *
        bC: 4 APPEND INBOX {{60000}}
        bS: + *
    ",
            "x".repeat(1000),
            "x".repeat(60_000)
        ),
    )
    .await;
}

#[tokio::test]
async fn before_sign_in_no_row_of_literals_is_held() {
    let (address, _reference, _stop) = listener(Limits::default(), true).await;
    let literal = format!("{} {{4000+}}\r\n", "x".repeat(4000));
    let mut talk = BufReader::new(TcpStream::connect(address).await.unwrap());
    heard(&mut talk).await;
    talk.write_all(format!("1 LOGIN {{4000+}}\r\n{}", literal.repeat(40)).as_bytes()).await.unwrap();
    assert!(heard(&mut talk).await.starts_with("* BYE [TOOBIG]"));
}

#[tokio::test]
async fn whoever_dribbles_in_a_command_is_sent_away_and_whoever_is_quiet_between_them_is_not() {
    let (address, _reference, _stop) = listener(Limits { block_s: 1, ..Limits::default() }, true).await;
    let begin = "
        aC: 1 LOGIN ami@x.test pw
        aS: 1 OK *
        aC: 2 APPEND INBOX {50000}
        aS: + *
        aC: Subject: dribbled
        aS: * BYE *
        bC: 1 NOOP
        bS: 1 OK *
    ";
    play_on(address, begin).await;
}

#[tokio::test]
async fn mail_with_nul_is_taken_as_it_is() {
    let (address, _reference, _stop) = listener(Limits::default(), true).await;
    play_on(
        address,
        "
        C: 1 LOGIN ami@x.test pw
        S: 1 OK *
        C: 2 APPEND INBOX {6+}
        C: a: \0b!
        S: 2 OK [APPENDUID *
        O: 3 EXAMINE INBOX
        C: 4 FETCH 1 (BODY.PEEK[])
        S: * 1 FETCH (BODY[] {6}
        S: a: \0b!)
        S: 4 OK *
    ",
    )
    .await;
}

#[tokio::test]
async fn searches_read_dates_as_written_and_texts_decoded() {
    let (address, reference, _stop) = listener(Limits::default(), true).await;
    let at = mail::Timestamp::from_unix_s(1_700_000_000);
    for raw in [
        "Date: Mon, 2 Nov 2026 00:30:00 +0200\r\nSubject: =?utf-8?q?Pr=C3=A9fecture?=\r\nMessage-ID: <a.1@x.test>\r\n\r\nx\r\n",
        "Date: 1 Nov 2026 22:30:00 +0000\r\nX-Rare: here\r\nSubject: other\r\n\r\ny\r\n",
    ] {
        reference.deliver("ami@x.test", raw.as_bytes().to_vec(), at);
    }
    play_on(
        address,
        "
        C: 1 LOGIN ami@x.test pw
        S: 1 OK *
        O: 2 EXAMINE INBOX
        C: 3 SEARCH CHARSET UTF-8 HEADER Subject {11+}
        C: PR\u{c9}FECTURE
        S: * SEARCH 1
        S: 3 OK *
        C: 4 SEARCH HEADER Message-ID A.1@X
        S: * SEARCH 1
        S: 4 OK *
        C: 5 SEARCH HEADER X-Rare \"\"
        S: * SEARCH 2
        S: 5 OK *
        C: 6 SEARCH NOT HEADER Message-ID \"\"
        S: * SEARCH 2
        S: 6 OK *
        C: 7 SEARCH SENTON 2-Nov-2026
        S: * SEARCH 1
        S: 7 OK *
        C: 8 SEARCH SENTBEFORE 2-Nov-2026
        S: * SEARCH 2
        S: 8 OK *
    ",
    )
    .await;
}

#[tokio::test]
async fn nobody_goes_on_with_uids_of_a_folder_that_was_laid_out_anew() {
    let (address, reference, _stop) = listener(Limits::default(), true).await;
    let at = mail::Timestamp::from_unix_s(1_700_000_000);
    reference.deliver("ami@x.test", b"Subject: x\r\n\r\nx\r\n".to_vec(), at);
    let mut talk = BufReader::new(TcpStream::connect(address).await.unwrap());
    heard(&mut talk).await;
    for said in ["1 LOGIN ami@x.test pw", "2 SELECT INBOX"] {
        talk.write_all(format!("{said}\r\n").as_bytes()).await.unwrap();
        opened(&mut talk, said).await;
    }
    assert!(reference.renew("ami@x.test", "INBOX"));
    // It must not reach the message that has this UID now.
    talk.write_all(b"3 UID STORE 1 +FLAGS (\\Deleted)\r\n").await.unwrap();
    let mut rest = Vec::new();
    while !rest.last().is_some_and(String::is_empty) {
        rest.push(heard(&mut talk).await);
    }
    assert!(rest.iter().any(|line| line.starts_with("3 NO [UNAVAILABLE]")), "{rest:?}");
    assert!(rest.iter().any(|line| line.starts_with("* BYE")), "{rest:?}");
    play_on(
        address,
        "
        C: 1 LOGIN ami@x.test pw
        S: 1 OK *
        O: 2 EXAMINE INBOX
        C: 3 SEARCH DELETED
        S: * SEARCH
        S: 3 OK *
    ",
    )
    .await;
}

#[tokio::test]
async fn what_another_session_took_the_mark_off_stays() {
    // RFC 9051 §6.4.3: EXPUNGE removes what has the flag, not what had it when this session last looked.
    play(
        "
        aC: 1 LOGIN ami@x.test pw
        aS: 1 OK *
        aO: 2 SELECT INBOX
        aC: 3 STORE 2:3 +FLAGS.SILENT (\\Deleted)
        aS: 3 OK *
        bC: 1 LOGIN ami@x.test pw
        bS: 1 OK *
        bO: 2 SELECT INBOX
        bC: 3 STORE 2 -FLAGS.SILENT (\\Deleted)
        bS: 3 OK *
        aC: 4 UID EXPUNGE 2:3
        aS: * 3 EXPUNGE
        aS: * 2 FETCH (UID 2 FLAGS ())
        aS: 4 OK *
        ",
    )
    .await;
}
