//! The client against two servers: our own on the reference mailbox, and Dovecot, which nobody here wrote.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod dovecot;
mod house;
#[path = "../../tests/skipped.rs"]
mod skipped;

use std::path::{Path, PathBuf};

use imap::client::{Client, Security, Settings, Wanted};
use imap::memory::Reference;
use imap::{Error, Limits};
use mail::{Flags, FolderRole, Timestamp};

const USER: &str = "ami@x.test";
const PASSWORD: &str = "pw";

async fn signed_in(settings: &Settings) -> Client {
    let mut client = Client::connect(settings).await.unwrap();
    client.login(USER, PASSWORD).await.unwrap();
    client
}

fn corpus() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo"));
    for registry in std::fs::read_dir(cargo.join("registry/src")).into_iter().flatten() {
        collect(&registry.unwrap().path().join("mail-parser-0.11.9/resources/eml"), &mut files);
    }
    collect(Path::new("/usr/lib/python3.11/test/test_email/data"), &mut files);
    assert!(files.len() > 100, "only {} messages found", files.len());
    files.iter().map(|file| on_the_wire(&std::fs::read(file).unwrap())).collect()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files)
        } else if path.metadata().unwrap().len() > 0 {
            files.push(path)
        }
    }
}

/// With CRLF line ends, as mail travels.
fn on_the_wire(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend(text.strip_suffix(b"\r").unwrap_or(text).iter().filter(|byte| **byte != b'\r'));
        out.extend(b"\r\n");
    }
    out
}

/// What sync and failback do with a primary.
async fn exercise(settings: &Settings, takes_nul: bool) {
    let mut client = signed_in(settings).await;
    let folders = client.list().await.unwrap();
    assert!(folders.iter().any(|folder| folder.path == "INBOX" && folder.role == Some(FolderRole::Inbox)));
    assert!(folders.iter().any(|folder| folder.role == Some(FolderRole::Sent)), "{folders:?}");
    let separator = folders[0].separator;
    let folder = client.create("Éléments/R&D \"2026\"", separator).await.unwrap();
    client.create("Éléments/R&D \"2026\"", separator).await.unwrap();
    let listed = client.list().await.unwrap();
    assert!(listed.iter().any(|known| known.path == folder.path && known.wire == folder.wire), "{listed:?}");

    let messages: Vec<_> = corpus().into_iter().filter(|raw| takes_nul || !raw.contains(&0)).collect();
    let flags = Flags::from_names(["\\Seen", "\\Flagged", "projet"]);
    let received_at = Timestamp::from_unix_s(1_762_000_000);
    for raw in &messages {
        assert!(client.append(&folder, raw, &flags, received_at).await.unwrap().is_some());
    }
    let status = client.status(&folder).await.unwrap();
    assert_eq!(status.messages as usize, messages.len());

    let selected = client.select(&folder).await.unwrap();
    assert_eq!(selected.status.uidvalidity, status.uidvalidity);
    client.fetch("1:*", Wanted::Whole).await.unwrap();
    let mut seen = 0;
    while let Some(fetched) = client.fetched().await.unwrap() {
        assert_eq!(fetched.body.as_deref(), Some(&messages[seen][..]), "message {seen}");
        assert_eq!(fetched.received_at, Some(received_at));
        assert!(fetched.flags.unwrap().is_seen());
        seen += 1;
    }
    assert_eq!(seen, messages.len());
    let facts = client.fetch_all("1:*", Wanted::Facts).await.unwrap();
    assert!(facts.iter().zip(&messages).all(|(fact, raw)| fact.size_bytes == Some(raw.len() as u64)));
    change(&mut client, &folder).await;
    client.logout().await;
}

