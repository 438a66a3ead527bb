//! What mail programs do all day, on a mailbox that was taken over: new mail while they idle, drafts, flags and
//! keywords, moves, deletions, a folder of one's own, and a copy on disk that goes both ways.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};
use tests::clients::imap::{Laid, Reader, Seen, Subjects as _};
use tests::clients::mbsync::Mbsync;
use tests::clients::submission::{Letter, swaks};
use tests::lab::net::Host;
use tests::stage::Stage;

pub fn play(dir: &Path) -> Result<()> {
    let stage = Stage::reception(dir, |parts| parts)?;
    let password = stage.app_password("accueil@corp.test")?;
    let reader = Reader::at_standby("accueil@corp.test", &password);
    idling_clients_are_told(&stage, &reader)?;
    println!("         an idling client is told");
    special_folders_are_named(&stage, &reader)?;
    flags_moves_and_deletions_hold(&stage, &reader)?;
    println!("         flags, moves and deletions hold");
    a_copy_on_disk_goes_both_ways(&stage, &reader, &password)
}

fn deliver(stage: &Stage, subject: &str) -> Result<()> {
    let letter = Letter { from: "ami@partner.test", to: "accueil@corp.test", subject, body: "Bonjour." };
    let said = swaks(&stage.world.net, Host::Partner, Host::Standby, &letter, &[])?;
    ensure!(said.code == 0, "{}", said.all());
    Ok(())
}

fn idling_clients_are_told(stage: &Stage, reader: &Reader) -> Result<()> {
    let mut command = reader.command(&stage.world.net, &["idle", "20"]);
    let mut idler = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn()?;
    let mut lines = BufReader::new(idler.stdout.take().context("no output")?).lines();
    ensure!(lines.next().transpose()?.as_deref() == Some("idling"), "IDLE was refused");
    deliver(stage, "un")?;
    let told = lines.next().transpose()?.unwrap_or_default();
    ensure!(told.contains("1 EXISTS"), "an idling client was told {told:?}");
    idler.wait()?;
    Ok(())
}

fn special_folders_are_named(stage: &Stage, reader: &Reader) -> Result<()> {
    let seen = reader.look(&stage.world.net)?;
    for role in ["\\Sent", "\\Drafts", "\\Trash"] {
        let named = seen.values().filter(|folder| folder.attributes.iter().any(|one| one == role)).count();
        ensure!(named == 1, "{named} folders are {role}: {:?}", seen.keys());
    }
    Ok(())
}

fn flags_moves_and_deletions_hold(stage: &Stage, reader: &Reader) -> Result<()> {
    let net = &stage.world.net;
    for subject in ["deux", "trois", "quatre"] {
        deliver(stage, subject)?;
    }
    let draft = b"From: accueil@corp.test\r\nSubject: brouillon\r\n\r\nA finir.\r\n";
    reader.append(net, &Laid { folder: "Drafts", flags: "\\Draft", received_at: SystemTime::now(), raw: draft })?;
    reader.act(net, &["create", "Élections 2027"], b"")?;
    reader.act(net, &["store", "INBOX", "1:2", "+FLAGS", "\\Flagged $Important"], b"")?;
    reader.act(net, &["move", "INBOX", "3", "Élections 2027"], b"")?;
    reader.act(net, &["delete", "INBOX", "4"], b"")?;
    let seen = reader.look(net)?;
    let inbox: Vec<(&str, Vec<String>)> = seen
        .get("INBOX")
        .map(|folder| folder.messages.iter().map(|one| (one.subject.as_str(), one.flags.clone())).collect())
        .unwrap_or_default();
    let flags = vec!["$Important".to_owned(), "\\Flagged".to_owned()];
    ensure!(inbox == [("un", flags.clone()), ("deux", flags)], "INBOX is {inbox:?}");
    ensure!(seen.places("trois") == ["Élections 2027"], "trois is in {:?}", seen.places("trois"));
    ensure!(seen.places("quatre").is_empty(), "a deleted letter is in {:?}", seen.places("quatre"));
    ensure!(seen.places("brouillon") == ["Drafts"], "the draft is in {:?}", seen.places("brouillon"));
    Ok(())
}

fn a_copy_on_disk_goes_both_ways(stage: &Stage, reader: &Reader, password: &str) -> Result<()> {
    let net = &stage.world.net;
    let dir = stage.dir().join("mbsync");
    let ca = stage.world.pki.ca();
    let mbsync = Mbsync::at_standby(&dir, &ca, "mx-standby.corp.test", "accueil@corp.test", password)?;
    mbsync.run(net)?;
    ensure!(mbsync.messages()?.len() == 4, "mbsync copied {} of 4", mbsync.messages()?.len());
    let local = dir.join("mail/INBOX/new/1700000000.1_1.staff");
    std::fs::write(&local, "From: accueil@corp.test\nSubject: local\nMessage-ID: <local@x>\n\nEcrit ici.\n")?;
    deliver(stage, "cinq")?;
    mbsync.run(net)?;
    let seen = reader.look(net)?;
    ensure!(seen.places("local") == ["INBOX"], "what was written locally is in {:?}", seen.places("local"));
    ensure!(mbsync.messages()?.iter().any(|(_, raw)| raw.contains("Subject: cinq")), "new mail was not copied");
    let all: Vec<&Seen> = seen.values().flat_map(|folder| &folder.messages).collect();
    mbsync.run(net)?;
    let again = reader.look(net)?;
    let after: Vec<&Seen> = again.values().flat_map(|folder| &folder.messages).collect();
    ensure!(all == after, "a copy with nothing new changed the mailbox");
    Ok(())
}