async fn change(client: &mut Client, folder: &imap::client::Listed) {
    let sent = client.list().await.unwrap().into_iter().find(|folder| folder.role == Some(FolderRole::Sent)).unwrap();
    let marked = b"Relais-Id: abc.def\r\nSubject: returned\r\n\r\nx\r\n";
    let placed = client.append(folder, marked, &Flags::none(), Timestamp::from_unix_s(1_762_000_000)).await.unwrap();
    let uid = placed.unwrap().uid;
    client.select(folder).await.unwrap();
    assert_eq!(client.search_field("Relais-Id", "abc.def").await.unwrap(), [uid]);
    let field = client.fetch_all(&uid.to_string(), Wanted::Field("Relais-Id")).await.unwrap();
    assert_eq!(field[0].body.as_deref(), Some(&b"Relais-Id: abc.def\r\n\r\n"[..]));
    client.set_flags(&uid.to_string(), &Flags::from_names(["\\Answered"])).await.unwrap();
    let facts = client.fetch_all(&uid.to_string(), Wanted::Flags).await.unwrap();
    assert_eq!(facts[0].flags.as_ref().unwrap().names().collect::<Vec<_>>(), ["\\Answered"]);
    assert!(client.move_to(uid, &sent).await.unwrap().is_some());
    assert!(client.search_field("Relais-Id", "abc.def").await.unwrap().is_empty());
    client.remove(1).await.unwrap();
    assert!(client.fetch_all("1", Wanted::Flags).await.unwrap().is_empty());
    client.select(&sent).await.unwrap();
    assert_eq!(client.search_field("Relais-Id", "abc.def").await.unwrap().len(), 1);
}

/// Refusals are told apart, and nothing too large is held.
async fn provoke(settings: &Settings) {
    let mut client = Client::connect(settings).await.unwrap();
    assert!(matches!(client.login(USER, "wrong").await, Err(Error::SignIn(_))));
    let mut client = signed_in(settings).await;
    let inbox = client.list().await.unwrap().into_iter().find(|folder| folder.path == "INBOX").unwrap();
    let nowhere = imap::client::Listed { path: "nowhere".to_owned(), wire: "nowhere".to_owned(), ..inbox.clone() };
    let refused = client.append(&nowhere, b"a: b\r\n\r\n", &Flags::none(), Timestamp::from_unix_s(0)).await;
    assert!(matches!(&refused, Err(Error::No { code: Some(code), .. }) if code == "TRYCREATE"), "{refused:?}");
    // The session goes on after a NO.
    client.append(&inbox, &[b'x'; 9000], &Flags::none(), Timestamp::from_unix_s(1_762_000_000)).await.unwrap();
    let mut small = settings.clone();
    small.literal_max_bytes = 5000;
    let mut client = signed_in(&small).await;
    client.examine(&inbox, None).await.unwrap();
    let fetched = client.fetch_all("1:*", Wanted::Whole).await;
    assert!(matches!(fetched, Err(Error::TooLarge { .. })), "{fetched:?}");
}

#[tokio::test]
async fn our_own_server_is_a_primary_like_others() {
    let reference = Reference::new();
    reference.add(USER, PASSWORD);
    let (address, _stop) = house::open(&reference, Limits::default(), true).await;
    let settings = Settings::new("127.0.0.1", address.port(), Security::None);
    exercise(&settings, true).await;
    provoke(&settings).await;
}

#[tokio::test]
async fn dovecot_is_read_and_written() {
    let dovecot = match dovecot::Dovecot::start(USER, PASSWORD) {
        Ok(dovecot) => dovecot,
        Err(why) => return skipped::skip("dovecot_is_read_and_written", &why),
    };
    let settings = Settings::new("127.0.0.1", dovecot.port, Security::None);
    // Dovecot writes 0x80 where a NUL was.
    exercise(&settings, false).await;
    provoke(&settings).await;
    follow(&settings).await;
}

/// What changed since, by QRESYNC.
async fn follow(settings: &Settings) {
    let (mut ours, mut theirs) = (signed_in(settings).await, signed_in(settings).await);
    assert!(ours.enable(&["QRESYNC"]).await.unwrap());
    let inbox = ours.list().await.unwrap().into_iter().find(|folder| folder.path == "INBOX").unwrap();
    let at = Timestamp::from_unix_s(1_762_000_000);
    for _ in 0..3 {
        theirs.append(&inbox, b"Subject: x\r\n\r\nx\r\n", &Flags::none(), at).await.unwrap();
    }
    let before = ours.examine(&inbox, None).await.unwrap().status;
    theirs.select(&inbox).await.unwrap();
    theirs.remove(before.uidnext - 1).await.unwrap();
    theirs.set_flags(&(before.uidnext - 2).to_string(), &Flags::from_names(["\\Seen"])).await.unwrap();
    let known = imap::client::Known { uidvalidity: before.uidvalidity, modseq: before.highest_modseq };
    let now = ours.examine(&inbox, Some(known)).await.unwrap();
    assert_eq!(now.vanished, [before.uidnext - 1..=before.uidnext - 1]);
    assert_eq!(now.changed.iter().map(|one| one.uid).collect::<Vec<_>>(), [before.uidnext - 2]);
}
